import Graph
import Kernels

/// The gradient of a dense layer's weights and bias from a few units of each example: a row for each unit that any
/// example kept, also where all its values are zero.
///
/// Inputs: x f32[N,inputs], values f32[N,k], indices i32[N,k] (different, ascending), and if ragged the examples' ends i32[N].
/// Outputs: f32[units,inputs], f32[units] if `withBias`, and the index set of the units touched, i32[1+units]. Of the first
/// two, as many rows as the set has hold something.
public struct SparseDenseBackwardWeights: Operation, SharesRows {
    public var units: Int
    public var rows: TouchedRows?
    public var withBias: Bool
    /// Whether the k of an example are an average, and an operand says where each example's entries end, as `SampleUnits` does.
    public var isRagged: Bool

    public init(units: Int, withBias: Bool, isRagged: Bool = false) {
        self.units = units
        self.withBias = withBias
        self.isRagged = isRagged
    }

    public var name: String { "sparse_dense_backward_weights" }
    public var attributes: [(key: String, value: String)] {
        [("units", "\(units)")] + (isRagged ? [("ragged", "true")] : [])
    }
    public var overwrites: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "values", "indices"] + (isRagged ? ["ends"] : []), of: name)
        try inputs.expectFeatures(0, of: name)
        guard inputs[0].shape.count == 1 else {
            throw TypeError("\(name) needs a list of numbers for each example, not \(inputs[0].text)", operand: 0)
        }
        try inputs.expectKept(values: 1, indices: 2, axes: 1, units: units, of: name)
        if isRagged { try inputs.expectEnds(3) }
        let weights = try TensorType(batched: false, [units, inputs[0].shape[0]]).checked(name)
        let bias = withBias ? [TensorType(batched: false, [units])] : []
        return [weights] + bias + [TensorType(.int32, batched: false, [1 + units])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let entries = o.inputCount(1), products = Count.product(entries, o.inputs[0].shape[0])
        let bytes = rowBytes(o.outputs[0], choices: entries, batch: o.batch)
        var work = Work(multiplications: products, additions: products, streamed: Count.sum(o.streamedWithoutFirstOutput, bytes))
        if withBias { work.additions = Count.sum(work.additions, entries) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        sparseDenseBackwardWeightsScratch(units: units, entries: o.inputCount(1), batch: o.batch, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.outputTypes[0], batch: c.batch)
        sparseDenseBackwardWeights(
            c.input(0), c.input(1), c.inputInts(2), ends: isRagged ? c.inputInts(3) : nil, c.output(0), withBias ? c.output(1) : nil,
            c.outputInts(withBias ? 2 : 1), s, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let inputs = c.inputs[0].type.count
        let owners = c.entriesByExample(values: 1, ends: isRagged ? 3 : nil).enumerated().flatMap { Array(repeating: $0, count: $1.count) }
        let x = c.inputs[0].values, values = c.inputs[1].values, indices = c.inputs[2].ints
        let touched = Set(indices).sorted()
        var weights = Array(repeating: S(.nan), count: units * inputs), bias = Array(repeating: S(.nan), count: units)
        for (row, unit) in touched.enumerated() {
            bias[row] = .zero
            for i in 0..<inputs { weights[row * inputs + i] = .zero }
            for entry in indices.indices where indices[entry] == unit {
                for i in 0..<inputs { weights[row * inputs + i] += values[entry] * x[owners[entry] * inputs + i] }
                if withBias { bias[row] += values[entry] }
            }
        }
        c.outputs[0].values = weights
        if withBias { c.outputs[1].values = bias }
        c.outputs[withBias ? 2 : 1].ints = .indexSet(touched, capacity: units)
    }

    static let samples = [
        OperationSample(SparseDenseBackwardWeights(units: 5, withBias: true), [.each(7), .each(2), .indices(2, of: 5)], slot: .backwardWeights),
        OperationSample(
            SparseDenseBackwardWeights(units: 40, withBias: false), [.each(75), .each(3), .indices(3, of: 40)], slot: .backwardWeights),
        OperationSample(SparseDenseBackwardWeights(units: 1, withBias: true), [.each(1), .each(1), .indices(1, of: 1)], slot: .backwardWeights),
        OperationSample(
            SparseDenseBackwardWeights(units: 5, withBias: true, isRagged: true),
            [.each(7), .each(2), .raggedIndices(2, of: 5), .ends(2, of: 5)], slot: .backwardWeights),
        OperationSample(
            SparseDenseBackwardWeights(units: 40, withBias: false, isRagged: true),
            [.each(75), .each(30), .raggedIndices(30, of: 40), .ends(30, of: 40)], slot: .backwardWeights),
    ]
}

extension [Int32] {
    /// An index set as an operation's reference puts it out: the count, the units, and places that hold nothing.
    static func indexSet(_ units: [Int32], capacity: Int) -> [Int32] {
        [Int32(units.count)] + units + Array(repeating: Int32.min, count: capacity - units.count)
    }
}
