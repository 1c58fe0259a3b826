import Graph
import Kernels
@testable import Ops
import Testing

/// Kernels against reference loops on sizes that nobody chose.
@Suite struct RandomShapeTests {
    /// Checks an operation, the backward pass that it writes, and the updates fused into that.
    private func check(_ sample: OperationSample, batch: Int, seed: UInt64) throws {
        let inputs = sample.tensors(Double.self, batch: batch, seed: seed)
        try checkFastRun(sample.operation, inputs, batch: batch, tolerance: 5e-5)
        let plain = try sample.differentiableGraph(batch: batch, seed: seed)
        let (graph, _) = try plain.differentiated(sample.differentiable)
        let values = try plain.interpret(graph)
        for node in graph.nodes.dropFirst(plain.graph.nodes.count) {
            // Rounded to what a Float holds, so that kernel and reference start from the same numbers.
            let operands = try node.inputs.map { id in
                var tensor = try #require(values[id])
                tensor.values = tensor.values.map { Double(Float($0)) }
                return tensor
            }
            try checkFastRun(node.operation, operands, batch: batch, tolerance: 5e-5)
        }
    }

    @Test("dense layers", arguments: 0..<24)
    func dense(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let inputs = Int.random(in: 1...70, using: &random), units = Int.random(in: 1...70, using: &random)
        let batch = Int.random(in: 1...40, using: &random), useBias = Bool.random(using: &random)
        let activation = [ActivationFunction.linear, .relu, .tanh][Int.random(in: 0...2, using: &random)]
        let sample = OperationSample(
            Dense(useBias: useBias, activation: activation), [.each(inputs), .whole(units, inputs)] + (useBias ? [.whole(units)] : []),
            differentiable: [0, 1])
        try check(sample, batch: batch, seed: seed)
    }

    @Test("dense layers on lists of inputs", arguments: 0..<40)
    func sparseInput(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let inputs = seed % 4 == 0 ? Int.random(in: 2000...70_000, using: &random) : Int.random(in: 1...90, using: &random)
        let units = seed % 4 == 0 ? 3 : Int.random(in: 1...600, using: &random), longest = Int.random(in: 1...min(inputs, 60), using: &random)
        let batch = Int.random(in: 1...40, using: &random), useBias = Bool.random(using: &random)
        let activation = [ActivationFunction.linear, .relu, .tanh][Int.random(in: 0...2, using: &random)]
        let operation = SparseInputDense(
            useBias: useBias, average: Double(longest) / 2, capacity: min(inputs, batch * longest), activation: activation)
        let sample = OperationSample(
            operation, [.each(longest), .places(longest, of: inputs), .whole(inputs, units)] + (useBias ? [.whole(units)] : []),
            differentiable: [2] + (useBias ? [3] : []))
        try check(sample, batch: batch, seed: seed)
    }

    @Test("convolutions", arguments: 0..<40)
    func conv2d(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let window = [Int.random(in: 1...5, using: &random), Int.random(in: 1...5, using: &random)]
        let padding = WindowPadding.allCases[Int.random(in: 0...1, using: &random)]
        let smallest = padding == .same ? [1, 1] : window
        let height = Int.random(in: smallest[0]...12, using: &random), width = Int.random(in: smallest[1]...12, using: &random)
        let channels = Int.random(in: 1...9, using: &random), filters = Int.random(in: 1...18, using: &random)
        let operation = Conv2D(
            strideHeight: Int.random(in: 1...3, using: &random), strideWidth: Int.random(in: 1...3, using: &random), padding: padding,
            useBias: Bool.random(using: &random), activation: Bool.random(using: &random) ? .relu : .linear)
        let sample = OperationSample(
            operation,
            [.each(height, width, channels), .whole(window[0], window[1], channels, filters)] + (operation.useBias ? [.whole(filters)] : []),
            differentiable: [0, 1])
        try check(sample, batch: Int.random(in: 1...9, using: &random), seed: seed)
    }

    @Test("pooling", arguments: 0..<40)
    func pooling(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let window = [Int.random(in: 1...5, using: &random), Int.random(in: 1...5, using: &random)]
        let strides = [Int.random(in: 1...4, using: &random), Int.random(in: 1...4, using: &random)]
        let padding = WindowPadding.allCases[Int.random(in: 0...1, using: &random)]
        let smallest = padding == .same ? [1, 1] : window
        let height = Int.random(in: smallest[0]...12, using: &random), width = Int.random(in: smallest[1]...12, using: &random)
        let channels = Int.random(in: 1...40, using: &random), batch = Int.random(in: 1...5, using: &random)
        let isMax = seed % 2 == 0
        let operation: any Operation =
            isMax
            ? MaxPooling2D(poolHeight: window[0], poolWidth: window[1], strideHeight: strides[0], strideWidth: strides[1], padding: padding)
            : AveragePooling2D(poolHeight: window[0], poolWidth: window[1], strideHeight: strides[0], strideWidth: strides[1], padding: padding)
        let sample = OperationSample(operation, [.each(height, width, channels, values: isMax ? .distinct : .normal)], differentiable: [0])
        try check(sample, batch: batch, seed: seed)
        // The closed form of the cells inside the image, which the cost is made of.
        let tensors: [ReferenceTensor<Counted>] = sample.tensors(batch: batch, seed: seed)
        let counted = try OperationCounter.count { _ = try reference(operation, tensors, batch: batch) }
        let operands = WorkOperands(inputs: sample.types, outputs: try operation.infer(sample.types), batch: batch, slot: .forward)
        let stated = operation.work(operands).forward
        #expect(counted.additions == stated.additions && counted.comparisons == stated.comparisons)
    }

    @Test("rows of any width", arguments: [1, 2, 15, 16, 17, 31, 64, 100, 257])
    func rows(_ columns: Int) throws {
        let samples = [
            OperationSample(Softmax(), [.each(columns)], differentiable: [0]),
            OperationSample(SoftmaxCrossEntropy(), [.each(columns), .labels(columns)], differentiable: [0], isLoss: true),
            OperationSample(SigmoidCrossEntropy(), [.each(columns), .each(columns, values: .fraction)], differentiable: [0], isLoss: true),
            OperationSample(MeanSquaredError(), [.each(columns), .each(columns)], differentiable: [0], isLoss: true),
            OperationSample(
                BatchNormalization(momentum: 0.9, epsilon: 0.001),
                [.each(3, columns), .whole(columns), .whole(columns), .whole(columns), .whole(columns, values: .positive)],
                differentiable: [0, 1, 2]),
            OperationSample(Concatenate(), [.each(columns), .each(3), .each(columns)], differentiable: [0, 1, 2]),
            OperationSample(Dropout(rate: 0.3, stream: columns), [.each(columns)], differentiable: [0]),
        ]
        for sample in samples { try check(sample, batch: 5, seed: UInt64(columns)) }
    }

    @Test("of equal numbers the first is the largest")
    func ties() throws {
        let pooling = MaxPooling2D(poolHeight: 2, poolWidth: 3, strideHeight: 1, strideWidth: 2, padding: .same)
        let type = TensorType(batched: true, [5, 6, 3])
        let equal = ReferenceTensor<Double>(type: type, values: (0..<180).map { Double($0 / 3 % 2) })
        try checkFastRun(pooling, [equal], batch: 2)
    }
}
