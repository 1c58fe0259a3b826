import Graph
import Kernels

/// The cotangents of those numbers of each example that a `SparseGatheredDense` has read, times the derivative of the activation that
/// made them if one is fused in.
///
/// Inputs: dy f32[N,k2], which i32[N,k2] unless `allUnits` (then dy is f32[N,units]), W f32[units,inputs], the indices i32[N,k1] of the
/// numbers read, and the output of the activation below, f32[N,k1], unless `through` is linear. Output: f32[N,k1].
public struct SparseGatheredBackwardInput: Operation, SharesRows {
    public var rows: TouchedRows?
    public var allUnits: Bool
    /// The activation that made this layer's input, if its derivative is multiplied in here.
    public var through: ActivationFunction

    public init(allUnits: Bool, through: ActivationFunction = .linear) {
        self.allUnits = allUnits
        self.through = through
    }

    public var name: String { "sparse_gathered_backward_input" }
    public var attributes: [(key: String, value: String)] {
        (allUnits ? [("units", "all")] : []) + (through == .linear ? [] : [("through", through.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private var which: Int? { allUnits ? nil : 1 }
    /// Where the weights stand among the operands, and behind them the indices.
    private var weights: Int { allUnits ? 1 : 2 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let names = ["cotangent"] + (allUnits ? [] : ["units"]) + ["weights", "indices"] + (through == .linear ? [] : ["output below"])
        try inputs.expect(names, of: name)
        let w = inputs[weights]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: weights)
        }
        _ = try w.checked(name, "weights")
        if allUnits {
            try inputs.expect(0, is: TensorType(batched: true, [w.shape[0]]), "the cotangent")
        } else {
            try inputs.expectKept(values: 0, indices: 1, axes: 1, units: w.shape[0], of: name)
        }
        let kept = try inputs.chosenUnits(weights + 1, of: w.shape[1], for: name, perExample: true)
        let dx = TensorType(batched: true, [kept])
        if through != .linear { try inputs.expect(weights + 2, is: dx, "the output below") }
        return [dx]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = Count.product(o.inputCount(0), o.outputs[0].shape[0])
        return SlotWork(o.slot, sparseProducts(products, matrix: weights, choices: o.inputCount(0), o) + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        SparseGatheredShape(values: o.outputs[0], weights: o.inputs[weights], outputs: o.inputs[0], batch: o.batch).scratch(allUnits: allUnits, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = SparseGatheredShape(values: c.outputTypes[0], weights: c.inputTypes[weights], outputs: c.inputTypes[0], batch: c.batch)
        sparseGatheredBackwardInput(
            c.input(0), which.map { c.inputInts($0) }, c.input(weights), c.inputInts(weights + 1), c.output(0), s, through: through,
            below: through == .linear ? nil : c.input(weights + 2), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = SparseGatheredShape(values: c.outputs[0].type, weights: c.inputs[weights].type, outputs: c.inputs[0].type, batch: c.batch)
        let dy = c.inputs[0].values, w = c.inputs[weights].values, indices = c.inputs[weights + 1].ints
        for (entry, unit) in c.unitsByEntry(which, of: s).enumerated() {
            for i in s.inputs(ofOutput: entry) { c.outputs[0].values[i] += dy[entry] * w[unit * s.inputs + Int(indices[i])] }
        }
        guard through != .linear else { return }
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = through.backward(saved: c.inputs[weights + 2].values[i], c.outputs[0].values[i])
        }
    }

    static let samples = [
        OperationSample(
            SparseGatheredBackwardInput(allUnits: false), [.each(2), .indices(2, of: 5), .whole(5, 7), .indices(3, of: 7)], slot: .backwardInput),
        OperationSample(
            SparseGatheredBackwardInput(allUnits: false, through: .relu),
            [.each(21), .indices(21, of: 40), .whole(40, 50), .indices(19, of: 50), .each(19)], slot: .backwardInput),
        OperationSample(
            SparseGatheredBackwardInput(allUnits: true, through: .sigmoid), [.each(6), .whole(6, 9), .indices(4, of: 9), .each(4, values: .fraction)],
            slot: .backwardInput),
        OperationSample(SparseGatheredBackwardInput(allUnits: true), [.each(1), .whole(1, 1), .indices(1, of: 1)], slot: .backwardInput),
    ]
}
