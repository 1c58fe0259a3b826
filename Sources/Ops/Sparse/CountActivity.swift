import Graph
import Kernels

/// Counts, for each unit, the examples in which it was among the units kept, with a cotangent that is not zero: what
/// simplification goes by (Sun et al. 2018, "Training Simplification and Model Simplification", section 3).
///
/// A unit that was kept only because there were not enough others does not count. Inputs: the kept cotangent f32[N,…,k], an index set
/// i32[1+k] or the indices of each example i32[N,k], and the counts so far f32[units]. Output: the new counts, in place of the old.
/// Of entries that `SampleUnits` kept it does not matter where each example's end.
public struct CountActivity: Operation {
    public init() {}

    public var name: String { "count_activity" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [2] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "kept units", "counts"], of: name)
        try inputs.expectFeatures(0, of: name)
        let units = inputs[1], kept = inputs[0].shape.last ?? 0
        guard kept > 0, units == TensorType(.int32, batched: units.batched, [units.batched ? kept : kept + 1]) else {
            throw TypeError("the kept units \(units.text) do not fit the cotangent \(inputs[0].text)", operand: 1)
        }
        guard inputs[2].shape.count == 1, inputs[2].shape[0] >= kept else {
            throw TypeError("the counts \(inputs[2].text) are too few for \(kept) units", operand: 2)
        }
        try inputs.expect(2, is: TensorType(batched: false, inputs[2].shape), "the counts")
        return [inputs[2]]
    }

    /// One comparison for each number of the cotangent, one addition for each kept unit of an example.
    public func work(_ o: WorkOperands) -> SlotWork {
        let kept = Count.product(o.inputs[0].shape.last ?? 0, o.batch)
        return SlotWork(o.slot, Work(additions: kept, comparisons: o.inputCount(0), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        countActivity(
            c.inputInts(1), perExample: c.inputTypes[1].batched, c.input(0), kept: c.inputTypes[0].shape[c.inputTypes[0].shape.count - 1],
            examples: c.batch, counts: c.output(0))
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let units = c.inputs[1].ints, cotangent = c.inputs[0].values, perExample = c.inputs[1].type.batched
        let kept = c.inputs[0].type.shape.last ?? 1, pixels = c.inputs[0].type.count / kept
        for example in 0..<c.batch {
            for place in 0..<kept {
                var isActive = false
                for pixel in 0..<pixels {
                    let number = cotangent[(example * pixels + pixel) * kept + place]
                    if S.zero < (number.value < 0 ? -number : number) { isActive = true }
                }
                let unit = Int(perExample ? units[example * kept + place] : units[1 + place])
                c.outputs[0].values[unit] += S(isActive ? 1 : 0)
            }
        }
    }

    static let samples = [
        OperationSample(CountActivity(), [.each(3, values: .classes(3)), .indices(3, of: 7), .whole(7, values: .positive)], slot: .overhead),
        OperationSample(CountActivity(), [.each(2, 3, 4, values: .classes(3)), .fullIndexSet(4, of: 9), .whole(9, values: .positive)], slot: .overhead),
    ]
}
