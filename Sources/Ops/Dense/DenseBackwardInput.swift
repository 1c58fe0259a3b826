import Graph
import Kernels

/// The cotangent of a dense layer's input, `dx = dy · W`, times the derivative of the activation below if one is fused in.
///
/// Inputs: dy f32[N,units], W f32[units,inputs], and the output of the activation below, f32[N,inputs], unless
/// `through` is linear. Output: f32[N,inputs].
public struct DenseBackwardInput: Operation {
    /// The activation that made this layer's input, if its derivative is multiplied in here.
    public var through: ActivationFunction

    public init(through: ActivationFunction = .linear) { self.through = through }

    public var name: String { "dense_backward_input" }
    public var attributes: [(key: String, value: String)] { through == .linear ? [] : [("through", through.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent", "weights"] + (through == .linear ? [] : ["output below"]), of: name)
        let dy = inputs[0], w = inputs[1]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: 1)
        }
        guard dy == TensorType(batched: true, [w.shape[0]]) else {
            throw TypeError("the cotangent \(dy.text) does not fit the weights \(w.text)", operand: 0)
        }
        let dx = TensorType(batched: true, [w.shape[1]])
        if through != .linear { try inputs.expect(2, is: dx, "the output below") }
        return [dx]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = DenseShape(o.outputs[0], o.inputs[1], batch: o.batch).products
        let work = Work(gemm: products, additions: products, streamed: o.streamed)
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.outputTypes[0], c.inputTypes[1], batch: c.batch)
        denseBackwardInput(
            c.input(0), c.input(1), c.output(0), s, through: through, below: through == .linear ? nil : c.input(2), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.outputs[0].type, c.inputs[1].type, batch: c.batch)
        let dy = c.inputs[0].values, w = c.inputs[1].values
        for b in 0..<s.batch {
            for i in 0..<s.inputs {
                var sum = S.zero
                for j in 0..<s.units { sum += dy[b * s.units + j] * w[j * s.inputs + i] }
                let place = b * s.inputs + i
                c.outputs[0].values[place] = through == .linear ? sum : through.backward(saved: c.inputs[2].values[place], sum)
            }
        }
    }

    static let samples = [
        OperationSample(DenseBackwardInput(), [.each(5), .whole(5, 7)], slot: .backwardInput),
        OperationSample(DenseBackwardInput(through: .relu), [.each(17), .whole(17, 33), .each(33)], slot: .backwardInput),
        OperationSample(DenseBackwardInput(through: .sigmoid), [.each(1), .whole(1, 3), .each(3, values: .fraction)], slot: .backwardInput),
    ]
}
