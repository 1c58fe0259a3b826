import Graph
import Kernels

/// Gradient descent with momentum, as in PyTorch: `v = momentum · v + g`, `w -= rate · v`; Nesterov's form looks ahead,
/// `w -= rate · (g + momentum · v)`. `g` includes `weightDecay · w`.
///
/// Inputs: w, g and the velocity v, of one type. Outputs: the new w and v, in place of the old.
public struct MomentumUpdate: Operation {
    public var momentum: Float
    public var nesterov: Bool
    public var weightDecay: Float

    public init(momentum: Float, nesterov: Bool = false, weightDecay: Float = 0) {
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }

    public var name: String { nesterov ? "nesterov_update" : "momentum_update" }
    public var attributes: [(key: String, value: String)] {
        [("momentum", "\(momentum)")] + weightDecay.decayAttribute()
    }
    public var overwrites: [Int?] { [0, 2] }
    public var mayReuse: [Int?] { [nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.updated(["weights", "gradient", "velocity"], by: name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let steps = nesterov ? 3 : 2
        return o.update(perWeight: Work(multiplications: steps, additions: steps), weightDecay: weightDecay)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        momentumUpdate(c.output(0), c.input(1), c.output(1), settings(c.step), nesterov: nesterov, c.pool)
        return .all
    }

    func settings(_ step: StepState) -> OptimizerSettings {
        var settings = OptimizerSettings(step, weightDecay: weightDecay)
        settings.momentum = momentum
        return settings
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rate = S(Double(c.step.learningRate)), momentum = S(Double(momentum))
        c.forEachWeight(weightDecay: weightDecay) { c, i, g in
            let velocity = momentum * c.outputs[1].values[i] + g
            c.outputs[1].values[i] = velocity
            let direction = nesterov ? g + momentum * velocity : velocity
            c.outputs[0].values[i] = c.outputs[0].values[i] - rate * direction
        }
    }

    static let samples = [
        OperationSample(MomentumUpdate(momentum: 0.9), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal)], slot: .update),
        OperationSample(MomentumUpdate(momentum: 0.9, nesterov: true), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal)], slot: .update),
        OperationSample(MomentumUpdate(momentum: 0.5, nesterov: true, weightDecay: 0.01), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal)], slot: .update),
    ]
}
