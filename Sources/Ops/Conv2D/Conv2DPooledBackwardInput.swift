import Graph
import Kernels

/// The cotangent of a convolution's input where max pooling follows the convolution: only the pixels that won their
/// window take part, a quarter of them for a 2×2 window. Exactly what scattering the cotangent first would give.
///
/// Inputs: dy f32[N,pooled height,pooled width,filters], winners u8 of that shape, w f32[kernel height,kernel
/// width,channels,filters], and the output of the activation below unless `through` is linear.
/// Output: f32[N,height,width,channels].
public struct Conv2DPooledBackwardInput: Operation {
    var geometry: PooledConv2D
    public var through: ActivationFunction

    /// What `convolution` and `pooling`, its cotangent's maker, become together.
    public init(_ convolution: Conv2DBackwardInput, _ pooling: MaxPooling2DGradient, kernel: [Int]) {
        geometry = PooledConv2D(
            height: convolution.height, width: convolution.width,
            convolution: Window2D(
                height: kernel[0], width: kernel[1], strideHeight: convolution.strideHeight, strideWidth: convolution.strideWidth,
                padding: convolution.padding),
            pooling: pooling.window)
        through = convolution.through
    }

    init(_ geometry: PooledConv2D, through: ActivationFunction) {
        self.geometry = geometry
        self.through = through
    }

    public var name: String { "conv2d_pooled_backward_input" }
    public var attributes: [(key: String, value: String)] {
        geometry.attributes + (through == .linear ? [] : [("through", through.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "winners", "weights"] + (through == .linear ? [] : ["output below"]), of: name)
        let w = inputs[2]
        guard w.dtype == .float32, !w.batched, w.shape.count == 4 else {
            throw TypeError("weights should be [height, width, channels, filters], but are \(w.text)", operand: 2)
        }
        try inputs.expect(0, is: geometry.pooled(filters: w.shape[3], of: name), "the cotangent")
        try inputs.expect(1, is: TensorType(.uint8, batched: true, inputs[0].shape), "the winners")
        let dx = try TensorType(batched: true, [geometry.height, geometry.width, w.shape[2]]).checked(name)
        if through != .linear { try inputs.expect(3, is: dx, "the output below") }
        return [dx]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = geometry.shape(weights: o.inputs[2].shape, batch: o.batch).products
        let work = Work(gemm: products, additions: products, streamed: o.streamed)
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        geometry.shape(weights: o.inputs[2].shape, batch: o.batch).backwardInputScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        conv2dPooledBackwardInput(
            c.input(0), c.inputBytes(1), c.input(2), c.output(0), geometry.shape(weights: c.inputTypes[2].shape, batch: c.batch),
            through: through, below: through == .linear ? nil : c.input(3), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = geometry.shape(weights: c.inputs[2].type.shape, batch: c.batch)
        let dy = c.inputs[0].values, w = c.inputs[2].values
        var dx = c.outputs[0].values
        // What falls on the padding is computed, and dropped.
        var dropped = S.zero
        s.forEachWinner(c.inputs[1].ints) { cotangent, place, filter in
            for tap in s.conv.taps(place) {
                for channel in 0..<s.conv.channels {
                    let product = dy[cotangent] * w[(tap.index * s.conv.channels + channel) * s.conv.filters + filter]
                    if let pixel = tap.pixel { dx[pixel * s.conv.channels + channel] += product } else { dropped += product }
                }
            }
        }
        if through != .linear {
            for i in dx.indices { dx[i] = through.backward(saved: c.inputs[3].values[i], dx[i]) }
        }
        c.outputs[0].values = dx
    }

    static let samples = [
        OperationSample(
            Conv2DPooledBackwardInput(
                Conv2DBackwardInput(height: 8, width: 9, strideHeight: 1, strideWidth: 1, padding: .same),
                MaxPooling2DGradient(height: 8, width: 9, of: .halving), kernel: [5, 5]),
            [.each(4, 4, 6), .bytes(4, 4, 6, below: 4), .whole(5, 5, 4, 6)], slot: .backwardInput),
        OperationSample(
            Conv2DPooledBackwardInput(
                Conv2DBackwardInput(height: 10, width: 9, strideHeight: 2, strideWidth: 2, padding: .valid, through: .relu),
                MaxPooling2DGradient(height: 4, width: 4, of: .halving), kernel: [3, 3]),
            [.each(2, 2, 3), .bytes(2, 2, 3, below: 4), .whole(3, 3, 2, 3), .each(10, 9, 2)], slot: .backwardInput),
    ]
}

extension MaxPooling2D {
    /// The usual window of two by two, for samples.
    static let halving = MaxPooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .valid)
}
