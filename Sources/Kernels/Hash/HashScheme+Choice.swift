import func Foundation.cos
import func Foundation.sin
import func Foundation.pow

extension HashScheme {
    /// The probability that a unit is among the `kept` that are found most often, where it stands at one angle (in radians) to the input, as both are
    /// hashed, and all the other units at a right one; nil of functions for which an angle says nothing.
    ///
    /// Hits come about independently, table by table. Among units with equally many hits the lot decides.
    public func chosenProbability(angle: Double, kept: Int) -> Double? {
        guard let near = lookup(angle: angle), let far = lookup(angle: .pi / 2), units > 0, kept > 0 else { return nil }
        guard kept < units else { return 1 }
        let share = Double(kept) / Double(units)
        // By hits, from the most down: others that have so many, or more.
        var above = 0.0, chosen = 0.0
        for hits in stride(from: tables, through: 0, by: -1) {
            let same = Self.binomial(tables, hits, far), own = Self.binomial(tables, hits, near)
            if above + same <= share { chosen += own } else { return min(1, chosen + own * max(0, share - above) / same) }
            above += same
        }
        return 1
    }

    /// That one table finds a unit at this angle.
    private func lookup(angle: Double) -> Double? {
        var one = self
        one.tables = 1
        switch function {
        case .simhash: return one.retrievalProbability(angle: angle)
        case .wta(let window): return probes == 0 ? one.retrievalProbability(agreement: Self.sameWinner(of: window, angle: angle)) : nil
        case .dwta: return nil
        }
    }

    /// The probability that the same entry is the largest of a window of both vectors, if their entries are normal numbers with the angle's correlation:
    /// the average over some thousand windows, always the same.
    static func sameWinner(of window: Int, angle: Double) -> Double {
        let stream = RandomStream(seed: 0, purpose: .hashing, index: 1, iteration: 0), samples = 4000
        var same = 0
        for sample in 0..<samples {
            var best = (-Double.infinity, 0), other = (-Double.infinity, 0)
            for place in 0..<window {
                let at = 2 * (sample * window + place), x = Double(stream.normal(at: at)), y = Double(stream.normal(at: at + 1))
                let turned = cos(angle) * x + sin(angle) * y
                if x > best.0 { best = (x, place) }
                if turned > other.0 { other = (turned, place) }
            }
            if best.1 == other.1 { same += 1 }
        }
        return Double(same) / Double(samples)
    }

    private static func binomial(_ n: Int, _ k: Int, _ p: Double) -> Double {
        var term = 1.0
        // A factor of each kind in turn, so that neither runs over nor under.
        for i in 0..<k { term *= Double(n - i) / Double(k - i) * p * pow(1 - p, Double(n - k) / Double(max(k, 1))) }
        return k == 0 ? pow(1 - p, Double(n)) : term
    }
}
