import Graph
import Kernels

/// The weights' gradient behind max pooling and plain gradient descent in one: no gradient is ever in memory.
///
/// Inputs: x, dy and winners as for `Conv2DPooledBackwardWeights`, w f32[kernel height,kernel width,channels,filters], and
/// b f32[filters] if its gradient has a bias. Outputs: the new w and b, in place of the old.
public struct Conv2DPooledUpdate: Operation {
    var backward: Conv2DPooledBackwardWeights

    public init(_ backward: Conv2DPooledBackwardWeights) { self.backward = backward }

    public var name: String { "conv2d_pooled_update" }
    public var attributes: [(key: String, value: String)] { backward.attributes }
    public var overwrites: [Int?] { backward.withBias ? [3, 4] : [3] }
    public var mayReuse: [Int?] { backward.withBias ? [nil, nil] : [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent", "winners", "weights"] + (backward.withBias ? ["bias"] : []), of: name)
        let gradients = try backward.infer(Array(inputs.prefix(3)))
        try inputs.expect(3, is: gradients[0], "the weights")
        if backward.withBias { try inputs.expect(4, is: gradients[1], "the bias") }
        return gradients
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = backward.geometry.shape(weights: o.inputs[3].shape, batch: o.batch).products
        var work = Work(gemm: products, additions: products)
        if backward.withBias { work.additions = Count.sum(work.additions, o.inputCount(1)) }
        return SlotWork(backward: work, updating: o)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        backward.geometry.shape(weights: o.inputs[3].shape, batch: o.batch).backwardWeightsScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        conv2dPooledBackwardWeights(
            c.input(0), c.input(1), c.inputBytes(2), c.output(0), backward.withBias ? c.output(1) : nil,
            backward.geometry.shape(weights: c.inputTypes[3].shape, batch: c.batch), alpha: -c.step.learningRate, beta: 1, c.scratch,
            c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = backward.geometry.shape(weights: c.inputs[3].type.shape, batch: c.batch)
        let gradients = s.referenceGradients(
            x: c.inputs[0].values, dy: c.inputs[1].values, winners: c.inputs[2].ints, withBias: backward.withBias)
        c.descend(output: 0, gradients.weights)
        if backward.withBias { c.descend(output: 1, gradients.bias) }
    }

    static let samples = Conv2DPooledBackwardWeights.samples.compactMap { sample -> OperationSample? in
        guard let backward = sample.operation as? Conv2DPooledBackwardWeights else { return nil }
        let channels = sample.operands[0].type.shape[2], filters = sample.operands[1].type.shape[2]
        let window = backward.geometry.convolution
        return OperationSample(
            Conv2DPooledUpdate(backward),
            sample.operands + [.whole(window.height, window.width, channels, filters)] + (backward.withBias ? [.whole(filters)] : []),
            slot: .backwardWeights)
    }
}
