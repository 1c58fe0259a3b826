import Graph
import Kernels

/// The weights' gradient and plain gradient descent in one: no gradient is ever in memory.
///
/// Inputs: x f32[N,height,width,channels], dy f32[N,height',width',filters], w f32[kernel height,kernel
/// width,channels,filters], and b f32[filters] if `useBias`. Outputs: the new w and b, in place of the old.
public struct Conv2DUpdate: Operation {
    public var strideHeight: Int
    public var strideWidth: Int
    public var padding: WindowPadding
    public var useBias: Bool

    public init(strideHeight: Int = 1, strideWidth: Int = 1, padding: WindowPadding, useBias: Bool) {
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
        self.useBias = useBias
    }

    public var name: String { "conv2d_update" }
    public var attributes: [(key: String, value: String)] { window([0, 0]).strideAttributes }
    public var overwrites: [Int?] { useBias ? [2, 3] : [2] }
    public var mayReuse: [Int?] { useBias ? [nil, nil] : [nil] }

    private func window(_ weights: [Int]) -> Window2D {
        Window2D(height: weights[0], width: weights[1], strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent", "weights"] + (useBias ? ["bias"] : []), of: name)
        let w = inputs[2]
        guard w.shape.count == 4 else {
            throw TypeError("weights should be [height, width, channels, filters], but are \(w.text)", operand: 2)
        }
        let backward = Conv2DBackwardWeights(
            kernelHeight: w.shape[0], kernelWidth: w.shape[1], strideHeight: strideHeight, strideWidth: strideWidth,
            padding: padding, withBias: useBias)
        let gradients = try backward.infer(Array(inputs.prefix(2)))
        try inputs.expect(2, is: gradients[0], "the weights")
        if useBias { try inputs.expect(3, is: gradients[1], "the bias") }
        return gradients
    }

    private func shape(_ x: TensorType, _ w: TensorType, batch: Int) -> Conv2DShape {
        Conv2DShape(height: x.shape[0], width: x.shape[1], weights: w.shape, window: window(w.shape), batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs[0], o.inputs[2], batch: o.batch).products
        var backward = Work(gemm: products, additions: products)
        if useBias { backward.additions = Count.sum(backward.additions, o.inputCount(1)) }
        return SlotWork(backward: backward, updating: o)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        shape(o.inputs[0], o.inputs[2], batch: o.batch).backwardWeightsScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = shape(c.inputTypes[0], c.inputTypes[2], batch: c.batch)
        conv2dBackwardWeights(
            c.input(0), c.input(1), c.output(0), useBias ? c.output(1) : nil, s, alpha: -c.step.learningRate, beta: 1, c.scratch,
            c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs[0].type, c.inputs[2].type, batch: c.batch)
        let gradients = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, withBias: useBias)
        c.descend(output: 0, gradients.weights)
        if useBias { c.descend(output: 1, gradients.bias) }
    }

    static let samples = [
        OperationSample(
            Conv2DUpdate(padding: .same, useBias: true),
            [.each(5, 6, 2), .each(5, 6, 4), .whole(3, 3, 2, 4), .whole(4)], slot: .backwardWeights),
        OperationSample(
            Conv2DUpdate(strideHeight: 3, strideWidth: 2, padding: .valid, useBias: false),
            [.each(9, 8, 1), .each(3, 3, 3), .whole(2, 3, 1, 3)], slot: .backwardWeights),
    ]
}
