import Graph
import Kernels

/// `dx = dy · function'`, from what the forward pass kept.
///
/// Inputs: the activation's output (its input where the derivative needs that: gelu), and dy, of one type. Output: dx.
public struct ActivationGradient: Operation {
    public var function: ActivationFunction

    public init(_ function: ActivationFunction) { self.function = function }

    public var name: String { "activation_gradient" }
    public var attributes: [(key: String, value: String)] { [("function", function.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [1] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["saved", "cotangent"], of: name)
        try inputs.expectFeatures(0, of: name)
        try inputs.expect(1, is: inputs[0], "the cotangent")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, function.gradientWork(o.outputCount(0)) + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        activationBackward(function, c.input(0), c.input(1), c.output(0), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = function.backward(saved: c.inputs[0].values[i], c.inputs[1].values[i])
        }
    }

    static let samples = ActivationFunction.allCases.map {
        OperationSample(ActivationGradient($0), [.each(5, 3), .each(5, 3)], slot: .backwardInput)
    }
}
