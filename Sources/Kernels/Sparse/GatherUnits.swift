import CKernels

/// Chosen units of a tensor: `y[o, j, i] = x[o, indices[j], i]`; `x` is [outer, units, inner], `y` [outer, indices, inner].
public func gatherUnits(_ x: Floats, _ indices: Ints, _ y: Floats, outer: Int, units: Int, inner: Int, _ pool: WorkerPool) {
    let kept = indices.count
    precondition(x.count == outer * units * inner && y.count == outer * kept * inner && indices.lie(below: units))
    if inner == 1 {
        pool.run(Pieces.rows(outer, width: kept, pool)) { r in
            nnc_gather_floats(x.base + r.lowerBound * units, y.base + r.lowerBound * kept, r.count, units, indices.base, kept)
        }
    } else {
        func row(_ place: Int) -> UnsafeMutablePointer<Float> { x.base + (place / kept * units + Int(indices[place % kept])) * inner }
        // Which row of a large matrix comes next, the processor does not foresee.
        let ahead = RowLists.callsAhead(x.count) ? RowLists.rowsAhead(width: inner) : 0
        pool.run(Pieces.rows(outer * kept, width: inner, pool)) { r in
            for place in r {
                if ahead > 0, place + ahead < r.upperBound { nnc_call_row(row(place + ahead), inner) }
                (y.base + place * inner).update(from: row(place), count: inner)
            }
        }
    }
}

/// The same of bytes, unit by unit: `x` is [outer, units], `y` [outer, indices].
public func gatherUnits(_ x: Bytes, _ indices: Ints, _ y: Bytes, outer: Int, units: Int, _ pool: WorkerPool) {
    let kept = indices.count
    precondition(x.count == outer * units && y.count == outer * kept && indices.lie(below: units))
    pool.run(Pieces.rows(outer, width: kept, pool)) { r in
        nnc_gather_bytes(x.base + r.lowerBound * units, y.base + r.lowerBound * kept, r.count, units, indices.base, kept)
    }
}

/// Each example's own units: `x` is [examples, pixels, units], `indices` [examples, kept], `y` [examples, pixels, kept].
public func gatherUnitsPerExample(_ x: Floats, _ indices: Ints, _ y: Floats, _ s: UnitSelection, _ pool: WorkerPool) {
    s.check(x.count, indices, y.count)
    pool.run(Pieces.rows(s.examples, width: s.pixels * s.kept, pool)) { r in
        for example in r {
            nnc_gather_floats(
                x.base + example * s.pixels * s.units, y.base + example * s.pixels * s.kept, s.pixels, s.units,
                indices.base + example * s.kept, s.kept)
        }
    }
}

/// The same of bytes.
public func gatherUnitsPerExample(_ x: Bytes, _ indices: Ints, _ y: Bytes, _ s: UnitSelection, _ pool: WorkerPool) {
    s.check(x.count, indices, y.count)
    pool.run(Pieces.rows(s.examples, width: s.pixels * s.kept, pool)) { r in
        for example in r {
            nnc_gather_bytes(
                x.base + example * s.pixels * s.units, y.base + example * s.pixels * s.kept, s.pixels, s.units,
                indices.base + example * s.kept, s.kept)
        }
    }
}

/// The inverse: `x[o, indices[j]] = y[o, j]` and zeros elsewhere; `x` is [outer, units], `y` [outer, indices].
public func scatterUnits(_ y: Floats, _ indices: Ints, _ x: Floats, outer: Int, units: Int, _ pool: WorkerPool) {
    let kept = indices.count
    precondition(x.count == outer * units && y.count == outer * kept && indices.lie(below: units))
    pool.run(Pieces.rows(outer, width: units, pool)) { r in
        x[r.lowerBound * units..<r.upperBound * units].fill(0)
        nnc_scatter_columns(y.base + r.lowerBound * kept, x.base + r.lowerBound * units, r.count, units, indices.base, kept)
    }
}

/// The same for each example's own units: `x` is [examples, pixels, units], `indices` [examples, kept], `y` [examples, pixels, kept].
public func scatterUnitsPerExample(_ y: Floats, _ indices: Ints, _ x: Floats, _ s: UnitSelection, _ pool: WorkerPool) {
    s.check(x.count, indices, y.count)
    let width = s.pixels * s.units
    pool.run(Pieces.rows(s.examples, width: width, pool)) { r in
        x[r.lowerBound * width..<r.upperBound * width].fill(0)
        for example in r {
            nnc_scatter_columns(
                y.base + example * s.pixels * s.kept, x.base + example * width, s.pixels, s.units, indices.base + example * s.kept, s.kept)
        }
    }
}

/// The same of lists of numbers where each example has as many entries as `ends` says: those of example b are `ends[b - 1] ..< ends[b]`.
public func scatterRaggedUnits(_ y: Floats, _ indices: Ints, ends: Ints, _ x: Floats, _ s: UnitSelection, _ pool: WorkerPool) {
    s.check(x.count, indices, y.count)
    precondition(s.pixels == 1 && ends.count == s.examples)
    pool.run(Pieces.rows(s.examples, width: s.units, pool)) { r in
        x[r.lowerBound * s.units..<r.upperBound * s.units].fill(0)
        var entry = r.lowerBound > 0 ? Int(ends[r.lowerBound - 1]) : 0
        for example in r {
            let end = min(Int(ends[example]), y.count), row = x.base + example * s.units
            while entry < end {
                row[Int(indices.base[entry])] = y.base[entry]
                entry += 1
            }
        }
    }
}

extension UnitSelection {
    /// The counts of a tensor of all units and of one of those chosen.
    fileprivate func check(_ all: Int, _ indices: Ints, _ chosen: Int) {
        precondition(all == examples * pixels * units && chosen == examples * pixels * kept)
        precondition(indices.count == examples * kept && indices.lie(below: units))
    }
}

extension Ints {
    func lie(below limit: Int) -> Bool { nnc_all_below(base, count, Int32(limit)) != 0 }
}
