/// Columns of a matrix from which all that is made of it linearly is made nearly as well: orthogonal least squares (Chen, Billings,
/// Luo 1989, "Orthogonal least squares methods and their application to non-linear system identification").
///
/// With H the matrix and A the weights of what is made, `H · A`, each step takes the column that leaves least of `H · A` unexplained by
/// a regression on the columns chosen so far. It is a Cholesky decomposition of the covariance whose pivots are picked by what they
/// explain, so no inverse is formed, and a column that those before it determine is never chosen.
///
/// There may be several such matrices with the same columns: each column is then chosen in all of them or in none, by what it explains in
/// all of them together.
public struct ColumnSelection: Sendable {
    /// A matrix, and what is made of it.
    public struct Source: Sendable {
        /// Of H, columns × columns.
        public var covariance: [Float]
        /// A, columns × targets.
        public var weights: [Float]
        public var targets: Int

        public init(covariance: [Float], weights: [Float], targets: Int) {
            self.covariance = covariance
            self.weights = weights
            self.targets = targets
        }

        /// The mean square of `H · A`, summed over the columns of A.
        public var meanSquare: Double {
            var shared: [Float] = [], squares: [Float] = []
            return max(0, Elimination.start(self, targets > 0 ? weights.count / targets : 0, &shared, &squares))
        }
    }

    /// In the order in which they were chosen.
    public let chosen: [Int]
    /// The others, in ascending order.
    public let others: [Int]
    /// By matrix, others × chosen: the regression of each of the others on the chosen ones, apart from the means.
    public let coefficients: [[Float]]
    /// By matrix: mean square of what the regression leaves of `H · A`, on the rows it was made from, summed over the columns of A.
    public let unexplained: [Double]
    public let multiplications: Int

    /// - Parameters:
    ///   - least: so many columns are chosen in any case, if so many are independent of each other.
    ///   - isEnough: whether to stop at so many columns and so large an unexplained mean square of each matrix.
    public init(_ sources: [Source], columns: Int, least: Int, until isEnough: (_ chosen: Int, _ unexplained: [Double]) -> Bool) {
        precondition(sources.allSatisfy { $0.covariance.count == columns * columns && $0.weights.count == columns * $0.targets })
        let parts = sources.map { Elimination($0, columns) }
        var order = Array(0..<columns), count = 0, multiplications = sources.reduce(0) { $0 + columns * columns * $1.targets }
        var gains = [Float](repeating: 0, count: columns)
        while count < columns, count < least || !isEnough(count, parts.map { max(0, $0.unexplained) }) {
            // Below zero: those before it determine it.
            for place in count..<columns { gains[place] = -1 }
            for part in parts { part.addGains(from: count, to: &gains) }
            var best: Int?
            for place in count..<columns where gains[place] >= 0 {
                if best.map({ gains[place] > gains[$0] || (gains[place] == gains[$0] && order[place] < order[$0]) }) ?? true { best = place }
            }
            guard let best else { break }
            order.swapAt(count, best)
            for part in parts.indices { parts[part].take(best, as: count) }
            count += 1
            multiplications += sources.reduce(0) { $0 + (columns - count) * (columns - count + 2 * $1.targets) }
        }
        let others = (count..<columns).sorted { order[$0] < order[$1] }
        coefficients = parts.map { $0.coefficients(count, others) }
        unexplained = parts.map { max(0, $0.unexplained) }
        chosen = Array(order[..<count])
        self.others = others.map { order[$0] }
        self.multiplications = multiplications + sources.count * (others.count * count * (count + 1) / 2)
    }

    /// For one matrix at the most, where nearly all columns are chosen.
    public static func mostMultiplications(columns: Int, targets: Int) -> Int {
        columns * columns * targets + columns * columns * (columns / 2 + targets)
    }
}
