import Graph
import Kernels

/// The gradient of a `SparseGatheredDense` and plain gradient descent in one: a weight takes in `-rate · dy · value` where a unit and an
/// input of an example meet, and all others are neither read nor written.
///
/// Inputs: values f32[N,k1], their indices i32[N,k1], dy f32[N,k2], which i32[N,k2] unless `allUnits` (then dy is f32[N,units]), W
/// f32[units,inputs], and b f32[units] if `useBias`. Outputs: the new W and b, in place of the old, and unless `allUnits` the index set of
/// the units touched, i32[1+units].
public struct SparseGatheredUpdate: Operation {
    public var useBias: Bool
    public var allUnits: Bool

    public init(_ gradient: SparseGatheredBackwardWeights) {
        useBias = gradient.withBias
        allUnits = gradient.allUnits
    }

    public var name: String { "sparse_gathered_update" }
    public var attributes: [(key: String, value: String)] { allUnits ? [("units", "all")] : [] }
    public var overwrites: [Int?] { (useBias ? [weights, weights + 1] : [weights]) + (allUnits ? [] : [nil]) }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    private var which: Int? { allUnits ? nil : 3 }
    /// Where the weights stand among the operands.
    private var weights: Int { allUnits ? 3 : 4 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let names = ["values", "indices", "cotangent"] + (allUnits ? [] : ["units"]) + ["weights"] + (useBias ? ["bias"] : [])
        try inputs.expect(names, of: name)
        let w = inputs[weights]
        guard w.shape.count == 2 else { throw TypeError("weights should be a matrix, but are \(w.text)", operand: weights) }
        let gradient = SparseGatheredBackwardWeights(units: w.shape[0], inputs: w.shape[1], withBias: useBias, allUnits: allUnits)
        let types = try gradient.infer(Array(inputs.prefix(weights)))
        try inputs.expect(weights, is: types[0], "the weights")
        if useBias { try inputs.expect(weights + 1, is: types[1], "the bias") }
        return types
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = Count.product(o.inputCount(2), o.inputs[0].shape[0])
        return SlotWork(updatingEntries: o.inputCount(2), products: products, withBias: useBias, o) { _ in
            Work(gathered: Count.product(8, products))
        }
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { shape(o.inputs, batch: o.batch).scratch(allUnits: allUnits, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        sparseGatheredUpdate(
            c.input(0), c.inputInts(1), c.input(2), which.map { c.inputInts($0) }, c.output(0), useBias ? c.output(1) : nil,
            allUnits ? nil : c.outputInts(useBias ? 2 : 1), shape(c.inputTypes, batch: c.batch), alpha: -c.step.learningRate, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs.map(\.type), batch: c.batch), rate = S(Double(-c.step.learningRate))
        let values = c.inputs[0].values, indices = c.inputs[1].ints, dy = c.inputs[2].values
        let chosen = c.unitsByEntry(which, of: s)
        for (entry, unit) in chosen.enumerated() {
            let factor = rate * dy[entry]
            for i in s.inputs(ofOutput: entry) { c.outputs[0].values[unit * s.inputs + Int(indices[i])] += factor * values[i] }
            if useBias { c.outputs[1].values[unit] += factor }
        }
        if !allUnits { c.outputs[useBias ? 2 : 1].ints = .indexSet(Set(chosen).sorted().map { Int32($0) }, capacity: s.units) }
    }

    private func shape(_ inputs: [TensorType], batch: Int) -> SparseGatheredShape {
        SparseGatheredShape(values: inputs[0], weights: inputs[weights], outputs: inputs[2], batch: batch)
    }

    static let samples = SparseGatheredBackwardWeights.samples.compactMap { sample -> OperationSample? in
        guard let gradient = sample.operation as? SparseGatheredBackwardWeights else { return nil }
        let parameters: [OperationSample.Operand] =
            [.whole(gradient.units, gradient.inputs)] + (gradient.withBias ? [.whole(gradient.units)] : [])
        return OperationSample(SparseGatheredUpdate(gradient), sample.operands + parameters, slot: .backwardWeights)
    }
}
