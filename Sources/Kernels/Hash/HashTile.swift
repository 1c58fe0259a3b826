import CKernels

extension HashScheme {
    /// Calls `body` with what the inner loops need to know.
    func withShape(_ body: (UnsafePointer<nnc_hash_shape>) -> Void) {
        Self.probeSets.withUnsafeBufferPointer { sets in
            var shape = nnc_hash_shape(
                inputs: inputs, coordinates: coordinates, rounds: rounds, projections: projections, tables: tables, hashes: hashes,
                probes: probes, code_bits: Int32(codeBits), key_bits: Int32(keyBits), bucket_bits: Int32(bucketBits), densified: 0,
                probe_sets: sets.baseAddress)
            if case .dwta = function { shape.densified = 1 }
            withUnsafePointer(to: &shape, body)
        }
    }

    /// The same without probes: what rows are hashed by.
    var ofRows: HashScheme {
        var scheme = self
        scheme.probes = 0
        return scheme
    }

    /// Whether every entry of a pattern names a coordinate.
    func holds(_ pattern: Ints) -> Bool {
        pattern.count == patternCount && nnc_all_below(pattern.base, pattern.count, Int32(function == .simhash ? 2 * coordinates : coordinates)) != 0
    }
}

extension HashScheme {
    /// Sums of consecutive numbers: `row` has `rowWidth` of them, and `sums` becomes `inputs`.
    func pool(_ row: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>) {
        for place in 0..<inputs {
            var sum: Float = 0
            for i in place * pool..<min(rowWidth, (place + 1) * pool) { sum += row[i] }
            sums[place] = sum
        }
    }
}

/// Vectors to be hashed, one after the other.
public enum HashVectors: Sendable {
    /// [vectors, inputs]
    case dense(Floats)
    /// [vectors, count] at the places `which` [vectors, count] of each, in ascending order.
    case sparse(Floats, Ints)
    /// [vectors, count] at the same places `which` [count] in all.
    case packed(Floats, Ints)
}

/// What vectors are made comparable by before they are hashed: numbers lose their mean and are divided by the root of their standard
/// deviation (and the other side's multiplied), and projections are compared with thresholds.
public struct HashCentring: Sendable {
    /// Of simhash and wta: for each input.
    public var factors: Floats?
    /// Of wta: for each input.
    public var mean: Floats?
    /// Of simhash: for each code.
    public var thresholds: Floats?

    public init(factors: Floats? = nil, mean: Floats? = nil, thresholds: Floats? = nil) {
        self.factors = factors
        self.mean = mean
        self.thresholds = thresholds
    }

    func check(_ s: HashScheme) {
        precondition((factors != nil) == s.takesMeanOff && factors.map { $0.count == s.inputs } ?? true)
        precondition(mean.map { $0.count == s.inputs } ?? true)
        precondition((thresholds != nil) == (s.function == .simhash) && thresholds.map { $0.count == s.codes } ?? true)
    }
}

/// The memory in which one thread hashes sixteen vectors side by side.
struct HashTile {
    private static let lanes = Int(NNC_HASH_LANES)

    let scheme: HashScheme
    /// Projections, or winners.
    let numbers: UnsafeMutablePointer<Float>
    /// [lookups, 16]
    let keys: UnsafeMutablePointer<Int32>
    /// Two coordinates more of each.
    let extra: UnsafeMutablePointer<Float>
    private let rows: UnsafeMutablePointer<Float>

    private static func numberCount(_ s: HashScheme) -> Int {
        s.function == .simhash ? s.projections * lanes : nnc_winner_floats(s.codes)
    }

    /// Floats of scratch memory.
    static func floats(_ s: HashScheme) -> Int {
        numberCount(s) + lanes * s.lookups + 2 * lanes + lanes * ((s.inputs + 15) / 16 * 16)
    }

    init(_ scheme: HashScheme, in scratch: Floats) {
        precondition(scratch.count >= Self.floats(scheme))
        self.scheme = scheme
        numbers = scratch.base
        let afterNumbers = numbers + Self.numberCount(scheme)
        keys = UnsafeMutableRawPointer(afterNumbers).assumingMemoryBound(to: Int32.self)
        extra = afterNumbers + Self.lanes * scheme.lookups
        rows = extra + 2 * Self.lanes
    }

    /// Leaves the keys of rows of a matrix in `keys`.
    func hash(
        _ x: UnsafePointer<Float>, rows: UnsafePointer<Int32>?, count: Int, _ pattern: Ints, _ by: HashCentring, withExtra: Bool = false
    ) {
        scheme.withShape { shape in
            if let thresholds = by.thresholds {
                project(x, rows: rows, count: count, pattern, factors: by.factors, withExtra: withExtra)
                nnc_sign_keys(shape, numbers, thresholds.base, keys)
            } else {
                nnc_winners_begin(scheme.codes, numbers)
                nnc_winners(shape, pattern.base, x, scheme.inputs, rows, count, by.mean?.base, by.factors?.base, numbers)
                nnc_winner_keys(shape, numbers, count, keys)
            }
        }
    }

