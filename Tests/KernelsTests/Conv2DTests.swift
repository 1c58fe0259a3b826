import CKernels
import Foundation
import Testing

@testable import Kernels

/// height, width, channels, filters, kernel, stride, same padding, batch
private let cases: [Conv2DShape] = [
    shape(28, 28, 1, 32, (5, 5), (1, 1), same: true, 2), shape(14, 14, 8, 64, (5, 5), (1, 1), same: true, 2),
    shape(7, 9, 3, 10, (3, 3), (1, 1), same: false, 4), shape(8, 8, 2, 17, (3, 3), (2, 2), same: true, 2),
    shape(9, 7, 5, 33, (3, 2), (2, 3), same: false, 3), shape(5, 5, 1, 1, (1, 1), (1, 1), same: true, 1),
    shape(5, 6, 4, 8, (1, 1), (2, 2), same: false, 2), shape(4, 4, 3, 5, (4, 4), (1, 1), same: false, 9),
    shape(3, 3, 2, 4, (5, 5), (1, 1), same: true, 2), shape(6, 40, 2, 16, (2, 4), (3, 1), same: true, 1),
    shape(10, 10, 20, 70, (3, 3), (3, 3), same: true, 17), shape(4, 4, 3, 5, (3, 3), (1, 1), same: true, 0),
    shape(64, 130, 2, 18, (3, 3), (1, 1), same: true, 1), shape(2, 2, 3, 5, (1, 1), (4, 4), same: true, 2),
]

private func shape(
    _ height: Int, _ width: Int, _ channels: Int, _ filters: Int, _ kernel: (Int, Int), _ stride: (Int, Int), same: Bool, _ batch: Int
) -> Conv2DShape {
    let outHeight = same ? (height + stride.0 - 1) / stride.0 : (height - kernel.0) / stride.0 + 1
    let outWidth = same ? (width + stride.1 - 1) / stride.1 : (width - kernel.1) / stride.1 + 1
    return Conv2DShape(
        batch: batch, height: height, width: width, channels: channels, outHeight: outHeight, outWidth: outWidth, filters: filters,
        kernelHeight: kernel.0, kernelWidth: kernel.1, strideHeight: stride.0, strideWidth: stride.1,
        padTop: same ? max(0, (outHeight - 1) * stride.0 + kernel.0 - height) / 2 : 0,
        padLeft: same ? max(0, (outWidth - 1) * stride.1 + kernel.1 - width) / 2 : 0)
}

/// Calls `body` with the indices of x, w and y of every product in the convolution.
private func products(_ s: Conv2DShape, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    for n in 0..<s.batch {
        for oy in 0..<s.outHeight {
            for ox in 0..<s.outWidth {
                for ky in 0..<s.kernelHeight {
                    for kx in 0..<s.kernelWidth {
                        let iy = oy * s.strideHeight + ky - s.padTop, ix = ox * s.strideWidth + kx - s.padLeft
                        guard iy >= 0 && iy < s.height && ix >= 0 && ix < s.width else { continue }
                        for c in 0..<s.channels {
                            for f in 0..<s.filters {
                                body(
                                    ((n * s.height + iy) * s.width + ix) * s.channels + c,
                                    ((ky * s.kernelWidth + kx) * s.channels + c) * s.filters + f,
                                    ((n * s.outHeight + oy) * s.outWidth + ox) * s.filters + f)
                            }
                        }
                    }
                }
            }
        }
    }
}

