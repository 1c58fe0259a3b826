import Foundation
import Kernels
import Lowering

/// Units of a layer whose readers can do without them, as seen on a sample of its activity.
///
/// Every rule replaces what a unit puts out by a linear function of the units that stay, and a constant; the readers' weights and biases
/// take that over, so all that is lost is what the replacement leaves unexplained. It is measured against the root mean square
/// of what the readers get of the layer, both apart from their means, over all readers together.
struct Redundancy {
    enum Rule: Int, CaseIterable {
        /// Always zero on the sample.
        case dead
        /// Hardly moves: saturated, or without weights that differ from zero.
        case constant
        /// Nobody reads it with a weight that matters.
        case unread
        /// Another unit, times a factor, plus a constant: duplicates, parallel rectified units, opposite tanh and sigmoid units.
        case parallel
        /// A linear function of several units.
        case regression

        var words: String {
            switch self {
            case .dead: "dead"
            case .constant: "constant"
            case .unread: "unread"
            case .parallel: "parallel to another"
            case .regression: "by regression"
            }
        }
    }

    /// Units that go, by rule.
    private(set) var removed = [Int](repeating: 0, count: Rule.allCases.count)
    /// In ascending order.
    private(set) var kept: [Int]
    private(set) var folds: [UnitFold] = []
    private(set) var multiplications: Int
    /// Mean squares: what the readers get of the layer, and what they lose of it at most.
    private let total: Double
    private var lost = 0.0

    /// What the readers lose, relative to what they get.
    var error: Double { total > 0 ? (lost / total).squareRoot() : 0 }

    /// Rules that look at one or two units take what is this near to exact: the unit's own share, as a root mean square, that is not explained.
    private static let nearlyExact = 0.01
    /// A unit that gives the readers less than this share of what they get is not read.
    private static let nothing = 1e-4

    private let statistics: ColumnStatistics
    /// units × readers: as the folds so far have changed them.
    private var weights: [Float]
    private let readers: Int

    /// - Parameters:
    ///   - outgoing: by unit, the weights of all that reads it.
    ///   - budget: the largest error.
    ///   - most: so many units go at most.
    init(_ activity: UnitActivity, outgoing: [[Float]], budget: Double, most: Int, rules: Bool, regression: Bool) {
        let units = activity.units
        statistics = ColumnStatistics(activity.values, rows: activity.rows, columns: units)
        readers = outgoing.first?.count ?? 0
        weights = []
        weights.reserveCapacity(units * readers)
        for row in outgoing { weights += row }
        kept = Array(0..<units)
        multiplications = ColumnStatistics.multiplications(rows: activity.rows, columns: units)
        total = meanSquare(statistics.covariance, units, weights, readers)
        multiplications += units * units * readers
        // A network whose numbers have overflowed has nothing to tell.
        guard total.isFinite, statistics.means.allSatisfy(\.isFinite), most > 0 else { return }
        let allowed = budget * budget * total
        if rules {
            removeFlat(activity, most: most, allowed: allowed)
            removeParallel(most: most, allowed: allowed)
        }
        if regression { removeExplained(most: most, allowed: allowed, activity) }
    }

    /// The most multiplications that a look at so many units, seen on so many rows, takes.
    static func multiplications(units: Int, rows: Int, readers: Int) -> Int {
        ColumnStatistics.multiplications(rows: rows, columns: units) + units * units * (readers + 1)
            + ColumnSelection.mostMultiplications(columns: units, targets: readers)
    }

    private var units: Int { statistics.columns }
    private func covariance(_ a: Int, _ b: Int) -> Double { Double(statistics.covariance[a * units + b]) }
    private func variance(_ unit: Int) -> Double { max(0, covariance(unit, unit)) }

    private func readSquared(_ unit: Int) -> Double {
        weights.withUnsafeBufferPointer { weights in
            var sum = 0.0
            for place in unit * readers..<(unit + 1) * readers { sum += Double(weights[place]) * Double(weights[place]) }
            return sum
        }
    }

    private mutating func remove(_ unit: Int, _ rule: Rule, into: Int?, factor: Double = 0, constant: Double, cost: Double) {
        folds.append(UnitFold(unit: unit, into: into, factor: Float(factor), constant: Float(constant)))
        removed[rule.rawValue] += 1
        lost += cost
        guard let into else { return }
        let factor = Float(factor)
        weights.withUnsafeMutableBufferPointer { weights in
            for reader in 0..<readers { weights[into * readers + reader] += factor * weights[unit * readers + reader] }
        }
    }

    // MARK: one unit, and two

    private mutating func removeFlat(_ activity: UnitActivity, most: Int, allowed: Double) {
        var candidates: [(unit: Int, rule: Rule, cost: Double)] = []
        for unit in 0..<units {
            let variance = variance(unit), mean = statistics.means[unit], cost = variance * readSquared(unit)
            if variance == 0 && mean == 0 {
                candidates.append((unit, .dead, 0))
            } else if variance.squareRoot() <= Self.nearlyExact * abs(mean) {
                candidates.append((unit, .constant, cost))
            } else if cost <= Self.nothing * Self.nothing * total {
                candidates.append((unit, .unread, cost))
            }
        }
        candidates.sort { ($0.cost, $0.unit) < ($1.cost, $1.unit) }
        var gone = Set<Int>()
        for (unit, rule, cost) in candidates where gone.count < most && lost + cost <= allowed {
            remove(unit, rule, into: nil, constant: statistics.means[unit], cost: cost)
            gone.insert(unit)
        }
        kept.removeAll(where: gone.contains)
    }

