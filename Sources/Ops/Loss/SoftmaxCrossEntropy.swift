import Graph
import Kernels

/// Softmax and cross entropy in one, so that no logarithm of a rounded zero is taken:
/// `loss = log Σ exp(x - max) - (x[label] - max)`.
///
/// An example may have a list of labels instead, each of which has the same share: the loss is the mean over them, and 0 without any.
///
/// Inputs: logits f32[N,classes], labels i32[N] or lists of them i32[N,M], -1 behind the last. Outputs: losses f32[N], probabilities f32[N,classes].
public struct SoftmaxCrossEntropy: Operation {
    public init() {}

    public var name: String { "softmax_cross_entropy" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil, nil] }
    public var mayReuse: [Int?] { [nil, 0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["logits", "labels"], of: name)
        try inputs.expectFeatures(0, of: "cross_entropy")
        guard inputs[0].shape.count == 1 else {
            throw TypeError("cross_entropy needs one number for each class, but the network puts out \(inputs[0].text)", operand: 0)
        }
        guard inputs[1].dtype == .int32, inputs[1].batched, inputs[1].shape.count <= 1, inputs[1].count > 0 else {
            throw TypeError("cross_entropy needs class numbers for each example, but the targets are \(inputs[1].text)", operand: 1)
        }
        _ = try inputs[1].checked("cross_entropy", "list of labels")
        return [TensorType(batched: true, []), inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        var loss = Work(additions: 2, transcendentals: 1)
        // The mean over a list.
        if !o.inputs[1].shape.isEmpty { loss += Work(multiplications: 1, additions: o.inputs[1].count) }
        loss = loss * rows.count
        return SlotWork(o.slot, rows.softmaxWork + loss + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    /// The backward pass starts here: of the mean of the losses over the batch.
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0) else { return }
        let dx = try g.add(SoftmaxCrossEntropyGradient(), [g.output(1), g.input(1)], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        softmaxCrossEntropyForward(
            c.input(0), c.inputInts(1), c.output(0), c.output(1), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        for row in 0..<rows.count {
            let logits = Array(c.inputs[0].values[rows.range(row)])
            let softmax = Rows.softmax(logits)
            c.outputs[1].values.replaceSubrange(rows.range(row), with: softmax.probabilities)
            let labels = c.labels(row)
            guard !labels.isEmpty else { continue }
            let isList = !c.inputs[1].type.shape.isEmpty
            let chosen = isList ? labels.reduce(S.zero) { $0 + logits[$1] } * S(1 / Double(labels.count)) : logits[labels[0]]
            c.outputs[0].values[row] = S.log(softmax.sum) - (chosen - softmax.largest)
        }
    }

    static let samples = [
        OperationSample(SoftmaxCrossEntropy(), [.each(10), .labels(10)], differentiable: [0], isLoss: true),
        OperationSample(SoftmaxCrossEntropy(), [.each(33), .labels(33)], differentiable: [0], isLoss: true),
        OperationSample(SoftmaxCrossEntropy(), [.each(1), .labels(1)], isLoss: true),
        OperationSample(SoftmaxCrossEntropy(), [.each(33), .indices(3, of: 33)], differentiable: [0], isLoss: true),
        OperationSample(SoftmaxCrossEntropy(), [.each(9), .indices(1, of: 9)], differentiable: [0], isLoss: true),
    ]
}

/// The gradient of the mean loss: `(probability - (1 at the label)) / batch`, or at each of several labels its share.
///
/// Inputs: probabilities f32[N,classes], labels i32[N] or i32[N,M]. Output: f32[N,classes].
public struct SoftmaxCrossEntropyGradient: Operation {
    public init() {}

    public var name: String { "softmax_cross_entropy_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["probabilities", "labels"], of: name)
        return [try SoftmaxCrossEntropy().infer(inputs)[1]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(multiplications: o.outputCount(0), additions: o.inputCount(1), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        softmaxCrossEntropyBackward(
            c.input(0), c.inputInts(1), scale: 1 / Float(c.batch), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let share = S(1 / Double(c.batch))
        for row in 0..<rows.count {
            var differences = Array(c.inputs[0].values[rows.range(row)])
            let labels = c.labels(row)
            for label in labels { differences[label] = differences[label] - S(1 / Double(labels.count)) }
            if labels.isEmpty { differences = differences.map { _ in S.zero } }
            c.outputs[0].values.replaceSubrange(rows.range(row), with: differences.map { $0 * share })
        }
    }

    static let samples = [
        OperationSample(SoftmaxCrossEntropyGradient(), [.each(10, values: .fraction), .labels(10)], slot: .backwardInput),
        OperationSample(SoftmaxCrossEntropyGradient(), [.each(21, values: .fraction), .indices(4, of: 21)], slot: .backwardInput),
    ]
}

extension ReferenceContext {
    /// The labels of an example, by the second input.
    fileprivate func labels(_ row: Int) -> [Int] { inputs[1].list(of: row) }
}

extension ReferenceTensor {
    /// The list of an example, as far as it goes.
    func list(of row: Int) -> [Int] { ints[row * type.count..<(row + 1) * type.count].prefix { $0 >= 0 }.map(Int.init) }
}
