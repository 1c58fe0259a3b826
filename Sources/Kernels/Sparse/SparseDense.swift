import CKernels

// Backward products of a dense layer from a few numbers of each example's cotangent. Every place of a result is one sum
// in the order of its terms, so the work is cut by the number of threads and the bits stay the same.

/// Floats of scratch memory for `sparseDenseBackwardInput`.
public func sparseDenseBackwardInputScratch(units: Int, batch: Int, threads: Int) -> Int {
    RowLists.scratch(lists: batch, matrixRows: units, threads: threads)
}

/// `dx = (values · w) ⊙ derivative(below)`: for each example the sum of its units' rows of `w`, times the derivative of
/// `through` where the layer below applied that and left `below`.
///
/// `values` and `indices` are [batch, k], the units of an example in ascending order, or as many for each example as `ends`
/// says; `w` is [units, inputs].
public func sparseDenseBackwardInput(
    _ values: Floats, _ indices: Ints, ends: Ints? = nil, _ w: Floats, _ dx: Floats, _ s: DenseShape, through: ActivationFunction,
    below: Floats?, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(values.count == indices.count && w.count == s.units * s.inputs && dx.count == s.batch * s.inputs)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    guard s.batch > 0 && s.inputs > 0 else { return }
    let byExample = ExampleEntries(count: values.count, batch: s.batch, ends: ends)
    let lists = RowLists(indices.base, values.base, entries: values.count, lists: s.batch, matrixRows: s.units, in: scratch, pool) {
        byExample[$0]
    }
    let shares = values.count * s.inputs < 2 * ProductCut.leastProducts ? 1 : pool.threads
    let byColumns = s.inputs >= 64 * shares
    let columnShares = Pieces(of: s.inputs, count: byColumns ? shares : 1, multiple: 16)
    let exampleShares = Pieces(of: s.batch, count: byColumns ? 1 : min(shares, s.batch))
    pool.run(pieces: columnShares.count * exampleShares.count) { piece, thread in
        let columns = columnShares[byColumns ? piece : 0], examples = exampleShares[byColumns ? 0 : piece]
        lists.sum(examples, columns: columns, of: w.base, into: dx.base, stride: s.inputs, thread: thread)
        guard let below else { return }
        let from = examples.lowerBound * s.inputs + columns.lowerBound
        nnc_activation_gradient_rows(through.code, below.base + from, dx.base + from, examples.count, columns.count, s.inputs)
    }
}

/// Floats of scratch memory for `sparseDenseBackwardWeights`.
public func sparseDenseBackwardWeightsScratch(units: Int, entries: Int, batch: Int, threads: Int) -> Int {
    UnitLists<Float>.floats(units: units, entries: entries) + RowLists.scratch(lists: units, matrixRows: batch, threads: threads)
}

/// The gradients of the units that `indices` names, the first rows of `dw` [units, inputs] and of `dbias`; `touched` says
/// how many these are and, ascending, which. Nothing is written behind them.
///
/// `values` and `indices` are [batch, k], the units of an example in ascending order, or as many for each example as `ends`
/// says; `x` is [batch, inputs].
public func sparseDenseBackwardWeights(
    _ x: Floats, _ values: Floats, _ indices: Ints, ends: Ints? = nil, _ dw: Floats, _ dbias: Floats?, _ touched: Ints,
    _ s: DenseShape, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(values.count == indices.count && dw.count == s.units * s.inputs && x.count == s.batch * s.inputs)
    precondition(touched.count == 1 + s.units && dbias.map { $0.count == s.units } ?? true)
    guard s.batch > 0 else {
        touched[0] = 0
        return
    }
    let own = UnitLists<Float>.floats(units: s.units, entries: indices.count)
    let byExample = ExampleEntries(count: indices.count, batch: s.batch, ends: ends)
    let lists = UnitLists(indices, byExample, batch: s.batch, units: s.units, in: scratch.prefix(own)) { values.base[$0] }
    let rows = lists.collectTouched(in: touched)
    let sums = RowLists(
        lists.examples, lists.payloads, entries: indices.count, lists: rows, matrixRows: s.batch, in: scratch[own..<scratch.count], pool
    ) { lists.entries(Int(touched.base[1 + $0])) }
    let shares = indices.count * s.inputs < 2 * ProductCut.leastProducts ? 1 : min(pool.threads, rows)
    pool.run(pieces: shares) { piece, thread in
        let share = lists.share(piece, of: shares, touched)
        sums.sum(share, columns: 0..<s.inputs, of: x.base, into: dw.base, stride: s.inputs, thread: thread)
        guard let dbias else { return }
        for r in share {
            var sum: Float = 0
            for i in lists.entries(Int(touched.base[1 + r])) { sum += lists.payloads[i] }
            dbias.base[r] = sum
        }
    }
}

/// The same gradients, times `alpha`, added straight into the units' rows of `w` and `bias`, which have all units. `touched` says which
/// units these are.
public func sparseDenseUpdate(
    _ x: Floats, _ values: Floats, _ indices: Ints, ends: Ints? = nil, _ w: Floats, _ bias: Floats?, _ touched: Ints, _ s: DenseShape,
    alpha: Float, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(touched.count == 1 + s.units && bias.map { $0.count == s.units } ?? true)
    let lists = sparseDenseRows(x, values, indices, ends: ends, w, s, alpha: alpha, adding: true, scratch, pool)
    _ = lists.collectTouched(in: touched)
    guard let bias else { return }
    pool.run(Pieces.rows(s.units, width: 4 * max(1, indices.count / s.units), pool)) { units in
        for unit in units {
            for i in lists.entries(unit) { bias.base[unit] += lists.payloads[i] }
        }
    }
}

/// The sums for all rows of `w`, or, `adding`, what is to be added to them. Rows without entries become zeros, or stay.
@discardableResult
func sparseDenseRows(
    _ x: Floats, _ values: Floats, _ indices: Ints, ends: Ints? = nil, _ w: Floats, _ s: DenseShape, alpha: Float, adding: Bool,
    _ scratch: Floats, _ pool: WorkerPool
) -> UnitLists<Float> {
    precondition(values.count == indices.count && w.count == s.units * s.inputs && x.count == s.batch * s.inputs)
    let own = UnitLists<Float>.floats(units: s.units, entries: indices.count)
    let byExample = ExampleEntries(count: indices.count, batch: s.batch, ends: ends)
    let lists = UnitLists(indices, byExample, batch: s.batch, units: s.units, in: scratch.prefix(own)) { alpha * values.base[$0] }
    let sums = RowLists(
        lists.examples, lists.payloads, entries: indices.count, lists: s.units, matrixRows: s.batch, in: scratch[own..<scratch.count], pool
    ) { lists.entries($0) }
    let shares = indices.count * s.inputs < 2 * ProductCut.leastProducts ? 1 : min(pool.threads, s.units)
    pool.run(pieces: shares) { piece, thread in
        sums.sum(
            lists.share(piece, of: shares), columns: 0..<s.inputs, of: x.base, into: w.base, stride: s.inputs, adding: adding, thread: thread)
    }
    return lists
}
