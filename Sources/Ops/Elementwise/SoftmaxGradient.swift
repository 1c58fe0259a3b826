import Graph
import Kernels

/// `dx = y · (dy - Σ y·dy)`, each row of the last axis by itself. Inputs: softmax's output y, and dy. Output: dx.
public struct SoftmaxGradient: Operation {
    public init() {}

    public var name: String { "softmax_gradient" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [1] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["output", "cotangent"], of: name)
        try inputs.expectFeatures(0, of: name)
        try inputs.expect(1, is: inputs[0], "the cotangent")
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let twice = Count.product(2, o.outputCount(0))
        return SlotWork(o.slot, Work(multiplications: twice, additions: twice, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        softmaxBackward(c.input(0), c.input(1), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        let y = c.inputs[0].values, dy = c.inputs[1].values
        for row in 0..<rows.count {
            var dot = S.zero
            for i in rows.range(row) { dot += y[i] * dy[i] }
            for i in rows.range(row) { c.outputs[0].values[i] = y[i] * (dy[i] - dot) }
        }
    }

    static let samples = [
        OperationSample(SoftmaxGradient(), [.each(10, values: .fraction), .each(10)], slot: .backwardInput),
        OperationSample(SoftmaxGradient(), [.each(2, 3, values: .fraction), .each(2, 3)], slot: .backwardInput),
    ]
}
