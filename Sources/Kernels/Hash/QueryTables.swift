import CKernels

/// How units are chosen from those that a query finds.
public enum HashSelection: String, Sendable, Hashable, CaseIterable {
    /// As many tables as it takes, one after the other.
    case union
    /// Those that are found in the most tables.
    case mostCollisions = "most_collisions"
}

/// How many units are taken for each example, or for all of a batch, and how.
public struct HashQuery: Sendable, Hashable {
    public var examples: Int
    public var kept: Int
    public var selection: HashSelection
    /// So many units, the first, are taken in any case.
    public var always: Int
    /// Whether some units have a vote more than others with the same hits.
    public var hasPopular: Bool

    public init(examples: Int, kept: Int, selection: HashSelection, always: Int = 0, hasPopular: Bool = false) {
        self.examples = examples
        self.kept = kept
        self.selection = selection
        self.always = always
        self.hasPopular = hasPopular
    }
}

extension HashScheme {
    /// Bits of the largest score: that of a unit that is taken in any case.
    public func scoreBits(_ q: HashQuery) -> Int { Int.bitWidth - (largestScore(q) + 1).leadingZeroBitCount }
    /// The largest score that hits can make. With popular units a hit counts twice, and being popular once: it tells those apart that have as many hits.
    public func largestScore(_ q: HashQuery) -> Int {
        let hits = Count32.product(q.examples, lookups)
        return q.hasPopular ? 2 * min(hits, 1 << 29 - 1) + 1 : hits
    }

    /// The most lookups of a query with popular units, whose scores have sixteen bits.
    public static let mostPopularLookups = 30_000

    /// Where a unit stands in the order of row `row`, by which equal scores are told apart: each has another place in 0 ..< 2^bits.
    public func order(of unit: Int, row: Int, stream: RandomStream) -> Int {
        var place: UInt32 = 0
        stream.withRow(row) { place = nnc_unit_order(UInt32(truncatingIfNeeded: unit), nnc_order_bits(units), $0) }
        return Int(place)
    }

    public var orderBits: Int { Int(nnc_order_bits(units)) }

    fileprivate func withLookup(_ tables: (slots: Ints, counts: Ints), _ body: (UnsafePointer<nnc_hash_lookup>) -> Void) {
        var lookup = nnc_hash_lookup(
            slots: tables.slots.base, counts: tables.counts.base, tables: self.tables, buckets: buckets, bucket_size: bucketSize,
            lookups: lookups, units: units)
        withUnsafePointer(to: &lookup, body)
    }

    /// Numbers of 16 bits that the scores of one query take, in floats.
    fileprivate var scoreFloats: Int { (units + 31) / 32 * 16 }
    fileprivate var tieFloats: Int { 2 * ((units + 15) / 16 * 16 + 16) }
    fileprivate var sumFloats: Int { (units + 15) / 16 * 16 }
}

private enum Count32 {
    /// Scores are added up in 32 bits: more than so many count as that.
    static func product(_ a: Int, _ b: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow || product >= 1 << 30 ? 1 << 30 - 1 : product
    }
}

extension RandomStream {
    /// Four words for each row.
    func withRow(_ row: Int, _ body: (UnsafePointer<UInt32>) -> Void) {
        withUnsafeBytes(of: words(block: row)) { body($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self)) }
    }
}

/// Floats of scratch memory for `queryTables`.
public func queryTablesScratch(_ s: HashScheme, batch: Int, threads: Int) -> Int {
    (batch + 15) / 16 * 16 + threads * (s.scoreFloats + max(s.tieFloats, s.sumFloats)) + s.tieFloats
}

/// For each example the `kept` units that its query finds most often, or first, ascending: `chosen` is [examples, kept]. Of equal ones, and of
/// those that are not found at all, it is random which are taken. Returns how many slots were read.
///
/// - Parameter labels: a unit for each example that is taken in any case.
public func queryTablesPerExample(
    _ keys: Ints, slots: Ints, counts: Ints, labels: Ints?, popular: Ints? = nil, chosen: Ints, _ s: HashScheme, _ q: HashQuery, stream: RandomStream,
    scratch: Floats, _ pool: WorkerPool
) -> Int {
    precondition(chosen.count == q.examples * q.kept)
    check(keys, slots, counts, labels, popular, s, q, scratch, pool)
    let reads = scratch.ints(0, q.examples), memory = scratch[(q.examples + 15) / 16 * 16..<scratch.count]
    let own = HashQuery(examples: 1, kept: q.kept, selection: q.selection, always: q.always, hasPopular: q.hasPopular)
    let perThread = s.scoreFloats + max(s.tieFloats, s.sumFloats), most = s.largestScore(own), bits = Int32(s.scoreBits(own))
    let pieces = Pieces.rows(q.examples, width: 4 * s.units + s.lookups * 16, pool)
    pool.run(pieces: pieces.count) { piece, thread in
        let scores = memory.scores(thread * perThread, s.units), ties = memory.ints(thread * perThread + s.scoreFloats, s.tieFloats)
        for example in pieces[piece] {
            scores.update(repeating: 0, count: s.units)
            let own = keys.base + example * s.lookups
            s.withLookup((slots, counts)) { lookup in
                let read = q.selection == .union ? nnc_find_first(lookup, own, q.kept, scores) : nnc_count_hits(lookup, own, scores)
                reads[example] = Int32(truncatingIfNeeded: read)
            }
            if let popular {
                for unit in 0..<s.units { scores[unit] &*= 2 }
                for place in 1..<popular.count { scores[Int(popular.base[place])] |= 1 }
            }
            for unit in 0..<q.always { scores[unit] = UInt16(most + 1) }
            if let labels { scores[Int(labels.base[example])] = UInt16(most + 1) }
            stream.withRow(example) { words in
                nnc_select_scored(
                    scores, s.units, q.kept, Int32(most + 1), bits, words, chosen.base + example * q.kept, ties)
            }
        }
    }
    return (0..<q.examples).reduce(0) { $0 + Int(reads[$1]) }
}

