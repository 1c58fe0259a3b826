import Graph
import Kernels

/// The chosen units of a parameter: a smaller parameter of the same kind. Nothing is computed.
///
/// Inputs: weights f32 with their units on `unitAxis`, and an index set i32[1 + k] with all its places in use.
/// Output: the weights with k units.
public struct GatherUnits: Operation {
    public var unitAxis: UnitAxis

    public init(unitAxis: UnitAxis) { self.unitAxis = unitAxis }

    public var name: String { "gather_units" }
    public var attributes: [(key: String, value: String)] { [("units", unitAxis.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["weights", "units"], of: name)
        let w = inputs[0]
        guard w.dtype == .float32, !w.batched, !w.shape.isEmpty else {
            throw TypeError("\(name) needs weights, not \(w.text)", operand: 0)
        }
        let units = unitAxis.counts(try w.checked(name, "input").shape).units
        let kept = try inputs.chosenUnits(1, of: units, for: name, perExample: false)
        return [TensorType(batched: false, unitAxis.replacing(w.shape, by: kept))]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, o.gathering) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    /// The gradient of the chosen units is all there is to say: a compact gradient, with the same set.
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        try g.contribute(dy, toInput: 0, rows: g.input(1))
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let (outer, units, inner) = unitAxis.counts(c.inputTypes[0].shape)
        gatherUnits(c.input(0), c.inputInts(1).fullSet, c.output(0), outer: outer, units: units, inner: inner, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let (outer, units, inner) = unitAxis.counts(c.inputs[0].type.shape)
        let w = c.inputs[0].values, chosen = c.inputs[1].ints.dropFirst()
        c.outputs[0].values = []
        for o in 0..<outer {
            for unit in chosen {
                let from = (o * units + Int(unit)) * inner
                c.outputs[0].values += w[from..<from + inner]
            }
        }
    }

    static let samples = [
        OperationSample(GatherUnits(unitAxis: .first), [.whole(19, 33), .fullIndexSet(4, of: 19)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherUnits(unitAxis: .first), [.whole(19), .fullIndexSet(18, of: 19)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherUnits(unitAxis: .first), [.whole(5, 7), .fullIndexSet(5, of: 5)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherUnits(unitAxis: .last), [.whole(3, 3, 4, 21), .fullIndexSet(6, of: 21)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherUnits(unitAxis: .last), [.whole(2, 1, 3, 8), .fullIndexSet(1, of: 8)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherUnits(unitAxis: .last), [.whole(1, 1, 2, 3), .fullIndexSet(3, of: 3)], slot: .overhead, differentiable: [0]),
    ]
}
