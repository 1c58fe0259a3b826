import Testing

@testable import Kernels

private let shapes = [
    DenseShape(batch: 3, inputs: 5, units: 2), DenseShape(batch: 0, inputs: 5, units: 2), DenseShape(batch: 4, inputs: 0, units: 3),
    DenseShape(batch: 2, inputs: 7, units: 0), DenseShape(batch: 1, inputs: 1, units: 1), DenseShape(batch: 33, inputs: 129, units: 517),
    DenseShape(batch: 128, inputs: 784, units: 10), DenseShape(batch: 65, inputs: 300, units: 1000),
    DenseShape(batch: 300, inputs: 131, units: 37), DenseShape(batch: 17, inputs: 1024, units: 512), DenseShape(batch: 130, inputs: 2100, units: 140),
    DenseShape(batch: 32, inputs: 513, units: 1030), DenseShape(batch: 6, inputs: 1, units: 15), DenseShape(batch: 8, inputs: 0, units: 3),
]

/// One with more threads than pack for themselves.
private var manyPools: [WorkerPool] { pools + [WorkerPool(threads: 7)] }

@Suite struct DenseTests {
    @Test(arguments: shapes)
    func forwardIsTheDoubleLoop(_ s: DenseShape) {
        let x = numbers(s.batch * s.inputs, 1), w = numbers(s.units * s.inputs, 2), b = numbers(s.units, 3)
        var expected = [Double](repeating: 0, count: s.batch * s.units)
        for n in 0..<s.batch {
            for j in 0..<s.units {
                var sum = Double(b[j])
                for i in 0..<s.inputs { sum += Double(x[n * s.inputs + i]) * Double(w[j * s.inputs + i]) }
                expected[n * s.units + j] = max(0, sum)
            }
        }
        let bits = manyPools.map { pool in
            let memory = Memory(), y = memory.floats(count: s.batch * s.units)
            denseForward(memory.floats(x), memory.floats(w), memory.floats(b), y, s, .relu, pool)
            #expect(difference(y.array, expected) < 1e-4)
            guard s.batch > 0 && s.units > 0 else { return y.bits }
            let byLibrary = memory.floats(count: y.count)
            DenseProducts(s, pool).forward(memory.floats(x), memory.floats(w), memory.floats(b), byLibrary, .relu)
            #expect(difference(byLibrary.array, expected) < 1e-4)
            return y.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: shapes)
    func backwardInputIsTheDoubleLoop(_ s: DenseShape) {
        let dy = numbers(s.batch * s.units, 1), w = numbers(s.units * s.inputs, 2), below = numbers(s.batch * s.inputs, 3)
        var expected = [Double](repeating: 0, count: s.batch * s.inputs)
        for n in 0..<s.batch {
            for i in 0..<s.inputs {
                var sum = 0.0
                for j in 0..<s.units { sum += Double(dy[n * s.units + j]) * Double(w[j * s.inputs + i]) }
                let y = Double(below[n * s.inputs + i])
                expected[n * s.inputs + i] = sum * (1 - y * y)
            }
        }
        let bits = manyPools.map { pool in
            let memory = Memory(), dx = memory.floats(count: s.batch * s.inputs)
            denseBackwardInput(memory.floats(dy), memory.floats(w), dx, s, through: .tanh, below: memory.floats(below), pool)
            #expect(difference(dx.array, expected) < 1e-4)
            guard s.batch > 0 && s.inputs > 0 else { return dx.bits }
            let byLibrary = memory.floats(count: dx.count)
            DenseProducts(s, pool).backwardInput(memory.floats(dy), memory.floats(w), byLibrary, .tanh, memory.floats(below))
            #expect(difference(byLibrary.array, expected) < 1e-4)
            return dx.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: shapes, [(Float(1), Float(0)), (-0.01, 1), (1, 1)])
    func backwardWeightsIsTheDoubleLoop(_ s: DenseShape, _ factors: (Float, Float)) {
        let (alpha, beta) = factors
        let x = numbers(s.batch * s.inputs, 1), dy = numbers(s.batch * s.units, 2)
        let dw0 = beta == 0 ? [Float](repeating: .nan, count: s.units * s.inputs) : numbers(s.units * s.inputs, 3)
        let db0 = beta == 0 ? [Float](repeating: .nan, count: s.units) : numbers(s.units, 4)
        var dw = dw0.map { beta == 0 ? 0 : Double(beta) * Double($0) }, db = db0.map { beta == 0 ? 0 : Double(beta) * Double($0) }
        for n in 0..<s.batch {
            for j in 0..<s.units {
                let d = Double(alpha) * Double(dy[n * s.units + j])
                db[j] += d
                for i in 0..<s.inputs { dw[j * s.inputs + i] += d * Double(x[n * s.inputs + i]) }
            }
        }
        let bits = manyPools.map { pool in
            let memory = Memory(), w = memory.floats(dw0), b = memory.floats(db0)
            denseBackwardWeights(memory.floats(x), memory.floats(dy), w, b, s, alpha: alpha, beta: beta, pool)
            #expect(difference(w.array, dw) < 1e-4)
            #expect(difference(b.array, db) < 1e-4)
            guard s.units > 0 else { return w.bits + b.bits }
            let wByLibrary = memory.floats(dw0), bByLibrary = memory.floats(db0)
            DenseProducts(s, pool).backwardWeights(memory.floats(x), memory.floats(dy), wByLibrary, bByLibrary, alpha, beta)
            #expect(difference(wByLibrary.array, dw) < 1e-4)
            #expect(difference(bByLibrary.array, db) < 1e-4)
            return w.bits + b.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test func notANumberSpreads() {
        let memory = Memory(), y = memory.floats(count: 2)
        let s = DenseShape(batch: 1, inputs: 2, units: 2)
        denseForward(memory.floats([.nan, 1]), memory.floats([1, 2, 3, 4]), nil, y, s, .relu, pools[0])
        #expect(y[0].isNaN && y[1].isNaN)
    }
}
