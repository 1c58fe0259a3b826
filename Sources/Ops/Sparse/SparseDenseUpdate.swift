import Graph
import Kernels

/// The weights' gradient from a few units of each example and plain gradient descent in one: term by term, rows of the units that any
/// example has take in `-rate · value · x`. No gradient is ever in memory.
///
/// Inputs: x f32[N,inputs], values f32[N,k], indices i32[N,k] (different, ascending), if ragged the examples' ends i32[N], W
/// f32[units,inputs], and b f32[units] if `useBias`. Outputs: the new W and b, in place of the old, and the index set of the units touched,
/// i32[1+units].
public struct SparseDenseUpdate: Operation, SharesRows {
    public var useBias: Bool
    public var rows: TouchedRows?
    /// As in the gradient.
    public var isRagged: Bool

    public init(_ gradient: SparseDenseBackwardWeights) {
        useBias = gradient.withBias
        isRagged = gradient.isRagged
        rows = gradient.rows
    }

    public var name: String { "sparse_dense_update" }
    public var attributes: [(key: String, value: String)] { isRagged ? [("ragged", "true")] : [] }
    public var overwrites: [Int?] { (useBias ? [weights, weights + 1] : [weights]) + [nil] }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    /// Where the weights stand among the operands.
    private var weights: Int { isRagged ? 4 : 3 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let names = ["input", "values", "indices"] + (isRagged ? ["ends"] : []) + ["weights"] + (useBias ? ["bias"] : [])
        try inputs.expect(names, of: name)
        let gradient = SparseDenseBackwardWeights(units: inputs[weights].shape.first ?? 0, withBias: useBias, isRagged: isRagged)
        let types = try gradient.infer(Array(inputs.prefix(weights)))
        try inputs.expect(weights, is: types[0], "the weights")
        if useBias { try inputs.expect(weights + 1, is: types[1], "the bias") }
        return types
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(updatingEntries: o.inputCount(1), products: Count.product(o.inputCount(1), o.inputs[0].shape[0]), withBias: useBias, o) {
            Work(streamed: Count.product(2, rowBytes(o.outputs[0], choices: $0, batch: o.batch)))
        }
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        sparseDenseBackwardWeightsScratch(units: o.outputs[0].shape[0], entries: o.inputCount(1), batch: o.batch, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = DenseShape(c.inputTypes[0], c.outputTypes[0], batch: c.batch)
        sparseDenseUpdate(
            c.input(0), c.input(1), c.inputInts(2), ends: isRagged ? c.inputInts(3) : nil, c.output(0), useBias ? c.output(1) : nil,
            c.outputInts(useBias ? 2 : 1), s, alpha: -c.step.learningRate, c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let inputs = c.inputs[0].type.count, rate = S(Double(-c.step.learningRate))
        let x = c.inputs[0].values, values = c.inputs[1].values, indices = c.inputs[2].ints
        for (example, entries) in c.entriesByExample(values: 1, ends: isRagged ? 3 : nil).enumerated() {
            for entry in entries {
                let unit = Int(indices[entry]), factor = rate * values[entry]
                for i in 0..<inputs { c.outputs[0].values[unit * inputs + i] += factor * x[example * inputs + i] }
                if useBias { c.outputs[1].values[unit] += factor }
            }
        }
        c.outputs[useBias ? 2 : 1].ints = .indexSet(Set(indices).sorted(), capacity: c.outputs[0].type.shape[0])
    }

    static let samples = SparseDenseBackwardWeights.samples.compactMap { sample -> OperationSample? in
        guard let gradient = sample.operation as? SparseDenseBackwardWeights, let inputs = sample.operands[0].type.shape.first else { return nil }
        let parameters: [OperationSample.Operand] = [.whole(gradient.units, inputs)] + (gradient.withBias ? [.whole(gradient.units)] : [])
        return OperationSample(SparseDenseUpdate(gradient), sample.operands + parameters, slot: .backwardWeights)
    }
}

extension SlotWork {
    /// A sparse gradient that is added straight into the weights: each entry is multiplied by the learning rate first.
    ///
    /// - Parameter parameters: the bytes of weights that so many entries touch.
    init(updatingEntries entries: Int, products: Int, withBias: Bool, _ o: WorkOperands, parameters: (Int) -> Work) {
        let parameterCount = withBias ? 2 : 1
        let operands = WorkOperands(inputs: o.inputs.dropLast(parameterCount), outputs: [], batch: o.batch, slot: o.slot)
        self.init()
        backwardWeights = Work(
            multiplications: products, additions: Count.sum(products, withBias ? entries : 0), streamed: operands.streamed)
        update = parameters(entries)
        update.multiplications = entries
    }
}
