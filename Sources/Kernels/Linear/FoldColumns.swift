/// Weights [outer, columns, inner] as a fold sees them: a dense kernel has an inner size of 1, a convolution's of its filters.
@frozen public struct ColumnShape: Sendable, Hashable {
    public var outer: Int
    public var columns: Int
    public var inner: Int

    public init(outer: Int, columns: Int, inner: Int) {
        self.outer = outer
        self.columns = columns
        self.inner = inner
    }
}

/// Column `targets[j]` gains the sum over i of `factors[i, j]` times column `sources[i]`, on one thread.
///
/// - Parameters:
///   - factors: sources × targets.
///   - sources: none of them among the targets.
public func foldColumns(_ weights: Floats, _ s: ColumnShape, sources: [Int], targets: [Int], factors: [Float]) {
    precondition(weights.count == s.outer * s.columns * s.inner && factors.count == sources.count * targets.count)
    precondition((sources + targets).allSatisfy { $0 >= 0 && $0 < s.columns })
    guard !sources.isEmpty, !targets.isEmpty, s.inner > 0 else { return }
    // Of a dense kernel all rows in one product; of a convolution's a product for each place of the window.
    let rows = s.inner == 1 ? s.outer : s.inner
    var from = [Float](repeating: 0, count: rows * sources.count), sum = [Float](repeating: 0, count: rows * targets.count)
    from.withUnsafeMutableBufferPointer { from in
        sum.withUnsafeMutableBufferPointer { sum in
            factors.withUnsafeBufferPointer { factors in
                guard let from = from.baseAddress, let sum = sum.baseAddress, let factors = factors.baseAddress else { return }
                for block in 0..<(s.inner == 1 ? 1 : s.outer) {
                    let base = weights.base + block * s.columns * s.inner
                    let step = s.inner == 1 ? s.columns : 1
                    for row in 0..<rows {
                        for (i, column) in sources.enumerated() { from[row * sources.count + i] = base[row * step + column * s.inner] }
                    }
                    product(rows, targets.count, sources.count, 1, from, sources.count, .plain, factors, targets.count, .plain, 0, sum, targets.count)
                    for row in 0..<rows {
                        for (j, column) in targets.enumerated() { base[row * step + column * s.inner] += sum[row * targets.count + j] }
                    }
                }
            }
        }
    }
}
