import Graph
import Kernels

/// Hashes all rows of a layer's weights and builds its tables anew, in the steps of a schedule.
///
/// Of simhash, a row w with the bias b answers a query x by w·(x − μ) + (b + w·μ): the row becomes [w; (b + w·μ)/s; √(M² − what it is
/// long so far)] and the query [x − μ; s; 0]. The first part's inner product is the answer; all rows are then of length M, so that the angle goes by
/// it. s makes the rows' and the queries' squared lengths together the smallest: s⁴ = E|x − μ|² · Σ(b + w·μ)² / Σ|w|². The projections of
/// what does not depend on x are left in `centre`, which HashKeys compares those of x with.
///
/// Inputs: W f32[units,inputs]; of simhash the bias f32[units] if there is one, the queries' mean f32[inputs] and their mean square distance from it
/// f32[1]; the pattern; of simhash the centre f32[tables·hashes] and the scale f32[2] (1/s and M²); slots, counts, codes, and dirt i32[units],
/// which is cleared. Outputs, in place of the old: of simhash centre and scale; slots, counts, codes, dirt.
public struct RebuildTables: Scheduled {
    public var scheme: HashScheme
    public var useBias: Bool
    public var schedule: RefreshSchedule
    /// Tells the layers apart.
    public var stream: Int

    public init(_ scheme: HashScheme, useBias: Bool, schedule: RefreshSchedule, stream: Int) {
        self.scheme = scheme
        self.useBias = useBias
        self.schedule = schedule
        self.stream = stream
    }

    public var name: String { "rebuild_tables" }
    public var attributes: [(key: String, value: String)] { scheme.attributes + schedule.attributes + [("stream", "\(stream)")] }

    private var isSimhash: Bool { scheme.function == .simhash }
    /// The bias, where it takes part.
    private var withBias: Bool { useBias && isSimhash }

    private var operands: [(role: String, type: TensorType)] {
        var all = [("weights", scheme.weightsType)]
        if withBias { all.append(("bias", scheme.biasType)) }
        if isSimhash { all += [("mean", scheme.meanType), ("spread", scheme.spreadType)] }
        all.append(("pattern", scheme.patternType))
        if isSimhash { all += [("centre", scheme.centreType), ("scale", scheme.scaleType)] }
        return all + [("slots", scheme.slotsType), ("counts", scheme.countsType), ("codes", scheme.codesType), ("dirt", scheme.dirtType)]
    }

    private var stateCount: Int { isSimhash ? 6 : 4 }
    private var firstMean: Int { withBias ? 2 : 1 }
    private var patternIndex: Int { isSimhash ? firstMean + 2 : 1 }
    public var overwrites: [Int?] { (0..<stateCount).map { patternIndex + 1 + $0 } }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try scheme.check()
        try inputs.expect(operands, of: name)
        return Array(inputs.suffix(stateCount))
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { ActiveRange(lower: 1, expected: 1, upper: 1) }

