import CKernels

/// Floats of scratch memory for `gatheredDense`.
public func gatheredDenseScratch(units: Int, entries: Int) -> Int { UnitLists<Int32>.floats(units: units, entries: entries) }

/// `y = activation(x · row of w + bias)` for some rows of `w`, each example's own: `which` and `y` are [batch, k], the units of an
/// example ascending; `x` is [batch, inputs], `w` [units, inputs].
///
/// Every row of `w` is read once, and multiplied with all the examples that have chosen it.
public func gatheredDense(
    _ x: Floats, _ w: Floats, _ bias: Floats?, _ which: Ints, _ y: Floats, _ s: DenseShape, _ activation: ActivationFunction,
    _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.inputs && w.count == s.units * s.inputs && y.count == which.count && which.lie(below: s.units))
    precondition(bias.map { $0.count == s.units } ?? true)
    guard s.batch > 0 && s.units > 0 else { return }
    let byExample = ExampleEntries(count: which.count, batch: s.batch, ends: nil)
    let lists = UnitLists(which, byExample, batch: s.batch, units: s.units, in: scratch) { Int32(truncatingIfNeeded: $0) }
    // So many inputs at a time that those of all examples stay in the second-level cache. The shape alone cuts them, so the
    // order of every sum is the same.
    let columns = Pieces(of: s.inputs, count: max(1, s.inputs / max(256, (1 << 17) / s.batch)), multiple: 16)
    let callsAhead = RowLists.callsAhead(w.count), ahead = RowLists.rowsAhead(width: s.inputs)
    let shares = which.count * s.inputs < 2 * ProductCut.leastProducts ? 1 : pool.threads
    pool.run(pieces: shares) { piece, _ in
        let units = lists.share(piece, of: shares)
        for block in 0..<columns.count {
            let run = columns[block]
            for unit in units {
                let entries = lists.entries(unit), next = unit + ahead
                if callsAhead, next < s.units, !lists.entries(next).isEmpty { nnc_call_row(w.base + next * s.inputs + run.lowerBound, run.count) }
                if entries.isEmpty { continue }
                nnc_gathered_dots(
                    w.base + unit * s.inputs + run.lowerBound, run.count, x.base + run.lowerBound, s.inputs,
                    lists.examples + entries.lowerBound, lists.payloads + entries.lowerBound, entries.count,
                    bias.map { $0.base[unit] } ?? 0, block > 0 ? 1 : 0, y.base)
            }
        }
    }
    y.activate(activation, pool)
}

extension Floats {
    /// Applies a function in place.
    func activate(_ function: ActivationFunction, _ pool: WorkerPool) {
        guard function != .linear else { return }
        pool.run(Pieces.elements(count, pool)) { nnc_bias_activation(function.code, nil, base + $0.lowerBound, 1, $0.count, $0.count) }
    }
}
