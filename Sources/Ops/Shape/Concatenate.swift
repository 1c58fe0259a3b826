import Graph
import Kernels

/// Two or more tensors joined along the last axis. Inputs: f32[N,…,columns] that differ in the last axis only.
public struct Concatenate: Operation {
    public init() {}

    public var name: String { "concatenate" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        guard inputs.count >= 2 else {
            throw TypeError("a concatenate layer needs two inputs or more, but has \(inputs.count)")
        }
        var columns = 0
        for index in inputs.indices {
            try inputs.expectFeatures(index, of: "a concatenate layer")
            guard let last = inputs[index].shape.last, inputs[index].shape.dropLast() == inputs[0].shape.dropLast() else {
                throw TypeError(
                    "a concatenate layer joins along the last axis, so all others must agree, but this input is \(inputs[index].text) and the first is \(inputs[0].text)",
                    operand: index)
            }
            columns = Count.sum(columns, last)
        }
        return [try TensorType(batched: true, inputs[0].shape.dropLast() + [columns]).checked("a concatenate layer")]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, Work(streamed: o.streamed)) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = g.cotangent(ofOutput: 0) else { return }
        var offset = 0
        for index in 0..<g.inputCount {
            let columns = g.type(g.input(index)).shape.last ?? 1
            if g.needsGradient(ofInput: index) {
                let dx = try g.add(Slice(offset: offset, columns: columns), [dy], slot: .backwardInput)[0]
                try g.contribute(dx, toInput: index)
            }
            offset += columns
        }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let joined = Rows(c.outputTypes[0], batch: c.batch)
        var offset = 0
        for index in c.inputTypes.indices {
            let rows = Rows(c.inputTypes[index], batch: c.batch)
            copyColumns(
                c.input(index), fromColumns: rows.columns, fromOffset: 0, c.output(0), toColumns: joined.columns, toOffset: offset,
                columns: rows.columns, rows: rows.count, c.pool)
            offset += rows.columns
        }
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let count = Rows(c.outputs[0].type, batch: c.batch).count
        let parts = c.inputs.map { (values: $0.values, rows: Rows($0.type, batch: c.batch)) }
        c.outputs[0].values = (0..<count).flatMap { row in parts.flatMap { $0.values[$0.rows.range(row)] } }
    }

    static let samples = [
        OperationSample(Concatenate(), [.each(3), .each(5)], differentiable: [0, 1]),
        OperationSample(Concatenate(), [.each(4, 3, 2), .each(4, 3, 1), .each(4, 3, 7)], differentiable: [0, 1, 2]),
    ]
}
