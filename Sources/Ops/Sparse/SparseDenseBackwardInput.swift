import Graph
import Kernels

/// The cotangent of a dense layer's input from a few units of each example, `dx = Σ value · row of W`, times the
/// derivative of the activation below if one is fused in.
///
/// Inputs: values f32[N,k], indices i32[N,k] (different, ascending), if ragged the examples' ends i32[N], W f32[units,inputs],
/// and the output of the activation below, f32[N,inputs], unless `through` is linear. Output: f32[N,inputs].
public struct SparseDenseBackwardInput: Operation, SharesRows {
    public var rows: TouchedRows?
    /// The activation that made this layer's input, if its derivative is multiplied in here.
    public var through: ActivationFunction

    /// Whether the k of an example are an average, and an operand says where each example's entries end, as `SampleUnits` does.
    public var isRagged: Bool

    public init(through: ActivationFunction = .linear, isRagged: Bool = false) {
        self.through = through
        self.isRagged = isRagged
    }

    public var name: String { "sparse_dense_backward_input" }
    public var attributes: [(key: String, value: String)] {
        (through == .linear ? [] : [("through", through.rawValue)]) + (isRagged ? [("ragged", "true")] : [])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    /// Where the weights stand among the operands.
    private var weights: Int { isRagged ? 3 : 2 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let ends = isRagged ? ["ends"] : [], below = through == .linear ? [] : ["output below"]
        try inputs.expect(["values", "indices"] + ends + ["weights"] + below, of: name)
        let w = inputs[weights]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: weights)
        }
        try inputs.expectKept(values: 0, indices: 1, axes: 1, units: w.shape[0], of: name)
        if isRagged { try inputs.expectEnds(2) }
        let dx = try TensorType(batched: true, [w.shape[1]]).checked(name)
        if through != .linear { try inputs.expect(weights + 1, is: dx, "the output below") }
        return [dx]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = Count.product(o.inputCount(0), o.outputs[0].shape[0])
        let bytes = rowBytes(o.inputs[weights], choices: o.inputCount(0), batch: o.batch)
        let work = Work(multiplications: products, additions: products, streamed: Count.sum(o.streamed(withoutInput: weights), bytes))
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        sparseDenseBackwardInputScratch(units: o.inputs[weights].shape[0], batch: o.batch, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.outputTypes[0], c.inputTypes[weights], batch: c.batch)
        sparseDenseBackwardInput(
            c.input(0), c.inputInts(1), ends: isRagged ? c.inputInts(2) : nil, c.input(weights), c.output(0), s, through: through,
            below: through == .linear ? nil : c.input(weights + 1), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = DenseShape(c.outputs[0].type, c.inputs[weights].type, batch: c.batch)
        let values = c.inputs[0].values, units = c.inputs[1].ints, w = c.inputs[weights].values
        let examples = c.entriesByExample(values: 0, ends: isRagged ? 2 : nil)
        for b in 0..<s.batch {
            for i in 0..<s.inputs {
                var sum = S.zero
                for entry in examples[b] { sum += values[entry] * w[Int(units[entry]) * s.inputs + i] }
                let place = b * s.inputs + i
                c.outputs[0].values[place] = through == .linear ? sum : through.backward(saved: c.inputs[weights + 1].values[place], sum)
            }
        }
    }

    static let samples = [
        OperationSample(SparseDenseBackwardInput(), [.each(2), .indices(2, of: 5), .whole(5, 7)], slot: .backwardInput),
        OperationSample(
            SparseDenseBackwardInput(through: .relu), [.each(9), .indices(9, of: 17), .whole(17, 90), .each(90)], slot: .backwardInput),
        OperationSample(SparseDenseBackwardInput(through: .sigmoid), [.each(1), .indices(1, of: 1), .whole(1, 3), .each(3, values: .fraction)], slot: .backwardInput),
        OperationSample(
            SparseDenseBackwardInput(isRagged: true), [.each(2), .raggedIndices(2, of: 5), .ends(2, of: 5), .whole(5, 7)], slot: .backwardInput),
        OperationSample(
            SparseDenseBackwardInput(through: .relu, isRagged: true),
            [.each(9), .raggedIndices(9, of: 17), .ends(9, of: 17), .whole(17, 90), .each(90)], slot: .backwardInput),
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
    /// Throws unless an operand is one number for each example: how many entries there are up to it.
    func expectEnds(_ index: Int) throws(TypeError) { try expect(index, is: TensorType(.int32, batched: true, []), "the examples' ends") }
}

extension ReferenceContext {
    /// The places of each example's entries: as many for each, or as an operand says.
    func entriesByExample(values: Int, ends: Int?) -> [Range<Int>] {
        guard let ends else {
            let k = inputs[values].type.count
            return (0..<batch).map { $0 * k..<($0 + 1) * k }
        }
        let all = inputs[ends].ints.map(Int.init)
        return zip([0] + all, all).map { $0..<$1 }
    }
}
