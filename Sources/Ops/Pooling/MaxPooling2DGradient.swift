import Graph
import Kernels

/// Each cotangent goes to the cell that was the largest of its window. Where windows overlap, they add up.
///
/// Inputs: dy f32[N,height',width',channels], indices u8 of that shape. Output: f32[N,height,width,channels].
public struct MaxPooling2DGradient: Operation {
    public var height: Int
    public var width: Int
    var window: Window2D

    public init(height: Int, width: Int, of forward: MaxPooling2D) {
        self.height = height
        self.width = width
        window = forward.window
    }

    public var name: String { "max_pooling2d_gradient" }
    public var attributes: [(key: String, value: String)] { window.attributes }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "indices"], of: name)
        let dy = try inputs.image(0, of: name)
        let (rows, columns) = try window.axes(imageHeight: height, imageWidth: width, of: name)
        try inputs.expect(0, is: TensorType(batched: true, [rows.output, columns.output, dy.channels]), "the cotangent")
        try inputs.expect(1, is: TensorType(.uint8, batched: true, inputs[0].shape), "the indices")
        return [try TensorType(batched: true, [height, width, dy.channels]).checked(name)]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(additions: o.inputCount(0), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = Pool2DShape(image: c.outputTypes[0].shape, window: window, batch: c.batch)
        maxPoolBackward(c.input(0), c.inputBytes(1), c.output(0), s, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = Pool2DShape(image: c.outputs[0].type.shape, window: window, batch: c.batch)
        var dx = c.outputs[0].values
        s.forEachWindow { output, cells in
            guard let cell = cells.first(where: { $0.inWindow == Int(c.inputs[1].ints[output]) }) else { return }
            dx[cell.input] += c.inputs[0].values[output]
        }
        c.outputs[0].values = dx
    }

    static let samples = [
        OperationSample(
            MaxPooling2DGradient(
                height: 6, width: 5, of: MaxPooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .valid)),
            [.each(3, 2, 3), .bytes(3, 2, 3, below: 4)], slot: .backwardInput),
        OperationSample(
            MaxPooling2DGradient(
                height: 6, width: 5, of: MaxPooling2D(poolHeight: 3, poolWidth: 2, strideHeight: 1, strideWidth: 1, padding: .valid)),
            [.each(4, 4, 2), .bytes(4, 4, 2, below: 6)], slot: .backwardInput),
    ]
}
