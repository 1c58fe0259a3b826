import CKernels

// The three products of a dense layer whose inputs are zero but for a few of each example, and of whose outputs each example
// wants a few, or all. Every product of two such numbers is one multiplication; nothing else of the weights is read or written.

/// Sizes of such a layer.
@frozen public struct SparseGatheredShape: Sendable, Hashable {
    public var batch: Int
    public var inputs: Int
    public var units: Int
    /// Inputs of each example that are there, and outputs that it wants.
    public var keptInputs: Int
    public var keptUnits: Int

    public init(batch: Int, inputs: Int, units: Int, keptInputs: Int, keptUnits: Int) {
        self.batch = batch
        self.inputs = inputs
        self.units = units
        self.keptInputs = keptInputs
        self.keptUnits = keptUnits
    }

    /// Floats of scratch memory for each of the products.
    public func scratch(allUnits: Bool, threads: Int) -> Int {
        let lists = UnitExamples.floats(units: units, kept: keptUnits, batch: batch, all: allUnits)
        return max(lists, TransposedProducts(self, allUnits: allUnits)?.scratch(threads: threads) ?? 0)
    }

    fileprivate func check(_ values: Int, _ indices: Ints, weights: Int, _ outputs: Int, _ which: Ints?) {
        precondition(values == batch * keptInputs && weights == units * inputs && outputs == batch * keptUnits)
        precondition(indices.count == values && indices.lie(below: inputs))
        precondition(which.map { $0.count == outputs && $0.lie(below: units) } ?? (keptUnits == units))
    }

    /// Threads that a product is shared out to. A gathered multiplication takes several times as long as one in a row.
    fileprivate func shares(_ pool: WorkerPool) -> Int {
        batch * keptInputs * keptUnits < ProductCut.leastProducts / 2 ? 1 : pool.threads
    }
}

/// `y = activation(Σ value · w[unit, index] + bias)`. `values` and `indices` are [batch, kept inputs], `which` is [batch, kept units]
/// or, for all units, nil, `w` is [units, inputs] and `y` [batch, kept units]. The indices of an example are different and ascend.
public func sparseGatheredDense(
    _ values: Floats, _ indices: Ints, _ w: Floats, _ bias: Floats?, _ which: Ints?, _ y: Floats, _ s: SparseGatheredShape,
    _ activation: ActivationFunction, _ scratch: Floats, _ pool: WorkerPool
) {
    s.check(values.count, indices, weights: w.count, y.count, which)
    precondition(bias.map { $0.count == s.units } ?? true)
    guard s.batch > 0 else { return }
    if let products = TransposedProducts(s, allUnits: which == nil) {
        return products.forward(values, indices, w, bias, y, activation, scratch, pool)
    }
    let lists = UnitExamples(which, batch: s.batch, units: s.units, in: scratch), shares = s.shares(pool)
    pool.run(pieces: shares) { piece, _ in
        for unit in lists.share(piece, of: shares) {
            let entries = lists.entries(unit)
            nnc_sparse_dots(
                w.base + unit * s.inputs, values.base, indices.base, s.keptInputs, lists.examples + entries.lowerBound,
                lists.places + entries.lowerBound, entries.count, bias.map { $0.base[unit] } ?? 0, y.base + lists.offset(unit))
        }
    }
    y.activate(activation, pool)
}

/// `dx = Σ dy · w[unit, index] ⊙ derivative(below)`: the cotangents of those inputs that are there. `dy` is [batch, kept units], `dx`,
/// `indices` and `below`, the values, are [batch, kept inputs].
public func sparseGatheredBackwardInput(
    _ dy: Floats, _ which: Ints?, _ w: Floats, _ indices: Ints, _ dx: Floats, _ s: SparseGatheredShape, through: ActivationFunction,
    below: Floats?, _ scratch: Floats, _ pool: WorkerPool
) {
    s.check(dx.count, indices, weights: w.count, dy.count, which)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    guard s.batch > 0 else { return }
    if let products = TransposedProducts(s, allUnits: which == nil) {
        return products.backwardInput(dy, w, indices, dx, through: through, below: below, scratch, pool)
    }
    // An example's numbers are sums over its units, in their order, on one thread.
    let examples = Pieces(of: s.batch, count: min(s.shares(pool), s.batch))
    func finish(_ part: Range<Int>) {
        guard let below else { return }
        nnc_activation_gradient_rows(through.code, below.base + part.lowerBound, dx.base + part.lowerBound, 1, part.count, part.count)
    }
    // Unit by unit, every thread reads the rows of nearly all units. Where these stay in the caches, example by example is faster for several of them.
    if let which, s.shares(pool) > 1, !RowLists.callsAhead(w.count) {
        return pool.run(examples) { some in
            for n in some {
                nnc_sparse_inputs(
                    w.base, s.inputs, indices.base + n * s.keptInputs, s.keptInputs, which.base + n * s.keptUnits, dy.base + n * s.keptUnits, s.keptUnits,
                    dx.base + n * s.keptInputs)
            }
            finish(some.lowerBound * s.keptInputs..<some.upperBound * s.keptInputs)
        }
    }
    let lists = UnitExamples(which, batch: s.batch, units: s.units, in: scratch)
    pool.run(examples) { some in
        let part = some.lowerBound * s.keptInputs..<some.upperBound * s.keptInputs
        dx[part].fill(0)
        for unit in 0..<s.units {
            let entries = lists.entries(unit, of: some)
            if entries.isEmpty { continue }
            nnc_sparse_add_inputs(
                w.base + unit * s.inputs, indices.base, s.keptInputs, lists.examples + entries.lowerBound, lists.places + entries.lowerBound,
                entries.count, dy.base + lists.offset(unit), dx.base)
        }
        finish(part)
    }
}

