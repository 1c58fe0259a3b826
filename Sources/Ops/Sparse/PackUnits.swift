import Graph
import Kernels

/// The chosen units of a tensor, side by side. Nothing is computed.
///
/// Inputs: x f32 or u8 [N,…,units], and which: an index set for the batch, i32[1 + k], with all its places in use, or
/// i32[N,k], each example's own. Output: [N,…,k] of x's element type.
public struct PackUnits: Operation {
    public init() {}

    public var name: String { "pack_units" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "units"], of: name)
        let x = inputs[0]
        guard x.batched, x.dtype != .int32, let units = try x.checked(name, "input").shape.last else {
            throw TypeError("\(name) works on numbers for each example, but its input is \(x.text)", operand: 0)
        }
        let kept = try inputs.chosenUnits(1, of: units, for: name, perExample: inputs[1].batched)
        return [TensorType(x.dtype, batched: true, x.shape.dropLast() + [kept])]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, o.gathering) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0), let units = g.type(g.input(0)).shape.last else { return }
        try g.contribute(g.add(ScatterUnits(units: units), [dy, g.input(1)], slot: .backwardInput)[0], toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = UnitSelection(all: c.inputTypes[0], chosen: c.outputTypes[0], batch: c.batch), indices = c.inputInts(1)
        switch (c.inputTypes[1].batched, c.inputTypes[0].dtype) {
        case (true, .uint8): gatherUnitsPerExample(c.inputBytes(0), indices, c.outputBytes(0), s, c.pool)
        case (true, _): gatherUnitsPerExample(c.input(0), indices, c.output(0), s, c.pool)
        case (false, .uint8):
            gatherUnits(c.inputBytes(0), indices.fullSet, c.outputBytes(0), outer: s.examples * s.pixels, units: s.units, c.pool)
        case (false, _):
            gatherUnits(c.input(0), indices.fullSet, c.output(0), outer: s.examples * s.pixels, units: s.units, inner: 1, c.pool)
        }
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = UnitSelection(all: c.inputs[0].type, chosen: c.outputs[0].type, batch: c.batch)
        let perExample = c.inputs[1].type.batched, chosen = c.inputs[1].ints
        for row in 0..<s.examples * s.pixels {
            for j in 0..<s.kept {
                let unit = Int(perExample ? chosen[row / s.pixels * s.kept + j] : chosen[1 + j])
                let from = row * s.units + unit, into = row * s.kept + j
                if c.inputs[0].type.dtype == .uint8 {
                    c.outputs[0].ints[into] = c.inputs[0].ints[from]
                } else {
                    c.outputs[0].values[into] = c.inputs[0].values[from]
                }
            }
        }
    }

    static let samples = [
        OperationSample(PackUnits(), [.each(19), .fullIndexSet(4, of: 19)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.each(3, 2, 40), .fullIndexSet(17, of: 40)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.each(7), .fullIndexSet(7, of: 7)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.each(5), .fullIndexSet(1, of: 5)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.bytes(3, 3, 20, below: 200), .fullIndexSet(6, of: 20)], slot: .overhead),
        OperationSample(PackUnits(), [.each(35), .indices(18, of: 35)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.each(4, 3, 8), .indices(3, of: 8)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.each(6), .indices(6, of: 6)], slot: .overhead, differentiable: [0]),
        OperationSample(PackUnits(), [.bytes(2, 2, 9, below: 9), .indices(1, of: 9)], slot: .overhead),
    ]
}

extension [TensorType] {
    /// How many of `units` units an operand names: an index set i32[1 + k], or i32[N,k], each example's own.
    func chosenUnits(_ index: Int, of units: Int, for operation: String, perExample: Bool) throws(TypeError) -> Int {
        let chosen = self[index]
        guard chosen.dtype == .int32, chosen.batched == perExample, chosen.shape.count == 1 else {
            throw TypeError("\(operation) needs a list of units, not \(chosen.text)", operand: index)
        }
        let kept = perExample ? chosen.shape[0] : chosen.shape[0] - 1
        guard kept >= 1, kept <= units, units <= Int(Int32.max) else {
            throw TypeError("of \(units) units, \(kept) cannot be taken", operand: index)
        }
        return kept
    }
}

extension Ints {
    /// The units of an index set that has no empty places.
    var fullSet: Ints {
        precondition(count > 0 && Int(self[0]) == count - 1)
        return self[1..<count]
    }
}

extension WorkOperands {
    /// The first output is read by the indices of the second input, and written in order.
    var gathering: Work {
        let bytes = Count.product(outputCount(0), outputs[0].dtype.byteCount)
        return Work(streamed: Count.sum(bytes, Count.product(4, inputCount(1))), gathered: bytes)
    }
}
