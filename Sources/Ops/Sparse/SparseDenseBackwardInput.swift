import Graph
import Kernels

/// The cotangent of a dense layer's input from a few units of each example, `dx = Σ value · row of W`, times the
/// derivative of the activation below if one is fused in.
///
/// Inputs: values f32[N,k], indices i32[N,k] (different, ascending), W f32[units,inputs], and the output of the activation
/// below, f32[N,inputs], unless `through` is linear. Output: f32[N,inputs].
public struct SparseDenseBackwardInput: Operation {
    /// The activation that made this layer's input, if its derivative is multiplied in here.
    public var through: ActivationFunction

    public init(through: ActivationFunction = .linear) { self.through = through }

    public var name: String { "sparse_dense_backward_input" }
    public var attributes: [(key: String, value: String)] { through == .linear ? [] : [("through", through.rawValue)] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["values", "indices", "weights"] + (through == .linear ? [] : ["output below"]), of: name)
        let w = inputs[2]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: 2)
        }
        try inputs.expectKept(values: 0, indices: 1, axes: 1, units: w.shape[0], of: name)
        let dx = try TensorType(batched: true, [w.shape[1]]).checked(name)
        if through != .linear { try inputs.expect(3, is: dx, "the output below") }
        return [dx]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = Count.product(o.inputCount(0), o.outputs[0].shape[0])
        let work = Work(multiplications: products, additions: products, streamed: o.streamed)
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        sparseDenseBackwardInputScratch(units: o.inputs[2].shape[0], batch: o.batch, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.outputTypes[0], c.inputTypes[2], batch: c.batch)
        sparseDenseBackwardInput(
            c.input(0), c.inputInts(1), c.input(2), c.output(0), s, through: through, below: through == .linear ? nil : c.input(3),
            c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.outputs[0].type, c.inputs[2].type, batch: c.batch)
        let values = c.inputs[0].values, units = c.inputs[1].ints, w = c.inputs[2].values
        let k = c.inputs[0].type.count
        for b in 0..<s.batch {
            for i in 0..<s.inputs {
                var sum = S.zero
                for entry in b * k..<(b + 1) * k { sum += values[entry] * w[Int(units[entry]) * s.inputs + i] }
                let place = b * s.inputs + i
                c.outputs[0].values[place] = through == .linear ? sum : through.backward(saved: c.inputs[3].values[place], sum)
            }
        }
    }

    static let samples = [
        OperationSample(SparseDenseBackwardInput(), [.each(2), .indices(2, of: 5), .whole(5, 7)], slot: .backwardInput),
        OperationSample(
            SparseDenseBackwardInput(through: .relu), [.each(9), .indices(9, of: 17), .whole(17, 90), .each(90)], slot: .backwardInput),
        OperationSample(SparseDenseBackwardInput(through: .sigmoid), [.each(1), .indices(1, of: 1), .whole(1, 3), .each(3, values: .fraction)], slot: .backwardInput),
    ]
}

extension [TensorType] {
    /// Throws unless two operands are numbers of k units of each example, [..., k], and these units' indices, [k].
    func expectKept(values: Int, indices: Int, axes: Int, units: Int, of operation: String) throws(TypeError) {
        try expectFeatures(values, of: operation)
        let kept = self[values]
        guard kept.shape.count == axes, let k = kept.shape.last else {
            throw TypeError("\(operation) takes \(axes) axes of a few units for each example, but has \(kept.text)", operand: values)
        }
        guard k <= units else { throw TypeError("\(kept.text) has more than all \(units) units", operand: values) }
        guard units < Int(Int32.max) else { throw TypeError("\(units) units are too many for an index", operand: values) }
        try expect(indices, is: TensorType(.int32, batched: true, [k]), "the indices")
    }
}
