import Graph
import Kernels

/// Which units take part, by the hash tables: exactly `k` different ones, for each example or for the batch.
///
/// By `most_collisions`, those that stand in the most of the buckets looked at, over all examples of the batch if for all of them. By
/// `union`, those of the first buckets, as many of these as it takes; for a batch, each example has one vote for each unit that it finds so. Of units that are
/// level, and where too few are found of those that are left, it is random which are taken: a function of the seed, the stream, the step
/// and the row. If `hasPopular`, of units that are level those of a given set are taken first. The first `always` units are taken in any case.
///
/// Inputs: keys i32[N,lookups], as HashKeys makes them; slots; counts; if `hasLabels` i32[N], a unit for each example that is taken in any case; and if
/// `hasPopular` the index set i32[1 + k].
/// Output per batch: an index set i32[1 + k], full. Per example: i32[N,k], ascending.
public struct QueryTables: DataDependent {
    public var scheme: HashScheme
    public var k: Int
    public var per: TensorType.Granularity
    public var selection: HashSelection
    public var hasLabels: Bool
    public var hasPopular: Bool
    public var always: Int
    public var stream: Int

    public init(
        _ scheme: HashScheme, k: Int, per: TensorType.Granularity, select: HashSelection, hasLabels: Bool = false, hasPopular: Bool = false,
        always: Int = 0, stream: Int
    ) {
        self.scheme = scheme
        self.k = k
        self.per = per
        selection = select
        self.hasLabels = hasLabels
        self.hasPopular = hasPopular
        self.always = always
        self.stream = stream
    }

