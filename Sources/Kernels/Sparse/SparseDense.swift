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

/// The lists of a batch turned round: for each unit its examples, ascending, with the values there.
private struct UnitLists {
    let units: Int
    /// `starts[u] ..< starts[u + 1]` are the entries of unit u.
    let starts: UnsafeMutablePointer<Int32>
    let examples: UnsafeMutablePointer<Int32>
    let values: UnsafeMutablePointer<Float>

    private static func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

    static func floats(units: Int, entries: Int) -> Int { lines(units + 2) + 2 * lines(entries) }

    init(_ indices: Ints, _ values: Floats, _ entries: ExampleEntries, batch: Int, units: Int, in scratch: Floats) {
        precondition(scratch.count >= Self.floats(units: units, entries: indices.count))
        let afterStarts = Self.lines(units + 2), list = Self.lines(indices.count)
        func ints(_ from: Int) -> UnsafeMutablePointer<Int32> { UnsafeMutableRawPointer(scratch.base + from).assumingMemoryBound(to: Int32.self) }
        self.units = units
        starts = ints(0)
        examples = ints(afterStarts)
        self.values = scratch.base + afterStarts + list
        // Counting sort: counts two places on, then sums, so that the second walk leaves the starts in place.
        starts.update(repeating: 0, count: units + 2)
        for i in 0..<indices.count { starts[Int(indices.base[i]) + 2] += 1 }
        for unit in 0..<units { starts[unit + 2] += starts[unit + 1] }
        for n in 0..<batch {
            for i in entries[n] {
                let unit = Int(indices.base[i]), place = Int(starts[unit + 1])
                starts[unit + 1] += 1
                examples[place] = Int32(truncatingIfNeeded: n)
                self.values[place] = values.base[i]
            }
        }
    }

    func entries(_ unit: Int) -> Range<Int> { Int(starts[unit])..<Int(starts[unit + 1]) }

    /// Writes the index set of the units that have entries, and returns how many these are.
    func collectTouched(in touched: Ints) -> Int {
        var rows = 0
        for unit in 0..<units where !entries(unit).isEmpty {
            rows += 1
            touched[rows] = Int32(truncatingIfNeeded: unit)
        }
        touched[0] = Int32(truncatingIfNeeded: rows)
        return rows
    }

    /// The touched rows of one thread of `count`: all have about the same number of entries.
    func share(_ index: Int, of count: Int, _ touched: Ints) -> Range<Int> {
        firstRow(index, count, touched)..<firstRow(index + 1, count, touched)
    }

    private func firstRow(_ share: Int, _ count: Int, _ touched: Ints) -> Int {
        let bound = Int(starts[units]) * share / count
        var low = 0, high = Int(touched[0])
        while low < high {
            let middle = (low + high) / 2
            if Int(starts[Int(touched[1 + middle])]) < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Floats of scratch memory for `sparseDenseBackwardWeights`.
public func sparseDenseBackwardWeightsScratch(units: Int, entries: Int, batch: Int, threads: Int) -> Int {
    UnitLists.floats(units: units, entries: entries) + RowLists.scratch(lists: units, matrixRows: batch, threads: threads)
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
    let own = UnitLists.floats(units: s.units, entries: indices.count)
    let byExample = ExampleEntries(count: indices.count, batch: s.batch, ends: ends)
    let lists = UnitLists(indices, values, byExample, batch: s.batch, units: s.units, in: scratch.prefix(own))
    let rows = lists.collectTouched(in: touched)
    let sums = RowLists(
        lists.examples, lists.values, entries: indices.count, lists: rows, matrixRows: s.batch, in: scratch[own..<scratch.count], pool
    ) { lists.entries(Int(touched.base[1 + $0])) }
    let shares = indices.count * s.inputs < 2 * ProductCut.leastProducts ? 1 : min(pool.threads, rows)
    pool.run(pieces: shares) { piece, thread in
        let share = lists.share(piece, of: shares, touched)
        sums.sum(share, columns: 0..<s.inputs, of: x.base, into: dw.base, stride: s.inputs, thread: thread)
        guard let dbias else { return }
        for r in share {
            var sum: Float = 0
            for i in lists.entries(Int(touched.base[1 + r])) { sum += lists.values[i] }
            dbias.base[r] = sum
        }
    }
}
