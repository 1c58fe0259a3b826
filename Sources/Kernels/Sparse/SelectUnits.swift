import CKernels

/// Numbers [examples, pixels, units], of whose units `kept` are chosen, for each example or for all of them.
@frozen public struct UnitSelection: Sendable, Hashable {
    public var examples: Int
    /// Rows of units that each example has: they are summed over.
    public var pixels: Int
    public var units: Int
    public var kept: Int
    /// So many units, the first, are taken in any case.
    public var always: Int

    public init(examples: Int, pixels: Int, units: Int, kept: Int, always: Int = 0) {
        self.examples = examples
        self.pixels = pixels
        self.units = units
        self.kept = kept
        self.always = always
    }

    /// The key of a unit that is taken in any case: above those of all numbers, and below the largest, beyond which the search would look.
    public static let alwaysKey: Int32 = 0x7FFF_FFF0

    fileprivate func raise(_ keys: UnsafeMutablePointer<Int32>) { keys.update(repeating: Self.alwaysKey, count: min(always, kept)) }

    /// Numbers that the keys of one set of units take.
    var keyCount: Int { (units + Int(NNC_SELECT_PADDING) - 1) / Int(NNC_SELECT_PADDING) * Int(NNC_SELECT_PADDING) }

    /// So many grains of numbers, `most` where there are more. Sizes come from a file: their product may overflow.
    private func grains(of count: Int, most: Int) -> Int {
        Int(min(Double(most), Double(examples) * Double(pixels) * Double(units) / Double(count)))
    }

    /// Columns of the batch's sums, in pieces; wide rows make many.
    private var columnPieces: Int { max(1, min(units / 64, grains(of: 2 * Pieces.elementGrain, most: 16))) }

    /// Runs of rows whose sums are made apart and then added, which narrow rows need. A function of the shape alone.
    private var rowPieces: Int {
        let rows = grains(of: 8 * units, most: 32)
        return max(1, min(rows, grains(of: 8 * Pieces.elementGrain, most: 32 / columnPieces)))
    }

    /// Floats of scratch memory for one selection from the whole batch.
    public var batchScratch: Int { keyCount + units * (rowPieces + 1) }

    /// Floats of scratch memory for one from each example.
    public func exampleScratch(threads: Int) -> Int { threads * (keyCount + (pixels > 1 ? units : 0)) }

    /// `columns` are pieces of the batch's units, `rows` of all the rows.
    var grid: (columns: Pieces, rows: Pieces) {
        (Pieces(of: units, count: columnPieces, multiple: 16), Pieces(of: examples * pixels, count: rowPieces))
    }

    /// Examples, in pieces.
    func exampleGrid(_ pool: WorkerPool) -> Pieces {
        // The search goes 31 times over the keys, which costs as much as a few sums.
        Pieces.rows(examples, width: units * (pixels + 4), pool)
    }
}

/// What of a number counts for its unit.
public enum UnitScore: Sendable, Hashable {
    case magnitude
    /// The number itself, of an example that has one for each unit; where several are summed, what of them is positive.
    case value

    fileprivate func addColumns(_ x: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        switch self {
        case .magnitude: nnc_column_magnitudes(x, sums, rows, columns, stride)
        case .value: nnc_column_positive_parts(x, sums, rows, columns, stride)
        }
    }
}

/// The units whose scores have the largest sums over the batch: `set` becomes their number and then they, ascending.
///
/// Of equal sums the first is taken; NaN is larger than all. Each sum adds its rows in runs that the shape alone cuts.
public func selectLargestUnits(_ x: Floats, by score: UnitScore, set: Ints, _ s: UnitSelection, scratch: Floats, _ pool: WorkerPool) {
    let rows = s.examples * s.pixels
    precondition(s.kept > 0 && s.kept <= s.units && x.count == rows * s.units && set.count == 1 + s.kept && rows > 0)
    let (columns, runs) = s.grid
    let sums = scratch[s.keyCount..<s.keyCount + s.units]
    let partial = runs.count == 1 ? sums : scratch[s.keyCount + s.units..<s.batchScratch]
    pool.run(pieces: columns.count * runs.count) { piece in
        let run = piece / columns.count, c = columns[piece % columns.count], r = runs[run]
        score.addColumns(
            x.base + r.lowerBound * s.units + c.lowerBound, partial.base + run * s.units + c.lowerBound, rows: r.count, columns: c.count,
            stride: s.units)
    }
    if runs.count > 1 { score.addColumns(partial.base, sums.base, rows: runs.count, columns: s.units, stride: s.units) }
    let keys = scratch.keys(0, s.keyCount)
    nnc_magnitude_keys(sums.base, keys, s.units)
    s.raise(keys)
    set[0] = Int32(s.kept)
    nnc_select_largest(keys, s.units, s.kept, set.base + 1)
}

