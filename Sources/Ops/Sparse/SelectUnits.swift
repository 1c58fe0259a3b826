import Graph
import Kernels

/// Which `k` units of a layer take part in a step: those whose cotangents are the largest, or, as a control, any.
///
/// Units are the last axis; the axes before it, the pixels of an image, are summed over. The score of a unit is the sum of
/// the magnitudes of its numbers, of each example or of the whole batch. Of equal scores the lower index is taken; NaN is
/// larger than all. The search takes the same steps whatever the numbers are, so its cost is exact.
///
/// Input: f32[N,…,units]. Output per batch: an index set i32[1 + k], `k` and then the units, ascending. Per example:
/// i32[N,k], ascending.
public struct SelectUnits: Operation {
    public enum Ranking: Sendable, Hashable {
        /// By the sums of magnitudes (Sun et al. 2017).
        case magnitude
        /// Every set of `k` equally likely: a function of the seed, the stream and the step.
        case random(stream: Int)
    }

    public var k: Int
    public var per: TensorType.Granularity
    public var ranking: Ranking

    public init(k: Int, per: TensorType.Granularity, by ranking: Ranking = .magnitude) {
        self.k = k
        self.per = per
        self.ranking = ranking
    }

    public var name: String { "select_units" }
    public var attributes: [(key: String, value: String)] {
        var attributes = [("k", "\(k)"), ("per", per.rawValue)]
        if case .random(let stream) = ranking { attributes += [("by", "random"), ("stream", "\(stream)")] }
        return attributes
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["cotangent"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard let units = inputs[0].shape.last, units <= Int(Int32.max) else {
            throw TypeError("\(name) needs a list of units for each example, not \(inputs[0].text)", operand: 0)
        }
        guard k >= 1, k <= units else { throw TypeError("of \(units) units, \(k) cannot be selected", operand: 0) }
        return [TensorType(.int32, batched: per == .example, [per == .example ? k : 1 + k])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = selection(o.inputs[0], batch: o.batch), sets = per == .example ? s.examples : 1
        // 31 candidates for the smallest score that is kept, then two comparisons that take the units.
        var work = Work(comparisons: Count.product([33, sets, s.units]), streamed: Count.product(4, o.outputCount(0)))
        if ranking == .magnitude {
            let rows = Count.product(s.examples, s.pixels)
            work.additions = Count.product(max(0, rows - sets), s.units)
            work.streamed = o.streamed
        }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        let s = selection(o.inputs[0], batch: o.batch)
        switch (per, ranking) {
        case (.batch, .magnitude): return s.batchScratch
        case (.example, _): return s.exampleScratch(threads: threads)
        case (.batch, .random): return s.exampleScratch(threads: 1)
        }
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let s = selection(c.inputTypes[0], batch: c.batch), chosen = c.outputInts(0)
        switch (per, ranking) {
        case (.batch, .magnitude):
            selectLargestUnits(c.input(0), set: chosen, s, scratch: c.scratch, c.pool)
        case (.example, .magnitude):
            selectLargestUnitsPerExample(c.input(0), indices: chosen, s, scratch: c.scratch, c.pool)
        case (.batch, .random(let stream)):
            chosen[0] = Int32(k)
            selectRandomUnits(
                rows: 1, units: s.units, kept: k, indices: chosen[1..<1 + k], stream: randomStream(stream, c.step), scratch: c.scratch, c.pool)
        case (.example, .random(let stream)):
            selectRandomUnits(
                rows: s.examples, units: s.units, kept: k, indices: chosen, stream: randomStream(stream, c.step), scratch: c.scratch, c.pool)
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
            case .magnitude:
                let scores = referenceScores(c.inputs[0].values[(set * rows * s.units)..<((set + 1) * rows * s.units)], units: s.units)
                taken = referenceLargest(scores) { S(NumberLine.value(ofBits: $0)) }
            case .random(let stream):
                let random = randomStream(stream, c.step)
                let keys = (0..<s.units).map { S(Double(random.unitKey(row: set, unit: $0, units: s.units))) }
                taken = referenceLargest(keys) { S(Double($0)) }
            }
            chosen += taken
        }
        c.outputs[0].ints = per == .example ? chosen : [Int32(k)] + chosen
    }

    private func selection(_ x: TensorType, batch: Int) -> UnitSelection {
        UnitSelection(
            examples: batch, pixels: x.shape.dropLast().reduce(1, Count.product), units: x.shape.last ?? 1, kept: k)
    }

    private func randomStream(_ stream: Int, _ step: StepState) -> RandomStream {
        RandomStream(seed: step.seed, purpose: .sampling, index: UInt64(clamping: stream), iteration: UInt64(clamping: step.iteration))
    }

    /// The sums of the magnitudes over the rows. A change of sign is no comparison.
    private func referenceScores<S: ReferenceScalar>(_ x: ArraySlice<S>, units: Int) -> [S] {
        var scores: [S] = []
        for (place, value) in x.enumerated() {
            let magnitude = value.value < 0 ? -value : value
            if place < units { scores.append(magnitude) } else { scores[place % units] += magnitude }
        }
        return scores.map { S(NumberLine.place(of: $0.value)) }
    }

    /// Finds the largest of 2³¹ candidates that at least `k` scores reach, bit by bit; then takes the scores that reach
    /// the candidate behind it, and of those between the two the first.
    private func referenceLargest<S: ReferenceScalar>(_ scores: [S], candidate: (UInt32) -> S) -> [Int32] {
        var threshold: UInt32 = 0, above = 0
        for bit in (0..<31).reversed() {
            let least = candidate(threshold | 1 << bit)
            let count = scores.reduce(0) { $0 + ($1 < least ? 0 : 1) }
            if count >= k { threshold |= 1 << bit } else { above = count }
        }
        let least = candidate(threshold), next = candidate(threshold + 1)
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
            OperationSample(SelectUnits(k: 5, per: per, by: .random(stream: 2)), [.each(70)], slot: .overhead),
            OperationSample(SelectUnits(k: 3, per: per, by: .random(stream: 0)), [.each(2, 3, 3)], slot: .overhead),
        ]
    }
}

/// The order of the bits of magnitudes, as numbers: a float's own value, and beyond the finite ones as if they went on.
private enum NumberLine {
    /// That of every NaN.
    static let undefined: UInt32 = 0x7F80_0001

    static func value(ofBits bits: UInt32) -> Double {
        bits < 0x7F80_0000 ? Double(Float(bitPattern: bits)) : 2 * Double(Float(bitPattern: bits - 1 << 23))
    }

    static func place(of magnitude: Double) -> Double { magnitude.isNaN ? value(ofBits: undefined) : min(magnitude, 0x1p128) }
}
