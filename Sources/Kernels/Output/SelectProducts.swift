import CKernels

/// Floats of scratch memory for `selectProducts`: a tile, and the best so far of its examples.
public func selectProductsScratch(kept: Int, threads: Int) -> Int { perThread(kept) * threads }

private func perThread(_ kept: Int) -> Int { UnitRanking.tileExamples * UnitRanking.tileUnits + (kept + 15) / 16 * 16 * UnitRanking.tileExamples }

/// For each example the `kept` units whose products `x · wᵀ + bias` are the largest, without ever holding all products: tile by tile.
///
/// - Parameters:
///   - x: [examples, depth]
///   - w: [units, depth]
///   - chosen: [examples, kept], ascending; of equal ones the lower units. Where no number can be compared, the first.
public func selectProducts(
    _ x: Floats, _ w: Floats, _ bias: Floats?, chosen: Ints, examples: Int, units: Int, depth: Int, kept: Int, scratch: Floats, _ pool: WorkerPool
) {
    precondition(x.count == examples * depth && w.count == units * depth && (bias?.count ?? units) == units)
    precondition(kept > 0 && kept <= units && chosen.count == examples * kept && scratch.count >= selectProductsScratch(kept: kept, threads: pool.threads))
    let tileExamples = UnitRanking.tileExamples, tileUnits = UnitRanking.tileUnits, width = (kept + 15) / 16 * 16
    let pieces = Pieces(of: examples, count: max(1, (examples + tileExamples - 1) / tileExamples))
    pool.run(pieces: pieces.count) { piece, thread in
        let rows = pieces[piece], tile = scratch.base + thread * perThread(kept), scores = tile + tileExamples * tileUnits
        for row in 0..<rows.count {
            (scores + row * width).update(repeating: -.infinity, count: kept)
            (chosen.base + (rows.lowerBound + row) * kept).update(repeating: Int32.max, count: kept)
        }
        for first in stride(from: 0, to: units, by: tileUnits) {
            let count = min(tileUnits, units - first)
            product(
                rows.count, count, depth, 1, x.base + rows.lowerBound * depth, depth, .plain, w.base + first * depth, depth, .transposed, 0, tile, tileUnits)
            for row in 0..<rows.count {
                nnc_heap_block(
                    tile + row * tileUnits, bias.map { $0.base + first }, count, Int32(truncatingIfNeeded: first), scores + row * width,
                    chosen.base + (rows.lowerBound + row) * kept, kept)
            }
        }
        for row in 0..<rows.count {
            let own = chosen[(rows.lowerBound + row) * kept..<(rows.lowerBound + row + 1) * kept]
            // Something that is no number has kept units away.
            if (scores + row * width).pointee == -.infinity {
                for j in 0..<kept { own[j] = Int32(truncatingIfNeeded: j) }
            } else {
                nnc_sort_units(own.base, kept)
            }
        }
    }
}
