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
        let x = inputs[0], w = inputs[1]
        guard x.shape.count == 1 else {
            throw TypeError("a dense layer needs one number per input, but its input is \(x.text)", operand: 0)
        }
        guard w.shape.count == 2, w.shape[1] == x.shape[0] else {
            throw TypeError("weights \(w.text) do not fit the input \(x.text)", operand: 1)
        }
        return [TensorType(batched: true, [w.shape[0]])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = DenseShape(o.inputs[0], o.inputs[1], batch: o.batch)
        var work = Work(gemm: s.products, additions: s.products)
        work.streamed = 4 * (s.batch * s.inputs + s.units * s.inputs + s.batch * s.units)
        if useBias { work.additions = Count.sum(work.additions, s.batch * s.units) }
        return SlotWork(o.slot, work + activation.forwardWork(s.batch * s.units))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard var dy = g.cotangent(ofOutput: 0) else { return }
        if activation != .linear {
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
        for b in 0..<s.batch {
            for j in 0..<s.units {
                var sum = useBias ? c.inputs[2].values[j] : S.zero
                for i in 0..<s.inputs { sum += c.inputs[0].values[b * s.inputs + i] * c.inputs[1].values[j * s.inputs + i] }
                c.outputs[0].values[b * s.units + j] = activation.apply(sum)
            }
        }
    }
}

extension DenseShape {
    init(_ x: TensorType, _ w: TensorType, batch: Int) {
        self.init(batch: batch, inputs: x.shape[0], units: w.shape[0])
    }

    /// Multiplications of each of the three products of a training step.
    var products: Int { Count.product([batch, inputs, units]) }
}
