import Graph
import Kernels

/// Sigmoid and binary cross entropy in one, for several labels per example, computed from the logits without overflow:
/// `max(x, 0) - x·t + log(1 + exp(-|x|))`, averaged over the columns.
///
/// Inputs: logits f32[N,columns], targets of the same type in 0...1. Outputs: losses f32[N], probabilities f32[N,columns].
public struct SigmoidCrossEntropy: Operation {
    public init() {}

    public var name: String { "sigmoid_cross_entropy" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil, nil] }
    public var mayReuse: [Int?] { [nil, 0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["logits", "targets"], of: name)
        try inputs.expectTargets(of: "binary_cross_entropy")
        return [TensorType(batched: true, []), inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let perNumber = Work(multiplications: 2, additions: 4, transcendentals: 2, comparisons: 3) * o.inputCount(0)
        return SlotWork(o.slot, perNumber + Work(multiplications: o.batch, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    /// The backward pass starts here: of the mean of the losses over the batch.
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0) else { return }
        let dx = try g.add(SigmoidCrossEntropyGradient(), [g.output(1), g.input(1)], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(each: c.inputTypes[0], batch: c.batch)
        sigmoidCrossEntropyForward(
            c.input(0), c.input(1), c.output(0), c.output(1), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(each: c.inputs[0].type, batch: c.batch)
        let share = S(1 / Double(rows.columns))
        for row in 0..<rows.count {
            var sum = S.zero
            for i in rows.range(row) {
                let x = c.inputs[0].values[i]
                let power = S.exp(-S.magnitude(x))
                let onePlus = S(1) + power
                sum += S.larger(x, .zero) - x * c.inputs[1].values[i] + S.log(onePlus)
                c.outputs[1].values[i] = S.select(x < .zero, power, S(1)) / onePlus
            }
            c.outputs[0].values[row] = sum * share
        }
    }

    static let samples = [
        OperationSample(SigmoidCrossEntropy(), [.each(7), .each(7, values: .fraction)], differentiable: [0], isLoss: true),
        OperationSample(SigmoidCrossEntropy(), [.each(1), .each(1, values: .fraction)], differentiable: [0], isLoss: true),
        OperationSample(SigmoidCrossEntropy(), [.each(33), .each(33, values: .fraction)], differentiable: [0], isLoss: true),
    ]
}

/// The gradient of the mean loss: `(probability - target) / (batch · columns)`.
///
/// Inputs: probabilities f32[N,columns], targets of the same type. Output: the same.
public struct SigmoidCrossEntropyGradient: Operation {
    public init() {}

    public var name: String { "sigmoid_cross_entropy_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["probabilities", "targets"], of: name)
        try inputs.expectTargets(of: name)
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(multiplications: 1, additions: 1) * o.outputCount(0) + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(each: c.inputTypes[0], batch: c.batch)
        sigmoidCrossEntropyBackward(
            c.input(0), c.input(1), scale: 1 / Float(c.batch), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(each: c.inputs[0].type, batch: c.batch)
        let scale = S(1 / (Double(c.batch) * Double(rows.columns)))
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = (c.inputs[0].values[i] - c.inputs[1].values[i]) * scale
        }
    }

    static let samples = [
        OperationSample(
            SigmoidCrossEntropyGradient(), [.each(7, values: .fraction), .each(7, values: .fraction)], slot: .backwardInput)
    ]
}

extension [TensorType] {
    /// Throws unless operand 1 is a target for each number of operand 0.
    func expectTargets(of loss: String) throws(TypeError) {
        try expectFeatures(0, of: loss)
        guard self[1] == self[0] else {
            throw TypeError(
                "\(loss) compares each output with a target, but the network puts out \(self[0].text) and the targets are \(self[1].text)",
                operand: 1)
        }
    }
}

extension Rows {
    /// One row per example, whatever its shape.
    init(each type: TensorType, batch: Int) {
        columns = Count.product(type.shape)
        count = batch
    }
}
