import CKernels

/// Lists of scaled rows of a matrix, each to be summed: the form that both backward products of a few units per example
/// have. For the input, a list is an example's units; for the weights, it is a unit's examples.
///
/// Every place of a sum is added up in the order of its list, however the work is cut, so the bits are always the same.
struct RowLists {
    /// Columns at a time where rows are copied.
    private static let tileWidth = 64
    /// Rows of a tile: 24 KiB, so that it stays in the first-level cache.
    private static let tileRows = 96

    /// Ascending within a list.
    let rows: UnsafePointer<Int32>
    let values: UnsafePointer<Float>
    private let matrixRows: Int
    /// Where each list passes from tile to tile: `tiles` + 1 places of each.
    private let bounds: UnsafeMutablePointer<Int32>
    private let tiles: Int
    private let callsAhead: Bool

    /// Whether rows of a matrix of so many floats come from beyond the caches, where the processor does not foresee which is next.
    static func callsAhead(_ count: Int) -> Bool { count > 1 << 20 }
    /// How many rows before its use a row is called: a few kilobytes of them.
    static func rowsAhead(width: Int) -> Int { max(1, 1024 / max(1, width)) }

    private static func mostTiles(_ matrixRows: Int) -> Int { max(1, (matrixRows + tileRows - 1) / tileRows) }
    private static func boundsFloats(lists: Int, matrixRows: Int) -> Int { (lists * (mostTiles(matrixRows) + 1) + 15) / 16 * 16 }

    /// Floats of scratch memory: places in the lists, and a tile for each thread.
    static func scratch(lists: Int, matrixRows: Int, threads: Int) -> Int {
        boundsFloats(lists: lists, matrixRows: matrixRows) + threads * tileRows * tileWidth
    }

    /// The part of `scratch` that belongs to one thread.
    private let tileMemory: Floats

    /// - Parameter entries: how many `rows` and `values` there are, over all lists.
    init(
        _ rows: UnsafePointer<Int32>, _ values: UnsafePointer<Float>, entries: Int, lists: Int, matrixRows: Int, in scratch: Floats,
        _ pool: WorkerPool, list: (Int) -> Range<Int>
    ) {
        precondition(scratch.count >= Self.scratch(lists: lists, matrixRows: matrixRows, threads: pool.threads))
        self.rows = rows
        self.values = values
        self.matrixRows = matrixRows
        // A copied tile reads twice as fast, but every list costs something for every tile.
        let most = Self.mostTiles(matrixRows)
        let tiles = entries >= 12 * lists * most ? most : 1
        let bounds = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Int32.self)
        pool.run(Pieces.rows(lists, width: max(1, entries / max(1, lists)), pool)) { some in
            for index in some {
                let range = list(index), from = bounds + index * (tiles + 1)
                var place = range.lowerBound
                from[0] = Int32(truncatingIfNeeded: place)
                for tile in 1..<max(1, tiles) {
                    let end = matrixRows * tile / tiles
                    while place < range.upperBound, Int(rows[place]) < end { place += 1 }
                    from[tile] = Int32(truncatingIfNeeded: place)
                }
                from[tiles] = Int32(truncatingIfNeeded: range.upperBound)
            }
        }
        self.tiles = tiles
        callsAhead = tiles == 1 && matrixRows > 1024 && entries >= 2 * matrixRows
        self.bounds = bounds
        tileMemory = scratch[Self.boundsFloats(lists: lists, matrixRows: matrixRows)..<scratch.count]
    }

    /// Writes the sums of some lists over some columns of the matrix, which has rows of `stride` floats, as `sums` has; or adds term
    /// by term to what stands there.
    func sum(
        _ lists: Range<Int>, columns: Range<Int>, of matrix: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>, stride: Int,
        adding: Bool = false, thread: Int
    ) {
        // Without a copy: so many columns as let all rows' share stay in the second-level cache. Where many rows are each
        // used a few times, half of it: the next columns are called while these are in use, some rows with each list.
        let isCopied = tiles > 1 || tileMemory.count > 0 && matrixRows <= Self.tileRows && isLong(lists)
        let width = isCopied ? Self.tileWidth : max(64, (callsAhead ? 1 << 17 : 1 << 18) / max(1, matrixRows) / 64 * 64)
        let rowsAhead = adding && Self.callsAhead(lists.count * stride) ? Self.rowsAhead(width: min(width, columns.count)) : 0
        let copy = tileMemory.base + thread * Self.tileRows * Self.tileWidth
        for from in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: width) {
            let run = min(width, columns.upperBound - from)
            for tile in 0..<tiles {
                let first = matrixRows * tile / tiles
                if isCopied {
                    for row in first..<matrixRows * (tile + 1) / tiles {
                        (copy + (row - first) * width).update(from: matrix + (row * stride + from), count: run)
                    }
                }
                let base = isCopied ? UnsafePointer(copy) : matrix + from, step = isCopied ? width : stride
                let next = callsAhead ? min(width, columns.upperBound - from - run) : 0
                for list in lists {
                    let index = list - lists.lowerBound
                    if next > 0 {
                        for row in matrixRows * index / lists.count..<matrixRows * (index + 1) / lists.count {
                            nnc_call_row(matrix + (row * stride + from + run), next)
                        }
                    }
                    if rowsAhead > 0, list + rowsAhead < lists.upperBound {
                        let row = list + rowsAhead, place = row * (tiles + 1) + tile
                        if bounds[place] < bounds[place + 1] { nnc_call_row(sums + (row * stride + from), run) }
                    }
                    let start = Int(bounds[list * (tiles + 1) + tile]), end = Int(bounds[list * (tiles + 1) + tile + 1])
                    nnc_sum_rows(
                        sums + (list * stride + from), run, base, step, isCopied ? Int32(truncatingIfNeeded: first) : 0, rows + start,
                        values + start, end - start, tile == 0 && !adding ? 0 : 1)
                }
            }
        }
    }

    /// Whether a copy of the one tile is read often enough.
    private func isLong(_ lists: Range<Int>) -> Bool {
        guard let last = lists.last else { return false }
        return Int(bounds[last * 2 + 1] - bounds[lists.lowerBound * 2]) >= 8 * matrixRows
    }
}
