import func Foundation.log
import Graph
import Kernels

/// Which units of a very wide output layer take part in a step of training: the true labels, those that a hash has found, and of all others a sample;
/// and what is added to the number of each, so that a softmax over them stands for one over all (sampled softmax; Jean et al. 2015, section 3, and
/// Bengio and Senécal 2008): minus the logarithm of the probability of being sampled, 0 for what is there in any case.
///
/// For the batch the labels are those of all its examples. A list for each example has its own labels, and a sample of its own.
///
/// Inputs: labels i32[N] or lists of them i32[N,M], -1 behind the last; if `hasFound` a full index set i32[1+h], or i32[N,h]; by popularity the counts
/// i32[units] and the memory i32[2 + remembered] of the labels that came last. Outputs: an index set i32[1+k], full, or i32[N,k], ascending; the
/// corrections f32[k] or f32[N,k]; by popularity the new counts and memory, in place of the old.
public struct SampleCandidates: Operation {
    public var sampling: CandidateSampling
    public var per: TensorType.Granularity
    public var hasFound: Bool
    public var stream: Int

    public init(_ sampling: CandidateSampling, per: TensorType.Granularity, hasFound: Bool, stream: Int) {
        self.sampling = sampling
        self.per = per
        self.hasFound = hasFound
        self.stream = stream
    }

    public var name: String { "sample_candidates" }
    public var attributes: [(key: String, value: String)] {
        [("k", "\(sampling.kept)"), ("units", "\(sampling.units)"), ("per", per.rawValue), ("by", sampling.distribution.rawValue), ("found", "\(hasFound)"),
         ("stream", "\(stream)")]
    }

