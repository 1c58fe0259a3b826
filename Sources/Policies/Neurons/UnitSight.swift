import Foundation
import Kernels
import Lowering

/// The units of a layer as some of their readers see them: what is known of one view, as folds change the weights that read it.
///
/// Readers that cannot take a constant get replacements without one: all is then measured about zero and not about the mean.
struct UnitSight {
    let units: Int
    let rows: Int
    let readers: Int
    private let takesConstants: Bool
    private let statistics: ColumnStatistics
    /// units × readers
    private(set) var weights: [Float]

    /// - Parameter outgoing: by unit, the weights of all that reads it here.
    init(_ activity: UnitActivity, outgoing: [[Float]]) {
        units = activity.units
        rows = activity.rows
        readers = outgoing.first?.count ?? 0
        takesConstants = activity.takesConstants
        statistics = ColumnStatistics(activity.values, rows: rows, columns: units, centered: takesConstants)
        weights = []
        weights.reserveCapacity(units * readers)
        for row in outgoing { weights += row }
    }

    /// What a constant can stand for.
    func mean(_ unit: Int) -> Double { takesConstants ? statistics.means[unit] : 0 }
    func covariance(_ a: Int, _ b: Int) -> Double { Double(statistics.covariance[a * units + b]) }
    func variance(_ unit: Int) -> Double { max(0, covariance(unit, unit)) }
    var isFinite: Bool { statistics.means.allSatisfy(\.isFinite) }

    /// Always zero on the sample.
    func isDead(_ unit: Int) -> Bool { variance(unit) == 0 && mean(unit) == 0 }

    /// Mean square of what the readers get of one unit, if so much of its variance counts.
    func cost(_ unit: Int, share: Double = 1) -> Double {
        weights.withUnsafeBufferPointer { weights in
            var sum = 0.0
            for place in unit * readers..<(unit + 1) * readers { sum += Double(weights[place]) * Double(weights[place]) }
            return variance(unit) * share * sum
        }
    }

    /// Mean square of what the readers get of the layer, apart from its mean.
    var total: Double {
        let square = ColumnSelection.Source(covariance: statistics.covariance, weights: weights, targets: readers).meanSquare
        guard !takesConstants else { return square }
        var means = [Double](repeating: 0, count: readers)
        for unit in 0..<units { for reader in 0..<readers { means[reader] += statistics.means[unit] * Double(weights[unit * readers + reader]) } }
        return max(0, square - means.reduce(0) { $0 + $1 * $1 })
    }

    mutating func fold(_ unit: Int, into: Int, factor: Float) {
        let readers = readers
        weights.withUnsafeMutableBufferPointer { weights in
            for reader in 0..<readers { weights[into * readers + reader] += factor * weights[unit * readers + reader] }
        }
    }

    /// The unit most correlated with one, among those that may be taken, and the share of the unit's variance that it leaves.
    func nearest(_ unit: Int, deviations: [Double], _ isGone: [Bool]) -> (unit: Int, unexplained: Double)? {
        guard deviations[unit] > 0 else { return nil }
        var found: (unit: Int, correlation: Double)?
        statistics.covariance.withUnsafeBufferPointer { covariance in
            for other in 0..<units where other != unit && !isGone[other] && deviations[other] > 0 {
                let correlation = abs(Double(covariance[unit * units + other])) / deviations[other]
                if correlation > found?.correlation ?? 0 { found = (other, correlation) }
            }
        }
        guard let found else { return nil }
        let correlation = min(1, found.correlation / deviations[unit])
        return (found.unit, 1 - correlation * correlation)
    }

    /// Some of the units, to be chosen from.
    func source(_ kept: [Int]) -> ColumnSelection.Source {
        guard kept.count < units else { return ColumnSelection.Source(covariance: statistics.covariance, weights: weights, targets: readers) }
        var covariance: [Float] = [], outgoing: [Float] = []
        covariance.reserveCapacity(kept.count * kept.count)
        outgoing.reserveCapacity(kept.count * readers)
        for unit in kept {
            outgoing += weights[unit * readers..<(unit + 1) * readers]
            for other in kept { covariance.append(statistics.covariance[unit * units + other]) }
        }
        return ColumnSelection.Source(covariance: covariance, weights: outgoing, targets: readers)
    }
}
