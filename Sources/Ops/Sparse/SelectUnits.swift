import Graph
import Kernels

/// Which `k` units of a layer take part in a step: those whose cotangents, or outputs, are the largest, or, as a control, any.
///
/// Units are the last axis; the axes before it, the pixels of an image, are summed over. The score of a unit is the sum of
/// the magnitudes of its numbers, or of their positive parts, of each example or of the whole batch. Of equal scores the lower index is taken; NaN is
/// larger than all. The first `always` units are taken in any case. The search takes the same steps whatever the numbers are, so its cost is exact.
///
/// Input: f32[N,…,units]. Output per batch: an index set i32[1 + k], `k` and then the units, ascending. Per example:
/// i32[N,k], ascending.
public struct SelectUnits: Operation {
    public enum Ranking: Sendable, Hashable {
        /// By the sums of magnitudes (Sun et al. 2017).
        case magnitude
        /// By the numbers themselves, where an example has one for each unit; else by the sums of what of them is positive.
        case value
        /// Every set of `k` equally likely: a function of the seed, the stream and the step. The input is not read; it only says how many examples
        /// there are, and how many units, unless `units` does.
        case random(stream: Int, units: Int? = nil)
    }

    public var k: Int
    public var per: TensorType.Granularity
    public var ranking: Ranking
    public var always: Int

    public init(k: Int, per: TensorType.Granularity, by ranking: Ranking = .magnitude, always: Int = 0) {
        self.k = k
        self.per = per
        self.ranking = ranking
        self.always = always
    }

    public var name: String { "select_units" }
    public var attributes: [(key: String, value: String)] {
        var attributes = [("k", "\(k)"), ("per", per.rawValue)]
        switch ranking {
        case .magnitude: break
        case .value: attributes += [("by", "value")]
        case .random(let stream, let units):
            attributes += [("by", "random"), ("stream", "\(stream)")] + (units.map { [("units", "\($0)")] } ?? [])
        }
        return attributes + (always > 0 ? [("always", "\(always)")] : [])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard let units = ownUnits ?? inputs[0].shape.last, units <= Int(Int32.max) else {
            throw TypeError("\(name) needs a list of units for each example, not \(inputs[0].text)", operand: 0)
        }
        guard k >= 1, k <= units else { throw TypeError("of \(units) units, \(k) cannot be selected", operand: 0) }
        guard always >= 0, always <= k else { throw TypeError("\(always) units cannot always be among \(k)", operand: 0) }
        return [TensorType(.int32, batched: per == .example, [per == .example ? k : 1 + k])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = selection(o.inputs[0], batch: o.batch), sets = per == .example ? s.examples : 1
        let isSigned = comparesValues(s)
        // 31 candidates for the smallest score that is kept, one more for the sign, then two comparisons that take the units.
        var work = Work(comparisons: Count.product([isSigned ? 34 : 33, sets, s.units]), streamed: Count.product(4, o.outputCount(0)))
        let rows = Count.product(s.examples, s.pixels)
        switch ranking {
        case .random: return SlotWork(o.slot, work)
        case .value where !isSigned: work.comparisons = Count.sum(work.comparisons, Count.product(rows, s.units))
        case .value, .magnitude: break
        }
        work.additions = Count.product(max(0, rows - sets), s.units)
        work.streamed = o.streamed
        return SlotWork(o.slot, work)
    }

    /// Whether numbers are compared as they are, and not sums that are never negative.
    private func comparesValues(_ s: UnitSelection) -> Bool { ranking == .value && per == .example && s.pixels == 1 }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        let s = selection(o.inputs[0], batch: o.batch)
        switch (per, ranking) {
        case (.example, _): return s.exampleScratch(threads: threads)
        case (.batch, .random): return s.exampleScratch(threads: 1)
        case (.batch, _): return s.batchScratch
        }
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = selection(c.inputTypes[0], batch: c.batch), chosen = c.outputInts(0)
        switch (per, ranking) {
        case (.batch, .magnitude), (.batch, .value):
            selectLargestUnits(c.input(0), by: ranking == .value ? .value : .magnitude, set: chosen, s, scratch: c.scratch, c.pool)
        case (.example, .magnitude), (.example, .value):
            selectLargestUnitsPerExample(
                c.input(0), by: ranking == .value ? .value : .magnitude, indices: chosen, s, scratch: c.scratch, c.pool)
        case (.batch, .random(let stream, _)):
            chosen[0] = Int32(k)
            selectRandomUnits(
                rows: 1, units: s.units, kept: k, always: always, indices: chosen[1..<1 + k], stream: randomStream(stream, c.step), scratch: c.scratch, c.pool)
        case (.example, .random(let stream, _)):
            selectRandomUnits(
                rows: s.examples, units: s.units, kept: k, always: always, indices: chosen, stream: randomStream(stream, c.step), scratch: c.scratch, c.pool)
        }
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = selection(c.inputs[0].type, batch: c.batch)
        let sets = per == .example ? s.examples : 1, rows = s.examples * s.pixels / sets
        var chosen: [Int32] = []
        for set in 0..<sets {
            let taken: [Int32]
            switch ranking {
            case .magnitude, .value:
                let numbers = c.inputs[0].values[(set * rows * s.units)..<((set + 1) * rows * s.units)]
                if comparesValues(s) {
                    let scores = numbers.map { S(NumberLine.place(of: $0.value)) }
                    taken = referenceLargest(raised(scores), lowest: .min) { S(NumberLine.value(ofKey: $0)) }
                } else {
                    taken = referenceLargest(raised(referenceScores(numbers, units: s.units))) { S(NumberLine.value(ofKey: $0)) }
                }
            case .random(let stream, _):
                let random = randomStream(stream, c.step)
                let keys = (0..<s.units).map { S(Double(random.unitKey(row: set, unit: $0, units: s.units))) }
                let first = Array(repeating: S(Double(UnitSelection.alwaysKey)), count: always)
                taken = referenceLargest(first + keys.dropFirst(always)) { S(Double($0)) }
            }
            chosen += taken
        }
        c.outputs[0].ints = per == .example ? chosen : [Int32(k)] + chosen
    }