    public var name: String { "query_tables" }
    public var attributes: [(key: String, value: String)] {
        scheme.attributes + [("k", "\(k)"), ("per", per.rawValue), ("select", selection.rawValue), ("units", "\(scheme.units)"), ("stream", "\(stream)")]
            + (always > 0 ? [("always", "\(always)")] : []) + (hasPopular ? [("fill", "popularity")] : [])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private var operands: [(role: String, type: TensorType)] {
        [("keys", scheme.keysType), ("slots", scheme.slotsType), ("counts", scheme.countsType)]
            + (hasLabels ? [("labels", TensorType(.int32, batched: true, []))] : [])
            + (hasPopular ? [("popular", TensorType(.int32, batched: false, [1 + k]))] : [])
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try scheme.check()
        try inputs.expect(operands, of: name)
        guard always >= 0, always <= k else { throw TypeError("\(always) units cannot always be among \(k)") }
        guard !hasPopular || scheme.lookups <= HashScheme.mostPopularLookups else { throw TypeError("\(scheme.lookups) lookups are too many to rank units by") }
        guard k >= 1, k <= scheme.units else { throw TypeError("of \(scheme.units) units, \(k) cannot be taken") }
        return [TensorType(.int32, batched: per == .example, [per == .example ? k : 1 + k])]
    }

    /// Slots that are read. Expected: as many as if units lay evenly in the buckets; by `union`, no more than it takes.
    public func activeRange(_ o: WorkOperands) -> ActiveRange {
        let upper = Count.product([o.batch, scheme.lookups, scheme.bucketSize])
        let held = min(Double(scheme.bucketSize), Double(scheme.units) / Double(scheme.buckets))
        var each = Double(scheme.lookups) * held
        if selection == .union { each = min(each, max(Double(k) * 1.5, held)) }
        let expected = min(Double(upper), Double(o.batch) * each)
        return ActiveRange(lower: 0, expected: expected < 1e18 ? Int(expected) : upper, upper: upper)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let read = o.active.isAll ? activeRange(o).upper : o.active.units
        let sets = per == .example ? o.batch : 1
        // A score for each slot read. The least score and the least place among equals, bit by bit; then who reaches them.
        let bits = scheme.scoreBits(query(examples: per == .example ? 1 : o.batch)) + scheme.orderBits
        let work = Work(
            additions: Count.sum(read, hasPopular ? Count.product(sets, k) : 0), comparisons: Count.product([sets, scheme.units, bits + 1]),
            streamed: Count.product(4, Count.sum(o.inputCount(0), o.outputCount(0))),
            gathered: Count.sum(Count.product(8, read), Count.product([o.batch, scheme.lookups, 8])))
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { queryTablesScratch(scheme, batch: o.batch, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let query = query(examples: c.batch), random = hashStream(stream, c.step)
        let labels = hasLabels ? c.inputInts(3) : nil, popular = hasPopular ? c.inputInts(hasLabels ? 4 : 3) : nil
        let read = per == .example
            ? queryTablesPerExample(
                c.inputInts(0), slots: c.inputInts(1), counts: c.inputInts(2), labels: labels, popular: popular, chosen: c.outputInts(0), scheme, query, stream: random,
                scratch: c.scratch, c.pool)
            : queryTablesPerBatch(
                c.inputInts(0), slots: c.inputInts(1), counts: c.inputInts(2), labels: labels, popular: popular, set: c.outputInts(0), scheme, query, stream: random,
                scratch: c.scratch, c.pool)
        return ActiveCount(units: read)
    }

    private func query(examples: Int) -> HashQuery {
        HashQuery(examples: examples, kept: k, selection: selection, always: always, hasPopular: hasPopular)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let keys = c.inputs[0].ints, lookups = scheme.lookups, random = hashStream(stream, c.step)
        let tables = ReferenceTables(slots: c.inputs[1].ints, counts: c.inputs[2].ints, codes: [], scheme: scheme, seed: 0)
        var read = 0, chosen: [Int32] = []
        var scores = Array(repeating: S.zero, count: scheme.units)
        let most = scheme.largestScore(query(examples: per == .example ? 1 : c.batch))
        let popular = hasPopular ? c.inputs[hasLabels ? 4 : 3].ints.dropFirst() : []
        func favour(_ scores: inout [S]) {
            if hasPopular { scores = scores.map { S(2 * $0.value) } }
            for unit in popular { scores[Int(unit)] += S(1) }
            for unit in 0..<always { scores[unit] = S(Double(most + 1)) }
        }
        for example in 0..<c.batch {
            if per == .example { scores = scores.map { _ in .zero } }
            var first = Array(repeating: 0, count: scheme.units), found = 0
            for l in 0..<lookups where selection == .mostCollisions || found < k {
                for unit in tables.held(table: l % scheme.tables, bucket: Int(keys[example * lookups + l])) {
                    read += 1
                    let unit = Int(unit)
                    let counted = scores[unit] + S(1)
                    if selection == .mostCollisions { scores[unit] = counted }
                    if first[unit] == 0 {
                        first[unit] = lookups - l
                        found += 1
                    }
                }
            }
            if selection == .union {
                for unit in 0..<scheme.units {
                    scores[unit] = S(per == .example ? Double(first[unit]) : scores[unit].value + (first[unit] > 0 ? 1 : 0))
                }
            }
            if per == .example {
                favour(&scores)
                if hasLabels { scores[Int(c.inputs[3].ints[example])] = S(Double(most + 1)) }
                chosen += best(scores, examples: 1, row: example, random)
            }
        }
        c.active = ActiveCount(units: read)
        if per == .batch {
            favour(&scores)
            if hasLabels { for label in c.inputs[3].ints { scores[Int(label)] = S(Double(most + 1)) } }
            chosen = [Int32(k)] + best(scores, examples: c.batch, row: 0, random)
        }
        c.outputs[0].ints = chosen
    }

    /// No two units have the same score and the same place: the least of both that `k` units reach leaves exactly `k`.
    private func best<S: ReferenceScalar>(_ scores: [S], examples: Int, row: Int, _ random: RandomStream) -> [Int32] {
        let query = query(examples: examples), places = Double(1 << scheme.orderBits), most = Double(scheme.largestScore(query) + 1)
        let keys = scores.enumerated().map { S(min($1.value, most) * places + Double(scheme.order(of: $0, row: row, stream: random))) }
        var least = 0.0
        for bit in (0..<scheme.scoreBits(query) + scheme.orderBits).reversed() {
            let candidate = least + Double(1 << bit), key = S(candidate)
            if keys.reduce(0, { $0 + ($1 < key ? 0 : 1) }) >= k { least = candidate }
        }
        return keys.indices.filter { !(keys[$0] < S(least)) }.map { Int32($0) }
    }

    static let samples = HashScheme.samples.flatMap { scheme in
        [TensorType.Granularity.example, .batch].flatMap { per in
            HashSelection.allCases.flatMap { select in
                [(1, false, 0), (max(1, scheme.units / 3), true, 0), (scheme.units, false, 1), (max(1, scheme.units / 2), false, 1)].map { k, hasLabels, always in
                    let operation = QueryTables(
                        scheme, k: k, per: per, select: select, hasLabels: hasLabels, hasPopular: always > 0, always: always, stream: k)
                    return OperationSample(operation, operation.operands.map { scheme.operand($0.role, $0.type) }, slot: .overhead)
                }
            }
        }
    }
}
