import Graph
import Kernels

/// The gradient of a convolution's weights and bias where max pooling follows the convolution: only the pixels that won
/// their window take part.
///
/// Inputs: x f32[N,height,width,channels], dy f32[N,pooled height,pooled width,filters], winners u8 of that shape.
/// Outputs: f32[kernel height,kernel width,channels,filters], and f32[filters] if `withBias`.
public struct Conv2DPooledBackwardWeights: Operation {
    var geometry: PooledConv2D
    public var withBias: Bool

    /// What `convolution` and `pooling`, its cotangent's maker, become together.
    ///
    /// - Parameter image: height and width of the convolution's input.
    public init(_ convolution: Conv2DBackwardWeights, _ pooling: MaxPooling2DGradient, image: [Int]) {
        geometry = PooledConv2D(
            height: image[0], width: image[1],
            convolution: Window2D(
                height: convolution.kernelHeight, width: convolution.kernelWidth, strideHeight: convolution.strideHeight,
                strideWidth: convolution.strideWidth, padding: convolution.padding),
            pooling: pooling.window)
        withBias = convolution.withBias
    }

    init(_ geometry: PooledConv2D, withBias: Bool) {
        self.geometry = geometry
        self.withBias = withBias
    }

    public var name: String { "conv2d_pooled_backward_weights" }
    public var attributes: [(key: String, value: String)] { geometry.attributes }
    public var overwrites: [Int?] { withBias ? [nil, nil] : [nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil] : [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent", "winners"], of: name)
        let x = try inputs.image(0, of: name)
        let dy = try inputs.image(1, of: name)
        guard x.height == geometry.height, x.width == geometry.width else {
            throw TypeError("\(name) is for images of \(geometry.height) × \(geometry.width), but its input is \(inputs[0].text)", operand: 0)
        }
        try inputs.expect(1, is: geometry.pooled(filters: dy.channels, of: name), "the cotangent")
        try inputs.expect(2, is: TensorType(.uint8, batched: true, inputs[1].shape), "the winners")
        let kernel = [geometry.convolution.height, geometry.convolution.width, x.channels, dy.channels]
        let weights = try TensorType(batched: false, kernel).checked(name)
        return withBias ? [weights, TensorType(batched: false, [dy.channels])] : [weights]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = geometry.shape(weights: o.outputs[0].shape, batch: o.batch).products
        var work = Work(gemm: products, additions: products, streamed: o.streamed)
        if withBias { work.additions = Count.sum(work.additions, o.inputCount(1)) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        geometry.shape(weights: o.outputs[0].shape, batch: o.batch).backwardWeightsScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        conv2dPooledBackwardWeights(
            c.input(0), c.input(1), c.inputBytes(2), c.output(0), withBias ? c.output(1) : nil,
            geometry.shape(weights: c.outputTypes[0].shape, batch: c.batch), alpha: 1, beta: 0, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = geometry.shape(weights: c.outputs[0].type.shape, batch: c.batch)
        let gradients = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, winners: c.inputs[2].ints, withBias: withBias)
        c.outputs[0].values = gradients.weights
        if withBias { c.outputs[1].values = gradients.bias }
    }

    static let samples = [
        OperationSample(
            Conv2DPooledBackwardWeights(
                Conv2DBackwardWeights(kernelHeight: 5, kernelWidth: 5, strideHeight: 1, strideWidth: 1, padding: .same, withBias: true),
                MaxPooling2DGradient(height: 8, width: 9, of: .halving), image: [8, 9]),
            [.each(8, 9, 4), .each(4, 4, 6), .bytes(4, 4, 6, below: 4)], slot: .backwardWeights),
        OperationSample(
            Conv2DPooledBackwardWeights(
                Conv2DBackwardWeights(kernelHeight: 3, kernelWidth: 3, strideHeight: 2, strideWidth: 2, padding: .valid, withBias: false),
                MaxPooling2DGradient(height: 4, width: 4, of: .halving), image: [10, 9]),
            [.each(10, 9, 1), .each(2, 2, 3), .bytes(2, 2, 3, below: 4)], slot: .backwardWeights),
    ]
}

extension PooledConv2DShape {
    func referenceGradients<S: ReferenceScalar>(x: [S], dy: [S], winners: [Int32], withBias: Bool) -> (weights: [S], bias: [S]) {
        var weights = Array(repeating: S.zero, count: conv.kernelHeight * conv.kernelWidth * conv.channels * conv.filters)
        var bias = Array(repeating: S.zero, count: withBias ? conv.filters : 0)
        forEachWinner(winners) { cotangent, place, filter in
            for tap in conv.taps(place) {
                for channel in 0..<conv.channels {
                    let value = tap.pixel.map { x[$0 * conv.channels + channel] } ?? .zero
                    weights[(tap.index * conv.channels + channel) * conv.filters + filter] += dy[cotangent] * value
                }
            }
            if withBias { bias[filter] += dy[cotangent] }
        }
        return (weights, bias)
    }
}
