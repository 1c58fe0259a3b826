import Graph
import Kernels

/// What a restricted Boltzmann machine makes of its hidden units: `y = activation(x + c)`, where x is the product of the hidden units
/// with the weights. Sigmoid gives the probabilities of Bernoulli units, linear the means of Gaussian units of variance one.
///
/// Inputs: x f32[N,inputs] and the visible biases c f32[inputs]. Output: like x.
public struct VisibleUnits: Operation {
    public var activation: ActivationFunction

    public init(_ activation: ActivationFunction) { self.activation = activation }

    public var name: String { "visible_units" }
    public var attributes: [(key: String, value: String)] { activation == .linear ? [] : [("activation", activation.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["product", "visible biases"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard inputs[0].shape.count == 1 else { throw TypeError("\(name) needs a list of numbers for each example, not \(inputs[0].text)", operand: 0) }
        try inputs.expect(1, is: TensorType(batched: false, inputs[0].shape), "the visible biases")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let count = o.outputCount(0)
        return SlotWork(o.slot, Work(additions: count, streamed: o.streamed) + activation.forwardWork(count))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw TypeError("\(name) has no gradient: contrastive divergence needs none") }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        visibleUnits(c.input(0), c.input(1), c.output(0), activation, rows: c.batch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let width = c.inputs[1].values.count
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = activation.apply(c.inputs[0].values[i] + c.inputs[1].values[i % width])
        }
    }

    static let samples = [
        OperationSample(VisibleUnits(.sigmoid), [.each(7), .whole(7)]),
        OperationSample(VisibleUnits(.linear), [.each(33), .whole(33)]),
        OperationSample(VisibleUnits(.sigmoid), [.each(1), .whole(1)]),
    ]
}
