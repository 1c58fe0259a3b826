import Graph
import Kernels

/// A convolution of images (cross-correlation, as in every framework), `y = activation(x ∗ w + b)`.
///
/// Inputs: x f32[N,height,width,channels], w f32[kernel height,kernel width,channels,filters], and b f32[filters] if
/// `useBias`. Output: f32[N,height',width',filters]. Products with the zeros of the padding count as done.
public struct Conv2D: Operation {
    public var strideHeight: Int
    public var strideWidth: Int
    public var padding: WindowPadding
    public var useBias: Bool
    /// Fused in by the lowering; a layer starts as `linear`.
    public var activation: ActivationFunction

    public init(
        strideHeight: Int = 1, strideWidth: Int = 1, padding: WindowPadding, useBias: Bool, activation: ActivationFunction = .linear
    ) {
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
        self.useBias = useBias
        self.activation = activation
    }

    public var name: String { "conv2d" }
    public var attributes: [(key: String, value: String)] {
        window(0, 0).strideAttributes + (activation == .linear ? [] : [("activation", activation.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private func window(_ height: Int, _ width: Int) -> Window2D {
        Window2D(height: height, width: width, strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "weights"] + (useBias ? ["bias"] : []), of: "conv2d")
        let image = try inputs.image(0, of: "a conv2d layer")
        let w = inputs[1]
        guard w.dtype == .float32, !w.batched, w.shape.count == 4, w.shape[2] == image.channels else {
            throw TypeError("weights \(w.text) do not fit an image of \(image.channels) channels", operand: 1)
        }
        if useBias { try inputs.expect(2, is: TensorType(batched: false, [w.shape[3]]), "the bias") }
        let (rows, columns) = try window(w.shape[0], w.shape[1]).axes(
            imageHeight: image.height, imageWidth: image.width, of: "a conv2d layer")
        return [try TensorType(batched: true, [rows.output, columns.output, w.shape[3]]).checked("a conv2d layer")]
    }

    private func shape(_ x: TensorType, _ w: TensorType, batch: Int) -> Conv2DShape {
        Conv2DShape(height: x.shape[0], width: x.shape[1], weights: w.shape, window: window(w.shape[0], w.shape[1]), batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs[0], o.inputs[1], batch: o.batch).products
        var work = Work(gemm: products, additions: products, streamed: o.streamed)
        if useBias { work.additions = Count.sum(work.additions, o.outputCount(0)) }
        return SlotWork(o.slot, work + activation.forwardWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        shape(o.inputs[0], o.inputs[1], batch: o.batch).forwardScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard var dy = g.cotangent(ofOutput: 0) else { return }
        if activation != .linear {
            guard activation.derivativeFromOutput else { throw activation.notFromOutput }
            dy = try g.add(ActivationGradient(activation), [g.output(0), dy], slot: .backwardInput)[0]
        }
        let x = g.type(g.input(0)).shape, w = g.type(g.input(1)).shape
        // The input's cotangent first: an update fused into the weights' must not come before it.
        if g.needsGradient(ofInput: 0) {
            let backward = Conv2DBackwardInput(
                height: x[0], width: x[1], strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
            let dx = try g.add(backward, [dy, g.input(1)], slot: .backwardInput)[0]
            try g.contribute(dx, toInput: 0)
        }
        if g.needsGradient(ofInput: 1) {
            let backward = Conv2DBackwardWeights(
                kernelHeight: w[0], kernelWidth: w[1], strideHeight: strideHeight, strideWidth: strideWidth, padding: padding,
                withBias: useBias)
            let gradients = try g.add(backward, [g.input(0), dy], slot: .backwardWeights)
            try g.contribute(gradients[0], toInput: 1)
            if useBias { try g.contribute(gradients[1], toInput: 2) }
        }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = shape(c.inputTypes[0], c.inputTypes[1], batch: c.batch)
        conv2dForward(c.input(0), c.input(1), useBias ? c.input(2) : nil, c.output(0), s, activation, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs[0].type, c.inputs[1].type, batch: c.batch)
        let x = c.inputs[0].values, w = c.inputs[1].values
        for place in s.outputPlaces {
            for filter in 0..<s.filters {
                var sum = S.zero
                for tap in s.taps(place) {
                    for channel in 0..<s.channels {
                        let value = tap.pixel.map { x[$0 * s.channels + channel] } ?? .zero
                        sum += value * w[(tap.index * s.channels + channel) * s.filters + filter]
                    }
                }
                if useBias { sum += c.inputs[2].values[filter] }
                c.outputs[0].values[place.index * s.filters + filter] = activation.apply(sum)
            }
        }
    }

    static let samples = [
        OperationSample(
            Conv2D(padding: .same, useBias: true), [.each(5, 6, 2), .whole(3, 3, 2, 4), .whole(4)], differentiable: [0, 1, 2]),
        OperationSample(
            Conv2D(strideHeight: 2, strideWidth: 3, padding: .same, useBias: false), [.each(7, 8, 3), .whole(4, 5, 3, 2)],
            differentiable: [0, 1]),
        OperationSample(
            Conv2D(strideHeight: 3, strideWidth: 2, padding: .valid, useBias: true), [.each(9, 8, 1), .whole(2, 3, 1, 3), .whole(3)],
            differentiable: [0, 1, 2]),
        OperationSample(
            Conv2D(padding: .valid, useBias: true, activation: .tanh), [.each(4, 4, 2), .whole(1, 1, 2, 3), .whole(3)],
            differentiable: [0, 1, 2]),
        OperationSample(
            Conv2D(padding: .valid, useBias: true, activation: .relu), [.each(12, 12, 5), .whole(5, 5, 5, 17), .whole(17)]),
    ]
}
