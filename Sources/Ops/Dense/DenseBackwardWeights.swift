import Graph
import Kernels

/// The gradient of a dense layer's weights, `dW = dyᵀ · x`, and of its bias, the sums of dy over the batch.
///
/// Inputs: x f32[N,inputs], dy f32[N,units]. Outputs: f32[units,inputs], and f32[units] if `withBias`.
public struct DenseBackwardWeights: Operation {
    public var withBias: Bool

    public init(withBias: Bool) { self.withBias = withBias }

    public var name: String { "dense_backward_weights" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { withBias ? [nil, nil] : [nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil] : [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent"], of: name)
        for index in 0...1 {
            try inputs.expectFeatures(index, of: name)
            guard inputs[index].shape.count == 1 else {
                throw TypeError("\(name) needs a list of numbers for each example, not \(inputs[index].text)", operand: index)
            }
        }
        let inputCount = inputs[0].shape[0], units = inputs[1].shape[0]
        let weights = try TensorType(batched: false, [units, inputCount]).checked(name)
        return withBias ? [weights, TensorType(batched: false, [units])] : [weights]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = DenseShape(o.inputs[0], o.outputs[0], batch: o.batch).products
        var work = Work(gemm: products, additions: products, streamed: o.streamed)
        if withBias { work.additions = Count.sum(work.additions, o.inputCount(1)) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.outputTypes[0], batch: c.batch)
        denseBackwardWeights(c.input(0), c.input(1), c.output(0), withBias ? c.output(1) : nil, s, alpha: 1, beta: 0, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.inputs[0].type, c.outputs[0].type, batch: c.batch)
        let gradients = s.referenceGradients(x: c.inputs[0].values, dy: c.inputs[1].values, withBias: withBias)
        c.outputs[0].values = gradients.weights
        if withBias { c.outputs[1].values = gradients.bias }
    }

    static let samples = [
        OperationSample(DenseBackwardWeights(withBias: true), [.each(7), .each(5)], slot: .backwardWeights),
        OperationSample(DenseBackwardWeights(withBias: false), [.each(33), .each(17)], slot: .backwardWeights),
        OperationSample(DenseBackwardWeights(withBias: true), [.each(1), .each(1)], slot: .backwardWeights),
    ]
}

extension DenseShape {
    func referenceGradients<S: ReferenceScalar>(x: [S], dy: [S], withBias: Bool) -> (weights: [S], bias: [S]) {
        var weights = Array(repeating: S.zero, count: units * inputs)
        var bias = Array(repeating: S.zero, count: withBias ? units : 0)
        for b in 0..<batch {
            for j in 0..<units {
                for i in 0..<inputs { weights[j * inputs + i] += dy[b * units + j] * x[b * inputs + i] }
                if withBias { bias[j] += dy[b * units + j] }
            }
        }
        return (weights, bias)
    }
}
