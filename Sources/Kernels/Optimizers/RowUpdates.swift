import CKernels
import Foundation

/// The units that an update writes, and where their weights are: unit u's are at `(o · units + u) · inner + i`.
///
/// Either `outer` or `inner` is 1.
public struct TouchedUnits: Sendable {
    /// The count n, then n units in ascending order.
    let indexSet: Ints
    /// For each unit the update, counted from 1, that last wrote it, or 0; nil where a rule has nothing to catch up with.
    let last: Ints?
    let outer: Int
    let units: Int
    let inner: Int

    public init(set: Ints, last: Ints?, outer: Int, units: Int, inner: Int) {
        precondition(set.count > 1 && (outer == 1 || inner == 1) && last.map { $0.count == units } != false)
        self.indexSet = set
        self.last = last
        self.outer = outer
        self.units = units
        self.inner = inner
    }

    var capacity: Int { indexSet.count - 1 }
    public var count: Int { min(max(0, Int(indexSet[0])), capacity) }

    /// Floats of scratch memory that a row update needs.
    public static func scratch(capacity: Int, inner: Int, threads: Int) -> Int {
        inner == 1 ? 4 * (capacity + strip + threads * strip) : 0
    }

    /// Single weights are worked on in copies of so many.
    static let strip = 512
}

/// What a row needs for the steps that it missed; see `nnc_catch_up`.
struct CatchUp {
    var keep = 1.0
    var drift = 0.0
    var first = 1.0
    var second = 1.0

    /// The sum of the first `count` powers of a ratio, from the first. A ratio of 1 or more is taken as just below:
    /// the sum is then the count.
    static func powers(of ratio: Double, count: Double) -> Double {
        let ratio = min(ratio, largestRatio)
        return ratio / (1 - ratio) * (1 - pow(ratio, count))
    }

    static let largestRatio = 1 - 1e-6
}

/// What rows need that missed few steps, computed once for each number of steps: it takes up to four powers, and a unit has but some dozens of weights at times.
struct FewMissed {
    private let values: UnsafeMutableBufferPointer<CatchUp>
    private var known: UInt32 = 0

    /// So many, as a stack frame takes without asking the heap.
    static let capacity = 31

    init(_ values: UnsafeMutableBufferPointer<CatchUp>) { self.values = values }

    /// - Parameter missed: at least 1.
    mutating func catchUp(missed: Int, _ rule: some RowRule) -> CatchUp {
        guard missed <= values.count else { return rule.catchUp(missed: Double(missed)) }
        if known & (1 << UInt32(missed)) == 0 {
            values[missed - 1] = rule.catchUp(missed: Double(missed))
            known |= 1 << UInt32(missed)
        }
        return values[missed - 1]
    }
}

/// Weights, and up to two states of theirs.
struct WeightArrays {
    var w: UnsafeMutablePointer<Float>
    var first: UnsafeMutablePointer<Float>?
    var second: UnsafeMutablePointer<Float>?

    static func + (a: WeightArrays, offset: Int) -> WeightArrays {
        WeightArrays(w: a.w + offset, first: a.first.map { $0 + offset }, second: a.second.map { $0 + offset })
    }

    /// Asks for the first numbers of each array before they are needed.
    @inline(__always)
    func call(_ count: Int) {
        nnc_call_row(w, count)
        if let first { nnc_call_row(first, count) }
        if let second { nnc_call_row(second, count) }
    }

    /// Calls `body` with the place of each array here and in another.
    @inline(__always)
    func forEach(with other: WeightArrays, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void) {
        body(w, other.w)
        if let a = first, let b = other.first { body(a, b) }
        if let a = second, let b = other.second { body(a, b) }
    }
}

/// An optimizer, as far as rows differ. Its step is the dense kernel's own, so that a row that missed nothing has the same bits.
protocol RowRule {
    func catchUp(missed: Double) -> CatchUp
    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>)
    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int)
}

extension TouchedUnits {
    /// Brings the units of the set up to date, does this step's update to them, and writes nothing else.
    ///
    /// - Parameters:
    ///   - g: compact: the set's places instead of the units.
    ///   - iteration: of this update, counted from 1.
    /// - Returns: how many units there were.
    func update(_ weights: WeightArrays, _ g: Floats, _ rule: some RowRule, iteration: Int, scratch: Floats, _ pool: WorkerPool) -> Int {
        precondition(g.count == outer * capacity * inner)
        let n = count
        if n == 0 { return 0 }
        if inner == 1 {
            updateColumns(n, weights, g, rule, iteration: iteration, scratch: scratch, pool)
        } else {
            updateRows(n, weights, g, rule, iteration: iteration, pool)
        }
        return n
    }

