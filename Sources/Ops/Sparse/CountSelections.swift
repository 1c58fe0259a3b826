import Graph
import Kernels

/// Counts how often each unit was chosen.
///
/// Inputs: the chosen units, i32[N,k] or for the batch an index set i32[1+k]; and the counts so far, f32[units]. Output: the new counts, in place of the old.
public struct CountSelections: Operation {
    public init() {}

    public var name: String { "count_selections" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [1] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["chosen units", "counts"], of: name)
        guard inputs[1].shape.count == 1, inputs[1] == TensorType(batched: false, inputs[1].shape) else {
            throw TypeError("\(name) needs a count for each unit, not \(inputs[1].text)", operand: 1)
        }
        _ = try inputs.chosenUnits(0, of: inputs[1].shape[0], for: name, perExample: inputs[0].batched)
        return [inputs[1]]
    }

    private func chosen(_ type: TensorType, batch: Int) -> Int { type.batched ? Count.product(batch, type.shape[0]) : type.shape[0] - 1 }

    /// Where there are fewer choices than units, nothing but the counts of these is touched.
    private func isCountedApart(_ chosen: TensorType, units: Int, batch: Int) -> Bool { self.chosen(chosen, batch: batch) >= units }

    public func work(_ o: WorkOperands) -> SlotWork {
        let count = chosen(o.inputs[0], batch: o.batch)
        let added = isCountedApart(o.inputs[0], units: o.inputCount(1), batch: o.batch) ? o.inputCount(1) : 0
        return SlotWork(
            o.slot,
            Work(additions: Count.sum(count, added), streamed: Count.product(4, Count.sum(o.inputCount(0), Count.product(3, added))), gathered: Count.product(8, count)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        isCountedApart(o.inputs[0], units: o.inputCount(1), batch: o.batch) ? o.inputCount(1) : 0
    }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let isApart = isCountedApart(c.inputTypes[0], units: c.inputTypes[1].count, batch: c.batch)
        countSelections(c.inputInts(0), perExample: c.inputTypes[0].batched, counts: c.output(0), scratch: isApart ? c.scratch : nil)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let chosen = c.inputs[0].type.batched ? c.inputs[0].ints[...] : c.inputs[0].ints[1...]
        guard isCountedApart(c.inputs[0].type, units: c.inputs[1].type.count, batch: c.batch) else {
            for unit in chosen { c.outputs[0].values[Int(unit)] += S(1) }
            return
        }
        var own = Array(repeating: S.zero, count: c.inputs[1].type.count)
        for unit in chosen { own[Int(unit)] += S(1) }
        for (unit, count) in own.enumerated() { c.outputs[0].values[unit] += count }
    }

    static let samples = [
        OperationSample(CountSelections(), [.indices(3, of: 11), .whole(11, values: .positive)], slot: .overhead),
        OperationSample(CountSelections(), [.fullIndexSet(4, of: 9), .whole(9, values: .positive)], slot: .overhead),
    ]
}