    private var remembers: Bool { sampling.distribution == .popularity }
    private var firstState: Int { hasFound ? 2 : 1 }
    public var overwrites: [Int?] { remembers ? [nil, nil, firstState, firstState + 1] : [nil, nil] }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    private var states: [TensorType] {
        remembers ? [TensorType(.int32, batched: false, [sampling.units]), TensorType(.int32, batched: false, [2 + CandidateSampling.remembered])] : []
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["labels"] + (hasFound ? ["units found"] : []) + (remembers ? ["counts", "memory"] : []), of: name)
        guard sampling.units <= Int(Int32.max), sampling.kept >= 1, sampling.kept <= sampling.units else {
            throw TypeError("of \(sampling.units) units, \(sampling.kept) cannot be taken")
        }
        guard inputs[0].dtype == .int32, inputs[0].batched, inputs[0].shape.count <= 1 else {
            throw TypeError("\(name) needs class numbers for each example, not \(inputs[0].text)", operand: 0)
        }
        _ = try inputs[0].checked(name, "list of labels")
        if hasFound {
            _ = try inputs.chosenUnits(1, of: sampling.units, for: name, perExample: per == .example)
        }
        for (index, state) in states.enumerated() { try inputs.expect(firstState + index, is: state, "the memory") }
        let perExample = per == .example
        return [
            TensorType(.int32, batched: perExample, [(perExample ? 0 : 1) + sampling.kept]), TensorType(batched: perExample, [sampling.kept]),
        ] + states
    }

    /// Marks are set and read, a byte for each unit; draws take no arithmetic that is counted.
    public func work(_ o: WorkOperands) -> SlotWork {
        let sets = per == .example ? o.batch : 1
        let listed = Count.sum(o.inputCount(0), hasFound ? o.inputCount(1) : 0)
        return SlotWork(
            o.slot,
            Work(
                streamed: Count.sum(Count.product([2, sets, sampling.units]), Count.product(4, Count.sum(listed, o.outputCount(0)))),
                gathered: Count.product([8, sets, sampling.kept])))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { sampling.scratch(threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = per == .example ? c.batch : 1, labels = c.inputInts(0)
        var places = c.outputInts(0), found = hasFound ? c.inputInts(1) : nil
        if per == .batch {
            places[0] = Int32(truncatingIfNeeded: sampling.kept)
            places = places[1..<places.count]
            found = found.map { $0[1..<$0.count] }
        }
        let remembered = remembers ? RememberedLabels(counts: c.outputInts(2), ring: c.outputInts(3)) : nil
        sampleCandidates(
            labels: labels, chosen: found, remembered, places: places, corrections: c.output(1), rows: rows, sampling,
            stream: random(c.step, second: false), second: random(c.step, second: true), scratch: c.scratch, c.pool)
        remembered?.remember(labels)
        return .all
    }

    private func random(_ step: StepState, second: Bool) -> RandomStream {
        RandomStream(
            seed: step.seed, purpose: .sampling, index: UInt64(clamping: stream) + (second ? 1 << 20 : 0), iteration: UInt64(clamping: step.iteration))
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = per == .example ? c.batch : 1, width = c.inputs[0].type.count, units = sampling.units
        let first = random(c.step, second: false), second = random(c.step, second: true)
        var ring = remembers ? c.outputs[3].ints : [], counts = remembers ? c.outputs[2].ints : []
        let held = remembers ? Int(ring[0]) : 0, parts = CandidateSampling.uniformPart
        c.outputs[0].ints = per == .batch ? [Int32(sampling.kept)] : []
        c.outputs[1].values = []
        for row in 0..<rows {
            var sure: [Int] = [], sampled: Set<Int> = []
            func take(_ list: [Int]) { for unit in list where sure.count < sampling.kept && !sure.contains(unit) { sure.append(unit) } }
            take((per == .batch ? 0..<c.batch : row..<row + 1).flatMap { c.inputs[0].list(of: $0) })
            if hasFound {
                let found = c.inputs[1].ints.map(Int.init), kept = c.inputs[1].type.count
                take(per == .batch ? Array(found.dropFirst()) : Array(found[row * kept..<(row + 1) * kept]))
            }
            let missing = sampling.kept - sure.count, rest = units - sure.count
            var draws = 0
            if 2 * missing <= rest {
                while sampled.count < missing, draws < min(8 * missing + 1024, 1 << 20) || draws % 4 != 0 {
                    let word = UInt64(first.uint32(at: (row << 20) + draws)), number = word * parts
                    let isUniform = held == 0 || number >> 32 == 0, part = held == 0 ? word : number % (1 << 32)
                    let unit = isUniform ? Int((part * UInt64(units)) >> 32) : Int(ring[2 + Int((part * UInt64(held)) >> 32)])
                    draws += 1
                    if !sure.contains(unit) { sampled.insert(unit) }
                }
            }
            var open = missing - sampled.count, left = rest - sampled.count
            let leftShare = open > 0 ? Double(open) / Double(left) : 0
            for unit in 0..<units where open > 0 && !sure.contains(unit) && !sampled.contains(unit) {
                if (UInt64(second.uint32(at: row * units + unit)) * UInt64(left)) >> 32 < UInt64(open) {
                    sampled.insert(unit)
                    open -= 1
                }
                left -= 1
            }
            for unit in (sure + sampled).sorted() {
                c.outputs[0].ints.append(Int32(unit))
                var probability = Double(missing) / Double(max(rest, 1))
                if remembers {
                    let share = 1 / Double(parts)
                    let once = held == 0 ? 1 / Double(units) : share / Double(units) + (1 - share) * Double(counts[unit]) / Double(held)
                    let drawn = 1 - referencePower(1 - once, draws)
                    probability = drawn + (1 - drawn) * leftShare
                }
                c.outputs[1].values.append(S(sampled.contains(unit) ? -referenceLog(probability) : 0))
            }
        }
        guard remembers else { return }
        let all = (0..<c.batch).flatMap { c.inputs[0].list(of: $0) }
        precondition(width > 0)
        for label in all {
            let place = Int(ring[1])
            if Int(ring[0]) == CandidateSampling.remembered { counts[Int(ring[2 + place])] -= 1 } else { ring[0] += 1 }
            ring[2 + place] = Int32(label)
            counts[label] += 1
            ring[1] = Int32((place + 1) % CandidateSampling.remembered)
        }
        c.outputs[2].ints = counts
        c.outputs[3].ints = ring
    }

    static let samples: [OperationSample] = {
        func uniform(_ units: Int, _ kept: Int) -> CandidateSampling { CandidateSampling(units: units, kept: kept, distribution: .uniform) }
        func popular(_ units: Int, _ kept: Int) -> CandidateSampling { CandidateSampling(units: units, kept: kept, distribution: .popularity) }
        let memory: [OperationSample.Operand] = [
            .init(TensorType(.int32, batched: false, [300]), .classes(1)),
            .init(TensorType(.int32, batched: false, [2 + CandidateSampling.remembered]), .classes(1)),
        ]
        return [
            OperationSample(SampleCandidates(uniform(300, 60), per: .batch, hasFound: false, stream: 1), [.indices(2, of: 300)], slot: .overhead),
            OperationSample(SampleCandidates(uniform(90, 80), per: .batch, hasFound: true, stream: 1), [.labels(90), .fullIndexSet(20, of: 90)], slot: .overhead),
            OperationSample(SampleCandidates(uniform(200, 20), per: .example, hasFound: true, stream: 1), [.indices(2, of: 200), .indices(9, of: 200)], slot: .overhead),
            OperationSample(SampleCandidates(popular(300, 70), per: .batch, hasFound: false, stream: 2), [.indices(3, of: 300)] + memory, slot: .overhead),
            OperationSample(SampleCandidates(popular(300, 12), per: .example, hasFound: false, stream: 2), [.labels(300)] + memory, slot: .overhead),
        ]
    }()
}

private func referencePower(_ base: Double, _ exponent: Int) -> Double { (0..<exponent).reduce(1) { result, _ in result * base } }
private func referenceLog(_ x: Double) -> Double { log(x) }
