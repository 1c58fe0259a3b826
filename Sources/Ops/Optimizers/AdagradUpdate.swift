import Graph
import Kernels

/// Adagrad (Duchi et al. 2011), as in PyTorch: `a += g²`, `w -= rate · g / (√a + epsilon)`. `g` includes `weightDecay · w`.
///
/// Inputs: w, g and the accumulator a, of one type. Outputs: the new w and a, in place of the old.
public struct AdagradUpdate: Operation {
    public var epsilon: Float
    public var weightDecay: Float

    public init(epsilon: Float, weightDecay: Float = 0) {
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    public var name: String { "adagrad_update" }
    public var attributes: [(key: String, value: String)] {
        [("epsilon", "\(epsilon)")] + weightDecay.decayAttribute()
    }
    public var overwrites: [Int?] { [0, 2] }
    public var mayReuse: [Int?] { [nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.updated(["weights", "gradient", "accumulator"], by: name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        o.update(perWeight: Work(multiplications: 3, additions: 3, transcendentals: 1), weightDecay: weightDecay)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        adagradUpdate(c.output(0), c.input(1), c.output(1), settings(c.step), c.pool)
        return .all
    }

    func settings(_ step: StepState) -> OptimizerSettings {
        var settings = OptimizerSettings(step, weightDecay: weightDecay)
        settings.epsilon = epsilon
        return settings
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rate = S(Double(c.step.learningRate)), epsilon = S(Double(epsilon))
        c.forEachWeight(weightDecay: weightDecay) { c, i, g in
            c.outputs[1].values[i] += g * g
            c.outputs[0].values[i] = c.outputs[0].values[i] - rate * g / (S.sqrt(c.outputs[1].values[i]) + epsilon)
        }
    }

    static let samples = [
        OperationSample(AdagradUpdate(epsilon: 1e-7), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .positive)], slot: .update),
        OperationSample(AdagradUpdate(epsilon: 1e-3, weightDecay: 0.01), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .positive)], slot: .update),
    ]
}