    public func work(_ o: WorkOperands) -> SlotWork {
        let m = scheme.units
        var once = scheme.hashWork(entries: scheme.coordinates, isQuery: false, isWhole: true) * m
        if isSimhash {
            once += scheme.extraWork(useBias: withBias) * m
            // The bias coordinates' scale: two sums, and the largest length. Then the centre, a projection like a row's.
            once += Work(
                multiplications: Count.sum(Count.product(3, m), 3), additions: Count.product(3, m), transcendentals: 2, comparisons: m)
            once.additions = Count.sum(once.additions, scheme.hashWork(entries: scheme.coordinates, isQuery: false, isWhole: true).additions)
        }
        // Each unit's slot and its bucket's two counts, in every table.
        once.gathered = Count.product([12, scheme.tables, m])
        once.streamed = Count.sum(
            Count.product(4, Count.sum(o.inputCount(0), o.inputCount(patternIndex))), Count.product([4, scheme.tables, scheme.buckets, 2]))
        return SlotWork(o.slot, once * (o.active.isAll ? 1 : o.active.units))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { rebuildTablesScratch(scheme, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    private func seed(_ step: StepState) -> UInt32 { hashStream(stream, step).uint32(at: 0) }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        guard schedule.isDue(iteration: c.step.iteration) else { return ActiveCount(units: 0) }
        let rows = HashRows(
            weights: c.input(0), bias: withBias ? c.input(1) : nil, mean: c.input(isSimhash ? firstMean : 0), pattern: c.inputInts(patternIndex))
        let first = isSimhash ? 2 : 0
        rebuildTables(
            rows, spread: isSimhash ? c.input(firstMean + 1)[0] : 0, centre: isSimhash ? c.output(0) : nil, scale: isSimhash ? c.output(1) : nil,
            HashTables(slots: c.outputInts(first), counts: c.outputInts(first + 1), codes: c.outputInts(first + 2)), scheme, seed: seed(c.step),
            scratch: c.scratch, c.pool)
        c.outputInts(first + 3).fill(0)
        return ActiveCount(units: 1)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        guard schedule.isDue(iteration: c.step.iteration) else { return c.active = ActiveCount(units: 0) }
        c.active = ActiveCount(units: 1)
        let m = scheme.units, n = scheme.inputs, pattern = c.inputs[patternIndex].ints, weights = c.inputs[0].values
        let rows = (0..<m).map { weights[$0 * n..<($0 + 1) * n] }
        var extra: [(bias: S, rest: S)?] = Array(repeating: nil, count: m)
        if isSimhash {
            let mean = c.inputs[firstMean].values, spread = c.inputs[firstMean + 1].values[0], bias = c.inputs[1].values
            let parts = (0..<m).map { scheme.referenceBiasAndNorm(rows[$0], bias: withBias ? bias[$0] : nil, mean: mean) }
            var norms = S.zero, squares = S.zero, longest = S.zero
            for part in parts {
                norms += part.norm
                squares += part.bias * part.bias
            }
            var width = S.sqrt(S.sqrt(squares * spread / norms))
            var inverse = S(1) / width
            if !(width.value > 0) || !width.value.isFinite { (width, inverse) = (.zero, .zero) }
            for part in parts {
                let bias = part.bias * inverse
                longest = S.larger(longest, part.norm + bias * bias)
            }
            extra = parts.map { scheme.referenceExtra(bias: $0.bias, norm: $0.norm, inverse: inverse, longest: longest) }
            let query = mean.enumerated().map { (place: $0, number: $1) } + [(n, -width), (n + 1, .zero)]
            c.outputs[0].values = Array(scheme.referenceProjections(query, pattern: pattern).prefix(scheme.codes))
            c.outputs[1].values = [inverse, longest]
        }
        let first = isSimhash ? 2 : 0
        var tables = ReferenceTables(
            slots: c.outputs[first].ints, counts: Array(repeating: 0, count: scheme.countsType.count), codes: c.outputs[first + 2].ints,
            scheme: scheme, seed: seed(c.step))
        for unit in 0..<m {
            for (t, bucket) in scheme.referenceRowKeys(rows[unit], extra: extra[unit], pattern: pattern).enumerated() {
                tables.codes[t * m + unit] = Int32(bucket + 1)
                tables.insert(unit, table: t, bucket: bucket)
            }
        }
        (c.outputs[first].ints, c.outputs[first + 1].ints, c.outputs[first + 2].ints) = (tables.slots, tables.counts, tables.codes)
        c.outputs[first + 3].ints = Array(repeating: 0, count: m)
    }

    static let samples = HashScheme.samples.flatMap { scheme in
        [(true, RefreshSchedule(every: 1)), (false, RefreshSchedule(begin: 2, every: 5, growth: 1.5)), (true, RefreshSchedule(begin: 1, every: 2))].map {
            let operation = RebuildTables(scheme, useBias: $0, schedule: $1, stream: 1)
            return OperationSample(operation, operation.operands.map { scheme.operand($0.role, $0.type) }, slot: .overhead)
        }
    }
}

extension HashScheme {
    /// Of each function a small one, and one whose buckets overflow.
    static let samples = [
        HashScheme(function: .simhash, inputs: 19, units: 40, tables: 3, hashes: 4, bucketSize: 16),
        HashScheme(function: .simhash, inputs: 33, units: 70, tables: 2, hashes: 3, probes: 2, bucketSize: 4),
        HashScheme(function: .simhash, inputs: 3, units: 1, tables: 2, hashes: 6, bucketSize: 1),
        HashScheme(function: .wta(window: 8), inputs: 40, units: 35, tables: 3, hashes: 2, bucketSize: 8),
        HashScheme(function: .wta(window: 2), inputs: 21, units: 50, tables: 3, hashes: 3, probes: 1, bucketSize: 3),
        HashScheme(function: .dwta(window: 4), inputs: 26, units: 37, tables: 4, hashes: 2, bucketSize: 8),
    ]

    /// What an operand of that role is tested with. Tables may hold anything that is a unit.
    func operand(_ role: String, _ type: TensorType) -> OperationSample.Operand {
        switch role {
        case "pattern": .pattern(self)
        case "slots": .numbers(type, below: units)
        case "counts": .numbers(type, below: bucketSize + 1)
        case "codes": .numbers(type, below: buckets + 1)
        case "dirt": .numbers(type, below: 2)
        case "spread", "scale": OperationSample.Operand(type, .positive)
        case "touched": OperationSample.Operand(type, .indexSet(of: units))
        case "keys": .numbers(type, below: buckets)
        case "labels": .numbers(type, below: units)
        default: OperationSample.Operand(type, .normal)
        }
    }
}
