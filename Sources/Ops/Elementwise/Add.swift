import Graph
import Kernels

/// The sum of two or more tensors of one type: residual connections, and cotangents from several readers.
public struct Add: Operation {
    public init() {}

    public var name: String { "add" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        guard inputs.count >= 2 else {
            throw TypeError("an add layer needs two inputs or more, but has \(inputs.count)")
        }
        guard inputs[0].dtype == .float32 else { throw TypeError("only floats can be added, not \(inputs[0].text)", operand: 0) }
        for index in inputs.indices.dropFirst() where inputs[index] != inputs[0] {
            throw TypeError(
                "an add layer needs inputs of one shape, but this one is \(inputs[index].text) and the first is \(inputs[0].text)",
                operand: index)
        }
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(additions: Count.product(o.inputs.count - 1, o.outputCount(0)), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = g.cotangent(ofOutput: 0) else { return }
        for index in 0..<g.inputCount where g.needsGradient(ofInput: index) { try g.contribute(dy, toInput: index) }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let sum = c.output(0)
        add(c.input(0), c.input(1), into: sum, c.pool)
        // No later operand lies where the sum does: the planner reuses only what is read once.
        for operand in c.inputTypes.indices.dropFirst(2) { add(sum, c.input(operand), into: sum, c.pool) }
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        for i in c.outputs[0].values.indices {
            var total = c.inputs[0].values[i]
            for operand in c.inputs.dropFirst() { total += operand.values[i] }
            c.outputs[0].values[i] = total
        }
    }

    static let samples = [
        OperationSample(Add(), [.each(5, 3), .each(5, 3)], differentiable: [0, 1]),
        OperationSample(Add(), [.each(1), .each(1), .each(1), .each(1)], differentiable: [0, 1, 2, 3]),
        OperationSample(Add(), [.whole(4, 3), .whole(4, 3)], slot: .backwardWeights),
    ]
}
