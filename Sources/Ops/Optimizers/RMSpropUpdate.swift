import Graph
import Kernels

/// RMSprop (Tieleman and Hinton 2012), as in PyTorch: `s = rho · s + (1 - rho) · g²`, `w -= rate · g / (√s + epsilon)`.
/// `g` includes `weightDecay · w`.
///
/// Inputs: w, g and the mean square s, of one type. Outputs: the new w and s, in place of the old.
public struct RMSpropUpdate: Operation {
    public var rho: Float
    public var epsilon: Float
    public var weightDecay: Float

    public init(rho: Float, epsilon: Float, weightDecay: Float = 0) {
        self.rho = rho
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    public var name: String { "rmsprop_update" }
    public var attributes: [(key: String, value: String)] {
        [("rho", "\(rho)"), ("epsilon", "\(epsilon)")] + weightDecay.decayAttribute()
    }
    public var overwrites: [Int?] { [0, 2] }
    public var mayReuse: [Int?] { [nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.updated(["weights", "gradient", "mean square"], by: name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        o.update(perWeight: Work(multiplications: 5, additions: 3, transcendentals: 1), weightDecay: weightDecay)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        rmspropUpdate(c.output(0), c.input(1), c.output(1), settings(c.step), c.pool)
        return .all
    }

    func settings(_ step: StepState) -> OptimizerSettings {
        var settings = OptimizerSettings(step, weightDecay: weightDecay)
        settings.rho = rho
        settings.epsilon = epsilon
        return settings
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rate = S(Double(c.step.learningRate)), epsilon = S(Double(epsilon))
        let kept = S(Double(rho)), fresh = S(Double(1 - rho))
        c.forEachWeight(weightDecay: weightDecay) { c, i, g in
            c.outputs[1].values[i] = kept * c.outputs[1].values[i] + fresh * g * g
            c.outputs[0].values[i] = c.outputs[0].values[i] - rate * g / (S.sqrt(c.outputs[1].values[i]) + epsilon)
        }
    }

    static let samples = [
        OperationSample(RMSpropUpdate(rho: 0.9, epsilon: 1e-7), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .positive)], slot: .update),
        OperationSample(RMSpropUpdate(rho: 0.99, epsilon: 1e-3, weightDecay: 0.01), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .positive)], slot: .update),
    ]
}
