import Graph
import Kernels

/// Chosen units back at their places among all, with zeros for the others: the inverse of `PackUnits`. Nothing is computed.
///
/// Inputs: y f32[N,…,k], and which: an index set for the batch, i32[1 + k], with all its places in use, or i32[N,k], each
/// example's own; if ragged, also where the entries of each example end, i32[N]. Output: f32[N,…,units].
public struct ScatterUnits: Operation {
    public var units: Int
    /// Whether the k of an example are an average, as `SampleUnits` makes them.
    public var isRagged: Bool

    public init(units: Int, isRagged: Bool = false) {
        self.units = units
        self.isRagged = isRagged
    }

    public var name: String { "scatter_units" }
    public var attributes: [(key: String, value: String)] { [("units", "\(units)")] + (isRagged ? [("ragged", "true")] : []) }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["values", "units"] + (isRagged ? ["ends"] : []), of: name)
        try inputs.expectFeatures(0, of: name)
        guard let kept = inputs[0].shape.last else {
            throw TypeError("\(name) needs a list of numbers for each example, not \(inputs[0].text)", operand: 0)
        }
        guard try inputs.chosenUnits(1, of: units, for: name, perExample: inputs[1].batched) == kept else {
            throw TypeError("the units \(inputs[1].text) do not fit the values \(inputs[0].text)", operand: 1)
        }
        if isRagged {
            guard inputs[0].shape.count == 1, inputs[1].batched else { throw TypeError("ragged units are those of each example's list of numbers, not \(inputs[0].text)", operand: 0) }
            try inputs.expectEnds(2)
        }
        return [try TensorType(batched: true, inputs[0].shape.dropLast() + [units]).checked(name)]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(streamed: o.streamed, gathered: Count.product(4, o.inputCount(0))))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        if isRagged { throw noSecondDerivative }
        guard g.needsGradient(ofInput: 0), let dx = g.cotangent(ofOutput: 0) else { return }
        try g.contribute(g.add(PackUnits(), [dx, g.input(1)], slot: .backwardInput)[0], toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = UnitSelection(all: c.outputTypes[0], chosen: c.inputTypes[0], batch: c.batch), which = c.inputInts(1)
        if isRagged {
            scatterRaggedUnits(c.input(0), which, ends: c.inputInts(2), c.output(0), s, c.pool)
        } else if c.inputTypes[1].batched {
            scatterUnitsPerExample(c.input(0), which, c.output(0), s, c.pool)
        } else {
            scatterUnits(c.input(0), which.fullSet, c.output(0), outer: s.examples * s.pixels, units: s.units, c.pool)
        }
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = UnitSelection(all: c.outputs[0].type, chosen: c.inputs[0].type, batch: c.batch)
        let perExample = c.inputs[1].type.batched, chosen = c.inputs[1].ints
        if isRagged {
            for (example, entries) in c.entriesByExample(values: 0, ends: 2).enumerated() {
                for entry in entries { c.outputs[0].values[example * s.units + Int(chosen[entry])] = c.inputs[0].values[entry] }
            }
            return
        }
        for row in 0..<s.examples * s.pixels {
            for j in 0..<s.kept {
                let unit = Int(perExample ? chosen[row / s.pixels * s.kept + j] : chosen[1 + j])
                c.outputs[0].values[row * s.units + unit] = c.inputs[0].values[row * s.kept + j]
            }
        }
    }

    static let samples = [
        OperationSample(ScatterUnits(units: 19), [.each(4), .fullIndexSet(4, of: 19)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 40), [.each(3, 2, 17), .fullIndexSet(17, of: 40)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 35), [.each(18), .indices(18, of: 35)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 8), [.each(4, 3, 3), .indices(3, of: 8)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 6), [.each(6), .indices(6, of: 6)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 1), [.each(1), .fullIndexSet(1, of: 1)], differentiable: [0]),
        OperationSample(ScatterUnits(units: 40, isRagged: true), [.each(3), .raggedIndices(3, of: 40), .ends(3, of: 40)], slot: .backwardInput),
    ]
}

extension UnitSelection {
    /// The sizes of a tensor of all units and of one of those chosen.
    init(all: TensorType, chosen: TensorType, batch: Int) {
        self.init(
            examples: batch, pixels: all.shape.dropLast().reduce(1, Count.product), units: all.shape.last ?? 1, kept: chosen.shape.last ?? 1)
    }
}
