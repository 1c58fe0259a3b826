import func Foundation.cos
import func Foundation.erfc
import func Foundation.pow
import func Foundation.sin

/// How a vector becomes a short code that similar vectors share.
public enum HashFunction: Sendable, Hashable {
    /// The sign of a projection on random signs: one bit, shared with the probability 1 − angle / π (Charikar 2002). Rows and queries
    /// are completed such that the angle goes by the inner product (Neyshabur and Srebro 2015, "Simple-LSH").
    case simhash
    /// Winner takes all: which of a window of a random permutation is the largest (Yagnik et al. 2011). Blind to scale, no arithmetic.
    case wta(window: Int)
    /// Densified: the same over what is not zero; an empty window borrows the code of another (Chen and Shrivastava 2018).
    case dwta(window: Int)

    public var name: String {
        switch self {
        case .simhash: "simhash"
        case .wta: "wta"
        case .dwta: "dwta"
        }
    }

    /// Entries that compete for a code; 0 where none do.
    public var window: Int {
        switch self {
        case .simhash: 0
        case .wta(let window), .dwta(let window): window
        }
    }
}

/// A layer's hash tables: which function, how many, of what size.
///
/// Each table has a key of `hashes` codes and, per key (folded, where there are too many), a bucket of `bucketSize` units. The
/// query of an example looks at one bucket of each table, and at `probes` more, whose keys differ where that costs the least.
public struct HashScheme: Sendable, Hashable {
    public var function: HashFunction
    /// Numbers that are hashed, of a row of weights and of a query: so many sums of rows, and means of queries.
    public var inputs: Int { (rowWidth + pool - 1) / pool }
    /// Length of a row of weights.
    public var rowWidth: Int
    /// Consecutive inputs that are hashed as one.
    public var pool: Int
    public var units: Int
    public var tables: Int
    public var hashes: Int
    public var probes: Int
    public var bucketSize: Int

    public init(
        function: HashFunction, inputs: Int, units: Int, tables: Int, hashes: Int, probes: Int = 0, bucketSize: Int, pool: Int = 1
    ) {
        self.function = function
        rowWidth = inputs
        self.pool = max(1, pool)
        self.units = units
        self.tables = tables
        self.hashes = hashes
        self.probes = probes
        self.bucketSize = bucketSize
    }

    public static let mostTables = 1024
    public static let mostKeyBits = 30
    public static let mostBucketSize = 4096
    /// Ranks among which a probe chooses what to change.
    static let probedRanks = 8
    public static let mostProbes = 31

    /// Why there can be no such tables; nil where there can.
    public var problem: String? {
        guard inputs >= 1, inputs < 1 << 28 else { return "rows of \(inputs) numbers cannot be hashed" }
        guard units >= 1, units <= Int(Int32.max) else { return "\(units) units cannot be hashed" }
        guard tables >= 1, tables <= Self.mostTables else { return "there can be 1 to \(Self.mostTables) tables, not \(tables)" }
        if function != .simhash {
            guard function.window >= 2, function.window <= 256, function.window.nonzeroBitCount == 1 else {
                return "a window has to be a power of two from 2 to 256, not \(function.window)"
            }
        }
        guard hashes >= 1, hashes <= Self.mostKeyBits / codeBits else {
            return "a key can have 1 to \(Self.mostKeyBits / codeBits) codes of \(codeBits) bits, not \(hashes)"
        }
        guard bucketSize >= 1, bucketSize <= Self.mostBucketSize else {
            return "a bucket can hold 1 to \(Self.mostBucketSize) units, not \(bucketSize)"
        }
        guard probes >= 0, probes <= mostProbes else { return "with keys of \(hashes) codes there can be 0 to \(mostProbes) probes, not \(probes)" }
        guard patternCount < 1 << 30, slotCount < 1 << 40 else { return "the tables would be too large" }
        return nil
    }

    /// So many sets of codes can be changed.
    public var mostProbes: Int { min(Self.mostProbes, 1 << min(hashes, Self.probedRanks) - 1) }

    /// Whether the queries' mean has to be known.
    public var takesMeanOff: Bool {
        if case .dwta = function { return false }
        return true
    }

    // MARK: sizes

