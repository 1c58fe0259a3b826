import Testing

@testable import Kernels

@Suite struct BatchNormTests {
    @Test(arguments: [(1, 1), (2, 3), (700, 5), (50, 64), (3000, 33), (513, 131)])
    func trainingIsTheDoubleLoop(_ rows: Int, _ channels: Int) {
        // Far from zero, where a careless variance cancels.
        let x = numbers(rows * channels, 1).map { $0 + 100 }, dy = numbers(rows * channels, 2)
        let gamma = numbers(channels, 3), beta = numbers(channels, 4), moving = numbers(channels, 5).map { $0 + 2 }
        var y = [Double](repeating: 0, count: x.count), dx = y
        var means: [Double] = [], variances: [Double] = [], dgamma: [Double] = [], dbeta: [Double] = []
        for c in 0..<channels {
            let cells = (0..<rows).map { $0 * channels + c }, n = Double(rows)
            let mean = cells.reduce(0) { $0 + Double(x[$1]) } / n
            let variance = cells.reduce(0) { $0 + (Double(x[$1]) - mean) * (Double(x[$1]) - mean) } / n
            let inverse = 1 / (variance + 1e-3).squareRoot()
            let sum = cells.reduce(0) { $0 + Double(dy[$1]) }
            let product = cells.reduce(0) { $0 + Double(dy[$1]) * (Double(x[$1]) - mean) * inverse }
            for i in cells {
                let normal = (Double(x[i]) - mean) * inverse
                y[i] = normal * Double(gamma[c]) + Double(beta[c])
                dx[i] = Double(gamma[c]) * inverse * (Double(dy[i]) - sum / n - normal * product / n)
            }
            means.append(Double(moving[c]) * 0.9 + mean * 0.1)
            variances.append(Double(moving[c]) * 0.9 + variance * 0.1)
            dgamma.append(product)
            dbeta.append(sum)
        }
        let bits = pools.map { pool in
            let memory = Memory(), out = memory.floats(x), mean = memory.floats(count: channels), inverse = memory.floats(count: channels)
            let movingMean = memory.floats(moving), movingVariance = memory.floats(moving), gammas = memory.floats(gamma)
            let scratch = memory.floats(count: batchNormScratch(rows: rows, channels: channels))
            batchNormForward(
                out, gammas, memory.floats(beta), movingMean, movingVariance, out, mean, inverse, rows: rows, channels: channels, momentum: 0.9,
                epsilon: 1e-3, scratch, pool)
            #expect(difference(out.array, y) < 1e-3)
            #expect(difference(movingMean.array, means) < 1e-5)
            #expect(difference(movingVariance.array, variances) < 1e-4)
            let gradient = memory.floats(dy), dg = memory.floats(count: channels), db = memory.floats(count: channels)
            batchNormBackward(
                memory.floats(x), gradient, gammas, mean, inverse, gradient, dg, db, rows: rows, channels: channels, scratch, pool)
            #expect(difference(gradient.array, dx) < 2e-3)
            #expect(difference(dg.array, dgamma) < 2e-3)
            #expect(difference(db.array, dbeta) < 1e-3)
            return out.bits + gradient.bits + movingVariance.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test func inferenceUsesTheMovingStatistics() {
        let rows = 301, channels = 67
        let x = numbers(rows * channels, 1), gamma = numbers(channels, 2), beta = numbers(channels, 3), mean = numbers(channels, 4)
        let variance = numbers(channels, 5).map { $0 + 1.5 }
        let y = x.indices.map { i -> Double in
            let c = i % channels
            return Double(gamma[c]) * (Double(x[i]) - Double(mean[c])) / (Double(variance[c]) + 1e-3).squareRoot() + Double(beta[c])
        }
        for pool in pools {
            let memory = Memory(), out = memory.floats(x)
            batchNormInference(
                out, memory.floats(gamma), memory.floats(beta), memory.floats(mean), memory.floats(variance), out, rows: rows, channels: channels,
                epsilon: 1e-3, pool)
            #expect(difference(out.array, y) < 1e-5)
        }
    }
}
