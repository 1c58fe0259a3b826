import Graph
import Kernels

/// A fully connected layer, `y = activation(x · Wᵀ + b)`.
///
/// Inputs: x f32[N,inputs], W f32[units,inputs], and b f32[units] if `useBias`. Output: f32[N,units].
public struct Dense: Operation {
    public var useBias: Bool
    /// Fused in by the lowering; a layer starts as `linear`.
    public var activation: ActivationFunction

    public init(useBias: Bool, activation: ActivationFunction = .linear) {
        self.useBias = useBias
        self.activation = activation
    }

    public var name: String { "dense" }
    public var attributes: [(key: String, value: String)] {
        activation == .linear ? [] : [("activation", activation.rawValue)]
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "weights"] + (useBias ? ["bias"] : []), of: "dense")
        try inputs.expectFeatures(0, of: "a dense layer")
        let x = inputs[0], w = inputs[1]
        guard x.shape.count == 1 else {
            throw TypeError(
                "a dense layer needs a list of numbers for each example, but its input is \(x.text); a flatten layer makes one of it",
                operand: 0)
        }
        guard w.dtype == .float32, !w.batched, w.shape.count == 2, w.shape[1] == x.shape[0] else {
            throw TypeError("weights \(w.text) do not fit the input \(x.text)", operand: 1)
        }
        if useBias { try inputs.expect(2, is: TensorType(batched: false, [w.shape[0]]), "the bias") }
        return [try TensorType(batched: true, [w.shape[0]]).checked("a dense layer")]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = DenseShape(o.inputs[0], o.inputs[1], batch: o.batch)
        var work = Work(gemm: s.products, additions: s.products, streamed: o.streamed)
        if useBias { work.additions = Count.sum(work.additions, o.outputCount(0)) }
        return SlotWork(o.slot, work + activation.forwardWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard var dy = g.cotangent(ofOutput: 0) else { return }
        if activation != .linear {
            guard activation.derivativeFromOutput else { throw activation.notFromOutput }
            dy = try g.add(ActivationGradient(activation), [g.output(0), dy], slot: .backwardInput)[0]
        }
        // The input's cotangent first: an update fused into the weights' must not come before it.
        if g.needsGradient(ofInput: 0) {
            let dx = try g.add(DenseBackwardInput(), [dy, g.input(1)], slot: .backwardInput)[0]
            try g.contribute(dx, toInput: 0)
        }
        if g.needsGradient(ofInput: 1) {
            let gradients = try g.add(DenseBackwardWeights(withBias: useBias), [g.input(0), dy], slot: .backwardWeights)
            try g.contribute(gradients[0], toInput: 1)
            if useBias { try g.contribute(gradients[1], toInput: 2) }
        }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.inputTypes[1], batch: c.batch)
        denseForward(c.input(0), c.input(1), useBias ? c.input(2) : nil, c.output(0), s, activation, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.inputs[0].type, c.inputs[1].type, batch: c.batch)
        let x = c.inputs[0].values, w = c.inputs[1].values
        for b in 0..<s.batch {
            for j in 0..<s.units {
                var sum = S.zero
                for i in 0..<s.inputs { sum += x[b * s.inputs + i] * w[j * s.inputs + i] }
                if useBias { sum += c.inputs[2].values[j] }
                c.outputs[0].values[b * s.units + j] = activation.apply(sum)
            }
        }
    }

    static let samples = [
        OperationSample(Dense(useBias: true), [.each(7), .whole(5, 7), .whole(5)], differentiable: [0, 1, 2]),
        OperationSample(Dense(useBias: false), [.each(1), .whole(3, 1)], differentiable: [0, 1]),
        OperationSample(Dense(useBias: true, activation: .relu), [.each(33), .whole(17, 33), .whole(17)]),
        OperationSample(Dense(useBias: true, activation: .tanh), [.each(4), .whole(3, 4), .whole(3)], differentiable: [0, 1, 2]),
        OperationSample(Dense(useBias: true, activation: .gelu), [.each(4), .whole(3, 4), .whole(3)]),
    ]
}

extension ActivationFunction {
    /// Fused functions keep only their output.
    var notFromOutput: TypeError {
        TypeError("the derivative of \(rawValue) needs its input, so it cannot be fused before the backward pass is made")
    }
}

extension DenseShape {
    init(_ x: TensorType, _ w: TensorType, batch: Int) {
        self.init(batch: batch, inputs: x.shape[0], units: w.shape[0])
    }

    /// Multiplications of each of the three products of a training step.
    var products: Int { Count.product([batch, inputs, units]) }
}
