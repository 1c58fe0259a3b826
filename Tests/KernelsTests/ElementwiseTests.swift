import Foundation
import Testing

@testable import Kernels

private let counts = [0, 1, 7, 64, 1000, 70_001]

private func apply(_ f: ActivationFunction, _ x: Double) -> Double {
    switch f {
    case .linear: x
    case .relu: x < 0 ? 0 : x
    case .leakyReLU: x < 0 ? 0.01 * x : x
    case .elu: x > 0 ? x : expm1(x)
    case .gelu: 0.5 * x * erfc(-x / 2.squareRoot())
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    }
}

private func derivative(_ f: ActivationFunction, _ x: Double) -> Double {
    switch f {
    case .linear: 1
    case .relu: x <= 0 ? 0 : 1
    case .leakyReLU: x < 0 ? 0.01 : 1
    case .elu: x >= 0 ? 1 : exp(x)
    case .gelu: 0.5 * erfc(-x / 2.squareRoot()) + x * exp(-0.5 * x * x) / (2 * .pi).squareRoot()
    case .sigmoid: apply(.sigmoid, x) * (1 - apply(.sigmoid, x))
    case .tanh: 1 - tanh(x) * tanh(x)
    }
}

@Suite struct ElementwiseTests {
    @Test(arguments: ActivationFunction.allCases, counts)
    func activationsAreTheDoubleLoop(_ f: ActivationFunction, _ count: Int) {
        let x = numbers(count, 1).map { $0 * 20 }
        let expected = x.map { apply(f, Double($0)) }
        let bits = pools.map { pool in
            let memory = Memory(), y = memory.floats(count: count), inPlace = memory.floats(x)
            activationForward(f, memory.floats(x), y, pool)
            activationForward(f, inPlace, inPlace, pool)
            #expect(difference(y.array, expected) < 1e-5)
            #expect(inPlace.bits == y.bits)
            return y.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: ActivationFunction.allCases, counts)
    func derivativesAreTheDoubleLoop(_ f: ActivationFunction, _ count: Int) {
        let x = numbers(count, 1).map { $0 * 6 }, dy = numbers(count, 2)
        let saved = f.derivativeFromOutput ? x.map { Float(apply(f, Double($0))) } : x
        let expected = zip(x, dy).map { derivative(f, Double($0)) * Double($1) }
        for pool in pools {
            let memory = Memory(), dx = memory.floats(dy)
            activationBackward(f, memory.floats(saved), dx, dx, pool)
            #expect(difference(dx.array, expected) < 1e-5)
        }
    }

    @Test(arguments: ActivationFunction.allCases)
    func notANumberSpreadsAndInfinityHasItsLimit(_ f: ActivationFunction) {
        let memory = Memory(), x = memory.floats([Float](repeating: .nan, count: 20)), y = memory.floats(count: 20)
        activationForward(f, x, y, pools[0])
        #expect(y.array.allSatisfy { $0.isNaN })
        x.fill(-.infinity)
        activationForward(f, x, y, pools[0])
        let limit: Float
        switch f {
        case .linear, .leakyReLU: limit = -.infinity
        case .relu, .gelu, .sigmoid: limit = 0
        case .elu, .tanh: limit = -1
        }
        #expect(y.array.allSatisfy { $0 == limit })
        x.fill(.infinity)
        activationForward(f, x, y, pools[0])
        #expect(y.array.allSatisfy { $0 == (f == .sigmoid || f == .tanh ? 1 : .infinity) })
    }

    @Test(arguments: counts)
    func addAdds(_ count: Int) {
        let a = numbers(count, 1), b = numbers(count, 2)
        for pool in pools {
            let memory = Memory(), c = memory.floats(a)
            add(c, memory.floats(b), into: c, pool)
            #expect(c.array == zip(a, b).map { $0 + $1 })
        }
    }

    @Test func copiedColumnsComeBack() {
        let memory = Memory(), rows = 301
        let a = numbers(rows * 3, 1), wide = memory.floats([Float](repeating: 5, count: rows * 7)), back = memory.floats(count: rows * 3)
        for pool in pools {
            copyColumns(memory.floats(a), fromColumns: 3, fromOffset: 0, wide, toColumns: 7, toOffset: 2, columns: 3, rows: rows, pool)
            copyColumns(wide, fromColumns: 7, fromOffset: 2, back, toColumns: 3, toOffset: 0, columns: 3, rows: rows, pool)
            #expect(back.array == a)
            #expect(wide[0] == 5 && wide[1] == 5 && wide[5] == 5 && wide[6] == 5)
        }
    }

    @Test(arguments: [1, 3, 784])
    func gatheredRowsAreScaled(_ period: Int) {
        let memory = Memory(), rowLength = 784 * (period == 3 ? 3 : 1)
        let source = (0..<10 * rowLength).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let scale = numbers(period, 1), shift = numbers(period, 2)
        let indices: [Int32] = [9, 0, 3, 3, 5]
        let expected = indices.flatMap { row in
            (0..<rowLength).map { Double(source[Int(row) * rowLength + $0]) * Double(scale[$0 % period]) + Double(shift[$0 % period]) }
        }
        for pool in pools {
            let y = memory.floats(count: 5 * rowLength)
            gatherRows(
                from: memory.bytes(source), rowLength: rowLength, indices: memory.ints(indices), into: y, scale: memory.floats(scale),
                shift: memory.floats(shift), pool)
            #expect(difference(y.array, expected) < 1e-5)
            y.fill(.nan)
            gatherRows(
                from: memory.floats(source.map(Float.init)), rowLength: rowLength, indices: memory.ints(indices), into: y,
                scale: memory.floats(scale), shift: memory.floats(shift), pool)
            #expect(difference(y.array, expected) < 1e-5)
        }
        let labels = memory.ints([0, 0, 0, 0, 0])
        gatherLabels(from: memory.ints([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]), indices: memory.ints(indices), into: labels)
        #expect(labels.array == [19, 10, 13, 13, 15])
    }

    @Test func sumsAndFiniteness() {
        let memory = Memory()
        for count in counts {
            let x = numbers(count, 3), strip = memory.floats(x)
            #expect(abs(sum(strip) - x.reduce(0.0) { $0 + Double($1) }) < 1e-9)
            #expect(firstNonFinite(strip) == nil)
            guard count > 1 else { continue }
            strip[count - 1] = -.infinity
            #expect(firstNonFinite(strip) == count - 1)
            strip[count / 2] = .nan
            #expect(firstNonFinite(strip) == count / 2)
        }
    }
}
