import Foundation
import Lowering

extension HashGather {
    /// Counted on three data sets: `convex`, Fashion-MNIST and `rectangles`, whose examples vary in about 4, 8 and 80 directions. Between them it is interpolated, and it is not known beyond them.
    /// There, with 5 % of 1,000 units active, batches of 16 or 128, the multiplications of a training are predicted within 2 %; on Fashion-MNIST with 1, 10 and 25 % too.
    ///
    /// The fewer units an example has, the less they are those of all others. What tables find is partly chance.
    func variety(_ choice: UnitVariety) -> Double? {
        let counted: Counted
        switch (function, choice.readsInput) {
        case (.random, _): return nil
        case (.sketch, true): counted = Counted(0.12, 6.8, 5.4, 19.7)
        case (.sketch, false): counted = Counted(0.17, 8.0, 8.8, 8.6)
        case (.exact, true): counted = Counted(0, 7.8, 5.2, 19.5)
        case (.exact, false): counted = Counted(0.15, 10.8, 9.9, 9.0)
        case (.simhash, true): counted = Counted(0.35, 16.9, 35, 208)
        case (.simhash, false): counted = Counted(0.35, 47.5, 166, 444)
        case (.wta, true): counted = Counted(0.06, 11.1, 84, 111)
        case (.wta, false): counted = Counted(0.07, 17.9, 185, 174)
        case (.dwta, true): counted = Counted(0.35, 11.5, 47, 251)
        case (.dwta, false): counted = Counted(0.35, 39, 185, 399)
        }
        return counted.at(directions: choice.directions ?? Counted.directions[1]) * pow(max(choice.share, 1e-6) / 0.05, -counted.exponent) * inTrainings(of: choice.steps)
    }

    /// Counted from 200 to 10,000 steps on the same data sets, a Higgs-like one and three of made-up classes: units of these differ by a factor of two and more.
    var varietyGrowth: Double {
        switch function {
        case .sketch, .exact: 0.15
        case .simhash: 0.1
        case .wta: -0.1
        case .dwta, .random: 0
        }
    }

    /// In a training of so few steps, to what it is in a long one. New weights choose at random; then the largest units are soon the same ones for most
    /// examples, and these are told apart as the network learns. The mean over the data sets, which differ by a tenth in the case of a sketch and by a
    /// fifth in that of `simhash` (without `rectangles`, where it chooses so differently that it hardly matters); what the other functions choose changes in
    /// another way on each.
    private func inTrainings(of steps: Int) -> Double {
        let counted: [Double]
        switch function {
        case .sketch: counted = [1.38, 1.04, 0.72, 0.72, 0.79, 0.88, 1]
        case .simhash: counted = [1.9, 0.97, 0.8, 0.78, 0.82, 0.9, 1]
        default: return 1
        }
        return interpolated(at: Double(steps), in: [30, 100, 250, 600, 1500, 4000, 10_000], counted)
    }

    /// What was counted at 5 % on data that vary in so many directions, and how it falls where the share of units grows.
    private struct Counted {
        static let directions = [4.4, 7.7, 80]
        let exponent: Double
        let values: [Double]

        init(_ exponent: Double, _ values: Double...) {
            self.exponent = exponent
            self.values = values
        }

        func at(directions count: Double) -> Double {
            interpolated(at: count, in: Self.directions, values)
        }
    }
}

/// Straight lines in logarithms between some points; beyond the ends the value there.
private func interpolated(at x: Double, in points: [Double], _ values: [Double]) -> Double {
    let place = points.firstIndex { x <= $0 } ?? points.count
    guard place > 0 else { return values[0] }
    guard place < values.count else { return values[values.count - 1] }
    let part = log(x / points[place - 1]) / log(points[place] / points[place - 1])
    return values[place - 1] * pow(values[place] / values[place - 1], part)
}
