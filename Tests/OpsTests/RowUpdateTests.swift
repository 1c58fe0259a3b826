import Graph
import Kernels
@testable import Ops
import Testing

/// The lazy row-wise updates against the dense ones.
@Suite struct RowUpdateTests {
    static let rules: [any RowUpdatable] = [
        SGDUpdate(), SGDUpdate(weightDecay: 0.1),
        MomentumUpdate(momentum: 0.9), MomentumUpdate(momentum: 0), MomentumUpdate(momentum: 0.8, nesterov: true, weightDecay: 0.01),
        AdagradUpdate(epsilon: 0, weightDecay: 0.01), RMSpropUpdate(rho: 0.9, epsilon: 1e-7),
        AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 0), AdamUpdate(beta1: 0.9, beta2: 0.8, epsilon: 1e-7, weightDecay: 0.01),
        AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1, decoupled: true),
    ]

    @Test("with every unit touched in every step, the bits are the dense update's", arguments: rules)
    func denseBits(_ rule: any RowUpdatable) throws {
        for (shape, axis) in [([9, 37], UnitAxis.first), ([700], .first), ([3, 3, 5, 70], .last), ([2, 600], .last)] {
            for threads in [1, 2] {
                var pair = try Pair(rule, shape, axis, capacity: axis.counts(shape).units, seed: 3, threads: threads)
                for _ in 0..<4 { pair.step(touching: Array(0..<pair.units)) }
                #expect(pair.lazyBits == pair.denseBits, "\(rule.name) \(shape)")
            }
        }
    }

    @Test("a unit that missed nothing has the dense update's bits beside others that have", arguments: rules)
    func mixedBits(_ rule: any RowUpdatable) throws {
        for (shape, axis) in [([9, 37], UnitAxis.first), ([70], .first), ([3, 3, 5, 70], .last)] {
            var pair = try Pair(rule, shape, axis, capacity: 5, seed: 4)
            for touched in [[1, 3], [1, 2, 4], [1, 3, 4, 5, 6], [1], [0, 1, 3]] { pair.step(touching: touched) }
            let places = pair.places(of: 1)
            for (lazy, dense) in zip(pair.lazyBits, pair.denseBits) { #expect(places.allSatisfy { lazy[$0] == dense[$0] }, "\(rule.name)") }
        }
    }

    @Test("nothing but the touched units is written", arguments: rules)
    func untouched(_ rule: any RowUpdatable) throws {
        for (shape, axis) in [([9, 37], UnitAxis.first), ([70], .first), ([3, 3, 5, 70], .last), ([2, 600], .last)] {
            var pair = try Pair(rule, shape, axis, capacity: 6, seed: 5)
            pair.step(touching: [0, 2, 4, 8])
            let before = pair.lazyBits, lastBefore = pair.last
            pair.step(touching: [2, 3, 7])
            let others = (0..<pair.units).filter { ![2, 3, 7].contains($0) }
            for (old, new) in zip(before, pair.lazyBits) {
                for unit in others { #expect(pair.places(of: unit).allSatisfy { old[$0] == new[$0] }) }
                #expect(pair.places(of: 3).contains { old[$0] != new[$0] })
            }
            if let last = pair.last, let lastBefore {
                #expect(others.allSatisfy { last[$0] == lastBefore[$0] } && [2, 3, 7].allSatisfy { last[$0] == 2 })
            }
            // A set without units is allowed, and does nothing.
            let still = pair.lazyBits
            pair.step(touching: [])
            #expect(pair.lazyBits == still)
        }
    }

    @Test(
        "what was missed is made up for: the end is that of the dense rule with zeros for gradients",
        arguments: [
            (SGDUpdate(weightDecay: 0.1), 0, 1e-5), (MomentumUpdate(momentum: 0.9), 0, 1e-5), (MomentumUpdate(momentum: 0), 0, 1e-5),
            (MomentumUpdate(momentum: 0.7, nesterov: true), 0, 1e-5), (AdagradUpdate(epsilon: 1e-7), 0, 1e-5),
            (RMSpropUpdate(rho: 0.9, epsilon: 1e-7), 0, 1e-5),
            // The corrections change in the steps that are missed: much in the first ones, less and less later on.
            (AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), 0, 0.06),
            (AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), 200, 0.005),
            (AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1, decoupled: true), 0, 0.06),
            (AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1, decoupled: true), 200, 0.005),
        ] as [(any RowUpdatable, Int, Float)])
    func catchingUp(_ rule: any RowUpdatable, _ complete: Int, _ tolerance: Float) throws {
        for (shape, axis) in [([12, 7], UnitAxis.first), ([12], .first), ([3, 12], .last)] {
            var pair = try Pair(rule, shape, axis, capacity: 12, seed: 6)
            var random = SeededGenerator(state: 8)
            for _ in 0..<complete { pair.step(touching: Array(0..<12)) }
            for _ in 0..<40 {
                pair.step(touching: (0..<12).shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random)).sorted())
            }
            pair.step(touching: Array(0..<12), zero: true)
            for (lazy, dense) in zip(pair.lazy, pair.dense) {
                let error = zip(lazy, dense).reduce(Float(0)) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
                #expect(error <= tolerance, "\(rule.name) \(shape) after \(complete)")
            }
        }
    }

    @Test("what a batch touches is estimated as a union of independent choices")
    func unions() {
        #expect(TouchedRows.full.range(capacity: 80, batch: 128) == ActiveRange(lower: 80, expected: 80, upper: 80))
        #expect(TouchedRows.union(perExample: 20).range(capacity: 500, batch: 1) == ActiveRange(lower: 20, expected: 20, upper: 20))
        // 500 (1 - 0.96^10) = 167.6
        #expect(TouchedRows.union(perExample: 20).range(capacity: 500, batch: 10) == ActiveRange(lower: 20, expected: 168, upper: 200))
        #expect(TouchedRows.union(perExample: 900).range(capacity: 500, batch: 10) == ActiveRange(lower: 500, expected: 500, upper: 500))
    }

    @Test("the inputs of a batch are estimated from how often words occur")
    func differentInputs() {
        func range(_ average: Double, longest: Int, of inputs: Int, batch: Int) -> ActiveRange {
            let rows = TouchedRows.inputs(InputsPerExample(average: average, longest: longest), of: inputs)
            return rows.range(capacity: min(inputs, batch * longest), batch: batch)
        }
        // Summed rank by rank: 5,732 and 243.
        let large = range(70, longest: 105, of: 50_000, batch: 128), small = range(20, longest: 30, of: 400, batch: 32)
        #expect(large.lower == 0 && large.upper == 13_440 && abs(large.expected - 5732) < 60)
        #expect(small.upper == 400 && abs(small.expected - 243) < 3)
        #expect(abs(range(70, longest: 105, of: 50_000, batch: 1).expected - 70) <= 1)
        #expect(range(12, longest: 12, of: 12, batch: 3).expected == 12)
        #expect(range(0, longest: 1, of: 12, batch: 3).expected == 0)
        #expect(range(1, longest: 1, of: 1, batch: 3) == ActiveRange(lower: 0, expected: 1, upper: 1))
    }
}

