import Graph
import Kernels

/// An element-wise function, `y = function(x)`. Input and output: f32, any shape.
public struct Activation: Operation {
    public var function: ActivationFunction

    public init(_ function: ActivationFunction) { self.function = function }

    public var name: String { "activation" }
    public var attributes: [(key: String, value: String)] { [("function", function.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: "activation")
        try inputs.expectFeatures(0, of: "an activation")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, function.forwardWork(o.outputCount(0)) + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let saved = function.derivativeFromOutput ? g.output(0) : g.input(0)
        let dx = try g.add(ActivationGradient(function), [saved, dy], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        activationForward(function, c.input(0), c.output(0), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        c.outputs[0].values = c.inputs[0].values.map { function.apply($0) }
    }

    static let samples = ActivationFunction.allCases.map {
        OperationSample(Activation($0), [.each(5, 3, values: .awayFromZero)], differentiable: [0])
    }
}
