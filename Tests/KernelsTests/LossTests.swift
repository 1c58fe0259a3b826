import Foundation
import Testing

@testable import Kernels

private let shapes = [(0, 3), (1, 1), (3, 10), (128, 10), (5, 1001), (300, 67)]

@Suite struct LossTests {
    @Test(arguments: shapes)
    func softmaxCrossEntropyIsTheDoubleLoop(_ rows: Int, _ columns: Int) {
        let x = numbers(rows * columns, 1).map { $0 * 60 }, labels = (0..<rows).map { Int32($0 * 7 % columns) }
        var p = [Double](repeating: 0, count: x.count), losses: [Double] = [], dx: [Double] = []
        for row in 0..<rows {
            let logits = x[row * columns..<(row + 1) * columns].map(Double.init)
            let top = logits.max() ?? 0, sum = logits.reduce(0) { $0 + exp($1 - top) }
            losses.append(log(sum) + top - logits[Int(labels[row])])
            for (i, logit) in logits.enumerated() {
                p[row * columns + i] = exp(logit - top) / sum
                dx.append((p[row * columns + i] - (i == Int(labels[row]) ? 1 : 0)) * 0.25)
            }
        }
        let bits = pools.map { pool in
            let memory = Memory(), y = memory.floats(count: x.count), loss = memory.floats(count: rows), labels = memory.ints(labels)
            softmaxCrossEntropyForward(memory.floats(x), labels, loss, y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, p) < 1e-5)
            #expect(difference(loss.array, losses) < 1e-5)
            softmaxCrossEntropyBackward(y, labels, scale: 0.25, y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, dx) < 1e-5)
            softmax(memory.floats(x), y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, p) < 1e-5)
            return loss.bits + y.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: shapes)
    func softmaxGradientIsTheDoubleLoop(_ rows: Int, _ columns: Int) {
        let y = numbers(rows * columns, 1), dy = numbers(rows * columns, 2)
        var dx: [Double] = []
        for row in 0..<rows {
            let range = row * columns..<(row + 1) * columns
            let dot = range.reduce(0.0) { $0 + Double(y[$1]) * Double(dy[$1]) }
            for i in range { dx.append(Double(y[i]) * (Double(dy[i]) - dot)) }
        }
        for pool in pools {
            let memory = Memory(), out = memory.floats(dy)
            softmaxBackward(memory.floats(y), out, out, rows: rows, columns: columns, pool)
            #expect(difference(out.array, dx) < 1e-5)
        }
    }

    @Test(arguments: shapes)
    func sigmoidCrossEntropyIsTheDoubleLoop(_ rows: Int, _ columns: Int) {
        let x = numbers(rows * columns, 1).map { $0 * 30 }, t = numbers(rows * columns, 2).map { $0 > 0 ? Float(1) : 0 }
        let p = x.map { 1 / (1 + exp(-Double($0))) }
        let losses = (0..<rows).map { row in
            (row * columns..<(row + 1) * columns).reduce(0.0) { sum, i in
                let z = Double(x[i])
                return sum + max(z, 0) - z * Double(t[i]) + log1p(exp(-abs(z)))
            } / Double(columns)
        }
        let dx = p.indices.map { (p[$0] - Double(t[$0])) * 0.5 / Double(columns) }
        for pool in pools {
            let memory = Memory(), y = memory.floats(x), loss = memory.floats(count: rows)
            sigmoidCrossEntropyForward(y, memory.floats(t), loss, y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, p) < 1e-5)
            #expect(difference(loss.array, losses) < 1e-5)
            sigmoidCrossEntropyBackward(y, memory.floats(t), scale: 0.5, y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, dx) < 1e-5)
        }
    }

    @Test(arguments: shapes)
    func meanSquaredErrorIsTheDoubleLoop(_ rows: Int, _ columns: Int) {
        let x = numbers(rows * columns, 1), t = numbers(rows * columns, 2)
        let d = x.indices.map { Double(x[$0]) - Double(t[$0]) }
        let losses = (0..<rows).map { row in
            (row * columns..<(row + 1) * columns).reduce(0.0) { $0 + d[$1] * d[$1] } / Double(columns)
        }
        for pool in pools {
            let memory = Memory(), y = memory.floats(x), loss = memory.floats(count: rows)
            meanSquaredErrorForward(y, memory.floats(t), loss, rows: rows, columns: columns, pool)
            #expect(difference(loss.array, losses) < 1e-5)
            meanSquaredErrorBackward(y, memory.floats(t), scale: 0.5, y, rows: rows, columns: columns, pool)
            #expect(difference(y.array, d.map { $0 / Double(columns) }) < 1e-5)
        }
    }

    @Test func extremeLogitsStayFinite() {
        let memory = Memory(), y = memory.floats(count: 4), loss = memory.floats(count: 2)
        let x = memory.floats([1e30, -1e30, 3e4, -3e4])
        softmaxCrossEntropyForward(x, memory.ints([0, 0]), loss, y, rows: 2, columns: 2, pools[0])
        #expect(loss.array == [0, 0] && y.array == [1, 0, 1, 0])
        sigmoidCrossEntropyForward(x, memory.floats([1, 0, 1, 0]), loss, y, rows: 2, columns: 2, pools[0])
        #expect(loss.array == [0, 0] && y.array == [1, 0, 1, 0])
    }

    @Test func notANumberSpreads() {
        let memory = Memory(), y = memory.floats(count: 20), loss = memory.floats(count: 1)
        let x = memory.floats([Float](repeating: 0, count: 20))
        x[17] = .nan
        softmaxCrossEntropyForward(x, memory.ints([0]), loss, y, rows: 1, columns: 20, pools[0])
        #expect(loss[0].isNaN && y.array.allSatisfy { $0.isNaN })
    }
}