    /// In ascending order of cost. A unit that has taken over another one stays.
    private mutating func removeParallel(most: Int, allowed: Double) {
        var isGone = [Bool](repeating: true, count: units), isTarget = [Bool](repeating: false, count: units)
        for unit in kept { isGone[unit] = false }
        let deviations = (0..<units).map { variance($0).squareRoot() }
        // The unit most correlated with one, among those that stay.
        func best(_ unit: Int) -> (unit: Int, unexplained: Double)? {
            var found: (unit: Int, correlation: Double)?
            statistics.covariance.withUnsafeBufferPointer { covariance in
                for other in 0..<units where other != unit && !isGone[other] && deviations[other] > 0 {
                    let correlation = abs(Double(covariance[unit * units + other])) / deviations[other]
                    if correlation > found?.correlation ?? 0 { found = (other, correlation) }
                }
            }
            guard let found, deviations[unit] > 0 else { return nil }
            let correlation = min(1, found.correlation / deviations[unit])
            return (found.unit, 1 - correlation * correlation)
        }
        let limit = Self.nearlyExact * Self.nearlyExact
        let candidates = kept.compactMap { unit -> (unit: Int, cost: Double)? in
            guard let found = best(unit), found.unexplained <= limit else { return nil }
            return (unit, variance(unit) * found.unexplained * readSquared(unit))
        }.sorted { ($0.cost, $0.unit) < ($1.cost, $1.unit) }
        for (unit, _) in candidates where !isTarget[unit] && units - kept.count < most {
            guard let found = best(unit), found.unexplained <= limit else { continue }
            let cost = variance(unit) * found.unexplained * readSquared(unit)
            guard lost + cost <= allowed else { continue }
            let factor = covariance(unit, found.unit) / variance(found.unit)
            let mean = statistics.means[unit], constant = mean - factor * statistics.means[found.unit]
            // Of parallel rectified units it is rounding, and a reader without a bias could not take it.
            remove(unit, .parallel, into: found.unit, factor: factor, constant: abs(constant) <= 1e-5 * abs(mean) ? 0 : constant, cost: cost)
            isGone[unit] = true
            isTarget[found.unit] = true
            kept.removeAll { $0 == unit }
        }
        multiplications += units * units
    }

    // MARK: several

    private mutating func removeExplained(most: Int, allowed: Double, _ activity: UnitActivity) {
        let before = kept, columns = before.count, least = units - most
        guard columns > least else { return }
        var covariance: [Float] = [], outgoing: [Float] = []
        covariance.reserveCapacity(columns * columns)
        outgoing.reserveCapacity(columns * readers)
        for unit in before {
            outgoing += weights[unit * readers..<(unit + 1) * readers]
            if columns == units {
                covariance += statistics.covariance[unit * units..<(unit + 1) * units]
            } else {
                for other in before { covariance.append(statistics.covariance[unit * units + other]) }
            }
        }
        // A regression on k columns that was made from n rows leaves n / (n - k) times more on other rows than on these, as a root mean square.
        let rows = Double(activity.rows)
        func corrected(_ chosen: Int, _ unexplained: Double) -> Double {
            guard unexplained > 0 else { return 0 }
            let rest = rows - Double(chosen) - 1
            return rest > 0 ? unexplained * (rows / rest) * (rows / rest) : .infinity
        }
        let selection = ColumnSelection(covariance, columns: columns, weights: outgoing, targets: readers, least: least) { chosen, unexplained in
            lost + corrected(chosen, unexplained) <= allowed
        }
        multiplications += selection.multiplications
        // Where fewer are independent of each other than may go, the first of the rest stay too.
        let spared = max(0, least - selection.chosen.count)
        guard selection.others.count > spared else { return }
        let chosen = selection.chosen.map { before[$0] }
        for (row, column) in selection.others.enumerated().dropFirst(spared) {
            let unit = before[column]
            var constant = statistics.means[unit], parts: [UnitFold] = []
            for (place, into) in chosen.enumerated() {
                let factor = selection.coefficients[row * chosen.count + place]
                constant -= Double(factor) * statistics.means[into]
                if factor != 0 { parts.append(UnitFold(unit: unit, into: into, factor: factor, constant: 0)) }
            }
            if parts.isEmpty { parts = [UnitFold(unit: unit, into: nil, factor: 0, constant: 0)] }
            parts[0].constant = Float(constant)
            folds += parts
            let isDead = variance(unit) == 0 && statistics.means[unit] == 0
            removed[(isDead ? Rule.dead : .regression).rawValue] += 1
        }
        kept = (chosen + selection.others.prefix(spared).map { before[$0] }).sorted()
        lost += corrected(chosen.count, selection.unexplained)
    }
}

/// The mean square of `H · A`, summed over the columns of A, from the covariance of H.
private func meanSquare(_ covariance: [Float], _ units: Int, _ weights: [Float], _ readers: Int) -> Double {
    ColumnSelection(covariance, columns: units, weights: weights, targets: readers, least: 0) { _, _ in true }.unexplained
}
