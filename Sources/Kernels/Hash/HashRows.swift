import CKernels

/// A layer's rows, and what they are hashed by.
public struct HashRows: Sendable {
    public var weights: Floats
    /// Of simhash, as are the mean and the scale.
    public var bias: Floats?
    /// The queries' mean.
    public var mean: Floats?
    public var pattern: Ints
    /// Of simhash: [1/s, M², the mean of what rows answer the mean query].
    public var scale: Floats?
    /// What the numbers of rows are multiplied by, and their projections compared with.
    public var by: HashCentring

    public init(weights: Floats, bias: Floats? = nil, mean: Floats? = nil, pattern: Ints, scale: Floats? = nil, by: HashCentring) {
        self.weights = weights
        self.bias = bias
        self.mean = mean
        self.pattern = pattern
        self.scale = scale
        self.by = by
    }

    func check(_ s: HashScheme) {
        precondition(weights.count == s.units * s.rowWidth && s.holds(pattern))
        by.check(s)
        let isSimhash = s.function == .simhash
        precondition((mean != nil) == isSimhash && mean.map { $0.count == s.inputs } ?? true && bias.map { $0.count == s.units } ?? true)
        precondition((scale != nil) == isSimhash && scale.map { $0.count == 3 } ?? true)
    }

    /// What a unit answers the mean query, and the square of its row's length, each number times its factor.
    func known(_ unit: Int, _ tile: HashTile, _ s: HashScheme) -> (level: Float, norm: Float) {
        guard let mean, let factors = by.factors else { return (0, 0) }
        let row = tile.pooled(weights.base + unit * s.rowWidth)
        return (nnc_dot(row, mean.base, s.inputs) + (bias?.base[unit] ?? 0), nnc_scaled_square(row, factors.base, s.inputs))
    }

    /// The two coordinates behind a row: of its level, and what it lacks to the longest row.
    func extra(level: Float, norm: Float) -> (level: Float, rest: Float) {
        guard let scale else { return (0, 0) }
        let scaled = (level - scale[2]) * scale[0], rest = scale[1] - (norm + scaled * scaled)
        return (scaled, rest > 0 ? rest.squareRoot() : 0)
    }

    /// Puts the coordinates behind the rows of up to sixteen units into a tile.
    func fillExtra(_ tile: HashTile, count: Int, _ s: HashScheme, of unit: (Int) -> (level: Float, norm: Float)) {
        guard scale != nil else { return }
        for lane in 0..<lanes {
            let known = unit(min(lane, count - 1))
            (tile.extra[lane], tile.extra[lanes + lane]) = extra(level: known.level, norm: known.norm)
        }
    }
}

private let lanes = Int(NNC_HASH_LANES)

/// What a rebuild writes beside the tables: of simhash and wta the factors [2, inputs], of queries and of rows; of simhash the thresholds [2, codes],
/// of queries and of rows, and the scale [1/s, M², mean level].
public struct HashFrame: Sendable {
    public var factors: Floats?
    public var thresholds: Floats?
    public var scale: Floats?

    public init(factors: Floats? = nil, thresholds: Floats? = nil, scale: Floats? = nil) {
        self.factors = factors
        self.thresholds = thresholds
        self.scale = scale
    }

    /// The part of two that queries (0) or rows (1) have.
    public static func part(_ index: Int, of both: Floats?) -> Floats? {
        both.map { $0[index * ($0.count / 2)..<(index + 1) * ($0.count / 2)] }
    }

    /// The share of the largest deviation that is added to each, lest factors become huge.
    public static let floor: Float = 0.01

    func writeFactors(variance: Floats) {
        guard let queries = Self.part(0, of: factors), let rows = Self.part(1, of: factors) else { return }
        precondition(queries.count == variance.count)
        var largest: Float = 0
        for i in 0..<variance.count { largest = max(largest, variance.base[i].squareRoot()) }
        for i in 0..<variance.count {
            let factor = (variance.base[i].squareRoot() + largest * Self.floor).squareRoot()
            rows.base[i] = factor > 0 && factor.isFinite ? factor : 1
            queries.base[i] = 1 / rows.base[i]
        }
    }
}

/// Floats of scratch memory for `rebuildTables`.
public func rebuildTablesScratch(_ s: HashScheme, threads: Int) -> Int { 2 * s.units + s.inputs + s.rowWidth + threads * HashTile.floats(s.ofRows) }

