import Graph
import Kernels
@testable import Ops
import Testing

/// Products of a few units of each example are those of the whole cotangent with zeros for the other units.
@Suite struct SparseProductTests {
    /// Cuts a backward product down to `k` random units of each example, holds the kernel to its reference loop, and that
    /// to the whole product.
    ///
    /// - Parameters:
    ///   - cotangent: where the cotangent stands among the operands; its last axis counts the units.
    ///   - axis: which axis of the weights does.
    private func check(
        _ whole: any Operation, _ operands: [ReferenceTensor<Double>], cotangent: Int, hasWinners: Bool = false, axis: UnitAxis, keeping k: Int,
        batch: Int, using random: inout SeededGenerator
    ) throws {
        let sparsifiable = try #require(whole as? any ExampleSparsifiable)
        let sparse = try #require(sparsifiable.keepingUnitsPerExample(operands.map(\.type)))
        let type = operands[cotangent].type, units = try #require(type.shape.last)
        let indices: ReferenceTensor<Double> = OperationSample.Operand.indices(k, of: units).tensor(batch: batch, using: &random)
        let rows = type.count / units
        // Of every row of units those that its example keeps.
        let kept = (0..<batch * rows).flatMap { row in (0..<k).map { row * units + Int(indices.ints[row / rows * k + $0]) } }

        var zeroed = operands, packed = operands
        zeroed[cotangent].values = Array(repeating: 0, count: operands[cotangent].values.count)
        for place in kept { zeroed[cotangent].values[place] = operands[cotangent].values[place] }
        for operand in cotangent...(hasWinners ? cotangent + 1 : cotangent) {
            packed[operand].type.shape[type.shape.count - 1] = k
            packed[operand].values = operands[operand].values.isEmpty ? [] : kept.map { operands[operand].values[$0] }
            packed[operand].ints = operands[operand].ints.isEmpty ? [] : kept.map { operands[operand].ints[$0] }
        }
        packed.insert(indices, at: cotangent + (hasWinners ? 2 : 1))
        try checkFastRun(sparse, packed, batch: batch, tolerance: 5e-5)

        let expected = try reference(whole, zeroed, batch: batch), seen = try reference(sparse, packed, batch: batch)
        let touched = seen.count > expected.count ? seen[seen.count - 1].ints : nil
        for (plain, compact) in zip(expected, seen) {
            var values = compact.values
            if let touched {
                let places = axis.counts(plain.type.shape)
                values = Array(repeating: 0, count: values.count)
                for o in 0..<places.outer {
                    for row in 0..<Int(touched[0]) {
                        for i in 0..<places.inner {
                            values[(o * places.units + Int(touched[1 + row])) * places.inner + i] = compact.values[(o * places.units + row) * places.inner + i]
                        }
                    }
                }
            }
            #expect(zip(values, plain.values).allSatisfy { abs($0 - $1) < 1e-9 })
        }
        // Bits must not depend on the threads.
        let floats = packed.map { ReferenceTensor<Float>(type: $0.type, values: $0.values.map { Float($0) }, ints: $0.ints) }
        let runs = try [1, 2, 3].map { try FastRun(operation: sparse, inputs: floats, batch: batch, threads: $0).outputs().outputs }
        for run in runs { for (a, b) in zip(run, runs[0]) { #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern) && a.ints == b.ints) } }
    }

    @Test("dense layers", arguments: 0..<24)
    func dense(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        // Every eighth is large enough for more than one thread.
        let isLarge = seed % 8 == 7
        let inputs = Int.random(in: isLarge ? 500...700 : 1...150, using: &random), units = Int.random(in: isLarge ? 60...90 : 1...70, using: &random)
        let batch = Int.random(in: isLarge ? 40...60 : 1...40, using: &random), k = Int.random(in: isLarge ? 20...30 : 1...units, using: &random)
        let through = [ActivationFunction.linear, .relu, .tanh][Int.random(in: 0...2, using: &random)]
        let input = OperationSample(
            DenseBackwardInput(through: through), [.each(units), .whole(units, inputs)] + (through == .linear ? [] : [.each(inputs)]))
        try check(
            input.operation, input.tensors(batch: batch, seed: seed), cotangent: 0, axis: .first, keeping: k, batch: batch, using: &random)
        let weights = OperationSample(DenseBackwardWeights(withBias: Bool.random(using: &random)), [.each(inputs), .each(units)])
        try check(
            weights.operation, weights.tensors(batch: batch, seed: seed), cotangent: 1, axis: .first, keeping: k, batch: batch, using: &random)
    }

    @Test("dense layers whose rows are copied in tiles, and called ahead", arguments: [[130, 67, 120, 40], [300, 133, 250, 111], [1100, 170, 20, 120]])
    func tiles(_ sizes: [Int]) throws {
        let units = sizes[0], inputs = sizes[1], k = sizes[2], batch = sizes[3], seed = UInt64(units)
        var random = SeededGenerator(state: seed)
        let input = OperationSample(DenseBackwardInput(through: .relu), [.each(units), .whole(units, inputs), .each(inputs)])
        try check(
            input.operation, input.tensors(batch: batch, seed: seed), cotangent: 0, axis: .first, keeping: k, batch: batch, using: &random)
        let weights = OperationSample(DenseBackwardWeights(withBias: true), [.each(inputs), .each(units)])
        try check(
            weights.operation, weights.tensors(batch: batch, seed: seed), cotangent: 1, axis: .first, keeping: k, batch: batch, using: &random)
    }

    @Test("convolutions, with pooling and without", arguments: 0..<40)
    func conv2d(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let window = [Int.random(in: 1...5, using: &random), Int.random(in: 1...5, using: &random)]
        let padding = WindowPadding.allCases[Int.random(in: 0...1, using: &random)]
        let height = Int.random(in: 5...12, using: &random), width = Int.random(in: 5...12, using: &random)
        let channels = Int.random(in: 1...9, using: &random), filters = Int.random(in: 1...18, using: &random)
        let rowStride = Int.random(in: 1...3, using: &random), columnStride = Int.random(in: 1...3, using: &random)
        let batch = Int.random(in: 1...9, using: &random), k = Int.random(in: 1...filters, using: &random)
        let through: ActivationFunction = Bool.random(using: &random) ? .relu : .linear
        let toInput = Conv2DBackwardInput(
            height: height, width: width, strideHeight: rowStride, strideWidth: columnStride, padding: padding, through: through)
        let toWeights = Conv2DBackwardWeights(
            kernelHeight: window[0], kernelWidth: window[1], strideHeight: rowStride, strideWidth: columnStride, padding: padding,
            withBias: Bool.random(using: &random))
        func tensor(_ operand: OperationSample.Operand) -> ReferenceTensor<Double> { operand.tensor(batch: batch, using: &random) }
        let x = tensor(.each(height, width, channels)), w = tensor(.whole(window[0], window[1], channels, filters))
        let below = through == .linear ? [] : [tensor(.each(height, width, channels))]
        let forward = Conv2D(strideHeight: rowStride, strideWidth: columnStride, padding: padding, useBias: false)
        let y = try reference(forward, [x, w], batch: batch)[0]
        let out = y.type.shape
        let dy = tensor(.each(out[0], out[1], filters))
        try check(toInput, [dy, w] + below, cotangent: 0, axis: .last, keeping: k, batch: batch, using: &random)
        try check(toWeights, [x, dy], cotangent: 1, axis: .last, keeping: k, batch: batch, using: &random)

        // Pooling of what the convolution makes: real winners.
        let pooling = MaxPooling2D(
            poolHeight: Int.random(in: 1...min(3, out[0]), using: &random), poolWidth: Int.random(in: 1...min(3, out[1]), using: &random),
            strideHeight: Int.random(in: 1...3, using: &random), strideWidth: Int.random(in: 1...3, using: &random),
            padding: WindowPadding.allCases[Int.random(in: 0...1, using: &random)])
        let pooled = try reference(pooling, [y], batch: batch), winners = pooled[1]
        let pool = MaxPooling2DGradient(height: out[0], width: out[1], of: pooling)
        let dp = tensor(.each(pooled[0].type.shape[0], pooled[0].type.shape[1], filters))
        try check(
            Conv2DPooledBackwardInput(toInput, pool, kernel: window), [dp, winners, w] + below, cotangent: 0, hasWinners: true, axis: .last,
            keeping: k, batch: batch, using: &random)
        try check(
            Conv2DPooledBackwardWeights(toWeights, pool, image: [height, width]), [x, dp, winners], cotangent: 1, hasWinners: true,
            axis: .last, keeping: k, batch: batch, using: &random)
    }
}
