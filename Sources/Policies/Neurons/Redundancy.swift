import Foundation
import Kernels
import Lowering

/// Units of a layer whose readers can do without them, as seen on a sample of its activity.
///
/// Every rule replaces what a unit puts out by a linear function of the units that stay, and a constant; the readers' weights and biases
/// take that over, so all that is lost is what the replacement leaves unexplained. It is measured against the root mean square
/// of what the readers get of the layer, both apart from their means, over all readers together.
///
/// Where readers see the units at several views, each of them gets a replacement of its own, and a unit goes only if all of them can do without it.
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
    private(set) var multiplications = 0
    /// Mean squares: what the readers get of the layer, and what they lose of it at most.
    private let total: Double
    private var lost = 0.0

    /// What the readers lose, relative to what they get.
    var error: Double { total > 0 ? (lost / total).squareRoot() : 0 }

    /// Rules that look at one or two units take what is this near to exact: the unit's own share, as a root mean square, that is not explained.
    private static let nearlyExact = 0.01
    /// A unit that gives the readers less than this share of what they get is not read.
    private static let nothing = 1e-4

    private let units: Int
    private var sights: [UnitSight]

    /// - Parameters:
    ///   - sights: one for each view; not empty.
    ///   - budget: the largest error.
    ///   - most: so many units go at most.
    init(_ sights: [UnitSight], budget: Double, most: Int, rules: Bool, regression: Bool) {
        units = sights.first?.units ?? 0
        self.sights = sights
        kept = Array(0..<units)
        for sight in sights {
            multiplications += ColumnStatistics.multiplications(rows: sight.rows, columns: units) + units * units * sight.readers
        }
        total = sights.reduce(0) { $0 + $1.total }
        // A network whose numbers have overflowed has nothing to tell.
        guard !sights.isEmpty, total.isFinite, sights.allSatisfy(\.isFinite), most > 0 else { return }
        let allowed = budget * budget * total
        if rules {
            removeFlat(most: most, allowed: allowed)
            removeParallel(most: most, allowed: allowed)
        }
        if regression { removeExplained(most: most, allowed: allowed) }
    }

    /// The most multiplications that a look at so many units, seen on so many rows of one view, takes.
    static func multiplications(units: Int, rows: Int, readers: Int) -> Int {
        ColumnStatistics.multiplications(rows: rows, columns: units) + units * units * (readers + 1)
            + ColumnSelection.mostMultiplications(columns: units, targets: readers)
    }

    // MARK: one unit, and two

    private mutating func removeFlat(most: Int, allowed: Double) {
        func isConstant(_ sight: UnitSight, _ unit: Int) -> Bool { sight.variance(unit).squareRoot() <= Self.nearlyExact * abs(sight.mean(unit)) }
        var candidates: [(unit: Int, rule: Rule, cost: Double)] = []
        for unit in 0..<units {
            let cost = sights.reduce(0) { $0 + $1.cost(unit) }
            if sights.allSatisfy({ $0.isDead(unit) }) {
                candidates.append((unit, .dead, 0))
            } else if sights.allSatisfy({ isConstant($0, unit) }) {
                candidates.append((unit, .constant, cost))
            } else if sights.allSatisfy({ isConstant($0, unit) || $0.cost(unit) <= Self.nothing * Self.nothing * total }) {
                candidates.append((unit, .unread, cost))
            }
        }
        candidates.sort { ($0.cost, $0.unit) < ($1.cost, $1.unit) }
        var gone = Set<Int>()
        for (unit, rule, cost) in candidates where gone.count < most && lost + cost <= allowed {
            for view in sights.indices { replace(unit, view, into: nil, constant: sights[view].mean(unit)) }
            count(rule, cost)
            gone.insert(unit)
        }
        kept.removeAll(where: gone.contains)
    }

    /// In ascending order of cost. A unit that has taken over another one stays.
    private mutating func removeParallel(most: Int, allowed: Double) {
        var isGone = [Bool](repeating: true, count: units), isTarget = [Bool](repeating: false, count: units)
        for unit in kept { isGone[unit] = false }
        let deviations = sights.map { sight in (0..<units).map { sight.variance($0).squareRoot() } }
        let limit = Self.nearlyExact * Self.nearlyExact
        // By view the unit that takes one over, nil where a constant does; and what that costs.
        func partners(_ unit: Int) -> (units: [Int?], cost: Double)? {
            var found: [Int?] = [], cost = 0.0
            for (view, sight) in sights.enumerated() {
                if deviations[view][unit] == 0 {
                    found.append(nil)
                } else {
                    guard let best = sight.nearest(unit, deviations: deviations[view], isGone), best.unexplained <= limit else { return nil }
                    found.append(best.unit)
                    cost += sight.cost(unit, share: best.unexplained)
                }
            }
            return found.contains { $0 != nil } ? (found, cost) : nil
        }
        let candidates = kept.compactMap { unit in partners(unit).map { (unit: unit, cost: $0.cost) } }.sorted { ($0.cost, $0.unit) < ($1.cost, $1.unit) }
        for (unit, _) in candidates where !isTarget[unit] && units - kept.count < most {
            guard let found = partners(unit), lost + found.cost <= allowed else { continue }
            for (view, other) in found.units.enumerated() {
                let mean = sights[view].mean(unit)
                guard let other else {
                    replace(unit, view, into: nil, constant: mean)
                    continue
                }
                let factor = sights[view].covariance(unit, other) / sights[view].variance(other)
                let constant = mean - factor * sights[view].mean(other)
                // Of parallel rectified units it is rounding, and a reader without a bias could not take it.
                replace(unit, view, into: other, factor: factor, constant: abs(constant) <= 1e-5 * abs(mean) ? 0 : constant)
                isTarget[other] = true
            }
            count(.parallel, found.cost)
            isGone[unit] = true
            kept.removeAll { $0 == unit }
        }
        multiplications += units * units * sights.count
    }

    private mutating func replace(_ unit: Int, _ view: Int, into: Int?, factor: Double = 0, constant: Double) {
        folds.append(UnitFold(unit: unit, into: into, factor: Float(factor), constant: Float(constant), view: view))
        if let into { sights[view].fold(unit, into: into, factor: Float(factor)) }
    }

    private mutating func count(_ rule: Rule, _ cost: Double) {
        removed[rule.rawValue] += 1
        lost += cost
    }

    // MARK: several

    private mutating func removeExplained(most: Int, allowed: Double) {
        let before = kept, columns = before.count, least = units - most
        guard columns > least else { return }
        // A regression on k columns that was made from n rows leaves n / (n - k) times more on other rows than on these, as a root mean square.
        let rows = sights.map { Double($0.rows) }
        func corrected(_ chosen: Int, _ unexplained: [Double]) -> Double {
            zip(rows, unexplained).reduce(0) { sum, view in
                let (rows, unexplained) = view, rest = rows - Double(chosen) - 1
                guard unexplained > 0 else { return sum }
                return rest > 0 ? sum + unexplained * (rows / rest) * (rows / rest) : .infinity
            }
        }
        let selection = ColumnSelection(sights.map { $0.source(before) }, columns: columns, least: least) { chosen, unexplained in
            lost + corrected(chosen, unexplained) <= allowed
        }
        multiplications += selection.multiplications
        // Where fewer are independent of each other than may go, the first of the rest stay too.
        let spared = max(0, least - selection.chosen.count)
        guard selection.others.count > spared else { return }
        let chosen = selection.chosen.map { before[$0] }
        for (row, column) in selection.others.enumerated().dropFirst(spared) {
            let unit = before[column]
            for (view, sight) in sights.enumerated() {
                var constant = sight.mean(unit), parts: [UnitFold] = []
                for (place, into) in chosen.enumerated() {
                    let factor = selection.coefficients[view][row * chosen.count + place]
                    constant -= Double(factor) * sight.mean(into)
                    if factor != 0 { parts.append(UnitFold(unit: unit, into: into, factor: factor, constant: 0, view: view)) }
                }
                if parts.isEmpty { parts = [UnitFold(unit: unit, into: nil, factor: 0, constant: 0, view: view)] }
                parts[0].constant = Float(constant)
                folds += parts
            }
            let isDead = sights.allSatisfy { $0.isDead(unit) }
            removed[(isDead ? Rule.dead : .regression).rawValue] += 1
        }
        kept = (chosen + selection.others.prefix(spared).map { before[$0] }).sorted()
        lost += corrected(chosen.count, selection.unexplained)
    }
}