    /// Bits of a code.
    public var codeBits: Int { function == .simhash ? 1 : max(function.window, 1).trailingZeroBitCount }
    public var keyBits: Int { hashes * codeBits }
    /// Buckets of a table beyond the number of units would stay empty: keys are folded to so many bits.
    public var bucketBits: Int { min(keyBits, max(4, Int.bitWidth - (units - 1).leadingZeroBitCount)) }
    public var buckets: Int { 1 << bucketBits }
    /// Buckets that a query looks at: table t's probe p is number p · tables + t; probe 0 is the query's own bucket.
    public var lookups: Int { tables * (1 + probes) }
    /// Codes of a vector, table by table.
    public var codes: Int { tables * hashes }
    /// Projections that a transform makes at once: a power of two.
    public var projections: Int { 1 << (Int.bitWidth - (codes - 1).leadingZeroBitCount) }
    /// What is hashed of a row: two coordinates more, of the bias and of what is missing to the longest row.
    public var coordinates: Int { function == .simhash ? inputs + 2 : inputs }
    /// Permutations of the coordinates: each round deals all of them out once.
    public var rounds: Int {
        let places = function == .simhash ? projections : codes * function.window
        return max(1, (places + coordinates - 1) / coordinates)
    }
    public var patternCount: Int { rounds * coordinates }
    public var slotCount: Int { tables * buckets * bucketSize }
    /// Of all that the tables keep, in bytes.
    public var memoryBytes: Int { 4 * (patternCount + slotCount + 2 * tables * buckets + (tables + 1) * units + inputs + codes + 3) }

    // MARK: what to expect

    /// The probability that a unit is in one of the buckets that a query looks at, of simhash, by the angle between the row and the query as they
    /// are hashed; buckets that overflow apart.
    ///
    /// For a bit with the margin z, a standard normal number, the row is on the other side with the probability Φ(−|z| cot angle). The average over the
    /// margins of a key is taken over some thousand of them, always the same.
    public func retrievalProbability(angle: Double) -> Double {
        guard angle > 0 else { return 1 }
        guard angle < .pi else { return 0 }
        let steepness = cos(angle) / sin(angle), samples = 4000
        let stream = RandomStream(seed: 0, purpose: .hashing, index: 0, iteration: 0)
        var found = 0.0, differs = Array(repeating: 0.0, count: hashes)
        for sample in 0..<samples {
            for k in 0..<hashes { differs[k] = abs(Double(stream.normal(at: sample * hashes + k))) }
            differs.sort()
            for k in 0..<hashes { differs[k] = erfc(differs[k] * steepness / 2.0.squareRoot()) / 2 }
            for probe in 0...probes {
                let changed = probe == 0 ? 0 : Self.probeSet(probe - 1, hashes: hashes)
                var share = 1.0
                for k in 0..<hashes { share *= k < Self.probedRanks && changed >> UInt32(k) & 1 == 1 ? differs[k] : 1 - differs[k] }
                found += share
            }
        }
        return retrievalProbability(lookup: min(1, found / Double(samples)))
    }

    /// The same if codes agree with a probability, without probes.
    public func retrievalProbability(agreement: Double) -> Double { retrievalProbability(lookup: pow(agreement, Double(hashes))) }

    private func retrievalProbability(lookup: Double) -> Double { 1 - pow(1 - lookup, Double(tables)) }

    /// How many units a query finds that have nothing to do with it, if the buckets are evenly filled.
    public var foundByChance: Double { Double(units) * chance(ofHits: 1) }

    /// The share of `kept` units that are drawn by lot, among those with as many hits as others that are not taken or among those with none, if hits come
    /// about by chance alone; units that are close to the query make it less.
    public func drawnByLot(kept: Int) -> Double {
        let wanted = Double(kept)
        var hits = 1, surely = 0.0
        while hits <= lookups {
            let reached = Double(units) * chance(ofHits: hits)
            if reached < wanted { surely = max(surely, reached); break }
            hits += 1
        }
        return max(0, min(1, 1 - surely / max(wanted, 1)))
    }

    /// The chance that at least so many of a query's buckets hold a unit.
    private func chance(ofHits least: Int) -> Double {
        let p = 1 / Double(buckets), n = Double(lookups)
        var term = pow(1 - p, n), below = 0.0
        for hits in 0..<least {
            below += term
            term *= (n - Double(hits)) / Double(hits + 1) * p / (1 - p)
        }
        return max(0, 1 - below)
    }

    /// The ranks, by margin, of the codes that probe `index` changes: the sets whose squared margins are expected to add up to the least come
    /// first (Lv et al. 2007: the j-th smallest margin's square goes as j (j + 1)).
    static func probeSet(_ index: Int, hashes: Int) -> UInt32 {
        var left = index
        for set in probeSets where hashes >= probedRanks || set < 1 << UInt32(hashes) {
            if left == 0 { return set }
            left -= 1
        }
        return 0
    }

    static let probeSets: [UInt32] = (UInt32(1)..<1 << UInt32(probedRanks)).sorted { (cost($0), $0) < (cost($1), $1) }

    private static func cost(_ set: UInt32) -> Int { (0..<probedRanks).reduce(0) { $0 + (set >> UInt32($1) & 1 == 1 ? ($1 + 1) * ($1 + 2) : 0) } }
}