    /// The same of rows of weights with the coordinates behind them, whose consecutive numbers are pooled first if the scheme says so.
    func hashRows(_ weights: UnsafePointer<Float>, rows which: UnsafePointer<Int32>?, count: Int, _ pattern: Ints, _ by: HashCentring) {
        guard scheme.pool > 1 else { return hash(weights, rows: which, count: count, pattern, by, withExtra: true) }
        for row in 0..<count {
            scheme.pool(weights + (which.map { Int($0[row]) } ?? row) * scheme.rowWidth, into: rows + row * scheme.inputs)
        }
        hash(rows, rows: nil, count: count, pattern, by, withExtra: true)
    }

    /// A row as it is hashed.
    func pooled(_ row: UnsafePointer<Float>) -> UnsafePointer<Float> {
        guard scheme.pool > 1 else { return row }
        scheme.pool(row, into: rows)
        return UnsafePointer(rows)
    }

    /// Leaves the projections of rows of a matrix in `numbers`.
    func project(
        _ x: UnsafePointer<Float>, rows: UnsafePointer<Int32>?, count: Int, _ pattern: Ints, factors: Floats?, withExtra: Bool
    ) {
        guard let factors else { return }
        scheme.withShape { shape in
            numbers.update(repeating: 0, count: Self.numberCount(scheme))
            nnc_sign_sums(shape, pattern.base, x, scheme.inputs, rows, count, factors.base, withExtra ? extra : nil, numbers)
            nnc_walsh_hadamard(numbers, scheme.projections)
        }
    }

    /// The same of vectors of which `width` numbers are there, at the places `which`, `step` apart.
    func hash(
        _ values: UnsafePointer<Float>, at which: UnsafePointer<Int32>, step: Int, width: Int, count: Int, _ pattern: Ints, _ by: HashCentring
    ) {
        if case .wta = scheme.function {
            // What is not there is zero, and may win.
            rows.update(repeating: 0, count: count * scheme.inputs)
            for vector in 0..<count {
                for i in 0..<width { rows[vector * scheme.inputs + Int(which[vector * step + i])] = values[vector * width + i] }
            }
            return hash(rows, rows: nil, count: count, pattern, by)
        }
        scheme.withShape { shape in
            if scheme.function == .simhash {
                numbers.update(repeating: 0, count: Self.numberCount(scheme))
            } else {
                nnc_winners_begin(scheme.codes, numbers)
            }
            for vector in 0..<count {
                for i in 0..<width {
                    let place = Int(which[vector * step + i]), number = values[vector * width + i]
                    if scheme.function == .simhash {
                        let factor = by.factors?.base[place] ?? 1
                        nnc_sign_sums_add(shape, pattern.base, place, number * factor, numbers, vector)
                    } else {
                        nnc_winners_add(shape, pattern.base, place, number, numbers, vector)
                    }
                }
            }
            if let thresholds = by.thresholds {
                nnc_walsh_hadamard(numbers, scheme.projections)
                nnc_sign_keys(shape, numbers, thresholds.base, keys)
            } else {
                nnc_winner_keys(shape, numbers, count, keys)
            }
        }
    }
}

/// Floats of scratch memory for `hashQueries`.
public func hashQueriesScratch(_ s: HashScheme, threads: Int) -> Int { threads * HashTile.floats(s) }

/// The buckets that each vector looks at: `keys` is [vectors, lookups].
///
public func hashQueries(
    _ x: HashVectors, pattern: Ints, _ by: HashCentring, keys: Ints, _ s: HashScheme, vectors: Int, scratch: Floats, _ pool: WorkerPool
) {
    precondition(s.holds(pattern) && keys.count == vectors * s.lookups)
    by.check(s)
    let width: Int
    switch x {
    case .dense(let x):
        width = s.inputs
        precondition(x.count == vectors * width)
    case .sparse(let values, let which):
        width = values.count / max(1, vectors)
        precondition(which.count == values.count && nnc_all_below(which.base, which.count, Int32(s.inputs)) != 0)
    case .packed(let values, let which):
        width = which.count
        precondition(values.count == vectors * width && nnc_all_below(which.base, width, Int32(s.inputs)) != 0)
    }
    let lanes = Int(NNC_HASH_LANES), perThread = HashTile.floats(s)
    let groups = Pieces.rows((vectors + lanes - 1) / lanes, width: lanes * (width * s.rounds + 4 * s.codes), pool)
    pool.run(pieces: groups.count) { piece, thread in
        let tile = HashTile(s, in: scratch[thread * perThread..<(thread + 1) * perThread])
        for group in groups[piece] {
            let first = group * lanes, count = min(lanes, vectors - first)
            switch x {
            case .dense(let x): tile.hash(x.base + first * width, rows: nil, count: count, pattern, by)
            case .sparse(let values, let which):
                tile.hash(
                    values.base + first * width, at: which.base + first * width, step: width, width: width, count: count, pattern, by)
            case .packed(let values, let which):
                tile.hash(values.base + first * width, at: which.base, step: 0, width: width, count: count, pattern, by)
            }
            nnc_store_keys(tile.keys, s.lookups, count, keys.base + first * s.lookups)
        }
    }
}
