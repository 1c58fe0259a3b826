import Graph
import Kernels

/// The weights' gradient and plain gradient descent in one, `W -= rate · dyᵀ · x`: no gradient is ever in memory.
///
/// Inputs: x f32[N,inputs], dy f32[N,units], W f32[units,inputs], and b f32[units] if `useBias`.
/// Outputs: the new W and b, in place of the old.
public struct DenseUpdate: Operation {
    public var useBias: Bool

    public init(useBias: Bool) { self.useBias = useBias }

    public var name: String { "dense_update" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { useBias ? [2, 3] : [2] }
    public var mayReuse: [Int?] { useBias ? [nil, nil] : [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent", "weights"] + (useBias ? ["bias"] : []), of: name)
        let gradients = try DenseBackwardWeights(withBias: useBias).infer(Array(inputs.prefix(2)))
        try inputs.expect(2, is: gradients[0], "the weights")
        if useBias { try inputs.expect(3, is: gradients[1], "the bias") }
        return gradients
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = DenseShape(o.inputs[0], o.inputs[2], batch: o.batch).products
        var backward = Work(gemm: products, additions: products)
        if useBias { backward.additions = Count.sum(backward.additions, o.inputCount(1)) }
        return SlotWork(backward: backward, updating: o)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.inputTypes[2], batch: c.batch)
        denseBackwardWeights(
            c.input(0), c.input(1), c.output(0), useBias ? c.output(1) : nil, s, alpha: -c.step.learningRate, beta: 1, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.inputs[0].type, c.inputs[2].type, batch: c.batch)
        let gradients = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, withBias: useBias)
        c.descend(output: 0, gradients.weights)
        if useBias { c.descend(output: 1, gradients.bias) }
    }

    static let samples = [
        OperationSample(DenseUpdate(useBias: true), [.each(7), .each(5), .whole(5, 7), .whole(5)], slot: .backwardWeights),
        OperationSample(DenseUpdate(useBias: false), [.each(33), .each(17), .whole(17, 33)], slot: .backwardWeights),
    ]
}

extension SlotWork {
    /// A gradient that is added straight into the weights and bias, the last operands: one multiplication by the
    /// learning rate and one addition for each of these.
    init(backward: Work, updating o: WorkOperands) {
        let parameters = o.outputs.reduce(0) { Count.sum($0, $1.saturatedCount(batch: 1)) }
        let operands = WorkOperands(inputs: o.inputs.dropLast(o.outputs.count), outputs: [], batch: o.batch, slot: o.slot)
        self.init()
        backwardWeights = backward
        backwardWeights.streamed = operands.streamed
        update = Work(multiplications: parameters, additions: parameters, streamed: Count.product(8, parameters))
    }
}

extension ReferenceContext {
    /// One step of plain gradient descent on an output that began as a copy of the weights.
    mutating func descend(output: Int, _ gradient: [S]) {
        let rate = S(Double(-step.learningRate))
        for i in gradient.indices { outputs[output].values[i] += rate * gradient[i] }
    }
}
