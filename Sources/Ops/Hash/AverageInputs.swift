import Graph
import Kernels

/// Keeps the mean of each number that a layer reads, and its variance, up to date: both go a part of the way to those of the batch, at the
/// first time all of it. Hash functions take off a query what all queries have in common.
///
/// Inputs: x f32[N,inputs], or if sparse values f32[N,k] and where they belong, i32[N,k] or an index set i32[1+k]; mean f32[inputs]; variance f32[inputs].
/// Outputs: the new mean and variance, in place of the old.
public struct AverageInputs: Scheduled {
    public var inputs: Int
    public var isSparse: Bool
    public var schedule: RefreshSchedule
    /// How much of the old average remains.
    public var decay: Double

    public init(inputs: Int, isSparse: Bool, schedule: RefreshSchedule, decay: Double) {
        self.inputs = inputs
        self.isSparse = isSparse
        self.schedule = schedule
        self.decay = decay
    }

    public var name: String { "average_inputs" }
    public var attributes: [(key: String, value: String)] {
        [("decay", "\(decay)")] + schedule.attributes + (isSparse ? [("sparse", "true")] : [])
    }
    private var meanIndex: Int { isSparse ? 2 : 1 }
    public var overwrites: [Int?] { [meanIndex, meanIndex + 1] }
    public var mayReuse: [Int?] { [nil, nil] }

    public func infer(_ types: [TensorType]) throws(TypeError) -> [TensorType] {
        try types.expect((isSparse ? ["values", "units"] : ["input"]) + ["mean", "variance"], of: name)
        guard inputs >= 1, inputs <= Int(Int32.max) else { throw TypeError("\(name) cannot work on rows of \(inputs) numbers") }
        try types.expectVectors(inputs, isSparse: isSparse, of: name)
        try types.expect(meanIndex, is: TensorType(batched: false, [inputs]), "the mean")
        try types.expect(meanIndex + 1, is: TensorType(batched: false, [inputs]), "the variance")
        return Array(types.suffix(2))
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { ActiveRange(lower: 1, expected: 1, upper: 1) }

    public func work(_ o: WorkOperands) -> SlotWork {
        let all = Count.product(o.batch, inputs)
        let once = Work(
            multiplications: Count.sum(all, Count.product(4, inputs)), additions: Count.sum(Count.product(3, all), Count.product(4, inputs)),
            streamed: o.streamed)
        return SlotWork(o.slot, once * (o.active.isAll ? 1 : o.active.units))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { averageInputsScratch(inputs: inputs, batch: o.batch) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        guard schedule.isDue(iteration: c.step.iteration) else { return ActiveCount(units: 0) }
        averageInputs(
            c.hashVectors(isSparse: isSparse), mean: c.output(0), variance: c.output(1), rate: Float(rate(c.step)), vectors: c.batch,
            scratch: c.scratch)
        return ActiveCount(units: 1)
    }

    private func rate(_ step: StepState) -> Double { schedule.times(before: step.iteration) == 0 ? 1 : 1 - decay }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        guard schedule.isDue(iteration: c.step.iteration) else { return c.active = ActiveCount(units: 0) }
        c.active = ActiveCount(units: 1)
        let rate = S(Double(Float(rate(c.step)))), share = S(1 / Double(c.batch))
        let rows = c.hashVectors(isSparse: isSparse, inputs: inputs).map { entries in
            var row = Array(repeating: S.zero, count: inputs)
            for (place, number) in entries { row[place] = number }
            return row
        }
        var mean = c.outputs[0].values
        for i in 0..<inputs {
            let sum = rows.reduce(S.zero) { $0 + $1[i] }
            mean[i] += rate * (sum * share - mean[i])
        }
        for i in 0..<inputs {
            var square = S.zero
            for row in rows {
                let difference = row[i] - mean[i]
                square += difference * difference
            }
            c.outputs[1].values[i] += rate * (square * share - c.outputs[1].values[i])
        }
        c.outputs[0].values = mean
    }

    static let samples = [RefreshSchedule(every: 1), RefreshSchedule(begin: 2, every: 7), RefreshSchedule(begin: 1, every: 2)].flatMap { schedule in
        [
            OperationSample(
                AverageInputs(inputs: 7, isSparse: false, schedule: schedule, decay: 0.75), [.each(7), .whole(7), .whole(7, values: .positive)],
                slot: .overhead),
            OperationSample(
                AverageInputs(inputs: 20, isSparse: true, schedule: schedule, decay: 0.5),
                [.each(3), .indices(3, of: 20), .whole(20), .whole(20, values: .positive)], slot: .overhead),
            OperationSample(
                AverageInputs(inputs: 20, isSparse: true, schedule: schedule, decay: 0.5),
                [.each(3), .fullIndexSet(3, of: 20), .whole(20), .whole(20, values: .positive)], slot: .overhead),
        ]
    }
}
