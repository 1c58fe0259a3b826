import Graph
import Kernels
@testable import Ops
import Testing

/// Gradients through whole networks, where cotangents meet.
@Suite struct NetworkTests {
    /// Collects the operands of a network with random numbers for them.
    private struct Draft {
        var graph = Graph()
        var inputs: [(value: ValueID, tensor: ReferenceTensor<Double>)] = []
        var random = SeededGenerator(state: 11)
        let batch = 4

        mutating func operand(_ operand: OperationSample.Operand) -> ValueID {
            let id = graph.addValue("operand\(inputs.count)", operand.type, .input)
            inputs.append((id, operand.tensor(batch: batch, using: &random)))
            return id
        }

        mutating func add(_ operation: any Operation, _ operands: [ValueID]) throws -> [ValueID] {
            try graph.add(operation, operands, layer: nil, slot: .forward)
        }

        func finished(_ result: ValueID) -> DifferentiableGraph {
            DifferentiableGraph(graph: graph, inputs: inputs, result: result, batch: batch)
        }
    }

    @Test("a residual block adds the cotangents of both its ways")
    func residual() throws {
        var net = Draft()
        let x = net.operand(.each(6)), w1 = net.operand(.whole(5, 6)), w2 = net.operand(.whole(5, 5)), b2 = net.operand(.whole(5))
        let h = try net.add(Activation(.tanh), net.add(Dense(useBias: false), [x, w1]))[0]
        let branch = try net.add(Activation(.gelu), net.add(Dense(useBias: true), [h, w2, b2]))[0]
        // h is read three times, twice by one node, and the weights w2 twice.
        let sum = try net.add(Add(), [h, branch, h])[0]
        let again = try net.add(Dense(useBias: true), [sum, w2, b2])[0]
        let joined = try net.add(Concatenate(), [again, h, again])[0]
        let loss = try net.add(SoftmaxCrossEntropy(), [joined, net.operand(.labels(15))])[0]
        try checkGradient(net.finished(loss), by: [0, 1, 2, 3])
    }

    @Test("a convolutional network")
    func convolutional() throws {
        var net = Draft()
        let x = net.operand(.each(7, 6, 2)), w = net.operand(.whole(3, 3, 2, 4)), b = net.operand(.whole(4))
        let gamma = net.operand(.whole(4)), beta = net.operand(.whole(4))
        let mean = net.operand(.whole(4)), variance = net.operand(.whole(4, values: .positive))
        let dense = net.operand(.whole(3, 36))
        let convolved = try net.add(Conv2D(padding: .same, useBias: true), [x, w, b])[0]
        let normalized = try net.add(BatchNormalization(momentum: 0.9, epsilon: 0.01), [convolved, gamma, beta, mean, variance])[0]
        let active = try net.add(Activation(.sigmoid), [normalized])[0]
        let pooled = try net.add(AveragePooling2D(poolHeight: 3, poolWidth: 3, strideHeight: 3, strideWidth: 2, padding: .same), [active])[0]
        let dropped = try net.add(Dropout(rate: 0.2, stream: 0), net.add(Flatten(), [pooled]))
        let output = try net.add(Softmax(), net.add(Dense(useBias: false), dropped + [dense]))[0]
        let loss = try net.add(MeanSquaredError(), [output, net.operand(.each(3, values: .fraction))])[0]
        try checkGradient(net.finished(loss), by: [0, 1, 2, 3, 4, 7])
    }

    @Test("two layers of which each example computes some units, and one of all units")
    func gathered() throws {
        var net = Draft()
        let x = net.operand(.each(6)), w1 = net.operand(.whole(9, 6)), b1 = net.operand(.whole(9)), first = net.operand(.indices(4, of: 9))
        let w2 = net.operand(.whole(8, 9)), b2 = net.operand(.whole(8)), second = net.operand(.indices(3, of: 8))
        let w3 = net.operand(.whole(5, 8)), b3 = net.operand(.whole(5))
        let h1 = try net.add(GatheredDense(useBias: true, activation: .tanh), [x, w1, b1, first])[0]
        let h2 = try net.add(Activation(.gelu), net.add(SparseGatheredDense(useBias: true, allUnits: false), [h1, first, w2, b2, second]))[0]
        let y = try net.add(SparseGatheredDense(useBias: true, allUnits: true), [h2, second, w3, b3])[0]
        let whole = try net.add(ScatterUnits(units: 8), [h2, second])[0]
        let joined = try net.add(Concatenate(), [y, whole])[0]
        let loss = try net.add(SoftmaxCrossEntropy(), [joined, net.operand(.labels(13))])[0]
        try checkGradient(net.finished(loss), by: [0, 1, 2, 4, 5, 7, 8])
    }

    @Test("two layers of which a batch computes some units, and the inputs that these are to the next")
    func gatheredPerBatch() throws {
        var net = Draft()
        let x = net.operand(.each(6)), w1 = net.operand(.whole(9, 6)), b1 = net.operand(.whole(9)), first = net.operand(.fullIndexSet(4, of: 9))
        let w2 = net.operand(.whole(8, 9)), second = net.operand(.fullIndexSet(3, of: 8))
        let chosen1 = try net.add(GatherUnits(unitAxis: .first), [w1, first]) + net.add(GatherUnits(unitAxis: .first), [b1, first])
        let h1 = try net.add(Dense(useBias: true, activation: .tanh), [x] + chosen1)
        let chosen2 = try net.add(GatherInputs(), net.add(GatherUnits(unitAxis: .first), [w2, second]) + [first])
        let h2 = try net.add(Dense(useBias: false), h1 + chosen2)
        let whole = try net.add(ScatterUnits(units: 8), h2 + [second])[0]
        let loss = try net.add(SoftmaxCrossEntropy(), [whole, net.operand(.labels(8))])[0]
        try checkGradient(net.finished(loss), by: [0, 1, 2, 4])
    }