    /// The steps that a unit missed; this step is then its last.
    private func missed(_ unit: Int, _ last: Ints, iteration: Int) -> Int {
        let missed = max(0, iteration - Int(last[unit]) - 1)
        // Of two workers, one may come to a unit with an earlier step than the other.
        last[unit] = max(last[unit], Int32(clamping: iteration))
        return missed
    }

    private func updateRows(
        _ n: Int, _ weights: WeightArrays, _ g: Floats, _ rule: some RowRule, iteration: Int, _ pool: WorkerPool
    ) {
        // Which row of a large matrix comes next, the processor does not foresee.
        let ahead = RowLists.callsAhead(units * inner) ? RowLists.rowsAhead(width: inner) : 0
        pool.run(Pieces.rows(n, width: inner, pool)) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { factors in withUnsafeTemporaryAllocation(of: CatchUp.self, capacity: FewMissed.capacity) { few in
                guard let base = factors.baseAddress else { return }
                var few = FewMissed(few)
                var c = nnc_catch_up(keep: base, drift: base + 1, first: base + 2, second: base + 3, perWeight: 0)
                for r in range {
                    let unit = Int(indexSet[1 + r]), row = weights + unit * inner
                    if ahead > 0, r + ahead < range.upperBound { (weights + Int(indexSet[1 + r + ahead]) * inner).call(inner) }
                    if let last {
                        let missed = missed(unit, last, iteration: iteration)
                        if missed > 0 {
                            few.catchUp(missed: missed, rule).write(to: base, stride: 1)
                            rule.catchUp(row, inner, &c)
                        }
                    }
                    rule.step(row, g.base + r * inner, inner)
                }
            } }
        }
    }

    /// A unit's weights stand apart: they are gathered into strips, several rows of the set at once.
    private func updateColumns(
        _ n: Int, _ weights: WeightArrays, _ g: Floats, _ rule: some RowRule, iteration: Int, scratch: Floats, _ pool: WorkerPool
    ) {
        let strip = Self.strip, rowsAtOnce = max(1, strip / n), columnsAtOnce = min(n, strip)
        let length = capacity + strip, factors = scratch.base
        if let last {
            withUnsafeTemporaryAllocation(of: CatchUp.self, capacity: FewMissed.capacity) { few in
                var few = FewMissed(few)
                for r in 0..<n {
                    let missed = missed(Int(indexSet[1 + r]), last, iteration: iteration)
                    let catchUp = missed > 0 ? few.catchUp(missed: missed, rule) : CatchUp()
                    for row in 0..<rowsAtOnce { catchUp.write(to: factors + row * n + r, stride: length) }
                }
            }
        }
        let pieces = Pieces.rows(outer, width: n, pool)
        pool.run(pieces: pieces.count) { piece, thread in
            let strips = factors + 4 * length + thread * 4 * strip
            let copies = WeightArrays(w: strips, first: weights.first.map { _ in strips + strip }, second: weights.second.map { _ in strips + 2 * strip })
            let gradient = strips + 3 * strip
            for o in stride(from: pieces[piece].lowerBound, to: pieces[piece].upperBound, by: rowsAtOnce) {
                let rows = min(rowsAtOnce, pieces[piece].upperBound - o)
                for r in stride(from: 0, to: n, by: columnsAtOnce) {
                    let columns = min(columnsAtOnce, n - r), chosen = indexSet.base + 1 + r
                    (weights + o * units).forEach(with: copies) { nnc_gather_columns($0, $1, rows, units, chosen, columns) }
                    for row in 0..<rows {
                        (gradient + row * columns).update(from: g.base + (o + row) * capacity + r, count: columns)
                    }
                    if last != nil {
                        let f = factors + r
                        var c = nnc_catch_up(keep: f, drift: f + length, first: f + 2 * length, second: f + 3 * length, perWeight: 1)
                        rule.catchUp(copies, rows * columns, &c)
                    }
                    rule.step(copies, gradient, rows * columns)
                    (weights + o * units).forEach(with: copies) { nnc_scatter_columns($1, $0, rows, units, chosen, columns) }
                }
            }
        }
    }
}

extension CatchUp {
    func write(to factors: UnsafeMutablePointer<Float>, stride: Int) {
        factors[0] = Float(keep)
        factors[stride] = Float(drift)
        factors[2 * stride] = Float(first)
        factors[3 * stride] = Float(second)
    }
}
