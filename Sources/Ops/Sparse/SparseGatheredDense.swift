import Graph
import Kernels

/// A fully connected layer whose input is zero but for some numbers of each example, and of whose units each example computes some,
/// or all: `y = activation(Σ value · W[unit, index] + b)`. Of the weights it reads where the two meet and nothing else.
///
/// Inputs: values f32[N,k1], their indices i32[N,k1] (different, ascending), W f32[units,inputs], b f32[units] if `useBias`, and
/// which i32[N,k2] (different, ascending) unless `allUnits`. Output: f32[N,k2], or f32[N,units].
public struct SparseGatheredDense: Operation, SharesRows {
    public var rows: TouchedRows?
    public var useBias: Bool
    public var allUnits: Bool
    /// Fused in by the lowering; a layer starts as `linear`.
    public var activation: ActivationFunction

    public init(useBias: Bool, allUnits: Bool, activation: ActivationFunction = .linear) {
        self.useBias = useBias
        self.allUnits = allUnits
        self.activation = activation
    }

    public var name: String { "sparse_gathered_dense" }
    public var attributes: [(key: String, value: String)] {
        (allUnits ? [("units", "all")] : []) + (activation == .linear ? [] : [("activation", activation.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    /// Where the units stand among the operands.
    private var which: Int? { allUnits ? nil : useBias ? 4 : 3 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["values", "indices", "weights"] + (useBias ? ["bias"] : []) + (allUnits ? [] : ["units"]), of: name)
        let w = inputs[2]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: 2)
        }
        _ = try w.checked(name, "weights")
        try inputs.expectKept(values: 0, indices: 1, axes: 1, units: w.shape[1], of: name)
        if useBias { try inputs.expect(3, is: TensorType(batched: false, [w.shape[0]]), "the bias") }
        guard let which else { return [try TensorType(batched: true, [w.shape[0]]).checked(name)] }
        return [TensorType(batched: true, [try inputs.chosenUnits(which, of: w.shape[0], for: name, perExample: true)])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let entries = o.outputCount(0), products = Count.product(entries, o.inputs[0].shape[0])
        var work = sparseProducts(products, matrix: 2, choices: entries, o)
        if useBias { work.additions = Count.sum(work.additions, entries) }
        return SlotWork(o.slot, work + activation.forwardWork(entries))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        SparseGatheredShape(values: o.inputs[0], weights: o.inputs[2], outputs: o.outputs[0], batch: o.batch).scratch(allUnits: allUnits, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = try g.cotangent(before: activation) else { return }
        let units = which.map { [g.input($0)] } ?? []
        if g.needsGradient(ofInput: 0) {
            let backward = SparseGatheredBackwardInput(allUnits: allUnits)
            let dx = try g.add(backward, [dy] + units + [g.input(2), g.input(1)], slot: .backwardInput)[0]
            try g.contribute(dx, toInput: 0)
        }
        if g.needsGradient(ofInput: 2) {
            let shape = g.type(g.input(2)).shape
            let backward = SparseGatheredBackwardWeights(units: shape[0], inputs: shape[1], withBias: useBias, allUnits: allUnits)
            let gradients = try g.add(backward, [g.input(0), g.input(1), dy] + units, slot: .backwardWeights)
            if allUnits {
                for place in 0...(useBias ? 1 : 0) { try g.contribute(gradients[place], toInput: 2 + place) }
            } else {
                try g.contribute(gradients, withBias: useBias, toWeights: 2, unitsPerExample: g.type(dy).shape[0])
            }
        }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = SparseGatheredShape(values: c.inputTypes[0], weights: c.inputTypes[2], outputs: c.outputTypes[0], batch: c.batch)
        sparseGatheredDense(
            c.input(0), c.inputInts(1), c.input(2), useBias ? c.input(3) : nil, which.map { c.inputInts($0) }, c.output(0), s, activation,
            c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = SparseGatheredShape(values: c.inputs[0].type, weights: c.inputs[2].type, outputs: c.outputs[0].type, batch: c.batch)
        let values = c.inputs[0].values, indices = c.inputs[1].ints, w = c.inputs[2].values
        let chosen = c.unitsByEntry(which, of: s)
        for (entry, unit) in chosen.enumerated() {
            var sum = S.zero
            for i in s.inputs(ofOutput: entry) { sum += values[i] * w[unit * s.inputs + Int(indices[i])] }
            if useBias { sum += c.inputs[3].values[unit] }
            c.outputs[0].values[entry] = activation.apply(sum)
        }
    }

    static let samples = [
        OperationSample(
            SparseGatheredDense(useBias: true, allUnits: false), [.each(3), .indices(3, of: 7), .whole(5, 7), .whole(5), .indices(2, of: 5)],
            differentiable: [0, 2, 3]),
        OperationSample(
            SparseGatheredDense(useBias: false, allUnits: false), [.each(19), .indices(19, of: 50), .whole(40, 50), .indices(21, of: 40)],
            differentiable: [0, 2]),
        OperationSample(
            SparseGatheredDense(useBias: true, allUnits: true), [.each(4), .indices(4, of: 9), .whole(6, 9), .whole(6)],
            differentiable: [0, 2, 3]),
        OperationSample(
            SparseGatheredDense(useBias: false, allUnits: true), [.each(1), .indices(1, of: 1), .whole(1, 1)], differentiable: [0, 2]),
        OperationSample(
            SparseGatheredDense(useBias: true, allUnits: false, activation: .tanh),
            [.each(18), .indices(18, of: 18), .whole(3, 18), .whole(3), .indices(2, of: 3)], differentiable: [0, 2, 3]),
        OperationSample(
            SparseGatheredDense(useBias: true, allUnits: true, activation: .relu), [.each(5), .indices(5, of: 33), .whole(10, 33), .whole(10)]),
    ]
}

extension SparseGatheredShape {
    init(values: TensorType, weights: TensorType, outputs: TensorType, batch: Int) {
        self.init(
            batch: batch, inputs: weights.shape[1], units: weights.shape[0], keptInputs: values.shape[0], keptUnits: outputs.shape[0])
    }

    /// The places of the inputs that the example has to which an output belongs.
    func inputs(ofOutput entry: Int) -> Range<Int> { entry / keptUnits * keptInputs..<(entry / keptUnits + 1) * keptInputs }
}

extension ReferenceContext {
    /// The units of all outputs in their order, as an operand lists them, or all for each example.
    func unitsByEntry(_ which: Int?, of s: SparseGatheredShape) -> [Int] {
        which.map { inputs[$0].ints.map(Int.init) } ?? (0..<s.batch).flatMap { _ in 0..<s.units }
    }
}

extension SharesRows {
    /// So many products with single numbers of a matrix, of which nothing else is touched; of a row that many examples have chosen, most lines.
    func sparseProducts(_ products: Int, matrix index: Int, choices: Int, _ o: WorkOperands) -> Work {
        let picked = Count.product(4, products), rows = rows == nil ? 0 : min(rowBytes(o.inputs[index], choices: choices, batch: o.batch), Count.product(16, picked))
        return Work(multiplications: products, additions: products, streamed: Count.sum(o.streamed(withoutInput: index), rows), gathered: picked)
    }
}
