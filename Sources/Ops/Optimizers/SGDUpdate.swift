import Graph
import Kernels

/// Plain gradient descent: `w -= rate · g`, where `g` includes `weightDecay · w`.
///
/// Inputs: w and its gradient g, of one type. Output: the new w, in place of the old.
public struct SGDUpdate: Operation {
    public var weightDecay: Float

    public init(weightDecay: Float = 0) {
        self.weightDecay = weightDecay
    }

    public var name: String { "sgd_update" }
    public var attributes: [(key: String, value: String)] {
        weightDecay.decayAttribute()
    }
    public var overwrites: [Int?] { [0] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.updated(["weights", "gradient"], by: name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        o.update(perWeight: Work(multiplications: 1, additions: 1), weightDecay: weightDecay)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        sgdUpdate(c.output(0), c.input(1), OptimizerSettings(c.step, weightDecay: weightDecay), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rate = S(Double(c.step.learningRate))
        c.forEachWeight(weightDecay: weightDecay) { c, i, g in
            c.outputs[0].values[i] = c.outputs[0].values[i] - rate * g
        }
    }

    static let samples = [
        OperationSample(SGDUpdate(), [.whole(5, 7), .whole(5, 7)], slot: .update),
        OperationSample(SGDUpdate(weightDecay: 0.01), [.whole(5, 7), .whole(5, 7)], slot: .update),
    ]
}
