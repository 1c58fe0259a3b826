import Graph

/// All numbers of an example in one list. The memory stays as it is, so it costs nothing.
///
/// Input: f32[N,…]. Output: f32[N,count], in the memory of the input.
public struct Flatten: View {
    public init() {}

    public var name: String { "flatten" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: "flatten")
        try inputs.expectFeatures(0, of: "a flatten layer")
        return [try TensorType(batched: true, [Count.product(inputs[0].shape)]).checked("a flatten layer")]
    }

    public func work(_ o: WorkOperands) -> SlotWork { SlotWork() }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let dx = try g.add(Reshape(g.type(g.input(0)).shape), [dy], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount { .all }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) { c.outputs[0].values = c.inputs[0].values }

    static let samples = [
        OperationSample(Flatten(), [.each(5, 3, 2)], differentiable: [0]),
        OperationSample(Flatten(), [.each(7)], differentiable: [0]),
    ]
}
