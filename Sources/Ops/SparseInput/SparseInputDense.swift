import Graph
import Kernels

/// A fully connected layer on examples that are lists of the inputs that they have, `y = activation(Σ value · row of W + b)`. The
/// weights are stored by input: those of an input that no example has are not read.
///
/// Inputs: values f32[N,longest], their places i32[N,longest] (an example's ascending, and -1 behind the last), W f32[inputs,units],
/// b f32[units] if `useBias`. Output: f32[N,units]. Its active count is that of the entries that are there.
public struct SparseInputDense: DataDependent {
    public var useBias: Bool
    /// Entries that an example has on average.
    public var average: Double
    /// The most different inputs of a batch: rows that the weights' gradient has room for.
    public var capacity: Int
    /// Fused in by the lowering; a layer starts as `linear`.
    public var activation: ActivationFunction

    public init(useBias: Bool, average: Double, capacity: Int, activation: ActivationFunction = .linear) {
        self.useBias = useBias
        self.average = average
        self.capacity = capacity
        self.activation = activation
    }

    public var name: String { "sparse_input_dense" }
    public var attributes: [(key: String, value: String)] {
        [("average", InputsPerExample.text(average)), ("capacity", "\(capacity)")] + (activation == .linear ? [] : [("activation", activation.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["values", "places", "weights"] + (useBias ? ["bias"] : []), of: name)
        let w = inputs[2]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else {
            throw TypeError("weights should be a matrix, but are \(w.text)", operand: 2)
        }
        _ = try w.checked(name, "weights")
        try inputs.expectKept(values: 0, indices: 1, axes: 1, units: w.shape[0], of: name)
        if useBias { try inputs.expect(3, is: TensorType(batched: false, [w.shape[1]]), "the bias") }
        return [try TensorType(batched: true, [w.shape[1]]).checked(name)]
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { o.entryRange(average: average) }

    public func work(_ o: WorkOperands) -> SlotWork {
        var work = o.rowProducts(units: o.inputs[2].shape[1], matrix: .input(2))
        if useBias { work.additions = Count.sum(work.additions, o.outputCount(0)) }
        return SlotWork(o.slot, work + activation.forwardWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard let dy = try g.cotangent(before: activation), g.needsGradient(ofInput: 2) else { return }
        let longest = g.type(g.input(0)).shape[0]
        let backward = SparseInputBackwardWeights(
            inputs: g.type(g.input(2)).shape[0], capacity: capacity, average: average, withBias: useBias)
        let gradients = try g.add(backward, [g.input(0), g.input(1), dy], slot: .backwardWeights)
        try g.contribute(
            gradients[0], toInput: 2, rows: gradients[gradients.count - 1], inputsPerExample: InputsPerExample(average: average, longest: longest))
        if useBias { try g.contribute(gradients[1], toInput: 3) }
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = SparseInputShape(values: c.inputTypes[0], weights: c.inputTypes[2], batch: c.batch)
        return ActiveCount(units: sparseInputDense(
            c.input(0), c.inputInts(1), c.input(2), useBias ? c.input(3) : nil, c.output(0), s, activation, c.pool))
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let longest = c.inputs[0].type.count, units = c.inputs[2].type.shape[1]
        let values = c.inputs[0].values, places = c.inputs[1].ints, w = c.inputs[2].values
        var sums = Array(repeating: S.zero, count: c.batch * units)
        let entries = places.indices.filter { places[$0] >= 0 }
        for entry in entries {
            for j in 0..<units { sums[entry / longest * units + j] += values[entry] * w[Int(places[entry]) * units + j] }
        }
        for i in sums.indices {
            if useBias { sums[i] += c.inputs[3].values[i % units] }
            c.outputs[0].values[i] = activation.apply(sums[i])
        }
        c.active = ActiveCount(units: entries.count)
    }

    static let samples = [
        OperationSample(
            SparseInputDense(useBias: true, average: 2.5, capacity: 7), [.each(4), .places(4, of: 7), .whole(7, 5), .whole(5)],
            differentiable: [2, 3]),
        OperationSample(
            SparseInputDense(useBias: false, average: 3, capacity: 24), [.each(3), .places(3, of: 300), .whole(300, 70)], differentiable: [2]),
        OperationSample(SparseInputDense(useBias: true, average: 1, capacity: 1), [.each(1), .places(1, of: 1), .whole(1, 1), .whole(1)], differentiable: [2, 3]),
        OperationSample(
            SparseInputDense(useBias: true, average: 9, capacity: 19, activation: .relu), [.each(19), .places(19, of: 19), .whole(19, 136), .whole(136)]),
        OperationSample(
            SparseInputDense(useBias: true, average: 2, capacity: 9, activation: .tanh), [.each(3), .places(3, of: 9), .whole(9, 12), .whole(12)],
            differentiable: [2, 3]),
    ]
}

extension SparseInputShape {
    init(values: TensorType, weights: TensorType, batch: Int) {
        self.init(batch: batch, longest: values.shape[0], inputs: weights.shape[0], units: weights.shape[1])
    }
}

/// A matrix of which the active entries of a batch touch one row each.
enum EntryRows {
    case input(Int)
    case output(Int)
}

extension WorkOperands {
    /// Entries of a batch, whose places are the first operand's.
    func entryRange(average: Double) -> ActiveRange {
        let most = inputCount(0), expected = (average * Double(batch)).rounded()
        return ActiveRange(lower: 0, expected: expected < Double(most) ? max(0, Int(expected)) : most, upper: most)
    }

    /// For each active entry its number times a row, and of one matrix a row read or written; of the other operands everything.
    func rowProducts(units: Int, matrix: EntryRows) -> Work {
        let products = Count.product(active.isAll ? inputCount(0) : active.units, units)
        var others = self
        switch matrix {
        case .input(let index): others.inputs.remove(at: index)
        case .output(let index): others.outputs.remove(at: index)
        }
        return Work(multiplications: products, additions: products, streamed: Count.sum(others.streamed, Count.product(4, products)))
    }
}
