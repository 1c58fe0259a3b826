import CKernels

// A dense layer whose examples are lists of the inputs that they have. Its weights are stored by input, so that those of one input
// are one run of numbers: a row.

/// Sizes of such a layer.
@frozen public struct SparseInputShape: Sendable, Hashable {
    public var batch: Int
    /// Places of an example's list, of which it may use fewer.
    public var longest: Int
    public var inputs: Int
    public var units: Int

    public init(batch: Int, longest: Int, inputs: Int, units: Int) {
        self.batch = batch
        self.longest = longest
        self.inputs = inputs
        self.units = units
    }

    /// Places of a batch.
    fileprivate var places: Int { batch * longest }

    /// How many entries a batch has.
    fileprivate func entries(_ values: Floats, _ places: Ints) -> Int {
        precondition(values.count == self.places && places.count == self.places && self.places <= Int(Int32.max))
        let count = nnc_count_entries(places.base, places.count, Int32(clamping: inputs))
        precondition(count >= 0, "an example has an input that the layer does not have")
        return Int(count)
    }
}

/// `y = activation(Σ value · row of w + bias)`. `values` and `places` are [batch, longest], an example's places ascending and -1 behind
/// the last; `w` is [inputs, units], `y` [batch, units].
///
/// - Returns: how many entries there were.
public func sparseInputDense(
    _ values: Floats, _ places: Ints, _ w: Floats, _ bias: Floats?, _ y: Floats, _ s: SparseInputShape, _ activation: ActivationFunction,
    _ pool: WorkerPool
) -> Int {
    precondition(w.count == s.inputs * s.units && y.count == s.batch * s.units && bias.map { $0.count == s.units } ?? true)
    let entries = s.entries(values, places)
    guard s.batch > 0 else { return 0 }
    let ahead = RowLists.callsAhead(w.count) ? RowLists.rowsAhead(width: s.units) : 0
    // An example is one thread's, so its sums are the same however examples are shared out.
    let shares = entries * s.units < 2 * ProductCut.leastProducts ? 1 : min(pool.threads, s.batch)
    pool.run(Pieces(of: s.batch, count: shares)) { examples in
        nnc_sparse_input_sums(
            values.base, places.base, s.longest, examples.lowerBound, examples.upperBound, w.base, s.units, ahead, y.base)
        guard bias != nil || activation != .linear else { return }
        nnc_bias_activation(activation.code, bias?.base, y.base + examples.lowerBound * s.units, examples.count, s.units, s.units)
    }
    return entries
}

/// Where the gradient's lists lie in scratch memory: two lists of words, and where each row's entries begin.
private struct EntryLists {
    let words: Int
    let starts: Int
    private static func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

    init(places: Int, rows: Int) {
        words = Self.lines(2 * places)
        starts = Self.lines(rows + 1)
    }

    var floats: Int { 2 * words + starts }
}

/// Floats of scratch memory for `sparseInputBackwardWeights`, of a batch with so many places.
public func sparseInputBackwardWeightsScratch(places: Int, rows: Int) -> Int { EntryLists(places: places, rows: rows).floats }

/// The gradients of the rows of `w` that a batch has read, the first rows of `dw` [rows, units]; `touched` says how many these are and,
/// ascending, which. Nothing is written behind them. `dbias` gets the sums of `dy` over the batch.
///
/// Every sum is in the order of the examples, whatever the threads.
///
/// - Parameter dw: has room for as many rows as a batch can read.
/// - Returns: how many entries there were.
public func sparseInputBackwardWeights(
    _ values: Floats, _ places: Ints, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ touched: Ints, _ s: SparseInputShape, _ scratch: Floats,
    _ pool: WorkerPool
) -> Int {
    let capacity = touched.count - 1, entries = s.entries(values, places), layout = EntryLists(places: s.places, rows: capacity)
    precondition(dw.count == capacity * s.units && dy.count == s.batch * s.units && capacity >= min(s.inputs, s.places))
    precondition(dbias.map { $0.count == s.units } ?? true && scratch.count >= layout.floats)
    if let dbias { nnc_column_sums(dy.base, dbias.base, s.batch, s.units, s.units, 1, 0) }
    func part<Element>(_ from: Int) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer(scratch.base + from).assumingMemoryBound(to: Element.self)
    }
    let first: UnsafeMutablePointer<UInt64> = part(0), second: UnsafeMutablePointer<UInt64> = part(layout.words)
    guard let words = nnc_sort_entries(places.base, s.longest, s.batch, Int32(clamping: s.inputs), first, second) else { return 0 }
    // The other list's memory holds the entries taken apart.
    let free = words == first ? layout.words : 0
    let examples: UnsafeMutablePointer<Int32> = part(free), numbers: UnsafeMutablePointer<Float> = part(free + s.places)
    let starts: UnsafeMutablePointer<Int32> = part(2 * layout.words)
    let rows = nnc_split_entries(words, entries, s.longest, values.base, examples, numbers, touched.base + 1, starts)
    touched[0] = Int32(truncatingIfNeeded: rows)
    let shares = entries * s.units < 2 * ProductCut.leastProducts ? 1 : max(1, min(pool.threads, rows))
    // Rows of about as many entries each.
    func firstRow(_ share: Int) -> Int {
        var low = 0, high = rows
        while low < high {
            let middle = (low + high) / 2
            if Int(starts[middle]) >= entries * share / shares { high = middle } else { low = middle + 1 }
        }
        return low
    }
    pool.run(pieces: shares) { piece in
        for row in firstRow(piece)..<firstRow(piece + 1) {
            let start = Int(starts[row])
            nnc_sum_rows(
                dw.base + row * s.units, s.units, dy.base, s.units, 0, examples + start, numbers + start, Int(starts[row + 1]) - start, 0)
        }
    }
    return entries
}
