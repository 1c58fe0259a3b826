import Graph
import Kernels

/// How good a choice of units is: of a dense layer's `k` largest outputs, how many are among the units that were chosen, over the first `sample`
/// examples of a batch. All outputs are computed for it, so it acts rarely. What it finds changes nothing in the network.
///
/// Inputs: x f32[N,inputs], or if sparse values f32[N,k1] and where they belong, i32[N,k1] or an index set i32[1+k1]; W f32[units,inputs]; b f32[units]
/// if `useBias`; the chosen units, i32[N,k] or an index set i32[1+k]; and f32[2], how many were found and how many were looked for. Output: both with what
/// this step adds, in place of the old.
public struct SampleRecall: Scheduled {
    public var schedule: RefreshSchedule
    public var sample: Int
    public var useBias: Bool
    public var isSparse: Bool

    public init(_ schedule: RefreshSchedule, sample: Int, useBias: Bool, isSparse: Bool) {
        self.schedule = schedule
        self.sample = sample
        self.useBias = useBias
        self.isSparse = isSparse
    }

    public var name: String { "sample_recall" }
    public var attributes: [(key: String, value: String)] { [("sample", "\(sample)")] + schedule.attributes }
    public var overwrites: [Int?] { [chosen + 1] }
    public var mayReuse: [Int?] { [nil] }

    private var weights: Int { isSparse ? 2 : 1 }
    private var chosen: Int { weights + (useBias ? 2 : 1) }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(
            (isSparse ? ["values", "places"] : ["input"]) + ["weights"] + (useBias ? ["bias"] : []) + ["chosen units", "recall"], of: name)
        let w = inputs[weights]
        guard w.dtype == .float32, !w.batched, w.shape.count == 2 else { throw TypeError("weights should be a matrix, but are \(w.text)", operand: weights) }
        try inputs.expectVectors(w.shape[1], isSparse: isSparse, of: name)
        if useBias { try inputs.expect(weights + 1, is: TensorType(batched: false, [w.shape[0]]), "the bias") }
        _ = try inputs.chosenUnits(chosen, of: w.shape[0], for: name, perExample: inputs[chosen].batched)
        try inputs.expect(chosen + 1, is: TensorType(batched: false, [2]), "the recall")
        return [inputs[chosen + 1]]
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { ActiveRange(lower: 1, expected: 1, upper: 1) }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = shape(o.inputs, batch: o.batch), outputs = Count.product(s.examples, s.units), products = Count.product(outputs, s.inputs)
        // As in a selection by value.
        let once = Work(
            gemm: products, additions: Count.sum(products, Count.sum(useBias ? outputs : 0, 2)), comparisons: Count.product(34, outputs),
            streamed: Count.product(4, Count.sum(o.inputCount(weights), Count.product(s.examples, s.inputs))))
        return SlotWork(o.slot, once * (o.active.isAll ? 1 : o.active.units))
    }

    private func shape(_ inputs: [TensorType], batch: Int) -> RecallSample {
        let w = inputs[weights].shape, which = inputs[chosen]
        return RecallSample(examples: min(sample, batch), inputs: w[1], units: w[0], kept: which.batched ? which.shape[0] : which.shape[0] - 1)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { shape(o.inputs, batch: o.batch).scratch(threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        guard schedule.isDue(iteration: c.step.iteration) else { return ActiveCount(units: 0) }
        let s = shape(c.inputTypes, batch: c.batch)
        let found = sampleRecall(
            c.hashVectors(isSparse: isSparse), vectors: c.batch, weights: c.input(weights), bias: useBias ? c.input(weights + 1) : nil,
            chosen: c.inputInts(chosen), perExample: c.inputTypes[chosen].batched, s, scratch: c.scratch, c.pool)
        let recall = c.output(0)
        recall[0] += Float(found)
        recall[1] += Float(s.examples * s.kept)
        return ActiveCount(units: 1)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        guard schedule.isDue(iteration: c.step.iteration) else { return c.active = ActiveCount(units: 0) }
        c.active = ActiveCount(units: 1)
        let s = shape(c.inputs.map(\.type), batch: c.batch), w = c.inputs[weights].values, own = c.inputs[chosen]
        var outputs: [S] = []
        for numbers in c.hashVectors(isSparse: isSparse, inputs: s.inputs).prefix(s.examples) {
            var row = Array(repeating: S.zero, count: s.inputs)
            for (place, number) in numbers { row[place] = number }
            for unit in 0..<s.units {
                var y = S.zero
                for i in 0..<s.inputs { y += w[unit * s.inputs + i] * row[i] }
                if useBias { y += c.inputs[weights + 1].values[unit] }
                outputs.append(y)
            }
        }
        let type = TensorType(batched: true, [s.units]), picked = TensorType(.int32, batched: true, [s.kept])
        var selection = ReferenceContext(
            inputs: [ReferenceTensor(type: type, values: outputs)], outputs: [.zeros(picked, batch: s.examples)], batch: s.examples, step: c.step)
        SelectUnits(k: s.kept, per: .example, by: .value).reference(&selection)
        var found = 0
        for example in 0..<s.examples {
            let chosen = Set(own.type.batched ? own.ints[example * s.kept..<(example + 1) * s.kept] : own.ints[1...])
            found += selection.outputs[0].ints[example * s.kept..<(example + 1) * s.kept].count { chosen.contains($0) }
        }
        c.outputs[0].values[0] += S(Double(found))
        c.outputs[0].values[1] += S(Double(s.examples * s.kept))
    }

    static let samples = [
        OperationSample(
            SampleRecall(RefreshSchedule(every: 1), sample: 2, useBias: true, isSparse: false),
            [.each(9), .whole(20, 9), .whole(20), .indices(5, of: 20), .whole(2, values: .positive)], slot: .overhead),
        OperationSample(
            SampleRecall(RefreshSchedule(every: 1), sample: 100, useBias: false, isSparse: false),
            [.each(30), .whole(50, 30), .fullIndexSet(7, of: 50), .whole(2, values: .positive)], slot: .overhead),
        OperationSample(
            SampleRecall(RefreshSchedule(begin: 1, every: 2), sample: 100, useBias: true, isSparse: true),
            [.each(4), .indices(4, of: 30), .whole(40, 30), .whole(40), .indices(40, of: 40), .whole(2, values: .positive)], slot: .overhead),
        OperationSample(
            SampleRecall(RefreshSchedule(every: 1), sample: 3, useBias: true, isSparse: true),
            [.each(4), .fullIndexSet(4, of: 30), .whole(40, 30), .whole(40), .fullIndexSet(6, of: 40), .whole(2, values: .positive)], slot: .overhead),
    ]
}
