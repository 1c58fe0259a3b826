import Graph

/// The same numbers in another shape, in the same memory: the way back from a flatten layer.
public struct Reshape: View {
    public var shape: [Int]

    public init(_ shape: [Int]) { self.shape = shape }

    public var name: String { "reshape" }
    public var attributes: [(key: String, value: String)] { [("shape", shape.map(String.init).joined(separator: "x"))] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: name)
        try inputs.expectFeatures(0, of: name)
        let output = try TensorType(batched: true, shape).checked(name)
        guard Count.product(inputs[0].shape) == Count.product(shape) else {
            throw TypeError("\(inputs[0].text) cannot be reshaped to \(output.text): they hold different counts of numbers", operand: 0)
        }
        return [output]
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

    static let samples = [OperationSample(Reshape([5, 3, 2]), [.each(30)], slot: .backwardInput, differentiable: [0])]
}
