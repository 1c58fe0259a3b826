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

/// What is known of a layer's rows and queries when simhash's tables are built.
public struct HashRows: Sendable {
    public var weights: Floats
    public var bias: Floats?
    /// The queries' mean.
    public var mean: Floats
    public var pattern: Ints

    public init(weights: Floats, bias: Floats?, mean: Floats, pattern: Ints) {
        self.weights = weights
        self.bias = bias
        self.mean = mean
        self.pattern = pattern
    }

    func check(_ s: HashScheme) {
        precondition(weights.count == s.units * s.inputs && s.holds(pattern))
        precondition(s.function != .simhash || mean.count == s.inputs && bias.map { $0.count == s.units } ?? true)
    }

    /// What a unit answers the mean query, and the square of its row's length.
    func biasAndNorm(_ unit: Int, _ s: HashScheme) -> (bias: Float, norm: Float) {
        let row = weights.base + unit * s.inputs
        return (nnc_dot(row, mean.base, s.inputs) + (bias?.base[unit] ?? 0), nnc_dot(row, row, s.inputs))
    }
}

/// The number by which the bias coordinate of rows is divided and that of queries multiplied, such that the rows' and the queries' lengths
/// together are the smallest, and the square of the longest row's length then.
public struct HashScale: Sendable {
    public var inverse: Float
    public var longest: Float

    public init(inverse: Float, longest: Float) {
        self.inverse = inverse
        self.longest = longest
    }

    /// The two coordinates behind a row: its bias, and what it lacks to the longest row.
    func extra(bias: Float, norm: Float) -> (bias: Float, rest: Float) {
        let scaled = bias * inverse, rest = longest - (norm + scaled * scaled)
        return (scaled, rest > 0 ? rest.squareRoot() : 0)
    }
}

/// Floats of scratch memory for `rebuildTables`.
public func rebuildTablesScratch(_ s: HashScheme, threads: Int) -> Int { 2 * s.units + threads * HashTile.floats(s.ofRows) }

/// Hashes all rows and builds all tables anew.
///
/// - Parameters:
///   - spread: of simhash, the mean square distance of queries from their mean.
///   - centre: of simhash, becomes what each projection of a query is to be compared with.
///   - scale: of simhash, becomes what `HashScale` holds.
public func rebuildTables(
    _ rows: HashRows, spread: Float, centre: Floats?, scale: Floats?, _ tables: HashTables, _ s: HashScheme, seed: UInt32, scratch: Floats,
    _ pool: WorkerPool
) {
    rows.check(s)
    tables.check(s)
    let s = s.ofRows, perThread = HashTile.floats(s), lanes = Int(NNC_HASH_LANES)
    precondition(scratch.count >= 2 * s.units + pool.threads * perThread)
    let biases = scratch.prefix(s.units), norms = scratch[s.units..<2 * s.units], tiles = scratch[2 * s.units..<scratch.count]
    var scaled = HashScale(inverse: 0, longest: 0)
    if s.function == .simhash, let centre, let scale {
        precondition(centre.count == s.codes && scale.count == 2)
        pool.run(Pieces.rows(s.units, width: 2 * s.inputs, pool)) { r in
            for unit in r { (biases.base[unit], norms.base[unit]) = rows.biasAndNorm(unit, s) }
        }
        var norm = 0.0, square = 0.0
        for unit in 0..<s.units {
            norm += Double(norms.base[unit])
            square += Double(biases.base[unit]) * Double(biases.base[unit])
        }
        let width = (square * Double(spread) / norm).squareRoot().squareRoot()
        let factor = width > 0 && width.isFinite ? Float(width) : 0
        scaled.inverse = factor > 0 ? 1 / factor : 0
        for unit in 0..<s.units {
            let bias = biases.base[unit] * scaled.inverse
            scaled.longest = max(scaled.longest, norms.base[unit] + bias * bias)
        }
        (scale[0], scale[1]) = (scaled.inverse, scaled.longest)
        // The mean query, less the query's own bias coordinate: what is left of x's projection is that of [x - mean; factor; 0].
        let tile = HashTile(s, in: tiles.prefix(perThread))
        for lane in 0..<lanes { (tile.extra[lane], tile.extra[lanes + lane]) = (-factor, 0) }
        tile.hash(rows.mean.base, rows: nil, count: 1, rows.pattern, centre: nil, withExtra: true)
        for code in 0..<s.codes { centre.base[code] = tile.numbers[code * lanes] }
    }
    let scaling = scaled
    let groups = Pieces.rows((s.units + lanes - 1) / lanes, width: lanes * (s.inputs * s.rounds + 4 * s.codes), pool)
    pool.run(pieces: groups.count) { piece, thread in
        let tile = HashTile(s, in: tiles[thread * perThread..<(thread + 1) * perThread])
        for group in groups[piece] {
            let first = group * lanes, count = min(lanes, s.units - first)
            if s.function == .simhash {
                for lane in 0..<lanes {
                    let unit = first + min(lane, count - 1)
                    (tile.extra[lane], tile.extra[lanes + lane]) = scaling.extra(bias: biases.base[unit], norm: norms.base[unit])
                }
            }
            tile.hash(rows.weights.base + first * s.inputs, rows: nil, count: count, rows.pattern, centre: nil, withExtra: true)
            for t in 0..<s.tables {
                let codes = tables.codes.base + t * s.units + first, keys = tile.keys + t * lanes
                for lane in 0..<count { codes[lane] = keys[lane] + 1 }
            }
        }
    }
    pool.run(pieces: s.tables) { t in
        tables.withTable(t, s, seed: seed) { nnc_table_build($0, s.buckets, tables.codes.base + t * s.units, s.units) }
    }
}