/// The units whose scores, summed over the pixels, are the largest of each example, ascending: `indices` is
/// [examples, kept]. Of equal sums the first is taken; NaN is larger than all.
public func selectLargestUnitsPerExample(_ x: Floats, by score: UnitScore, indices: Ints, _ s: UnitSelection, scratch: Floats, _ pool: WorkerPool) {
    let width = s.pixels * s.units, perThread = s.exampleScratch(threads: 1)
    precondition(s.kept > 0 && s.kept <= s.units && x.count == s.examples * width && indices.count == s.examples * s.kept)
    precondition(s.pixels > 0 && scratch.count >= perThread * pool.threads)
    let pieces = s.exampleGrid(pool)
    pool.run(pieces: pieces.count) { piece, thread in
        let keys = scratch.keys(thread * perThread, s.keyCount), sums = scratch.base + thread * perThread + s.keyCount
        for example in pieces[piece] {
            let values = x.base + example * width, chosen = indices.base + example * s.kept
            if s.pixels > 1 {
                score.addColumns(values, sums, rows: s.pixels, columns: s.units, stride: s.units)
                nnc_magnitude_keys(sums, keys, s.units)
                s.raise(keys)
                nnc_select_largest(keys, s.units, s.kept, chosen)
            } else if score == .value {
                nnc_value_keys(values, keys, s.units)
                s.raise(keys)
                nnc_select_largest_signed(keys, s.units, s.kept, chosen)
            } else {
                nnc_magnitude_keys(values, keys, s.units)
                s.raise(keys)
                nnc_select_largest(keys, s.units, s.kept, chosen)
            }
        }
    }
}

extension RandomStream {
    /// What unit `unit` of set `row` is drawn by: the units with the largest keys are taken. Of 31 bits.
    public func unitKey(row: Int, unit: Int, units: Int) -> Int32 { Int32(uint32(at: Self.firstKey(row: row, units: units) + unit) >> 1) }

    /// Rows begin with a block of the stream.
    static func firstKey(row: Int, units: Int) -> Int { row * ((units + 3) / 4 * 4) }
}

/// `kept` units at random for each of so many rows, every set equally likely, ascending: `indices` is [rows, kept].
public func selectRandomUnits(
    rows: Int, units: Int, kept: Int, always: Int = 0, indices: Ints, stream: RandomStream, scratch: Floats, _ pool: WorkerPool
) {
    let s = UnitSelection(examples: rows, pixels: 1, units: units, kept: kept, always: always)
    precondition(kept > 0 && kept <= units && indices.count == rows * kept && scratch.count >= s.keyCount * min(rows, pool.threads))
    let pieces = s.exampleGrid(pool)
    pool.run(pieces: pieces.count) { piece, thread in
        let keys = scratch.keys(thread * s.keyCount, s.keyCount)
        for row in pieces[piece] {
            for i in units..<s.keyCount { keys[i] = -1 }
            stream.withWords { counter, key in nnc_random_keys(keys, units, RandomStream.firstKey(row: row, units: units), counter, key) }
            s.raise(keys)
            nnc_select_largest(keys, units, kept, indices.base + row * kept)
        }
    }
}

extension Floats {
    /// Part of scratch memory, for whole numbers.
    fileprivate func keys(_ offset: Int, _ count: Int) -> UnsafeMutablePointer<Int32> {
        precondition(offset + count <= self.count)
        return UnsafeMutableRawPointer(base + offset).bindMemory(to: Int32.self, capacity: count)
    }
}
