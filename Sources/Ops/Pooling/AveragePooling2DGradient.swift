import Graph
import Kernels

/// Each cotangent is shared equally among the cells of its window that lie inside the image.
///
/// Input: dy f32[N,height',width',channels]. Output: f32[N,height,width,channels].
public struct AveragePooling2DGradient: Operation {
    public var height: Int
    public var width: Int
    var window: Window2D

    public init(height: Int, width: Int, of forward: AveragePooling2D) {
        self.height = height
        self.width = width
        window = forward.window
    }

    public var name: String { "average_pooling2d_gradient" }
    public var attributes: [(key: String, value: String)] { window.attributes }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent"], of: name)
        let dy = try inputs.image(0, of: name)
        let (rows, columns) = try window.axes(imageHeight: height, imageWidth: width, of: name)
        try inputs.expect(0, is: TensorType(batched: true, [rows.output, columns.output, dy.channels]), "the cotangent")
        return [try TensorType(batched: true, [height, width, dy.channels]).checked(name)]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let additions = window.cells(image: o.outputs[0].shape, batch: o.batch)
        return SlotWork(o.slot, Work(multiplications: o.inputCount(0), additions: additions, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = Pool2DShape(image: c.outputTypes[0].shape, window: window, batch: c.batch)
        averagePoolBackward(c.input(0), c.output(0), s, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = Pool2DShape(image: c.outputs[0].type.shape, window: window, batch: c.batch)
        let dy = c.inputs[0].values
        var dx = c.outputs[0].values
        s.forEachWindow { output, cells in
            let share = dy[output] * S(1 / Double(cells.count))
            for cell in cells { dx[cell.input] += share }
        }
        c.outputs[0].values = dx
    }

    static let samples = [
        OperationSample(
            AveragePooling2DGradient(
                height: 6, width: 5, of: AveragePooling2D(poolHeight: 2, poolWidth: 2, strideHeight: 2, strideWidth: 2, padding: .valid)),
            [.each(3, 2, 3)], slot: .backwardInput),
        OperationSample(
            AveragePooling2DGradient(
                height: 7, width: 6, of: AveragePooling2D(poolHeight: 3, poolWidth: 3, strideHeight: 2, strideWidth: 1, padding: .same)),
            [.each(4, 6, 2)], slot: .backwardInput),
    ]
}