/// Hashes all rows and builds all tables anew.
///
/// - Parameters:
///   - rows: their `scale` and `by` are parts of `frame`.
///   - variance: of each of the queries' numbers.
public func rebuildTables(
    _ rows: HashRows, variance: Floats?, _ frame: HashFrame, _ tables: HashTables, _ s: HashScheme, seed: UInt32, scratch: Floats, _ pool: WorkerPool
) {
    if let variance { frame.writeFactors(variance: variance) }
    rows.check(s)
    tables.check(s)
    let s = s.ofRows, perThread = HashTile.floats(s)
    precondition(scratch.count >= rebuildTablesScratch(s, threads: pool.threads))
    let levels = scratch.prefix(s.units), norms = scratch[s.units..<2 * s.units]
    let sums = scratch[2 * s.units..<2 * s.units + s.inputs + s.rowWidth], tiles = scratch[2 * s.units + sums.count..<scratch.count]
    if s.function == .simhash, let variance {
        let pieces = Pieces.rows(s.units, width: 2 * s.rowWidth, pool)
        pool.run(pieces: pieces.count) { piece, thread in
            let tile = HashTile(s, in: tiles[thread * perThread..<(thread + 1) * perThread])
            for unit in pieces[piece] { (levels.base[unit], norms.base[unit]) = rows.known(unit, tile, s) }
        }
        writeScale(rows, variance, frame, levels, norms, s)
        writeThresholds(rows, frame, levels, norms, HashTile(s, in: tiles.prefix(perThread)), sums: sums, s, pool)
    }
    let groups = Pieces.rows((s.units + lanes - 1) / lanes, width: lanes * (s.inputs * s.rounds + 4 * s.codes), pool)
    pool.run(pieces: groups.count) { piece, thread in
        let tile = HashTile(s, in: tiles[thread * perThread..<(thread + 1) * perThread])
        for group in groups[piece] {
            let first = group * lanes, count = min(lanes, s.units - first)
            rows.fillExtra(tile, count: count, s) { (levels.base[first + $0], norms.base[first + $0]) }
            tile.hashRows(rows.weights.base + first * s.rowWidth, rows: nil, count: count, rows.pattern, rows.by)
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

/// The level's coordinate is divided by s in rows and multiplied by it in queries, such that the squares of their lengths together are the
/// smallest: s⁴ = E|x|² · Σ(level − mean)² / Σ|w|².
private func writeScale(_ rows: HashRows, _ variance: Floats, _ frame: HashFrame, _ levels: Floats, _ norms: Floats, _ s: HashScheme) {
    guard let scale = frame.scale, let factors = HashFrame.part(0, of: frame.factors) else { return }
    var spread = 0.0, norm = 0.0, sum = 0.0, square = 0.0
    for i in 0..<s.inputs { spread += Double(variance.base[i] * factors.base[i] * factors.base[i]) }
    for unit in 0..<s.units {
        norm += Double(norms.base[unit])
        sum += Double(levels.base[unit])
    }
    let mean = sum / Double(s.units)
    for unit in 0..<s.units { square += (Double(levels.base[unit]) - mean) * (Double(levels.base[unit]) - mean) }
    let width = Float((square * spread / norm).squareRoot().squareRoot())
    (scale[0], scale[1], scale[2]) = (width > 0 && width.isFinite ? 1 / width : 0, 0, Float(mean))
    var longest: Float = 0
    for unit in 0..<s.units {
        let scaled = (levels.base[unit] - scale[2]) * scale[0]
        longest = max(longest, norms.base[unit] + scaled * scaled)
    }
    scale[1] = longest
}

/// Rows are compared with their mean, which changes no order of answers and fills the buckets evenly; queries with what does not depend on x.
private func writeThresholds(
    _ rows: HashRows, _ frame: HashFrame, _ levels: Floats, _ norms: Floats, _ tile: HashTile, sums: Floats, _ s: HashScheme, _ pool: WorkerPool
) {
    guard let queryThresholds = HashFrame.part(0, of: frame.thresholds), let rowThresholds = HashFrame.part(1, of: frame.thresholds),
        let queryMean = rows.mean, let scale = rows.scale
    else { return }
    // What is left of x's projection is that of [x - mean; s; 0].
    let factor = scale[0] > 0 ? 1 / scale[0] : 0
    for lane in 0..<lanes { (tile.extra[lane], tile.extra[lanes + lane]) = (-factor, 0) }
    tile.project(queryMean.base, rows: nil, count: 1, rows.pattern, factors: HashFrame.part(0, of: frame.factors), withExtra: true)
    for code in 0..<s.codes { queryThresholds.base[code] = tile.numbers[code * lanes] }

    let share = 1 / Float(s.units)
    var extra: (level: Float, rest: Float) = (0, 0)
    for unit in 0..<s.units {
        let own = rows.extra(level: levels.base[unit], norm: norms.base[unit])
        extra = (extra.level + own.level, extra.rest + own.rest)
    }
    for lane in 0..<lanes { (tile.extra[lane], tile.extra[lanes + lane]) = (extra.level * share, extra.rest * share) }
    let means = sums.prefix(s.rowWidth), mean = sums[s.rowWidth..<sums.count]
    pool.run(Pieces(of: s.rowWidth, grain: max(128, Pieces.elementGrain / s.units), multiple: 16, pool)) { columns in
        nnc_column_sums(rows.weights.base + columns.lowerBound, means.base + columns.lowerBound, s.units, columns.count, s.rowWidth, share, 0)
    }
    s.pool(means.base, into: mean.base)
    tile.project(mean.base, rows: nil, count: 1, rows.pattern, factors: rows.by.factors, withExtra: true)
    for code in 0..<s.codes { rowThresholds.base[code] = tile.numbers[code * lanes] }
}

/// Floats of scratch memory for `rehashRows`.
public func rehashRowsScratch(_ s: HashScheme, most: Int, threads: Int) -> Int {
    most + (most + 15) / 16 * 16 * s.tables + threads * HashTile.floats(s.ofRows)
}

/// Marks the units of `touched` as changed; then hashes up to `most` changed units anew and moves those whose
/// bucket is another. Begins to look for them at `start`. Returns how many it hashed.
public func rehashRows(
    _ rows: HashRows, touched: Ints, dirt: Ints, _ tables: HashTables, _ s: HashScheme, most: Int, start: Int, seed: UInt32, scratch: Floats,
    _ pool: WorkerPool
) -> Int {
    rows.check(s)
    tables.check(s)
    let s = s.ofRows, perThread = HashTile.floats(s)
    precondition(dirt.count == s.units && most >= 1 && start >= 0)
    precondition(nnc_all_below(touched.base, touched.count, Int32(truncatingIfNeeded: s.units)) != 0)
    precondition(scratch.count >= rehashRowsScratch(s, most: most, threads: pool.threads))
    for place in 0..<touched.count { dirt.base[Int(touched.base[place])] = 1 }
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
            rows.fillExtra(tile, count: width, s) { rows.known(Int(units[first + $0]), tile, s) }
            tile.hashRows(rows.weights.base, rows: units + first, count: width, rows.pattern, rows.by)
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
