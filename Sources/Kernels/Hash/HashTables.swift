import CKernels

/// Tables in the arena: `slots` [tables, buckets, bucketSize] holds units, `counts` [tables, buckets, 2] how many a bucket holds and how
/// many belong there, `codes` [tables, units] the bucket of each unit, counted from 1, and 0 where it has none.
public struct HashTables: Sendable {
    public var slots: Ints
    public var counts: Ints
    public var codes: Ints

    public init(slots: Ints, counts: Ints, codes: Ints) {
        self.slots = slots
        self.counts = counts
        self.codes = codes
    }

    func check(_ s: HashScheme) {
        precondition(slots.count == s.slotCount && counts.count == 2 * s.tables * s.buckets && codes.count == s.tables * s.units)
    }

    func withTable(_ t: Int, _ s: HashScheme, seed: UInt32, _ body: (UnsafePointer<nnc_hash_table>) -> Void) {
        var table = nnc_hash_table(
            slots: slots.base + t * s.buckets * s.bucketSize, counts: counts.base + 2 * t * s.buckets, bucket_size: s.bucketSize,
            seed: reservoirSeed(seed, table: t))
        withUnsafePointer(to: &table, body)
    }
}

/// Each table draws on its own.
private func reservoirSeed(_ seed: UInt32, table: Int) -> UInt32 { seed &+ UInt32(truncatingIfNeeded: table) &* 0xC2B2_AE35 }

extension HashScheme {
    /// The slot that a new unit takes in a full bucket; `bucketSize` or more: none.
    public static func reservoirPlace(unit: Int, members: Int, table: Int, seed: UInt32) -> Int {
        Int(nnc_reservoir_place(reservoirSeed(seed, table: table), UInt32(truncatingIfNeeded: unit), UInt32(truncatingIfNeeded: members)))
    }

    /// The code that empty window `window` asks as its `attempt`-th.
    public func donor(of window: Int, attempt: Int) -> Int {
        Int(nnc_hash_donor(UInt32(truncatingIfNeeded: window), UInt32(truncatingIfNeeded: attempt), UInt32(truncatingIfNeeded: codes)))
    }

    public static let donorAttempts = Int(NNC_HASH_ATTEMPTS)

    /// A key's bucket.
    public func bucket(_ key: UInt32) -> Int { Int(keyBits > bucketBits ? (key &* 0x9E37_79B1) >> UInt32(32 - bucketBits) : key) }

    /// The ranks, by margin, of the codes that probe `index`, from 0, changes: a bit for each.
    public func probeSet(_ index: Int) -> UInt32 { Self.probeSet(index, hashes: hashes) }
}
