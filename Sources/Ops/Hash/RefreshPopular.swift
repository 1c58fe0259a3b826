import Graph
import Kernels

/// Which units were chosen most often so far, found anew in the steps of a schedule; of equal ones the first.
///
/// Inputs: how often each unit was chosen, f32[units], and an index set i32[1+k]. Output: the new set, full, in place of the old.
public struct RefreshPopular: Scheduled {
    public var schedule: RefreshSchedule

    public init(_ schedule: RefreshSchedule) { self.schedule = schedule }

    public var name: String { "refresh_popular" }
    public var attributes: [(key: String, value: String)] { schedule.attributes }
    public var overwrites: [Int?] { [1] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["counts", "popular units"], of: name)
        guard inputs[0].shape.count == 1, inputs[0] == TensorType(batched: false, inputs[0].shape) else {
            throw TypeError("\(name) needs a count for each unit, not \(inputs[0].text)", operand: 0)
        }
        _ = try inputs.chosenUnits(1, of: inputs[0].shape[0], for: name, perExample: false)
        return [inputs[1]]
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { ActiveRange(lower: 1, expected: 1, upper: 1) }

    /// As of a selection by value.
    public func work(_ o: WorkOperands) -> SlotWork {
        let once = Work(comparisons: Count.product(34, o.inputCount(0)), streamed: o.streamed)
        return SlotWork(o.slot, once * (o.active.isAll ? 1 : o.active.units))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { popularScratch(units: o.inputCount(0)) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        guard schedule.isDue(iteration: c.step.iteration) else { return ActiveCount(units: 0) }
        refreshPopular(c.input(0), set: c.outputInts(0), scratch: c.scratch)
        return ActiveCount(units: 1)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        guard schedule.isDue(iteration: c.step.iteration) else { return c.active = ActiveCount(units: 0) }
        c.active = ActiveCount(units: 1)
        let k = c.outputs[0].ints.count - 1, counts = c.inputs[0]
        var selection = ReferenceContext(
            inputs: [ReferenceTensor(type: TensorType(batched: true, counts.type.shape), values: counts.values)],
            outputs: [.zeros(TensorType(.int32, batched: true, [k]), batch: 1)], batch: 1, step: c.step)
        SelectUnits(k: k, per: .example, by: .value).reference(&selection)
        c.outputs[0].ints = [Int32(k)] + selection.outputs[0].ints
    }

    static let samples = [
        OperationSample(RefreshPopular(RefreshSchedule(every: 1)), [.whole(20, values: .classes(5)), .fullIndexSet(6, of: 20)], slot: .overhead),
        OperationSample(RefreshPopular(RefreshSchedule(begin: 1, every: 2)), [.whole(9), .fullIndexSet(9, of: 9)], slot: .overhead),
    ]
}
