import Graph
import Kernels

/// Binary units drawn from their probabilities: 1 where a uniform number is below p, 0 elsewhere.
///
/// The numbers are a function of (seed, stream, iteration, place). Drawing them is whole-number arithmetic, which `work` does not count.
/// Input and output: f32, any shape.
public struct SampleBernoulli: Operation {
    /// Tells one layer's draws, and one step of its chain, from another's.
    public var stream: Int

    public init(stream: Int) { self.stream = stream }

    public var name: String { "sample_bernoulli" }
    public var attributes: [(key: String, value: String)] { [("stream", "\(stream)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["probabilities"], of: name)
        try inputs.expectFeatures(0, of: name)
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, Work(comparisons: o.outputCount(0), streamed: o.streamed)) }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw TypeError("\(name) has no gradient: a draw is no smooth function") }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        sampleBernoulli(c.input(0), c.output(0), stream: randomStream(c.step), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let random = randomStream(c.step)
        for i in c.outputs[0].values.indices {
            c.outputs[0].values[i] = S.select(S(Double(random.uniform(at: i))) < c.inputs[0].values[i], S(1), .zero)
        }
    }

    private func randomStream(_ step: StepState) -> RandomStream {
        RandomStream(seed: step.seed, purpose: .sampling, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
    }

    static let samples = [
        OperationSample(SampleBernoulli(stream: 0), [.each(31, values: .fraction)]),
        OperationSample(SampleBernoulli(stream: 7), [.each(5, 3, 2, values: .fraction)]),
        OperationSample(SampleBernoulli(stream: 1), [.each(1)]),
    ]
}
