import Graph
import Kernels

/// Sets a share `rate` of the numbers to zero, and scales the others by 1 / (1 - rate), as in Keras.
///
/// Used while training only. The mask is not kept: it is a function of (seed, stream, iteration, place), and the
/// backward pass makes it again. Drawing it is whole-number arithmetic, which `work` does not count.
/// Input and output: f32, any shape.
public struct Dropout: Operation {
    public var rate: Float
    /// Tells one dropout layer's mask from another's.
    public var stream: Int

    public init(rate: Float, stream: Int) {
        self.rate = rate
        self.stream = stream
    }

    public var name: String { "dropout" }
    public var attributes: [(key: String, value: String)] { [("rate", "\(rate)"), ("stream", "\(stream)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: "dropout")
        try inputs.expectFeatures(0, of: "a dropout layer")
        guard rate >= 0, rate < 1 else {
            throw TypeError("a dropout rate is the share that is set to zero, from 0 to below 1, but is \(rate)")
        }
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let count = o.outputCount(0)
        return SlotWork(o.slot, Work(multiplications: count, comparisons: count, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let dx = try g.add(DropoutGradient(rate: rate, stream: stream), [dy], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        dropout(c.input(0), c.output(0), rate: rate, stream: randomStream(c.step), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let random = randomStream(c.step)
        let scale = S(1 / (1 - Double(rate))), limit = S((Double(rate) * 0x1p32).rounded(.down))
        for i in c.outputs[0].values.indices {
            let scaled = c.inputs[0].values[i] * scale
            c.outputs[0].values[i] = S.select(S(Double(random.uint32(at: i))) < limit, .zero, scaled)
        }
    }

    func randomStream(_ step: StepState) -> RandomStream {
        RandomStream(seed: step.seed, purpose: .dropout, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
    }

    static let samples = [
        OperationSample(Dropout(rate: 0.5, stream: 0), [.each(31)], differentiable: [0]),
        OperationSample(Dropout(rate: 0.1, stream: 7), [.each(5, 3, 2)], differentiable: [0]),
        OperationSample(Dropout(rate: 0, stream: 1), [.each(1)], differentiable: [0]),
    ]
}

/// The same mask and scale, on the cotangent.
public struct DropoutGradient: Operation {
    public var rate: Float
    public var stream: Int

    public init(rate: Float, stream: Int) {
        self.rate = rate
        self.stream = stream
    }

    private var forward: Dropout { Dropout(rate: rate, stream: stream) }

    public var name: String { "dropout_gradient" }
    public var attributes: [(key: String, value: String)] { forward.attributes }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }
    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] { try forward.infer(inputs) }
    public func work(_ o: WorkOperands) -> SlotWork { forward.work(o) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }
    public func run(_ c: borrowing RunContext) -> ActiveCount { forward.run(c) }
    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) { forward.reference(&c) }

    static let samples = [OperationSample(DropoutGradient(rate: 0.5, stream: 3), [.each(31)], slot: .backwardInput)]
}
