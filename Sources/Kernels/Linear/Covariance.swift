/// Means of the columns of a matrix, and their covariances over its rows; or, about zero, their mean products.
public struct ColumnStatistics: Sendable {
    public let rows: Int
    public let columns: Int
    public let means: [Double]
    /// columns × columns, divided by the number of rows; about the means or about zero.
    public let covariance: [Float]

    /// Rows × columns² multiplications, on one thread.
    ///
    /// - Parameters:
    ///   - values: rows × columns.
    ///   - centered: whether the covariances are about the means; else about zero.
    public init(_ values: [Float], rows: Int, columns: Int, centered isCentered: Bool = true) {
        precondition(rows > 0 && values.count == rows * columns)
        var means = [Double](repeating: 0, count: columns)
        var covariance = [Float](repeating: 0, count: columns * columns)
        // Taken off before multiplying: a column that is large and hardly moves would lose its covariances to rounding.
        var centered = values
        centered.withUnsafeMutableBufferPointer { centered in
            means.withUnsafeMutableBufferPointer { means in
                for row in 0..<rows { for column in 0..<columns { means[column] += Double(centered[row * columns + column]) } }
                for column in 0..<columns { means[column] /= Double(rows) }
                for row in 0..<(isCentered ? rows : 0) {
                    for column in 0..<columns {
                        let place = row * columns + column
                        centered[place] = Float(Double(centered[place]) - means[column])
                    }
                }
            }
            covariance.withUnsafeMutableBufferPointer { covariance in
                guard let x = centered.baseAddress, let c = covariance.baseAddress else { return }
                product(columns, columns, rows, 1 / Float(rows), x, columns, .transposed, x, columns, .plain, 0, c, columns)
            }
        }
        self.rows = rows
        self.columns = columns
        self.means = means
        self.covariance = covariance
    }

    public static func multiplications(rows: Int, columns: Int) -> Int { rows * columns * columns }
}
