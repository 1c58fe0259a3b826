import Graph
import Kernels

/// The gradient that contrastive divergence descends, averaged over the batch: the correlations that the chain has ended with minus
/// those of the data, `dW = (hₖᵀ · vₖ - h₀ᵀ · v₀) / N`, and the same for the biases.
///
/// Inputs: v₀ f32[N,inputs], h₀ f32[N,units], and vₖ and hₖ of the same types.
/// Outputs: f32[units,inputs], f32[inputs] for the visible biases, and f32[units] for the hidden ones if `withBias`.
/// Source: Hinton, "Training products of experts by minimizing contrastive divergence", 2002.
public struct ContrastiveGradient: Operation {
    public var withBias: Bool

    public init(withBias: Bool) { self.withBias = withBias }

    public var name: String { "contrastive_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["data", "hidden units", "reconstruction", "hidden units of the reconstruction"], of: name)
        let gradients = try DenseBackwardWeights(withBias: withBias).infer(Array(inputs.prefix(2)))
        try inputs.expect(2, is: inputs[0], "the reconstruction")
        try inputs.expect(3, is: inputs[1], "the hidden units of the reconstruction")
        return [gradients[0], TensorType(batched: false, inputs[0].shape)] + gradients.dropFirst()
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = Count.product(2, DenseShape(o.inputs[0], o.outputs[0], batch: o.batch).products)
        var work = Work(gemm: products, additions: products, streamed: o.streamed)
        // Of each sum over the batch, the two halves are subtracted and divided by N.
        for output in o.outputs.indices {
            let count = o.outputCount(output)
            work += Work(multiplications: count, additions: count)
        }
        work.additions = Count.sum(work.additions, Count.product(2, o.inputCount(0)))
        if withBias { work.additions = Count.sum(work.additions, Count.product(2, o.inputCount(1))) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.outputTypes[0], batch: c.batch)
        contrastiveGradient(
            c.input(0), c.input(1), c.input(2), c.input(3), c.output(0), dvisible: c.output(1), dhidden: withBias ? c.output(2) : nil, s, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.inputs[0].type, c.outputs[0].type, batch: c.batch)
        let data = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, withBias: withBias)
        let model = s.referenceGradients(x: c.inputs[2].values, dy: c.inputs[3].values, withBias: withBias)
        let share = S(1 / Double(max(s.batch, 1)))
        c.outputs[0].values = zip(model.weights, data.weights).map { ($0 - $1) * share }
        for i in 0..<s.inputs {
            var before = S.zero, after = S.zero
            for b in 0..<s.batch {
                before += c.inputs[0].values[b * s.inputs + i]
                after += c.inputs[2].values[b * s.inputs + i]
            }
            c.outputs[1].values[i] = (after - before) * share
        }
        if withBias { c.outputs[2].values = zip(model.bias, data.bias).map { ($0 - $1) * share } }
    }

    static let samples = [
        OperationSample(ContrastiveGradient(withBias: true), [.each(7), .each(5), .each(7), .each(5)], slot: .backwardWeights),
        OperationSample(ContrastiveGradient(withBias: false), [.each(33), .each(17), .each(33), .each(17)], slot: .backwardWeights),
        OperationSample(ContrastiveGradient(withBias: true), [.each(1), .each(1), .each(1), .each(1)], slot: .backwardWeights),
    ]
}