    private func raised<S: ReferenceScalar>(_ scores: [S]) -> [S] {
        Array(repeating: S(NumberLine.value(ofKey: UnitSelection.alwaysKey)), count: always) + scores.dropFirst(always)
    }

    /// Where the input does not say how many units there are.
    private var ownUnits: Int? { if case .random(_, let units) = ranking { units } else { nil } }

    private func selection(_ x: TensorType, batch: Int) -> UnitSelection {
        UnitSelection(
            examples: batch, pixels: ownUnits == nil ? x.shape.dropLast().reduce(1, Count.product) : 1, units: ownUnits ?? x.shape.last ?? 1, kept: k, always: always)
    }

    private func randomStream(_ stream: Int, _ step: StepState) -> RandomStream {
        RandomStream(seed: step.seed, purpose: .sampling, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
    }

    /// The sums of the magnitudes, or positive parts, over the rows. A change of sign is no comparison.
    private func referenceScores<S: ReferenceScalar>(_ x: ArraySlice<S>, units: Int) -> [S] {
        var scores: [S] = []
        for (place, value) in x.enumerated() {
            let part = ranking == .value ? S.larger(value, .zero) : value.value < 0 ? -value : value
            if place < units { scores.append(part) } else { scores[place % units] += part }
        }
        return scores.map { S(NumberLine.place(of: $0.value)) }
    }

    /// Finds the largest of 2³¹ candidates (2³² from `.min`) that at least `k` scores reach, bit by bit; then takes the scores that
    /// reach the candidate behind it, and of those between the two the first.
    private func referenceLargest<S: ReferenceScalar>(_ scores: [S], lowest: Int32 = 0, candidate: (Int32) -> S) -> [Int32] {
        var threshold = lowest, above = 0
        for bit in (0..<(lowest < 0 ? 32 : 31)).reversed() {
            let next = threshold &+ Int32(bitPattern: 1 << UInt32(bit)), least = candidate(next)
            let count = scores.reduce(0) { $0 + ($1 < least ? 0 : 1) }
            if count >= k { threshold = next } else { above = count }
        }
        let least = candidate(threshold), next = candidate(threshold &+ 1)
        var equal = k - above, taken: [Int32] = []
        for (unit, score) in scores.enumerated() {
            let reached = !(score < least), exceeded = !(score < next)
            guard reached else { continue }
            if !exceeded {
                guard equal > 0 else { continue }
                equal -= 1
            }
            taken.append(Int32(unit))
        }
        return taken
    }

    static let samples = [TensorType.Granularity.batch, .example].flatMap { per in
        [
            OperationSample(SelectUnits(k: 4, per: per), [.each(19)], slot: .overhead),
            OperationSample(SelectUnits(k: 80, per: per), [.each(300)], slot: .overhead),
            OperationSample(SelectUnits(k: 5, per: per), [.each(67, values: .classes(4))], slot: .overhead),
            OperationSample(SelectUnits(k: 3, per: per), [.each(4, 3, 8)], slot: .overhead),
            OperationSample(SelectUnits(k: 7, per: per), [.each(7)], slot: .overhead),
            OperationSample(SelectUnits(k: 1, per: per), [.each(1)], slot: .overhead),
            OperationSample(SelectUnits(k: 1, per: per), [.each(2, 2, 33, values: .classes(2))], slot: .overhead),
            OperationSample(SelectUnits(k: 4, per: per, by: .value), [.each(19)], slot: .overhead),
            OperationSample(SelectUnits(k: 6, per: per, by: .value, always: 2), [.each(40)], slot: .overhead),
            OperationSample(SelectUnits(k: 3, per: per, always: 3), [.each(40)], slot: .overhead),
            OperationSample(SelectUnits(k: 5, per: per, by: .random(stream: 2), always: 2), [.each(70)], slot: .overhead),
            OperationSample(SelectUnits(k: 200, per: per, by: .value), [.each(300)], slot: .overhead),
            OperationSample(SelectUnits(k: 3, per: per, by: .value), [.each(4, 3, 8)], slot: .overhead),
            OperationSample(SelectUnits(k: 1, per: per, by: .value), [.each(1)], slot: .overhead),
            OperationSample(SelectUnits(k: 5, per: per, by: .random(stream: 2)), [.each(70)], slot: .overhead),
            OperationSample(SelectUnits(k: 3, per: per, by: .random(stream: 0)), [.each(2, 3, 3)], slot: .overhead),
            OperationSample(SelectUnits(k: 4, per: per, by: .random(stream: 1, units: 40)), [.each(3)], slot: .overhead),
        ]
    }
}

/// The order of the bits of magnitudes, as numbers: a float's own value, and beyond the finite ones as if they went on. Negative
/// numbers mirror it.
private enum NumberLine {
    /// That of every NaN.
    static let undefined: Int32 = 0x7F80_0001

    static func value(ofKey key: Int32) -> Double {
        guard key >= 0 else { return -value(ofKey: key == .min ? .max : -key) }
        let bits = UInt32(key)
        return bits < 0x7F80_0000 ? Double(Float(bitPattern: bits)) : 2 * Double(Float(bitPattern: bits - 1 << 23))
    }

    static func place(of number: Double) -> Double {
        number.isNaN ? value(ofKey: undefined) : min(max(number, -0x1p128), 0x1p128)
    }
}
