import func Foundation.exp
import func Foundation.log
import func Foundation.pow
import Graph

/// How many units a row update meets.
public enum TouchedRows: Sendable, Hashable {
    /// As many as its index set has places, always.
    case full
    /// Those that any example of the batch has chosen, where each chooses so many different ones of as many as the set has places. Examples that are alike
    /// choose alike: of N examples about N · v / (N + v) are expected to choose independently of each other, v being the `variety`; nil: all of them.
    case union(perExample: Int, variety: Double? = nil)
    /// So many, as they were counted.
    case counted(Int)
    /// The inputs that any example of the batch has, of so many.
    case inputs(InputsPerExample, of: Int)
}

extension TouchedRows {
    /// Of units, the expectation is that of independent choices, all equally likely, of as many examples as the variety says.
    func range(capacity: Int, batch: Int) -> ActiveRange {
        switch self {
        case .full: return ActiveRange(lower: capacity, expected: capacity, upper: capacity)
        case .counted(let rows):
            let rows = min(max(rows, 0), capacity)
            return ActiveRange(lower: rows, expected: rows, upper: rows)
        // A formula is tried on sizes that no plan has.
        case .union where capacity < 1: return ActiveRange(lower: 0, expected: 0, upper: 0)
        case .union(let perExample, let variety):
            let lower = min(perExample, capacity), upper = min(capacity, Count.product(batch, perExample))
            let independent = variety.map { Double(batch) * $0 / (Double(batch) + $0) } ?? Double(batch)
            let chosen = Double(capacity) * (1 - pow(1 - Double(lower) / Double(capacity), max(1, independent)))
            return ActiveRange(lower: lower, expected: min(max(lower, Int(chosen.rounded())), upper), upper: upper)
        case .inputs(let examples, let inputs):
            let upper = max(0, min(capacity, Count.product(batch, examples.longest)))
            let chosen = Self.differentInputs(examples: batch, average: examples.average, of: inputs)
            return ActiveRange(lower: 0, expected: chosen < Double(upper) ? Int(chosen.rounded()) : upper, upper: upper)
        }
    }

    /// The variety with which so many rows are expected of a batch: the inverse of `range` of a `union`.
    public static func variety(rows: Double, perExample: Int, capacity: Int, batch: Int) -> Double {
        let chosen = Double(perExample) / Double(max(capacity, 1)), examples = Double(batch)
        guard chosen > 0, chosen < 1 else { return Self.mostVariety }
        let independent = log(max(1 - rows / Double(capacity), 1e-12)) / log(1 - chosen)
        return independent < examples ? min(Self.mostVariety, examples * independent / (examples - independent)) : Self.mostVariety
    }

    /// As good as none have anything to do with each other.
    private static let mostVariety = 1e6

    /// How many different inputs so many examples have among them, if these are as frequent as words that are left when the most frequent are
    /// taken out: the input of rank r is in an example with probability min(1, c / r^0.8), independently of the others, c being such that
    /// an example has `average` of them. Zipf's law, with an exponent of 1, is that of whole texts.
    ///
    /// Ranks are taken as continuous, from half a rank before the first to half a rank behind the last.
    static func differentInputs(examples: Int, average: Double, of inputs: Int) -> Double {
        let exponent = 0.8, first = 0.5, last = Double(inputs) + 0.5
        guard examples > 0, average > 0 else { return 0 }
        guard average < Double(inputs) else { return Double(inputs) }
        func mean(_ c: Double) -> Double {
            // Up to this rank they are in every example.
            let always = min(max(pow(c, 1 / exponent), first), last)
            return always - first + c * (pow(last, 1 - exponent) - pow(always, 1 - exponent)) / (1 - exponent)
        }
        var low = 0.0, high = pow(last, exponent)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if mean(middle) < average { low = middle } else { high = middle }
        }
        // By the midpoint rule over the logarithm of the rank.
        let steps = 256, width = log(last / first) / Double(steps)
        var sum = 0.0
        for step in 0..<steps {
            let rank = first * exp((Double(step) + 0.5) * width)
            sum += (1 - pow(1 - min(1, low / pow(rank, exponent)), Double(examples))) * rank * width
        }
        return min(sum, Double(inputs))
    }
}
