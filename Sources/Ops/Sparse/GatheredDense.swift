import Graph
import Kernels

/// A fully connected layer of whose units each example computes some only, `y = activation(x · row of W + b)`.
///
/// Inputs: x f32[N,inputs], W f32[units,inputs], b f32[units] if `useBias`, and which i32[N,k] (different, ascending). Output: f32[N,k].
public struct GatheredDense: Operation, SharesRows {
    public var useBias: Bool
    public var rows: TouchedRows?
    /// Fused in by the lowering; a layer starts as `linear`.
    public var activation: ActivationFunction

    public init(useBias: Bool, activation: ActivationFunction = .linear) {
        self.useBias = useBias
        self.activation = activation
    }

    public var name: String { "gathered_dense" }
    public var attributes: [(key: String, value: String)] {
        activation == .linear ? [] : [("activation", activation.rawValue)]
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    /// Where the indices stand among the operands.
    private var which: Int { useBias ? 3 : 2 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "weights"] + (useBias ? ["bias"] : []) + ["units"], of: name)
        let all = try Dense(useBias: useBias).infer(Array(inputs.prefix(which)))[0].shape[0]
        return [TensorType(batched: true, [try inputs.chosenUnits(which, of: all, for: name, perExample: true)])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let entries = o.outputCount(0), inputs = o.inputs[1].shape[1], products = Count.product(entries, inputs)
        let bytes = rowBytes(o.inputs[1], choices: entries, batch: o.batch)
        var work = Work(multiplications: products, additions: products, streamed: Count.sum(o.streamed(withoutInput: 1), bytes))
        if useBias { work.additions = Count.sum(work.additions, entries) }
        return SlotWork(o.slot, work + activation.forwardWork(entries))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        gatheredDenseScratch(units: o.inputs[1].shape[0], entries: o.outputCount(0))
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = try g.cotangent(before: activation) else { return }
        // The input's cotangent first: an update fused into the weights' must not come before it.
        if g.needsGradient(ofInput: 0) {
            let dx = try g.add(SparseDenseBackwardInput(), [dy, g.input(which), g.input(1)], slot: .backwardInput)[0]
            try g.contribute(dx, toInput: 0)
        }
        if g.needsGradient(ofInput: 1) {
            let backward = SparseDenseBackwardWeights(units: g.type(g.input(1)).shape[0], withBias: useBias)
            let gradients = try g.add(backward, [g.input(0), dy, g.input(which)], slot: .backwardWeights)
            try g.contribute(gradients, withBias: useBias, toWeights: 1, unitsPerExample: g.type(dy).shape[0])
        }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.inputTypes[1], batch: c.batch)
        gatheredDense(
            c.input(0), c.input(1), useBias ? c.input(2) : nil, c.inputInts(which), c.output(0), s, activation, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.inputs[0].type, c.inputs[1].type, batch: c.batch), kept = c.outputs[0].type.count
        let x = c.inputs[0].values, w = c.inputs[1].values
        for (entry, unit) in c.inputs[which].ints.enumerated() {
            var sum = S.zero
            for i in 0..<s.inputs { sum += x[entry / kept * s.inputs + i] * w[Int(unit) * s.inputs + i] }
            if useBias { sum += c.inputs[2].values[Int(unit)] }
            c.outputs[0].values[entry] = activation.apply(sum)
        }
    }

    static let samples = [
        OperationSample(GatheredDense(useBias: true), [.each(7), .whole(5, 7), .whole(5), .indices(2, of: 5)], differentiable: [0, 1, 2]),
        OperationSample(GatheredDense(useBias: false), [.each(37), .whole(19, 37), .indices(6, of: 19)], differentiable: [0, 1]),
        OperationSample(GatheredDense(useBias: true), [.each(1), .whole(1, 1), .whole(1), .indices(1, of: 1)], differentiable: [0, 1, 2]),
        OperationSample(GatheredDense(useBias: true, activation: .relu), [.each(48), .whole(17, 48), .whole(17), .indices(17, of: 17)]),
        OperationSample(
            GatheredDense(useBias: true, activation: .tanh), [.each(4), .whole(3, 4), .whole(3), .indices(2, of: 3)],
            differentiable: [0, 1, 2]),
        OperationSample(GatheredDense(useBias: true, activation: .gelu), [.each(20), .whole(9, 20), .whole(9), .indices(3, of: 9)]),
    ]
}

extension GradientBuilder {
    /// The cotangent of what a product makes before the activation that is fused into it, or nil where nothing depends on it.
    mutating func cotangent(before activation: ActivationFunction) throws(TypeError) -> ValueID? {
        guard let dy = cotangent(ofOutput: 0), activation != .linear else { return cotangent(ofOutput: 0) }
        guard activation.derivativeFromOutput else { throw activation.notFromOutput }
        return try add(ActivationGradient(activation), [output(0), dy], slot: .backwardInput)[0]
    }

    /// Compact gradients of weights and bias, and behind them the set of the units that both hold.
    mutating func contribute(
        _ gradients: [ValueID], withBias: Bool, toWeights index: Int, unitsPerExample: Int
    ) throws(TypeError) {
        let touched = gradients[gradients.count - 1]
        for place in 0...(withBias ? 1 : 0) {
            try contribute(gradients[place], toInput: index + place, rows: touched, unitsPerExample: unitsPerExample)
        }
    }
}
