import Graph
import Kernels

/// Batch normalization by the moving averages: in evaluation, and in a frozen layer.
///
/// Inputs: x f32[N,…,channels]; gamma, beta, moving mean and moving variance f32[channels]. Output: y like x.
public struct BatchNormalizationInference: Operation {
    public var epsilon: Float

    public init(epsilon: Float) { self.epsilon = epsilon }

    public var name: String { "batch_normalization_inference" }
    public var attributes: [(key: String, value: String)] { [("epsilon", "\(epsilon)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "gamma", "beta", "moving mean", "moving variance"], of: name)
        _ = try inputs.perChannel([1, 2, 3, 4], of: "a batch_normalization layer")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        let perNumber = Work(multiplications: 1, additions: 1) * rows.elements
        let perChannel = Work(multiplications: 2, additions: 2, transcendentals: 1) * rows.columns
        return SlotWork(o.slot, perNumber + perChannel + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    /// Through a frozen layer, to the layers below it.
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = g.cotangent(ofOutput: 0) else { return }
        guard !g.needsGradient(ofInput: 1), !g.needsGradient(ofInput: 2) else {
            throw TypeError("a layer that normalizes by its moving averages is frozen: its gamma and beta cannot be trained")
        }
        guard g.needsGradient(ofInput: 0) else { return }
        let backward = BatchNormalizationInferenceGradient(epsilon: epsilon)
        let dx = try g.add(backward, [dy, g.input(1), g.input(4)], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        batchNormInference(
            c.input(0), c.input(1), c.input(2), c.input(3), c.input(4), c.output(0), rows: rows.count, channels: rows.columns,
            epsilon: epsilon, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let scales = referenceScales(gamma: c.inputs[1].values, variance: c.inputs[4].values, epsilon: epsilon)
        let shifts = scales.indices.map { c.inputs[2].values[$0] - c.inputs[3].values[$0] * scales[$0] }
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = c.inputs[0].values[i] * scales[i % rows.columns] + shifts[i % rows.columns]
        }
    }

    static let samples = [
        OperationSample(
            BatchNormalizationInference(epsilon: 0.001),
            [.each(4, 3, 5), .whole(5), .whole(5), .whole(5), .whole(5, values: .positive)], differentiable: [0]),
        OperationSample(
            BatchNormalizationInference(epsilon: 0.01), [.each(17), .whole(17), .whole(17), .whole(17), .whole(17, values: .positive)],
            differentiable: [0]),
    ]
}

/// gamma / √(variance + epsilon)
private func referenceScales<S: ReferenceScalar>(gamma: [S], variance: [S], epsilon: Float) -> [S] {
    zip(gamma, variance).map { $0 / S.sqrt($1 + S(Double(epsilon))) }
}

/// `dx = dy · gamma / √(variance + epsilon)`. Inputs: dy f32[N,…,channels]; gamma and variance f32[channels].
public struct BatchNormalizationInferenceGradient: Operation {
    public var epsilon: Float

    public init(epsilon: Float) { self.epsilon = epsilon }

    public var name: String { "batch_normalization_inference_gradient" }
    public var attributes: [(key: String, value: String)] { [("epsilon", "\(epsilon)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "gamma", "moving variance"], of: name)
        _ = try inputs.perChannel([1, 2], of: name)
        return [inputs[0]]
    }

    /// It is the forward kernel with a mean and a beta of zero, which are computed with all the same.
    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        let perNumber = Work(multiplications: 1, additions: 1) * rows.elements
        let perChannel = Work(multiplications: 2, additions: 2, transcendentals: 1) * rows.columns
        return SlotWork(o.slot, perNumber + perChannel + Work(streamed: o.streamed))
    }

    /// The zeros.
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { Rows(o.inputs[0], batch: o.batch).columns }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        let zeros = c.scratch.prefix(rows.columns)
        zeros.fill(0)
        batchNormInference(
            c.input(0), c.input(1), zeros, zeros, c.input(2), c.output(0), rows: rows.count, channels: rows.columns, epsilon: epsilon,
            c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let scales = referenceScales(gamma: c.inputs[1].values, variance: c.inputs[2].values, epsilon: epsilon)
        let shifts = scales.map { S.zero - S.zero * $0 }
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = c.inputs[0].values[i] * scales[i % rows.columns] + shifts[i % rows.columns]
        }
    }

    static let samples = [
        OperationSample(
            BatchNormalizationInferenceGradient(epsilon: 0.001), [.each(4, 3, 5), .whole(5), .whole(5, values: .positive)],
            slot: .backwardInput)
    ]
}
