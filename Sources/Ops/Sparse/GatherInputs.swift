import Graph
import Kernels

/// The chosen columns of a dense kernel: what units see of a layer below of which only some units are there. Nothing is computed.
///
/// Inputs: weights f32[units,inputs], and an index set i32[1 + k] with all its places in use. Output: f32[units,k].
public struct GatherInputs: Operation {
    public init() {}

    public var name: String { "gather_inputs" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["weights", "inputs"], of: name)
        let w = inputs[0]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("\(name) needs a matrix of weights, not \(w.text)", operand: 0)
        }
        _ = try w.checked(name, "weights")
        return [TensorType(batched: false, [w.shape[0], try inputs.chosenUnits(1, of: w.shape[1], for: name, perExample: false)])]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, o.gathering) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let scatter = ScatterInputs(inputs: g.type(g.input(0)).shape[1])
        try g.contribute(g.add(scatter, [dy, g.input(1)], slot: .backwardWeights)[0], toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let shape = c.inputTypes[0].shape
        gatherUnits(c.input(0), c.inputInts(1).fullSet, c.output(0), outer: shape[0], units: shape[1], inner: 1, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let inputs = c.inputs[0].type.shape[1], chosen = c.inputs[1].ints.dropFirst().map(Int.init)
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = c.inputs[0].values[i / chosen.count * inputs + chosen[i % chosen.count]]
        }
    }

    static let samples = [
        OperationSample(GatherInputs(), [.whole(5, 19), .fullIndexSet(4, of: 19)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherInputs(), [.whole(33, 40), .fullIndexSet(18, of: 40)], slot: .overhead, differentiable: [0]),
        OperationSample(GatherInputs(), [.whole(1, 3), .fullIndexSet(3, of: 3)], slot: .overhead, differentiable: [0]),
    ]
}

/// The gradient of `GatherInputs`: the columns back at their places, with zeros between them.
///
/// Inputs: f32[units,k], and the index set i32[1 + k]. Output: f32[units,inputs].
public struct ScatterInputs: Operation {
    public var inputs: Int

    public init(inputs: Int) { self.inputs = inputs }

    public var name: String { "scatter_inputs" }
    public var attributes: [(key: String, value: String)] { [("inputs", "\(inputs)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ types: [TensorType]) throws(TypeError) -> [TensorType] {
        try types.expect(["gradient", "inputs"], of: name)
        let kept = try types.chosenUnits(1, of: inputs, for: name, perExample: false), columns = types[0]
        guard columns.dtype == .float32, !columns.batched, columns.shape.count == 2, columns.shape[1] == kept else {
            throw TypeError("\(name) needs a matrix of \(kept) columns, not \(columns.text)", operand: 0)
        }
        return [try TensorType(batched: false, [columns.shape[0], inputs]).checked(name)]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(streamed: o.streamed, gathered: Count.product(4, o.inputCount(0))))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        scatterUnits(c.input(0), c.inputInts(1).fullSet, c.output(0), outer: c.inputTypes[0].shape[0], units: inputs, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let chosen = c.inputs[1].ints.dropFirst().map(Int.init)
        for i in c.inputs[0].values.indices {
            c.outputs[0].values[i / chosen.count * inputs + chosen[i % chosen.count]] = c.inputs[0].values[i]
        }
    }

    static let samples = [
        OperationSample(ScatterInputs(inputs: 19), [.whole(5, 4), .fullIndexSet(4, of: 19)], slot: .backwardWeights),
        OperationSample(ScatterInputs(inputs: 40), [.whole(33, 18), .fullIndexSet(18, of: 40)], slot: .backwardWeights),
        OperationSample(ScatterInputs(inputs: 3), [.whole(1, 3), .fullIndexSet(3, of: 3)], slot: .backwardWeights),
    ]
}