    @Test("a fused update is the gradient and then a step of plain descent")
    func fusedUpdates() throws {
        let pairs: [(any Operation, any Operation, [OperationSample.Operand])] = [
            (DenseBackwardWeights(withBias: true), DenseUpdate(useBias: true), [.each(7), .each(5), .whole(5, 7), .whole(5)]),
            (
                Conv2DBackwardWeights(kernelHeight: 3, kernelWidth: 2, strideHeight: 2, strideWidth: 1, padding: .same, withBias: true),
                Conv2DUpdate(strideHeight: 2, strideWidth: 1, padding: .same, useBias: true),
                [.each(5, 4, 2), .each(3, 4, 3), .whole(3, 2, 2, 3), .whole(3)]
            ),
        ]
        for (backward, fused, operands) in pairs {
            let inputs = OperationSample(fused, operands).tensors(Double.self, batch: 3, seed: 1)
            let gradients = try reference(backward, Array(inputs.prefix(2)), batch: 3)
            let updated = try reference(fused, inputs, batch: 3)
            for index in 0...1 {
                let stepped = try reference(SGDUpdate(), [inputs[2 + index], gradients[index]], batch: 3)[0]
                for (a, b) in zip(stepped.values, updated[index].values) { #expect(abs(a - b) < 1e-12) }
            }
        }
    }

    @Test("a convolution's backward pass from the winners of its pooling is that from all pixels")
    func pooledConvolution() throws {
        let pooling = MaxPooling2D(poolHeight: 3, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .same)
        let scatter = MaxPooling2DGradient(height: 7, width: 6, of: pooling)
        let input = Conv2DBackwardInput(height: 7, width: 6, strideHeight: 1, strideWidth: 1, padding: .same)
        let weights = Conv2DBackwardWeights(
            kernelHeight: 3, kernelWidth: 3, strideHeight: 1, strideWidth: 1, padding: .same, withBias: true)
        let operands: [OperationSample.Operand] = [.each(7, 6, 3, values: .distinct), .each(4, 3, 3), .whole(3, 3, 2, 3), .each(7, 6, 2)]
        let tensors = OperationSample(scatter, operands).tensors(Double.self, batch: 3, seed: 4)
        let winners = try reference(pooling, [tensors[0]], batch: 3)[1]
        let (dy, w, x) = (tensors[1], tensors[2], tensors[3])
        let all = try reference(scatter, [dy, winners], batch: 3)[0]

        let pairs = [
            (try reference(input, [all, w], batch: 3),
             Conv2DPooledBackwardInput(input, scatter, kernel: [3, 3]) as any Operation, [dy, winners, w]),
            (try reference(weights, [x, all], batch: 3), Conv2DPooledBackwardWeights(weights, scatter, image: [7, 6]), [x, dy, winners]),
        ]
        for (expected, pooled, inputs) in pairs {
            let seen = try reference(pooled, inputs, batch: 3)
            for (a, b) in zip(expected, seen) {
                #expect(a.type == b.type)
                for (one, other) in zip(a.values, b.values) { #expect(abs(one - other) < 1e-12) }
            }
            try checkFastRun(pooled, inputs, batch: 3)
        }
    }

    @Test("a derivative fused into the product below is the product and then the derivative")
    func fusedDerivatives() throws {
        for function in ActivationFunction.allCases where function != .linear {
            let operands: [OperationSample.Operand] = [.each(4), .whole(4, 6), .each(6)]
            let fused = DenseBackwardInput(through: function)
            let inputs = OperationSample(fused, operands).tensors(Double.self, batch: 3, seed: 2)
            let product = try reference(DenseBackwardInput(), Array(inputs.prefix(2)), batch: 3)[0]
            let expected = try reference(ActivationGradient(function), [inputs[2], product], batch: 3)[0]
            let seen = try reference(fused, inputs, batch: 3)[0]
            #expect(seen.values == expected.values)
            try checkFastRun(fused, inputs, batch: 3)
        }
    }

    @Test("cross entropy stays finite where a softmax would round to zero")
    func stableLosses() throws {
        let logits = ReferenceTensor<Double>(type: TensorType(batched: true, [3]), values: [1000, -1000, 0, -1e4, 1e4, 80])
        let labels = ReferenceTensor<Double>(type: TensorType(.int32, batched: true, []), ints: [1, 1])
        let losses = try reference(SoftmaxCrossEntropy(), [logits, labels], batch: 2)[0].values
        #expect(abs(losses[0] - 2000) < 1e-9 && abs(losses[1]) < 1e-9)
        try checkFastRun(SoftmaxCrossEntropy(), [logits, labels], batch: 2)
        let targets = ReferenceTensor<Double>(type: logits.type, values: [1, 0, 1, 0, 1, 0])
        let binary = try reference(SigmoidCrossEntropy(), [logits, targets], batch: 2)[0].values
        #expect(binary.allSatisfy { $0.isFinite })
        try checkFastRun(SigmoidCrossEntropy(), [logits, targets], batch: 2)
    }

    @Test("a dropout layer drops its share, another one other numbers, another step others again")
    func dropoutStreams() throws {
        let x = ReferenceTensor<Double>(type: TensorType(batched: true, [1000]), values: Array(repeating: 1, count: 4000))
        let first = try reference(Dropout(rate: 0.25, stream: 0), [x], batch: 4)[0].values
        let second = try reference(Dropout(rate: 0.25, stream: 1), [x], batch: 4)[0].values
        #expect(first != second)
        #expect(abs(Double(first.filter { $0 == 0 }.count) / 4000 - 0.25) < 0.03)
        #expect(first.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-9 })
    }
}
