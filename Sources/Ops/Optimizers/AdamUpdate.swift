import func Foundation.pow
import Graph
import Kernels

/// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as in PyTorch: moving averages m of g and v of g²,
/// both corrected for their start at zero, and `w -= rate · m / (√v + epsilon)`.
///
/// The decay is part of g, or if `decoupled` a direct `w -= rate · weightDecay · w`.
/// Inputs: w, g, m and v, of one type. Outputs: the new w, m and v, in place of the old.
public struct AdamUpdate: Operation {
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var weightDecay: Float
    public var decoupled: Bool

    public init(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float = 0, decoupled: Bool = false) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decoupled = decoupled
    }

    public var name: String { decoupled ? "adamw_update" : "adam_update" }
    public var attributes: [(key: String, value: String)] {
        [("beta1", "\(beta1)"), ("beta2", "\(beta2)"), ("epsilon", "\(epsilon)")] + weightDecay.decayAttribute()
    }
    public var overwrites: [Int?] { [0, 2, 3] }
    public var mayReuse: [Int?] { [nil, nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.updated(["weights", "gradient", "first moment", "second moment"], by: name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        var perWeight = Work(multiplications: 8, additions: 4, transcendentals: 1)
        if decoupled, weightDecay != 0 { perWeight.multiplications += 1 }
        return o.update(perWeight: perWeight, weightDecay: decoupled ? 0 : weightDecay)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        adamUpdate(c.output(0), c.input(1), c.output(1), c.output(2), settings(c.step), decoupled: decoupled, c.pool)
        return .all
    }

    func settings(_ step: StepState) -> OptimizerSettings {
        var settings = OptimizerSettings(step, weightDecay: weightDecay)
        settings.beta1 = beta1
        settings.beta2 = beta2
        settings.epsilon = epsilon
        return settings
    }

    /// The learning rate over the first moment's correction, and what the second moment's root is multiplied by.
    func corrections(_ step: StepState) -> (step: Double, root: Double) {
        let iteration = Double(max(1, step.update))
        return (
            Double(step.learningRate) / (1 - pow(Double(beta1), iteration)), 1 / (1 - pow(Double(beta2), iteration)).squareRoot()
        )
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        // The corrections are the same for all weights.
        let corrections = corrections(c.step), step = S(corrections.step), rootCorrection = S(corrections.root)
        let keep1 = S(Double(beta1)), fresh1 = S(Double(1 - beta1)), keep2 = S(Double(beta2)), fresh2 = S(Double(1 - beta2))
        let epsilon = S(Double(epsilon)), shrink = S(1 - Double(c.step.learningRate) * Double(weightDecay))
        c.forEachWeight(weightDecay: decoupled ? 0 : weightDecay) { c, i, g in
            let mean = keep1 * c.outputs[1].values[i] + fresh1 * g
            let square = keep2 * c.outputs[2].values[i] + fresh2 * g * g
            c.outputs[1].values[i] = mean
            c.outputs[2].values[i] = square
            var weight = c.outputs[0].values[i]
            if decoupled, weightDecay != 0 { weight = weight * shrink }
            c.outputs[0].values[i] = weight - step * mean / (S.sqrt(square) * rootCorrection + epsilon)
        }
    }

    static let samples = [
        OperationSample(AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal), .whole(5, 7, values: .positive)], slot: .update),
        OperationSample(AdamUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.01), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal), .whole(5, 7, values: .positive)], slot: .update),
        OperationSample(AdamUpdate(beta1: 0.8, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1, decoupled: true), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal), .whole(5, 7, values: .positive)], slot: .update),
        OperationSample(AdamUpdate(beta1: 0.8, beta2: 0.999, epsilon: 1e-7, decoupled: true), [.whole(5, 7), .whole(5, 7), .whole(5, 7, values: .normal), .whole(5, 7, values: .positive)], slot: .update),
    ]
}
