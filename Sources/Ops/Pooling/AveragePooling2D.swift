import Graph
import Kernels

/// The mean of each window and channel, over the cells that lie inside the image.
///
/// Input: f32[N,height,width,channels]. Output: f32[N,height',width',channels].
public struct AveragePooling2D: Operation {
    public var poolHeight: Int
    public var poolWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var padding: WindowPadding

    public init(poolHeight: Int, poolWidth: Int, strideHeight: Int, strideWidth: Int, padding: WindowPadding) {
        self.poolHeight = poolHeight
        self.poolWidth = poolWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padding = padding
    }

    public var name: String { "average_pooling2d" }
    public var attributes: [(key: String, value: String)] { window.attributes }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    var window: Window2D {
        Window2D(height: poolHeight, width: poolWidth, strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: name)
        return [try window.pooled(inputs, of: "an average_pooling2d layer")]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let additions = window.cells(image: o.inputs[0].shape, batch: o.batch)
        return SlotWork(o.slot, Work(multiplications: o.outputCount(0), additions: additions, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let image = g.type(g.input(0)).shape
        let backward = AveragePooling2DGradient(height: image[0], width: image[1], of: self)
        let dx = try g.add(backward, [dy], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = Pool2DShape(image: c.inputTypes[0].shape, window: window, batch: c.batch)
        averagePoolForward(c.input(0), c.output(0), s, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = Pool2DShape(image: c.inputs[0].type.shape, window: window, batch: c.batch)
        let x = c.inputs[0].values
        var y = c.outputs[0].values
        s.forEachWindow { output, cells in
            let sum = cells.reduce(S.zero) { $0 + x[$1.input] }
            y[output] = sum * S(1 / Double(cells.count))
        }
        c.outputs[0].values = y
    }

    static let samples = [
        OperationSample(
            AveragePooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .valid), [.each(6, 5, 3)],
            differentiable: [0]),
        OperationSample(
            AveragePooling2D(poolHeight: 3, poolWidth: 3, strideHeight: 2, strideWidth: 1, padding: .same), [.each(7, 6, 2)],
            differentiable: [0]),
        OperationSample(
            AveragePooling2D(poolHeight: 7, poolWidth: 4, strideHeight: 1, strideWidth: 2, padding: .same), [.each(2, 3, 17)],
            differentiable: [0]),
    ]
}