/// Floats of scratch memory for `rehashRows`.
public func rehashRowsScratch(_ s: HashScheme, most: Int, threads: Int) -> Int {
    most + (most + 15) / 16 * 16 * s.tables + threads * HashTile.floats(s.ofRows)
}

/// Marks the units of `touched` (how many, then which) as changed; then hashes up to `most` changed units anew and moves those whose
/// bucket is another. Begins to look for them at another unit in each step. Returns how many it hashed.
///
/// - Parameter start: where to begin.
public func rehashRows(
    _ rows: HashRows, scale: HashScale, touched: Ints, dirt: Ints, _ tables: HashTables, _ s: HashScheme, most: Int, start: Int, seed: UInt32,
    scratch: Floats, _ pool: WorkerPool
) -> Int {
    rows.check(s)
    tables.check(s)
    let s = s.ofRows, perThread = HashTile.floats(s), lanes = Int(NNC_HASH_LANES)
    let changed = Int(touched[0])
    precondition(dirt.count == s.units && changed >= 0 && changed < touched.count && most >= 1 && start >= 0)
    precondition(nnc_all_below(touched.base + 1, changed, Int32(truncatingIfNeeded: s.units)) != 0)
    precondition(scratch.count >= rehashRowsScratch(s, most: most, threads: pool.threads))
    for place in 1..<changed + 1 { dirt[Int(touched[place])] = 1 }
    let units = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Int32.self)
    var found = 0, seen = 0, unit = start % s.units
    while seen < s.units && found < most {
        if dirt.base[unit] != 0 {
            units[found] = Int32(truncatingIfNeeded: unit)
            dirt.base[unit] = 0
            found += 1
        }
        seen += 1
        unit = unit + 1 == s.units ? 0 : unit + 1
    }
    let count = found
    let fresh = UnsafeMutableRawPointer(scratch.base + most).assumingMemoryBound(to: Int32.self), step = (most + 15) / 16 * 16
    let tiles = scratch[most + step * s.tables..<scratch.count]
    let groups = Pieces.rows((count + lanes - 1) / lanes, width: lanes * (s.inputs * s.rounds + 4 * s.codes), pool)
    pool.run(pieces: groups.count) { piece, thread in
        let tile = HashTile(s, in: tiles[thread * perThread..<(thread + 1) * perThread])
        for group in groups[piece] {
            let first = group * lanes, width = min(lanes, count - first)
            if s.function == .simhash {
                for lane in 0..<lanes {
                    let (bias, norm) = rows.biasAndNorm(Int(units[first + min(lane, width - 1)]), s)
                    (tile.extra[lane], tile.extra[lanes + lane]) = scale.extra(bias: bias, norm: norm)
                }
            }
            tile.hash(rows.weights.base, rows: units + first, count: width, rows.pattern, centre: nil, withExtra: true)
            for t in 0..<s.tables {
                for lane in 0..<width { fresh[t * step + first + lane] = tile.keys[t * lanes + lane] + 1 }
            }
        }
    }
    pool.run(Pieces(of: s.tables, grain: max(1, 256 / max(1, count)), pool)) { some in
        for t in some {
            tables.withTable(t, s, seed: seed) { table in
                let codes = tables.codes.base + t * s.units
                for i in 0..<count {
                    let unit = Int(units[i]), code = fresh[t * step + i], old = codes[unit]
                    if code == old { continue }
                    if old > 0 && Int(old) <= s.buckets { nnc_table_remove(table, old - 1, units[i]) }
                    nnc_table_insert(table, code - 1, units[i])
                    codes[unit] = code
                }
            }
        }
    }
    return count
}
