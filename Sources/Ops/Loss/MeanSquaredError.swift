import Graph
import Kernels

/// `(x - t)²`, averaged over the numbers of an example.
///
/// Inputs: x f32[N,…], targets of the same type. Output: losses f32[N].
public struct MeanSquaredError: Operation {
    public init() {}

    public var name: String { "mean_squared_error" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "targets"], of: name)
        try inputs.expectTargets(of: "mse")
        return [TensorType(batched: true, [])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let perNumber = Work(multiplications: 1, additions: 2) * o.inputCount(0)
        return SlotWork(o.slot, perNumber + Work(multiplications: o.batch, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    /// The backward pass starts here: of the mean of the losses over the batch.
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0) else { return }
        let dx = try g.add(MeanSquaredErrorGradient(), [g.input(0), g.input(1)], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(each: c.inputTypes[0], batch: c.batch)
        meanSquaredErrorForward(c.input(0), c.input(1), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(each: c.inputs[0].type, batch: c.batch)
        let share = S(1 / Double(rows.columns))
        for row in 0..<rows.count {
            var sum = S.zero
            for i in rows.range(row) {
                let difference = c.inputs[0].values[i] - c.inputs[1].values[i]
                sum += difference * difference
            }
            c.outputs[0].values[row] = sum * share
        }
    }

    static let samples = [
        OperationSample(MeanSquaredError(), [.each(7), .each(7)], differentiable: [0], isLoss: true),
        OperationSample(MeanSquaredError(), [.each(3, 2), .each(3, 2)], differentiable: [0], isLoss: true),
        OperationSample(MeanSquaredError(), [.each(1), .each(1)], differentiable: [0], isLoss: true),
    ]
}

/// The gradient of the mean loss: `2 · (x - t) / (batch · columns)`. Inputs: x and targets. Output: like x.
public struct MeanSquaredErrorGradient: Operation {
    public init() {}

    public var name: String { "mean_squared_error_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "targets"], of: name)
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
        meanSquaredErrorBackward(
            c.input(0), c.input(1), scale: 1 / Float(c.batch), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(each: c.inputs[0].type, batch: c.batch)
        let scale = S(2 / (Double(c.batch) * Double(rows.columns)))
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = (c.inputs[0].values[i] - c.inputs[1].values[i]) * scale
        }
    }

    static let samples = [
        OperationSample(MeanSquaredErrorGradient(), [.each(3, 2), .each(3, 2)], slot: .backwardInput)
    ]
}