@Suite struct Conv2DTests {
    @Test(arguments: cases, [ActivationFunction.relu, .tanh])
    func forwardIsTheDoubleLoop(_ s: Conv2DShape, _ activation: ActivationFunction) {
        let x = numbers(s.batch * s.imageCount, 1), w = numbers(s.weightCount, 2), b = numbers(s.filters, 3)
        var expected = (0..<s.batch * s.outImageCount).map { Double(b[$0 % s.filters]) }
        products(s) { expected[$2] += Double(x[$0]) * Double(w[$1]) }
        for i in expected.indices { expected[i] = activation == .relu ? max(0, expected[i]) : tanh(expected[i]) }
        let bits = pools.map { pool in
            let memory = Memory(), y = memory.floats(count: expected.count)
            conv2dForward(
                memory.floats(x), memory.floats(w), memory.floats(b), y, s, activation,
                memory.floats(count: s.forwardScratch(threads: pool.threads)), pool)
            #expect(difference(y.array, expected) < 1e-4)
            return y.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: cases)
    func backwardInputIsTheDoubleLoop(_ s: Conv2DShape) {
        let dy = numbers(s.batch * s.outImageCount, 1), w = numbers(s.weightCount, 2), below = numbers(s.batch * s.imageCount, 3)
        var expected = [Double](repeating: 0, count: s.batch * s.imageCount)
        products(s) { expected[$0] += Double(dy[$2]) * Double(w[$1]) }
        for i in expected.indices where below[i] <= 0 { expected[i] = 0 }
        let bits = pools.map { pool in
            let memory = Memory(), dx = memory.floats(count: expected.count)
            conv2dBackwardInput(
                memory.floats(dy), memory.floats(w), dx, s, through: .relu, below: memory.floats(below),
                memory.floats(count: s.backwardInputScratch(threads: pool.threads)), pool)
            #expect(difference(dx.array, expected) < 1e-4)
            return dx.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test(arguments: cases, [(Float(1), Float(0)), (-0.1, 1)])
    func backwardWeightsIsTheDoubleLoop(_ s: Conv2DShape, _ factors: (Float, Float)) {
        let (alpha, beta) = factors
        let x = numbers(s.batch * s.imageCount, 1), dy = numbers(s.batch * s.outImageCount, 2)
        let dw0 = beta == 0 ? [Float](repeating: .nan, count: s.weightCount) : numbers(s.weightCount, 3)
        let db0 = beta == 0 ? [Float](repeating: .nan, count: s.filters) : numbers(s.filters, 4)
        var dw = dw0.map { beta == 0 ? 0 : Double($0) }, db = db0.map { beta == 0 ? 0 : Double($0) }
        products(s) { dw[$1] += Double(alpha) * Double(x[$0]) * Double(dy[$2]) }
        for (i, d) in dy.enumerated() { db[i % s.filters] += Double(alpha) * Double(d) }
        let bits = pools.map { pool in
            let memory = Memory(), w = memory.floats(dw0), b = memory.floats(db0)
            conv2dBackwardWeights(
                memory.floats(x), memory.floats(dy), w, b, s, alpha: alpha, beta: beta,
                memory.floats(count: s.backwardWeightsScratch(threads: pool.threads)), pool)
            #expect(difference(w.array, dw) < 1e-4)
            #expect(difference(b.array, db) < 1e-4)
            return w.bits + b.bits
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    /// Narrower vectors, as on other machines; a pool of one thread stays on this one.
    @Test(arguments: cases, [4, 8])
    func everyInstructionSetAgrees(_ s: Conv2DShape, _ width: Int) {
        let x = numbers(s.batch * s.imageCount, 1), w = numbers(s.weightCount, 2), dy = numbers(s.batch * s.outImageCount, 3)
        let pool = WorkerPool(threads: 1)
        func run() -> (y: Floats, dx: Floats, dw: Floats, memory: Memory) {
            let memory = Memory()
            let y = memory.floats(count: dy.count), dx = memory.floats(count: x.count), dw = memory.floats(count: w.count)
            let scratch = memory.floats(count: max(
                s.forwardScratch(threads: 1), s.backwardInputScratch(threads: 1), s.backwardWeightsScratch(threads: 1)))
            conv2dForward(memory.floats(x), memory.floats(w), nil, y, s, .linear, scratch, pool)
            conv2dBackwardInput(memory.floats(dy), memory.floats(w), dx, s, through: .linear, below: nil, scratch, pool)
            conv2dBackwardWeights(memory.floats(x), memory.floats(dy), dw, nil, s, alpha: 1, beta: 0, scratch, pool)
            return (y, dx, dw, memory)
        }
        let wide = run()
        nnc_conv2d_limit(width)
        let narrow = run()
        nnc_conv2d_limit(.max)
        #expect(difference(narrow.y.array, wide.y.array.map(Double.init)) < 1e-4)
        #expect(difference(narrow.dx.array, wide.dx.array.map(Double.init)) < 1e-4)
        #expect(difference(narrow.dw.array, wide.dw.array.map(Double.init)) < 1e-4)
    }
}
