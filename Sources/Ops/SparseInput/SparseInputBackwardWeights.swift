import Graph
import Kernels

/// The gradient of a dense layer's weights and bias on examples that are lists of the inputs that they have: a row for each input that
/// any example has, also where all its numbers are zero.
///
/// Inputs: values f32[N,longest], their places i32[N,longest] (an example's ascending, and -1 behind the last), dy f32[N,units].
/// Outputs: f32[capacity,units], f32[units] if `withBias`, and the index set of the inputs touched, i32[1+capacity]. Of the first, as
/// many rows as the set has hold something. Its active count is that of the entries that are there.
public struct SparseInputBackwardWeights: DataDependent {
    public var inputs: Int
    /// The most different inputs of a batch.
    public var capacity: Int
    /// Entries that an example has on average.
    public var average: Double
    public var withBias: Bool

    public init(inputs: Int, capacity: Int, average: Double, withBias: Bool) {
        self.inputs = inputs
        self.capacity = capacity
        self.average = average
        self.withBias = withBias
    }

    public var name: String { "sparse_input_backward_weights" }
    public var attributes: [(key: String, value: String)] {
        [("inputs", "\(inputs)"), ("average", InputsPerExample.text(average)), ("capacity", "\(capacity)")]
    }
    public var overwrites: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }

    public func infer(_ operands: [TensorType]) throws(TypeError) -> [TensorType] {
        try operands.expect(["values", "places", "cotangent"], of: name)
        try operands.expectKept(values: 0, indices: 1, axes: 1, units: inputs, of: name)
        try operands.expectFeatures(2, of: name)
        guard operands[2].shape.count == 1 else {
            throw TypeError("\(name) needs a list of numbers for each example, not \(operands[2].text)", operand: 2)
        }
        guard capacity >= operands[0].shape[0], capacity <= inputs else {
            throw TypeError("\(name) has room for \(capacity) of \(inputs) inputs, but one example has \(operands[0].shape[0])", operand: 0)
        }
        let units = operands[2].shape[0]
        let weights = try TensorType(batched: false, [capacity, units]).checked(name)
        let bias = withBias ? [TensorType(batched: false, [units])] : []
        return [weights] + bias + [TensorType(.int32, batched: false, [1 + capacity])]
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { o.entryRange(average: average) }

    public func work(_ o: WorkOperands) -> SlotWork {
        var work = o.rowProducts(units: o.inputs[2].shape[0], matrix: .output(0))
        if withBias { work.additions = Count.sum(work.additions, o.inputCount(2)) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        sparseInputBackwardWeightsScratch(places: o.inputCount(0), rows: capacity)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = SparseInputShape(batch: c.batch, longest: c.inputTypes[0].count, inputs: inputs, units: c.inputTypes[2].count)
        return ActiveCount(units: sparseInputBackwardWeights(
            c.input(0), c.inputInts(1), c.input(2), c.output(0), withBias ? c.output(1) : nil, c.outputInts(withBias ? 2 : 1), s, c.scratch,
            c.pool))
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let longest = c.inputs[0].type.count, units = c.inputs[2].type.count
        let values = c.inputs[0].values, places = c.inputs[1].ints, dy = c.inputs[2].values
        let entries = places.indices.filter { places[$0] >= 0 }
        let touched = Set(entries.map { places[$0] }).sorted()
        var weights = Array(repeating: S(.nan), count: capacity * units)
        for (row, place) in touched.enumerated() {
            for j in 0..<units { weights[row * units + j] = .zero }
            for entry in entries where places[entry] == place {
                for j in 0..<units { weights[row * units + j] += values[entry] * dy[entry / longest * units + j] }
            }
        }
        c.outputs[0].values = weights
        if withBias {
            var bias = Array(repeating: S.zero, count: units)
            for i in dy.indices { bias[i % units] += dy[i] }
            c.outputs[1].values = bias
        }
        c.outputs[withBias ? 2 : 1].ints = .indexSet(touched, capacity: capacity)
        c.active = ActiveCount(units: entries.count)
    }

    static let samples = [
        OperationSample(
            SparseInputBackwardWeights(inputs: 7, capacity: 7, average: 2.5, withBias: true), [.each(4), .places(4, of: 7), .each(5)],
            slot: .backwardWeights),
        OperationSample(
            SparseInputBackwardWeights(inputs: 5000, capacity: 240, average: 20, withBias: false), [.each(30), .places(30, of: 5000), .each(70)],
            slot: .backwardWeights),
        OperationSample(
            SparseInputBackwardWeights(inputs: 100_000, capacity: 24, average: 2, withBias: true), [.each(3), .places(3, of: 100_000), .each(9)],
            slot: .backwardWeights),
        OperationSample(
            SparseInputBackwardWeights(inputs: 1, capacity: 1, average: 1, withBias: true), [.each(1), .places(1, of: 1), .each(1)],
            slot: .backwardWeights),
    ]
}
