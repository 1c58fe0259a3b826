import Graph
import Kernels

/// Some neighbouring columns of the last axis: the gradient of `concatenate`. Input: f32[N,…,all]. Output: f32[N,…,columns].
public struct Slice: Operation {
    public var offset: Int
    public var columns: Int

    public init(offset: Int, columns: Int) {
        self.offset = offset
        self.columns = columns
    }

    public var name: String { "slice" }
    public var attributes: [(key: String, value: String)] { [("offset", "\(offset)"), ("columns", "\(columns)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard let all = inputs[0].shape.last, offset >= 0, columns > 0, Count.sum(offset, columns) <= all else {
            throw TypeError("columns from \(offset), \(columns) of them, do not lie within \(inputs[0].text)", operand: 0)
        }
        return [TensorType(batched: true, inputs[0].shape.dropLast() + [columns])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(streamed: Count.product(8, o.outputCount(0))))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        copyColumns(
            c.input(0), fromColumns: rows.columns, fromOffset: offset, c.output(0), toColumns: columns, toOffset: 0, columns: columns,
            rows: rows.count, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let x = c.inputs[0].values
        c.outputs[0].values = (0..<rows.count).flatMap { row in
            x[(row * rows.columns + offset)..<(row * rows.columns + offset + columns)]
        }
    }

    static let samples = [
        OperationSample(Slice(offset: 3, columns: 5), [.each(8)], slot: .backwardInput),
        OperationSample(Slice(offset: 0, columns: 1), [.each(4, 3, 2)], slot: .backwardInput),
    ]
}
