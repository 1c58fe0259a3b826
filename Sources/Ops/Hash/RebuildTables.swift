import Graph
import Kernels

/// Hashes all rows of a layer's weights and builds its tables anew, in the steps of a schedule.
///
/// Of simhash and wta, number i of a query is divided by √σᵢ, and that of a row multiplied by it, σᵢ being the standard deviation of the queries'
/// number (plus a hundredth of the largest): a number that hardly varies says little.
///
/// Of simhash, a row w with the bias b answers a query x by w·(x − μ) + (b + w·μ). With ℓ for the second term, less its mean over the rows, the row
/// becomes [w; ℓ/s; √(M² − what it is long so far)] and the query [x − μ; s; 0]. The inner product is the answer; all rows are of length M,
/// the longest one's, so that the angle goes by it. s makes the rows' and the queries' squared lengths together the smallest:
/// s⁴ = E|x − μ|² · Σℓ² / Σ|w|². Then the rows' mean is taken off all of them, which changes no order and fills the buckets evenly. What does
/// not depend on x or on w is left in the thresholds that projections are compared with.
///
/// Inputs: W f32[units,inputs]; of simhash the bias f32[units] if there is one, and the queries' mean f32[inputs]; of simhash and wta the queries'
/// variance f32[inputs]; the pattern; of simhash and wta the factors f32[2,inputs], of queries and of rows; of simhash the thresholds f32[2,tables·hashes],
/// likewise, and the scale f32[3] (1/s, M², the mean of b + w·μ); slots, counts, codes, and dirt i32[units], which is cleared. Outputs, in place
/// of the old: what follows the pattern.
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
        if isSimhash { all.append(("mean", scheme.meanType)) }
        if isCentred { all.append(("variance", scheme.varianceType)) }
        all.append(("pattern", scheme.patternType))
        if isCentred { all.append(("factors", scheme.factorsType)) }
        if isSimhash { all += [("thresholds", scheme.thresholdsType), ("scale", scheme.scaleType)] }
        return all + [("slots", scheme.slotsType), ("counts", scheme.countsType), ("codes", scheme.codesType), ("dirt", scheme.dirtType)]
    }

    private var isCentred: Bool { scheme.takesMeanOff }
    private var firstTable: Int { isSimhash ? 3 : isCentred ? 1 : 0 }
    private var stateCount: Int { firstTable + 4 }
    private var meanIndex: Int { withBias ? 2 : 1 }
    private var varianceIndex: Int { isSimhash ? meanIndex + 1 : 1 }
    private var patternIndex: Int { isCentred ? varianceIndex + 1 : 1 }
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
        let hashing = scheme.hashWork(entries: scheme.coordinates, isQuery: false, isWhole: true), n = scheme.inputs
        var once = hashing * m
        if isCentred {
            once += Work(
                multiplications: Count.sum(n, 1), additions: n, transcendentals: Count.product(2, n), comparisons: n)
        }
        if isSimhash {
            once += scheme.rowWork(useBias: withBias) * m
            // The spread; three sums over the levels and norms; s; and the longest row's length.
            once += Work(
                multiplications: Count.sum(Count.product(2, n), Count.sum(Count.product(3, m), 4)), additions: Count.sum(n, Count.product(6, m)),
                transcendentals: 2, comparisons: m)
            // The rows' mean, and two more projections.
            once += Work(
                multiplications: Count.sum(Count.product(3, n), 2), additions: Count.sum(Count.product(m, n), Count.sum(Count.product(2, m), Count.product(2, hashing.additions))))
        }
        // Rows are pooled for what they answer the mean query, and again for their keys.
        if scheme.pool > 1 { once.additions = Count.sum(once.additions, Count.product([isSimhash ? 2 : 1, m, scheme.rowWidth])) }
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
        let frame = HashFrame(
            factors: isCentred ? c.output(0) : nil, thresholds: isSimhash ? c.output(1) : nil, scale: isSimhash ? c.output(2) : nil)
        let by = HashCentring(factors: HashFrame.part(1, of: frame.factors), thresholds: HashFrame.part(1, of: frame.thresholds))
        let rows = HashRows(
            weights: c.input(0), bias: withBias ? c.input(1) : nil, mean: isSimhash ? c.input(meanIndex) : nil, pattern: c.inputInts(patternIndex),
            scale: frame.scale, by: by)
        let tables = HashTables(slots: c.outputInts(firstTable), counts: c.outputInts(firstTable + 1), codes: c.outputInts(firstTable + 2))
        rebuildTables(
            rows, variance: isCentred ? c.input(varianceIndex) : nil, frame, tables, scheme, seed: seed(c.step), scratch: c.scratch, c.pool)
        c.outputInts(firstTable + 3).fill(0)
        return ActiveCount(units: 1)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        guard schedule.isDue(iteration: c.step.iteration) else { return c.active = ActiveCount(units: 0) }
        c.active = ActiveCount(units: 1)
        let m = scheme.units, pattern = c.inputs[patternIndex].ints
        let rows = (0..<m).map { scheme.pooledRow($0, of: c.inputs[0].values) }
        var by = ReferenceCentring<S>(factors: nil, thresholds: nil), extra: [[S]] = Array(repeating: [], count: m)
        if isCentred {
            let variance = c.inputs[varianceIndex].values, deviations = variance.map { S.sqrt($0) }
            let floor = deviations.reduce(.zero) { S.larger($0, $1) } * S(Double(HashFrame.floor))
            let own = deviations.map { S.sqrt($0 + floor) }.map { $0.value > 0 ? $0 : S(1) }
            let queries = own.map { S(1) / $0 }
            c.outputs[0].values = queries + own
            by.factors = own
            if isSimhash {
                let frame = frame(c.inputs, rows, queries, own, variance)
                extra = frame.extra
                by.thresholds = frame.rowThresholds
                c.outputs[1].values = frame.queryThresholds + frame.rowThresholds
                c.outputs[2].values = frame.scale
            }
        }
        var tables = ReferenceTables(
            slots: c.outputs[firstTable].ints, counts: Array(repeating: 0, count: scheme.countsType.count), codes: c.outputs[firstTable + 2].ints,
            scheme: scheme, seed: seed(c.step))
        for unit in 0..<m {
            let row = isSimhash ? scheme.pooledRow(unit, of: c.inputs[0].values) : rows[unit]
            for (t, bucket) in scheme.referenceRowKeys(row, extra: extra[unit], pattern: pattern, by).enumerated() {
                tables.codes[t * m + unit] = Int32(bucket + 1)
                tables.insert(unit, table: t, bucket: bucket)
            }
        }
        (c.outputs[firstTable].ints, c.outputs[firstTable + 1].ints, c.outputs[firstTable + 2].ints) = (tables.slots, tables.counts, tables.codes)
        c.outputs[firstTable + 3].ints = Array(repeating: 0, count: m)
    }

    /// Of simhash: the coordinates behind each row, and what belongs to all of them.
    private func frame<S: ReferenceScalar>(
        _ inputs: [ReferenceTensor<S>], _ rows: [ArraySlice<S>], _ queryFactors: [S], _ rowFactors: [S], _ variance: [S]
    ) -> (extra: [[S]], queryThresholds: [S], rowThresholds: [S], scale: [S]) {
        let m = scheme.units, n = scheme.inputs, mean = inputs[meanIndex].values, pattern = inputs[patternIndex].ints
        let parts = rows.enumerated().map {
            ReferenceRow($1, bias: withBias ? inputs[1].values[$0] : nil, mean: mean, factors: rowFactors)
        }
        var spread = S.zero, norms = S.zero, levels = S.zero, squares = S.zero
        for (variance, factor) in zip(variance, queryFactors) { spread += variance * factor * factor }
        for part in parts {
            norms += part.norm
            levels += part.level
        }
        let level = levels * S(1 / Double(m))
        for part in parts {
            let difference = part.level - level
            squares += difference * difference
        }
        var width = S.sqrt(S.sqrt(squares * spread / norms))
        var inverse = S(1) / width
        if !(width.value > 0) || !width.value.isFinite { (width, inverse) = (.zero, .zero) }
        var scale = [inverse, .zero, level]
        for part in parts {
            let scaled = part.scaled(scale)
            scale[1] = S.larger(scale[1], part.norm + scaled * scaled)
        }
        let extra = parts.map { $0.extra(scale) }

        let query = scheme.referenceProjections((mean + [-width, .zero]).enumerated().map { ($0, $1) }, pattern: pattern, factors: queryFactors)
        let share = S(1 / Double(m))
        var middle = Array(repeating: S.zero, count: n + 2)
        for (row, behind) in zip(rows, extra) {
            for (i, number) in (Array(row) + behind).enumerated() { middle[i] += number }
        }
        let row = scheme.referenceProjections(middle.enumerated().map { ($0, $1 * share) }, pattern: pattern, factors: rowFactors)
        return (extra, Array(query.prefix(scheme.codes)), Array(row.prefix(scheme.codes)), scale)
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
        HashScheme(function: .simhash, inputs: 50, units: 40, tables: 3, hashes: 4, bucketSize: 16, pool: 4),
        HashScheme(function: .wta(window: 8), inputs: 50, units: 35, tables: 3, hashes: 2, bucketSize: 8, pool: 3),
    ]

    /// What an operand of that role is tested with. Tables may hold anything that is a unit.
    func operand(_ role: String, _ type: TensorType) -> OperationSample.Operand {
        switch role {
        case "pattern": .pattern(self)
        case "slots": .numbers(type, below: units)
        case "counts": .numbers(type, below: bucketSize + 1)
        case "codes": .numbers(type, below: buckets + 1)
        case "dirt": .numbers(type, below: 2)
        case "variance", "scale", "factors": OperationSample.Operand(type, .positive)
        case "touched": OperationSample.Operand(type, type.batched ? .indices(of: units) : .indexSet(of: units))
        case "keys": .numbers(type, below: buckets)
        case "labels": .numbers(type, below: units)
        case "popular": OperationSample.Operand(type, .fullIndexSet(of: units))
        default: OperationSample.Operand(type, .normal)
        }
    }
}
