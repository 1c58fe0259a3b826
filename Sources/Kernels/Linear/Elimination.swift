import CKernels
import COpenBLAS

/// The decomposition of one matrix, as columns are chosen one after the other.
final class Elimination {
    private let columns: Int
    private let targets: Int
    /// Lower triangle, column by column: the factor. The rest: covariance of what is left.
    private var left: [Float]
    /// Covariance of what is left with what is left of H · A.
    private var shared: [Float] = []
    /// Of the rows of `shared`.
    private var squares: [Float] = []
    /// Below this, what is left of a column is rounding.
    private var floor: [Float]
    private var row: [Float]
    private(set) var unexplained: Double

    /// As a share of a column's variance.
    private static let rounding: Float = 1e-6

    init(_ source: ColumnSelection.Source, _ columns: Int) {
        self.columns = columns
        targets = source.targets
        left = source.covariance
        floor = (0..<columns).map { source.covariance[$0 * columns + $0] * Self.rounding }
        row = Array(repeating: 0, count: columns)
        unexplained = Self.start(source, columns, &shared, &squares)
    }

    /// Fills `shared` and its rows' sums of squares; gives the mean square of H · A.
    static func start(_ source: ColumnSelection.Source, _ columns: Int, _ shared: inout [Float], _ squares: inout [Float]) -> Double {
        let targets = source.targets
        var sum = 0.0
        shared = Array(repeating: 0, count: columns * targets)
        squares = Array(repeating: 0, count: columns)
        source.covariance.withUnsafeBufferPointer { covariance in
            source.weights.withUnsafeBufferPointer { weights in
                shared.withUnsafeMutableBufferPointer { shared in
                    guard let c = covariance.baseAddress, let a = weights.baseAddress, let y = shared.baseAddress else { return }
                    product(columns, targets, columns, 1, c, columns, .plain, a, targets, .plain, 0, y, targets)
                    for column in 0..<columns {
                        let row = y + column * targets
                        squares[column] = nnc_dot(row, row, targets)
                        sum += Double(nnc_dot(row, a + column * targets, targets))
                    }
                }
            }
        }
        return sum
    }

    /// What each column that is left would explain. One that those before it determine adds nothing.
    func addGains(from count: Int, to gains: inout [Float]) {
        left.withUnsafeBufferPointer { left in
            for place in count..<columns {
                let variance = left[place * columns + place]
                if variance > floor[place] { gains[place] = max(0, gains[place]) + squares[place] / variance }
            }
        }
    }

    /// Chooses the column at a place as the one after the first `count`.
    func take(_ place: Int, as count: Int) {
        exchange(count, place)
        let columns = columns, targets = targets, next = count + 1, rest = columns - next
        guard left[count * columns + count] > floor[count] else {
            // What those before it determine explains nothing more: no other column takes part of it.
            left[count * columns + count] = 1
            for place in next..<columns { left[place * columns + count] = 0 }
            return
        }
        left.withUnsafeMutableBufferPointer { left in
            shared.withUnsafeMutableBufferPointer { shared in
                squares.withUnsafeMutableBufferPointer { squares in
                    row.withUnsafeMutableBufferPointer { row in
                        guard let left = left.baseAddress, let squares = squares.baseAddress, let row = row.baseAddress else { return }
                        let pivot = left[count * columns + count].squareRoot()
                        left[count * columns + count] = pivot
                        for place in 0..<rest { row[place] = left[count * columns + next + place] / pivot }
                        for place in 0..<rest { left[(next + place) * columns + count] = row[place] }
                        if rest > 0 { nnc_deflate(left + next * columns + next, rest, rest, columns, row, row, nil) }
                        guard let shared = shared.baseAddress else { return }
                        let explained = shared + count * targets
                        var sum = 0.0
                        for target in 0..<targets {
                            explained[target] /= pivot
                            sum += Double(explained[target]) * Double(explained[target])
                        }
                        unexplained -= sum
                        if rest > 0 { nnc_deflate(shared + next * targets, rest, targets, targets, row, explained, squares + next) }
                    }
                }
            }
        }
    }

    /// Exchanges two columns that are not chosen yet.
    private func exchange(_ a: Int, _ b: Int) {
        guard a != b else { return }
        let columns = columns, targets = targets
        left.withUnsafeMutableBufferPointer { left in
            for column in 0..<columns { left.swapAt(a * columns + column, b * columns + column) }
            for row in a..<columns { left.swapAt(row * columns + a, row * columns + b) }
        }
        shared.withUnsafeMutableBufferPointer { shared in for target in 0..<targets { shared.swapAt(a * targets + target, b * targets + target) } }
        squares.swapAt(a, b)
        floor.swapAt(a, b)
    }

    /// The rows of the factor that belong to `others`, times the inverse of the first `count` columns' triangle.
    func coefficients(_ count: Int, _ others: [Int]) -> [Float] {
        guard count > 0, !others.isEmpty else { return [] }
        var rows: [Float] = []
        rows.reserveCapacity(others.count * count)
        for place in others { rows += left[place * columns..<place * columns + count] }
        left.withUnsafeBufferPointer { factor in
            rows.withUnsafeMutableBufferPointer { rows in
                cblas_strsm(
                    CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, blasint(others.count), blasint(count), 1, factor.baseAddress,
                    blasint(columns), rows.baseAddress, blasint(count))
            }
        }
        return rows
    }
}
