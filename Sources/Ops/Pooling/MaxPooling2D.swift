import Graph
import Kernels

/// The largest number of each window and channel. The padding never wins; of equal numbers the first does.
///
/// Input: f32[N,height,width,channels]. Outputs: f32[N,height',width',channels], and where in its window each
/// was, u8 of the same shape, for the backward pass.
public struct MaxPooling2D: Operation {
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

    public var name: String { "max_pooling2d" }
    public var attributes: [(key: String, value: String)] { window.attributes }
    public var overwrites: [Int?] { [nil, nil] }
    public var mayReuse: [Int?] { [nil, nil] }

    var window: Window2D {
        Window2D(height: poolHeight, width: poolWidth, strideHeight: strideHeight, strideWidth: strideWidth, padding: padding)
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: name)
        let pooled = try window.pooled(inputs, of: "a max_pooling2d layer")
        guard Count.product(poolHeight, poolWidth) <= 255 else {
            throw TypeError("a max_pooling2d window may have 255 cells at most, but \(poolHeight) × \(poolWidth) are \(Count.product(poolHeight, poolWidth))")
        }
        return [pooled, TensorType(.uint8, batched: true, pooled.shape)]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let comparisons = window.cells(image: o.inputs[0].shape, batch: o.batch) - o.outputCount(0)
        return SlotWork(o.slot, Work(comparisons: max(0, comparisons), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let image = g.type(g.input(0)).shape
        let backward = MaxPooling2DGradient(height: image[0], width: image[1], of: self)
        let dx = try g.add(backward, [dy, g.output(1)], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = Pool2DShape(image: c.inputTypes[0].shape, window: window, batch: c.batch)
        maxPoolForward(c.input(0), c.output(0), c.outputBytes(1), s, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = Pool2DShape(image: c.inputs[0].type.shape, window: window, batch: c.batch)
        let x = c.inputs[0].values
        var values = c.outputs[0].values, indices = c.outputs[1].ints
        s.forEachWindow { output, cells in
            guard var best = cells.first else { return }
            for cell in cells.dropFirst() where x[best.input] < x[cell.input] { best = cell }
            values[output] = x[best.input]
            indices[output] = Int32(best.inWindow)
        }
        c.outputs[0].values = values
        c.outputs[1].ints = indices
    }

    static let samples = [
        OperationSample(
            MaxPooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .valid),
            [.each(6, 5, 3, values: .distinct)], differentiable: [0]),
        OperationSample(
            MaxPooling2D(poolHeight: 3, poolWidth: 3, strideHeight: 2, strideWidth: 1, padding: .same),
            [.each(7, 6, 2, values: .distinct)], differentiable: [0]),
        OperationSample(
            MaxPooling2D(poolHeight: 5, poolWidth: 4, strideHeight: 1, strideWidth: 1, padding: .same), [.each(2, 3, 1, values: .distinct)],
            differentiable: [0]),
        OperationSample(
            MaxPooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 3, strideWidth: 3, padding: .same), [.each(7, 8, 17, values: .distinct)]),
    ]
}