/// A dense update and its row form, on the same weights and gradients.
private struct Pair {
    let shape: [Int], axis: UnitAxis, units: Int, capacity: Int
    private let denseRun: FastRun.Prepared, lazyRun: FastRun.Prepared
    private let denseOperation: any Operation, lazyOperation: any RowUpdate
    private var iteration = 0
    private var random: SeededGenerator

    init(_ rule: any RowUpdatable, _ shape: [Int], _ axis: UnitAxis, capacity: Int, seed: UInt64, threads: Int = 1) throws {
        self.shape = shape
        self.axis = axis
        self.capacity = capacity
        units = axis.counts(shape).units
        var random = SeededGenerator(state: seed)
        denseOperation = rule
        lazyOperation = rule.rowUpdate(unitAxis: axis, rows: .union(perExample: 1))
        let type = TensorType(batched: false, shape), zeros = ReferenceTensor<Float>.zeros(type, batch: 1)
        let weights = ReferenceTensor(type: type, values: (0..<type.count).map { _ in Float(random.normal()) })
        self.random = random
        let states = Array(repeating: zeros, count: rule.overwrites.count - 1)
        let compact = ReferenceTensor<Float>.zeros(TensorType(batched: false, axis.replacing(shape, by: capacity)), batch: 1)
        let set = ReferenceTensor<Float>.zeros(TensorType(.int32, batched: false, [1 + capacity]), batch: 1)
        let last = ReferenceTensor<Float>.zeros(TensorType(.int32, batched: false, [units]), batch: 1)
        denseRun = try FastRun(operation: rule, inputs: [weights, zeros] + states, batch: 1, threads: threads).prepare()
        lazyRun = try FastRun(
            operation: lazyOperation, inputs: [weights, compact, set] + (lazyOperation.needsLast ? [last] : []) + states, batch: 1,
            threads: threads
        ).prepare()
    }

    /// One update of both, with a gradient for these units and zeros for the others.
    mutating func step(touching touched: [Int], zero: Bool = false) {
        iteration += 1
        let state = StepState(learningRate: 0.05, iteration: iteration, seed: 1)
        let gradient = denseRun.context.input(1), compact = lazyRun.context.input(1), set = lazyRun.context.inputInts(2)
        gradient.fill(0)
        compact.fill(.nan)
        set.fill(.min)
        set[0] = Int32(touched.count)
        for (r, unit) in touched.enumerated() {
            set[1 + r] = Int32(unit)
            for (from, to) in zip(places(of: unit), places(of: r, among: capacity)) {
                gradient[from] = zero ? 0 : Float(random.normal())
                compact[to] = gradient[from]
            }
        }
        var denseContext = denseRun.context, lazyContext = lazyRun.context
        denseContext.step = state
        lazyContext.step = state
        _ = denseOperation.run(denseContext)
        #expect(lazyOperation.run(lazyContext).units == touched.count)
    }

    func places(of unit: Int, among units: Int? = nil) -> [Int] {
        let (outer, _, inner) = axis.counts(shape), units = units ?? self.units
        return (0..<outer).flatMap { o in (0..<inner).map { (o * units + unit) * inner + $0 } }
    }

    var last: [Int32]? {
        guard lazyOperation.needsLast else { return nil }
        let last = lazyRun.context.outputInts(1)
        return (0..<last.count).map { last[$0] }
    }

    /// The weights, then the states.
    var dense: [[Float]] { numbers(denseRun, 0..<denseOperation.overwrites.count) }
    var lazy: [[Float]] {
        numbers(lazyRun, 0..<1) + numbers(lazyRun, (lazyOperation.needsLast ? 2 : 1)..<lazyOperation.overwrites.count)
    }
    var denseBits: [[UInt32]] { dense.map { $0.map(\.bitPattern) } }
    var lazyBits: [[UInt32]] { lazy.map { $0.map(\.bitPattern) } }

    private func numbers(_ run: FastRun.Prepared, _ outputs: Range<Int>) -> [[Float]] {
        outputs.map { index in
            let strip = run.context.output(index)
            return (0..<strip.count).map { strip[$0] }
        }
    }
}