/// The `kept` units that the queries of a batch find most often: `set` becomes their number and then they, ascending. By `union`, each
/// example has one vote for each unit that it would take.
public func queryTablesPerBatch(
    _ keys: Ints, slots: Ints, counts: Ints, labels: Ints?, popular: Ints? = nil, set: Ints, _ s: HashScheme, _ q: HashQuery, stream: RandomStream,
    scratch: Floats, _ pool: WorkerPool
) -> Int {
    precondition(set.count == 1 + q.kept)
    check(keys, slots, counts, labels, popular, s, q, scratch, pool)
    let reads = scratch.ints(0, q.examples), memory = scratch[(q.examples + 15) / 16 * 16..<scratch.count]
    let perThread = s.scoreFloats + max(s.tieFloats, s.sumFloats), most = s.largestScore(q)
    for thread in 0..<pool.threads { memory.ints(thread * perThread + s.scoreFloats, s.units).update(repeating: 0, count: s.units) }
    let pieces = Pieces.rows(q.examples, width: s.lookups * 16 + (q.selection == .union ? 2 * s.units : 0), pool)
    pool.run(pieces: pieces.count) { piece, thread in
        let scores = memory.scores(thread * perThread, s.units), sums = memory.ints(thread * perThread + s.scoreFloats, s.units)
        for example in pieces[piece] {
            let own = keys.base + example * s.lookups
            s.withLookup((slots, counts)) { lookup in
                if q.selection == .union {
                    scores.update(repeating: 0, count: s.units)
                    reads[example] = Int32(truncatingIfNeeded: nnc_find_first(lookup, own, q.kept, scores))
                    for unit in 0..<s.units { sums[unit] += scores[unit] == 0 ? 0 : 1 }
                } else {
                    reads[example] = Int32(truncatingIfNeeded: nnc_add_hits(lookup, own, sums))
                }
            }
        }
    }
    let all = memory.ints(s.scoreFloats, s.units)
    for thread in 1..<max(1, pool.threads) {
        let sums = memory.ints(thread * perThread + s.scoreFloats, s.units)
        for unit in 0..<s.units { all[unit] &+= sums[unit] }
    }
    if let popular {
        for unit in 0..<s.units { all[unit] = 2 * min(all[unit], 1 << 29 - 1) }
        for place in 1..<popular.count { all[Int(popular.base[place])] |= 1 }
    }
    for unit in 0..<q.always { all[unit] = Int32(most + 1) }
    if let labels {
        for example in 0..<q.examples { all[Int(labels.base[example])] = Int32(most + 1) }
    }
    let ties = memory.ints(pool.threads * perThread, s.tieFloats)
    set[0] = Int32(truncatingIfNeeded: q.kept)
    stream.withRow(0) { words in
        nnc_select_summed(all, s.units, q.kept, Int32(most + 1), Int32(s.scoreBits(q)), words, set.base + 1, ties)
    }
    return (0..<q.examples).reduce(0) { $0 + Int(reads[$1]) }
}

private func check(
    _ keys: Ints, _ slots: Ints, _ counts: Ints, _ labels: Ints?, _ popular: Ints?, _ s: HashScheme, _ q: HashQuery, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(q.kept >= 1 && q.kept <= s.units && keys.count == q.examples * s.lookups)
    precondition(slots.count == s.slotCount && counts.count == 2 * s.tables * s.buckets)
    precondition(q.always >= 0 && q.always <= q.kept && (popular != nil) == q.hasPopular)
    precondition(popular.map { $0.count == 1 + q.kept && nnc_all_below($0.base + 1, q.kept, Int32(truncatingIfNeeded: s.units)) != 0 } ?? true)
    precondition(labels.map { $0.count == q.examples && nnc_all_below($0.base, $0.count, Int32(truncatingIfNeeded: s.units)) != 0 } ?? true)
    precondition(scratch.count >= queryTablesScratch(s, batch: q.examples, threads: pool.threads))
}

/// The `kept` units with the largest counts, as an index set; of equal ones the first.
public func refreshPopular(_ counts: Floats, set: Ints, scratch: Floats) {
    let kept = set.count - 1, keys = scratch.ints(0, popularScratch(units: counts.count))
    nnc_value_keys(counts.base, keys, counts.count)
    set[0] = Int32(truncatingIfNeeded: kept)
    nnc_select_largest_signed(keys, counts.count, kept, set.base + 1)
}

/// Floats of scratch memory for `refreshPopular`.
public func popularScratch(units: Int) -> Int { UnitSelection(examples: 1, pixels: 1, units: units, kept: 1).keyCount }

extension Floats {
    fileprivate func ints(_ offset: Int, _ count: Int) -> UnsafeMutablePointer<Int32> {
        precondition(offset + count <= self.count)
        return UnsafeMutableRawPointer(base + offset).assumingMemoryBound(to: Int32.self)
    }

    fileprivate func scores(_ offset: Int, _ count: Int) -> UnsafeMutablePointer<UInt16> {
        precondition(offset + (count + 1) / 2 <= self.count)
        return UnsafeMutableRawPointer(base + offset).assumingMemoryBound(to: UInt16.self)
    }
}
