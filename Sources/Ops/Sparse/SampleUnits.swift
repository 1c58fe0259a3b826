import Graph
import Kernels

/// A cotangent of which `k` numbers per example are left, on average over the batch, and which on average over the steps is the
/// whole one: random rounding against one threshold T for the whole batch.
///
/// With a = |g|, an entry is kept with the probability p = min(1, a / T), as sign(g) · max(a, T). T is such that the p of all
/// entries sum to N·k: Newton's steps, always the same number. Which entries are kept is decided by systematic sampling: the running
/// sum of p, from one random offset, passes a whole number at each (Madow 1949). So nearly N·k are kept. Places that are
/// left over are zeros of the last examples, at the highest units that these have not kept.
///
/// A NaN makes all values NaN. The steps are the same whatever the numbers are, so the cost is exact.
///
/// Input: f32[N,units]. Outputs: values f32[N,k] and their units i32[N,k], in the order of the examples and of the units
/// of each, without regard to the rows that the shape suggests; and where they end, i32[N]: those of example b are
/// ends[b-1] ..< ends[b].
public struct SampleUnits: Operation {
    public var k: Int
    /// Tells the layers apart: the offset is a function of the seed, this and the step.
    public var stream: Int

    public init(k: Int, stream: Int) {
        self.k = k
        self.stream = stream
    }

    public var name: String { "sample_units" }
    public var attributes: [(key: String, value: String)] { [("k", "\(k)"), ("stream", "\(stream)")] }
    public var overwrites: [Int?] { [nil, nil, nil] }
    public var mayReuse: [Int?] { [nil, nil, nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard inputs[0].shape.count == 1, let units = inputs[0].shape.last, units <= Int(Int32.max) else {
            throw TypeError("\(name) needs a list of units for each example, not \(inputs[0].text)", operand: 0)
        }
        guard k >= 1, k <= units else { throw TypeError("of \(units) units, \(k) cannot be kept", operand: 0) }
        return [TensorType(batched: true, [k]), TensorType(.int32, batched: true, [k]), TensorType(.int32, batched: true, [])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let all = o.inputCount(0), rounds = UnitSampling.rounds
        // The sum; in each round what is below the threshold; the probabilities, at most 1, and their running sum.
        let work = Work(
            multiplications: Count.sum(all, rounds + 2), additions: Count.product(all, rounds + 2),
            comparisons: Count.product(all, rounds + 2), streamed: o.streamed)
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { UnitSampling.scratch }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = UnitSampling(examples: c.batch, units: c.inputTypes[0].count, kept: k)
        sampleUnits(
            c.input(0), values: c.output(0), units: c.outputInts(1), ends: c.outputInts(2), s, offset: offset(c.step), scratch: c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let units = c.inputs[0].type.count, entries = c.batch * k
        let numbers = c.inputs[0].values, magnitudes = numbers.map { $0.value < 0 ? -$0 : $0 }
        func rounded(_ exact: S) -> S { S(Double(UnitSampling.threshold(exact.value))) }

        var sum = S.zero
        for a in magnitudes { sum += a }
        var threshold = rounded(sum / S(Double(entries)))
        for _ in 0..<UnitSampling.rounds {
            var sum = S.zero, others = entries
            for a in magnitudes {
                let isBelow = a < threshold
                sum += isBelow ? a : .zero
                if !isBelow { others -= 1 }
            }
            let next = rounded(sum / S(Double(max(1, others))))
            if others > 0 { threshold = next }
        }

        // Probabilities are Floats, cut off behind so many binary places.
        let one = S(Double(1 << UnitSampling.fractionBits)), inverse = S(Double(Float((S(1) / threshold).value)))
        var kept = Array(repeating: [(unit: Int, value: S)](), count: c.batch), missing = entries
        var running = S(Double(offset(c.step)))
        for (place, a) in magnitudes.enumerated() {
            let p = S(Double(Float((a * inverse).value)))
            let isCertain = !(p < S(1))
            running += isCertain ? one : S((p.value * one.value).rounded(.down))
            guard !(running < one) else { continue }
            running = S(running.value - one.value)
            guard missing > 0 else { continue }
            missing -= 1
            let size = isCertain && !p.value.isNaN ? a : threshold
            kept[place / units].append((place % units, numbers[place].value < 0 ? -size : size))
        }
        for example in (0..<c.batch).reversed() {
            let taken = Set(kept[example].map(\.unit))
            for unit in (0..<units).reversed() where missing > 0 && !taken.contains(unit) {
                kept[example].append((unit, .zero))
                missing -= 1
            }
            kept[example].sort { $0.unit < $1.unit }
        }
        c.outputs[0].values = kept.flatMap { $0.map(\.value) }
        c.outputs[1].ints = kept.flatMap { $0.map { Int32($0.unit) } }
        var end: Int32 = 0
        c.outputs[2].ints = kept.map { end += Int32($0.count); return end }
    }

    /// Uniform in 0 ..< 2^fractionBits.
    private func offset(_ step: StepState) -> UInt32 {
        let random = RandomStream(
            seed: step.seed, purpose: .sampling, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
        return random.uint32(at: 0) >> UInt32(32 - UnitSampling.fractionBits)
    }

    static let samples = [
        OperationSample(SampleUnits(k: 4, stream: 0), [.each(19)], slot: .overhead),
        OperationSample(SampleUnits(k: 15, stream: 1), [.each(300)], slot: .overhead),
        OperationSample(SampleUnits(k: 5, stream: 2), [.each(67, values: .classes(2))], slot: .overhead),
        OperationSample(SampleUnits(k: 7, stream: 0), [.each(7)], slot: .overhead),
        OperationSample(SampleUnits(k: 9, stream: 0), [.each(16, values: .classes(2))], slot: .overhead),
        OperationSample(SampleUnits(k: 1, stream: 3), [.each(1)], slot: .overhead),
        OperationSample(SampleUnits(k: 3, stream: 0), [.each(40, values: .classes(1))], slot: .overhead),
    ]
}