/// The gradients of the weights and biases: with `which`, the first rows of `dw` [units, inputs] and of `dbias` are those of the units that
/// `touched` names, which is written too; without, all are there. In a row, the inputs that no example has are zero.
public func sparseGatheredBackwardWeights(
    _ values: Floats, _ indices: Ints, _ dy: Floats, _ which: Ints?, _ dw: Floats, _ dbias: Floats?, _ touched: Ints?,
    _ s: SparseGatheredShape, _ scratch: Floats, _ pool: WorkerPool
) {
    s.check(values.count, indices, weights: dw.count, dy.count, which)
    precondition(touched.map { $0.count == 1 + s.units } ?? true && (touched == nil) == (which == nil))
    precondition(dbias.map { $0.count == s.units } ?? true)
    if let products = TransposedProducts(s, allUnits: which == nil) {
        return products.backwardWeights(values, indices, dy, dw, dbias, alpha: 1, adding: false, scratch, pool)
    }
    let lists = UnitExamples(which, batch: s.batch, units: s.units, in: scratch)
    let rows = touched.map { lists.collectTouched(in: $0) } ?? s.units, shares = max(1, min(s.shares(pool), rows))
    pool.run(pieces: shares) { piece, _ in
        for row in lists.rows(piece, of: shares, touched) {
            let unit = touched.map { Int($0.base[1 + row]) } ?? row, entries = lists.entries(unit)
            let gradient = dw[row * s.inputs..<(row + 1) * s.inputs], dy = dy.base + lists.offset(unit)
            gradient.fill(0)
            nnc_sparse_add_outer(
                gradient.base, values.base, indices.base, s.keptInputs, lists.examples + entries.lowerBound,
                lists.places + entries.lowerBound, entries.count, 1, dy)
            guard let dbias else { continue }
            var sum: Float = 0
            for i in entries { sum += dy[Int(lists.places[i])] }
            dbias.base[row] = sum
        }
    }
}

/// The same gradients, times `alpha`, added straight into `w` and `bias`, of which nothing is touched but what has a gradient.
public func sparseGatheredUpdate(
    _ values: Floats, _ indices: Ints, _ dy: Floats, _ which: Ints?, _ w: Floats, _ bias: Floats?, _ touched: Ints?,
    _ s: SparseGatheredShape, alpha: Float, _ scratch: Floats, _ pool: WorkerPool
) {
    s.check(values.count, indices, weights: w.count, dy.count, which)
    precondition(touched.map { $0.count == 1 + s.units } ?? true && (touched == nil) == (which == nil))
    precondition(bias.map { $0.count == s.units } ?? true)
    if let products = TransposedProducts(s, allUnits: which == nil) {
        return products.backwardWeights(values, indices, dy, w, bias, alpha: alpha, adding: true, scratch, pool)
    }
    let lists = UnitExamples(which, batch: s.batch, units: s.units, in: scratch), shares = s.shares(pool)
    if let touched { _ = lists.collectTouched(in: touched) }
    pool.run(pieces: shares) { piece, _ in
        for unit in lists.share(piece, of: shares) {
            let entries = lists.entries(unit), dy = dy.base + lists.offset(unit)
            nnc_sparse_add_outer(
                w.base + unit * s.inputs, values.base, indices.base, s.keptInputs, lists.examples + entries.lowerBound,
                lists.places + entries.lowerBound, entries.count, alpha, dy)
            guard let bias else { continue }
            for i in entries { bias.base[unit] += alpha * dy[Int(lists.places[i])] }
        }
    }
}
