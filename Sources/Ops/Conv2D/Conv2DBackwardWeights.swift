import Graph
import Kernels

/// The gradient of a convolution's weights, and of its bias, the sums of dy over the batch and all pixels.
///
/// Inputs: x f32[N,height,width,channels], dy f32[N,height',width',filters].
/// Outputs: f32[kernel height,kernel width,channels,filters], and f32[filters] if `withBias`.
public struct Conv2DBackwardWeights: Operation {
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var padding: WindowPadding
    public var withBias: Bool

    public init(
        kernelHeight: Int, kernelWidth: Int, strideHeight: Int, strideWidth: Int, padding: WindowPadding, withBias: Bool
    ) {
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
        self.withBias = withBias
    }

    public var name: String { "conv2d_backward_weights" }
    public var attributes: [(key: String, value: String)] { window.attributes }
    public var overwrites: [Int?] { withBias ? [nil, nil] : [nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil] : [nil] }

    private var window: Window2D {
        Window2D(height: kernelHeight, width: kernelWidth, strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent"], of: name)
        let x = try inputs.image(0, of: name)
        let dy = try inputs.image(1, of: name)
        let (rows, columns) = try window.axes(imageHeight: x.height, imageWidth: x.width, of: name)
        try inputs.expect(1, is: TensorType(batched: true, [rows.output, columns.output, dy.channels]), "the cotangent")
        let weights = try TensorType(batched: false, [kernelHeight, kernelWidth, x.channels, dy.channels]).checked(name)
        return withBias ? [weights, TensorType(batched: false, [dy.channels])] : [weights]
    }

    private func shape(_ x: TensorType, _ dw: TensorType, batch: Int) -> Conv2DShape {
        Conv2DShape(height: x.shape[0], width: x.shape[1], weights: dw.shape, window: window, batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs[0], o.outputs[0], batch: o.batch).products
        var work = Work(gemm: products, additions: products, streamed: o.streamed)
        if withBias { work.additions = Count.sum(work.additions, o.inputCount(1)) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        shape(o.inputs[0], o.outputs[0], batch: o.batch).backwardWeightsScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = shape(c.inputTypes[0], c.outputTypes[0], batch: c.batch)
        conv2dBackwardWeights(
            c.input(0), c.input(1), c.output(0), withBias ? c.output(1) : nil, s, alpha: 1, beta: 0, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs[0].type, c.outputs[0].type, batch: c.batch)
        let gradients = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, withBias: withBias)
        c.outputs[0].values = gradients.weights
        if withBias { c.outputs[1].values = gradients.bias }
    }

    static let samples = [
        OperationSample(
            Conv2DBackwardWeights(kernelHeight: 3, kernelWidth: 3, strideHeight: 1, strideWidth: 1, padding: .same, withBias: true),
            [.each(5, 6, 2), .each(5, 6, 4)], slot: .backwardWeights),
        OperationSample(
            Conv2DBackwardWeights(kernelHeight: 4, kernelWidth: 5, strideHeight: 2, strideWidth: 3, padding: .same, withBias: false),
            [.each(7, 8, 3), .each(4, 3, 2)], slot: .backwardWeights),
        OperationSample(
            Conv2DBackwardWeights(kernelHeight: 2, kernelWidth: 3, strideHeight: 3, strideWidth: 2, padding: .valid, withBias: true),
            [.each(9, 8, 1), .each(3, 3, 3)], slot: .backwardWeights),
    ]
}

extension Conv2DShape {
    func referenceGradients<S: ReferenceScalar>(x: [S], dy: [S], withBias: Bool) -> (weights: [S], bias: [S]) {
        var weights = Array(repeating: S.zero, count: kernelHeight * kernelWidth * channels * filters)
        var bias = Array(repeating: S.zero, count: withBias ? filters : 0)
        for place in outputPlaces {
            for filter in 0..<filters {
                let cotangent = dy[place.index * filters + filter]
                for tap in taps(place) {
                    for channel in 0..<channels {
                        let value = tap.pixel.map { x[$0 * channels + channel] } ?? .zero
                        weights[(tap.index * channels + channel) * filters + filter] += cotangent * value
                    }
                }
                if withBias { bias[filter] += cotangent }
            }
        }
        return (weights, bias)
    }
}
