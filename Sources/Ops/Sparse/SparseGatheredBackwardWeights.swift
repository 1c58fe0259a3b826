import Graph
import Kernels

/// The gradient of the weights and bias of a `SparseGatheredDense`: a row for each unit that any example has computed, or all rows.
/// In a row, what no example has read is zero.
///
/// Inputs: values f32[N,k1], their indices i32[N,k1], dy f32[N,k2], and which i32[N,k2] unless `allUnits` (then dy is f32[N,units]).
/// Outputs: f32[units,inputs], f32[units] if `withBias`, and, unless `allUnits`, the index set of the units touched, i32[1+units]: of the
/// first two, as many rows as the set has hold something.
public struct SparseGatheredBackwardWeights: Operation, SharesRows {
    public var units: Int
    public var rows: TouchedRows?
    public var inputs: Int
    public var withBias: Bool
    public var allUnits: Bool

    public init(units: Int, inputs: Int, withBias: Bool, allUnits: Bool) {
        self.units = units
        self.inputs = inputs
        self.withBias = withBias
        self.allUnits = allUnits
    }

    public var name: String { "sparse_gathered_backward_weights" }
    public var attributes: [(key: String, value: String)] {
        [("units", allUnits ? "all" : "\(units)"), ("inputs", "\(inputs)")]
    }
    private var outputCount: Int { 1 + (withBias ? 1 : 0) + (allUnits ? 0 : 1) }
    public var overwrites: [Int?] { Array(repeating: nil, count: outputCount) }
    public var mayReuse: [Int?] { Array(repeating: nil, count: outputCount) }

    private var which: Int? { allUnits ? nil : 3 }

    public func infer(_ types: [TensorType]) throws(TypeError) -> [TensorType] {
        try types.expect(["values", "indices", "cotangent"] + (allUnits ? [] : ["units"]), of: name)
        try types.expectKept(values: 0, indices: 1, axes: 1, units: inputs, of: name)
        let weights = try TensorType(batched: false, [units, inputs]).checked(name)
        let bias = withBias ? [TensorType(batched: false, [units])] : []
        if allUnits {
            try types.expect(2, is: TensorType(batched: true, [units]), "the cotangent")
            return [weights] + bias
        }
        try types.expectKept(values: 2, indices: 3, axes: 1, units: units, of: name)
        return [weights] + bias + [TensorType(.int32, batched: false, [1 + units])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let entries = o.inputCount(2), products = Count.product(entries, o.inputs[0].shape[0])
        // Rows are filled with zeros first; what is read is read where it is written.
        let bytes = rowBytes(o.outputs[0], choices: entries, batch: o.batch)
        var work = Work(multiplications: products, additions: products, streamed: Count.sum(o.streamedWithoutFirstOutput, bytes), gathered: Count.product(8, products))
        if withBias { work.additions = Count.sum(work.additions, entries) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        SparseGatheredShape(values: o.inputs[0], weights: o.outputs[0], outputs: o.inputs[2], batch: o.batch).scratch(allUnits: allUnits, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = SparseGatheredShape(values: c.inputTypes[0], weights: c.outputTypes[0], outputs: c.inputTypes[2], batch: c.batch)
        sparseGatheredBackwardWeights(
            c.input(0), c.inputInts(1), c.input(2), which.map { c.inputInts($0) }, c.output(0), withBias ? c.output(1) : nil,
            allUnits ? nil : c.outputInts(withBias ? 2 : 1), s, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = SparseGatheredShape(values: c.inputs[0].type, weights: c.outputs[0].type, outputs: c.inputs[2].type, batch: c.batch)
        let values = c.inputs[0].values, indices = c.inputs[1].ints, dy = c.inputs[2].values
        let chosen = c.unitsByEntry(which, of: s)
        let touched = allUnits ? Array(0..<units) : Set(chosen).sorted()
        let rows = Dictionary(uniqueKeysWithValues: touched.enumerated().map { ($1, $0) })
        // Behind the rows touched there is nothing.
        var weights = Array(repeating: S(.nan), count: units * inputs), bias = Array(repeating: S(.nan), count: units)
        for row in touched.indices {
            bias[row] = .zero
            for i in 0..<inputs { weights[row * inputs + i] = .zero }
        }
        for (entry, unit) in chosen.enumerated() {
            guard let row = rows[unit] else { continue }
            for i in s.inputs(ofOutput: entry) { weights[row * inputs + Int(indices[i])] += dy[entry] * values[i] }
            if withBias { bias[row] += dy[entry] }
        }
        c.outputs[0].values = weights
        if withBias { c.outputs[1].values = bias }
        if !allUnits { c.outputs[withBias ? 2 : 1].ints = .indexSet(touched.map { Int32($0) }, capacity: units) }
    }

    static let samples = [
        OperationSample(
            SparseGatheredBackwardWeights(units: 5, inputs: 7, withBias: true, allUnits: false),
            [.each(3), .indices(3, of: 7), .each(2), .indices(2, of: 5)], slot: .backwardWeights),
        OperationSample(
            SparseGatheredBackwardWeights(units: 40, inputs: 50, withBias: false, allUnits: false),
            [.each(19), .indices(19, of: 50), .each(21), .indices(21, of: 40)], slot: .backwardWeights),
        OperationSample(
            SparseGatheredBackwardWeights(units: 6, inputs: 9, withBias: true, allUnits: true),
            [.each(4), .indices(4, of: 9), .each(6)], slot: .backwardWeights),
        OperationSample(
            SparseGatheredBackwardWeights(units: 1, inputs: 1, withBias: false, allUnits: true),
            [.each(1), .indices(1, of: 1), .each(1)], slot: .backwardWeights),
    ]
}
