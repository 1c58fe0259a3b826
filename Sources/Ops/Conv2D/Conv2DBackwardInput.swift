import Graph
import Kernels

/// The cotangent of a convolution's input, times the derivative of the activation below if one is fused in.
///
/// Inputs: dy f32[N,height',width',filters], w f32[kernel height,kernel width,channels,filters], and the output of the
/// activation below, f32[N,height,width,channels], unless `through` is linear. Output: f32[N,height,width,channels].
public struct Conv2DBackwardInput: Operation {
    /// The size of the input, which does not follow from that of the output where strides skip rows.
    public var height: Int
    public var width: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var padding: WindowPadding
    /// The activation that made this layer's input, if its derivative is multiplied in here.
    public var through: ActivationFunction

    public init(
        height: Int, width: Int, strideHeight: Int, strideWidth: Int, padding: WindowPadding, through: ActivationFunction = .linear
    ) {
        self.height = height
        self.width = width
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
        self.through = through
    }

    public var name: String { "conv2d_backward_input" }
    public var attributes: [(key: String, value: String)] {
        window([0, 0]).strideAttributes + (through == .linear ? [] : [("through", through.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private func window(_ weights: [Int]) -> Window2D {
        Window2D(height: weights[0], width: weights[1], strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "weights"] + (through == .linear ? [] : ["output below"]), of: name)
        let w = inputs[1]
        guard w.dtype == .float32, !w.batched, w.shape.count == 4 else {
            throw TypeError("weights should be [height, width, channels, filters], but are \(w.text)", operand: 1)
        }
        let (rows, columns) = try window(w.shape).axes(imageHeight: height, imageWidth: width, of: name)
        try inputs.expect(0, is: TensorType(batched: true, [rows.output, columns.output, w.shape[3]]), "the cotangent")
        let dx = try TensorType(batched: true, [height, width, w.shape[2]]).checked(name)
        if through != .linear { try inputs.expect(2, is: dx, "the output below") }
        return [dx]
    }

    private func shape(_ w: TensorType, batch: Int) -> Conv2DShape {
        Conv2DShape(height: height, width: width, weights: w.shape, window: window(w.shape), batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs[1], batch: o.batch).products
        let work = Work(gemm: products, additions: products, streamed: o.streamed)
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        shape(o.inputs[1], batch: o.batch).backwardInputScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = shape(c.inputTypes[1], batch: c.batch)
        conv2dBackwardInput(
            c.input(0), c.input(1), c.output(0), s, through: through, below: through == .linear ? nil : c.input(2), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs[1].type, batch: c.batch)
        let dy = c.inputs[0].values, w = c.inputs[1].values
        // What falls on the padding is computed, and dropped.
        var dropped = S.zero
        for place in s.outputPlaces {
            for tap in s.taps(place) {
                for channel in 0..<s.channels {
                    for filter in 0..<s.filters {
                        let product = dy[place.index * s.filters + filter] * w[(tap.index * s.channels + channel) * s.filters + filter]
                        if let pixel = tap.pixel {
                            c.outputs[0].values[pixel * s.channels + channel] += product
                        } else {
                            dropped += product
                        }
                    }
                }
            }
        }
        guard through != .linear else { return }
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = through.backward(saved: c.inputs[2].values[i], c.outputs[0].values[i])
        }
    }

    static let samples = [
        OperationSample(
            Conv2DBackwardInput(height: 5, width: 6, strideHeight: 1, strideWidth: 1, padding: .same),
            [.each(5, 6, 4), .whole(3, 3, 2, 4)], slot: .backwardInput),
        OperationSample(
            Conv2DBackwardInput(height: 9, width: 8, strideHeight: 3, strideWidth: 2, padding: .valid, through: .relu),
            [.each(3, 3, 3), .whole(2, 3, 1, 3), .each(9, 8, 1)], slot: .backwardInput),
        OperationSample(
            Conv2DBackwardInput(height: 7, width: 8, strideHeight: 2, strideWidth: 3, padding: .same, through: .tanh),
            [.each(4, 3, 2), .whole(4, 5, 3, 2), .each(7, 8, 3)], slot: .backwardInput),
    ]
}
