import CKernels
import COpenBLAS

/// Columns of a matrix from which all that is made of it linearly is made nearly as well: orthogonal least squares (Chen, Billings,
/// Luo 1989, "Orthogonal least squares methods and their application to non-linear system identification").
///
/// With H the matrix and A the weights of what is made, `H · A`, each step takes the column that leaves least of `H · A` unexplained by
/// a regression on the columns chosen so far. It is a Cholesky decomposition of the covariance whose pivots are picked by what they
/// explain, so no inverse is formed, and a column that those before it determine is never chosen.
public struct ColumnSelection: Sendable {
    /// In the order in which they were chosen.
    public let chosen: [Int]
    /// The others, in ascending order.
    public let others: [Int]
    /// others × chosen: the regression of each of the others on the chosen ones, apart from the means.
    public let coefficients: [Float]
    /// Mean square of what the regression leaves of `H · A`, on the rows it was made from, summed over the columns of A.
    public let unexplained: Double
    public let multiplications: Int

    /// Below this share of its variance, what is left of a column is rounding.
    private static let rounding: Float = 1e-6

    /// - Parameters:
    ///   - covariance: of H, columns × columns.
    ///   - weights: A, columns × targets.
    ///   - least: so many columns are chosen in any case, if so many are independent of each other.
    ///   - isEnough: whether to stop at so many columns and so large an unexplained mean square.
    public init(
        _ covariance: [Float], columns: Int, weights: [Float], targets: Int, least: Int, until isEnough: (_ chosen: Int, _ unexplained: Double) -> Bool
    ) {
        precondition(covariance.count == columns * columns && weights.count == columns * targets)
        var order = Array(0..<columns)
        // Lower triangle, column by column: the factor. The rest: covariance of what is left.
        var left = covariance
        // Covariance of what is left with what is left of H · A.
        var shared = [Float](repeating: 0, count: columns * targets)
        var squares = [Float](repeating: 0, count: columns), pivotRow = [Float](repeating: 0, count: max(columns, targets))
        let floor = (0..<columns).map { covariance[$0 * columns + $0] * Self.rounding }
        var unexplained = Self.start(covariance, columns, weights, targets, &shared, &squares)
        var count = 0, multiplications = columns * columns * targets

        left.withUnsafeMutableBufferPointer { left in
            shared.withUnsafeMutableBufferPointer { shared in
                squares.withUnsafeMutableBufferPointer { squares in
                    pivotRow.withUnsafeMutableBufferPointer { row in
                        guard let left = left.baseAddress, let shared = shared.baseAddress, let squares = squares.baseAddress, let row = row.baseAddress else { return }
                        while count < columns, count < least || !isEnough(count, max(0, unexplained)) {
                            var best: (place: Int, gain: Float)?
                            for place in count..<columns {
                                let variance = left[place * columns + place]
                                guard variance > floor[order[place]] else { continue }
                                let gain = squares[place] / variance
                                if best.map({ gain > $0.gain || (gain == $0.gain && order[place] < order[$0.place]) }) ?? true { best = (place, gain) }
                            }
                            guard let best else { break }
                            Self.exchange(count, best.place, columns, targets, left, shared, squares)
                            order.swapAt(count, best.place)

                            let pivot = left[count * columns + count].squareRoot(), next = count + 1, rest = columns - next
                            left[count * columns + count] = pivot
                            for place in 0..<rest { row[place] = left[count * columns + next + place] / pivot }
                            for place in 0..<rest { left[(next + place) * columns + count] = row[place] }
                            if rest > 0 { nnc_deflate(left + next * columns + next, rest, rest, columns, row, row, nil) }
                            let explained = shared + count * targets
                            var sum = 0.0
                            for target in 0..<targets {
                                explained[target] /= pivot
                                sum += Double(explained[target]) * Double(explained[target])
                            }
                            unexplained -= sum
                            if rest > 0 { nnc_deflate(shared + next * targets, rest, targets, targets, row, explained, squares + next) }
                            multiplications += rest * (rest + 2 * targets)
                            count = next
                        }
                    }
                }
            }
        }
        let others = (count..<columns).sorted { order[$0] < order[$1] }
        self.coefficients = Self.solve(left, columns, count, others)
        self.chosen = Array(order[..<count])
        self.others = others.map { order[$0] }
        self.unexplained = unexplained < 0 ? 0 : unexplained
        self.multiplications = multiplications + others.count * count * (count + 1) / 2
    }

    /// At the most, where nearly all columns are chosen.
    public static func mostMultiplications(columns: Int, targets: Int) -> Int {
        columns * columns * targets + columns * columns * (columns / 2 + targets)
    }

    /// Fills `shared` and its rows' sums of squares; gives the mean square of H · A.
    private static func start(
        _ covariance: [Float], _ columns: Int, _ weights: [Float], _ targets: Int, _ shared: inout [Float], _ squares: inout [Float]
    ) -> Double {
        var sum = 0.0
        covariance.withUnsafeBufferPointer { covariance in
            weights.withUnsafeBufferPointer { weights in
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

    /// Exchanges two columns that are not chosen yet.
    private static func exchange(
        _ a: Int, _ b: Int, _ columns: Int, _ targets: Int, _ left: UnsafeMutablePointer<Float>, _ shared: UnsafeMutablePointer<Float>,
        _ squares: UnsafeMutablePointer<Float>
    ) {
        guard a != b else { return }
        func swap(_ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>) { (x.pointee, y.pointee) = (y.pointee, x.pointee) }
        for column in 0..<columns { swap(left + a * columns + column, left + b * columns + column) }
        for row in a..<columns { swap(left + row * columns + a, left + row * columns + b) }
        for target in 0..<targets { swap(shared + a * targets + target, shared + b * targets + target) }
        swap(squares + a, squares + b)
    }

    /// The rows of the factor that belong to `others`, times the inverse of the chosen ones' triangle.
    private static func solve(_ factor: [Float], _ columns: Int, _ count: Int, _ others: [Int]) -> [Float] {
        guard count > 0, !others.isEmpty else { return [] }
        var rows: [Float] = []
        rows.reserveCapacity(others.count * count)
        for place in others { rows += factor[place * columns..<place * columns + count] }
        factor.withUnsafeBufferPointer { factor in
            rows.withUnsafeMutableBufferPointer { rows in
                cblas_strsm(
                    CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, blasint(others.count), blasint(count), 1, factor.baseAddress,
                    blasint(columns), rows.baseAddress, blasint(count))
            }
        }
        return rows
    }
}
