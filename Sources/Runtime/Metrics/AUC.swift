import Graph
import Kernels

/// The area under the ROC curve, exact: the share of (positive, negative) pairs that are in the right order,
/// equal scores counting half.
///
/// One pass over all scores of a class after sorting them; the scores of a whole split are kept for it.
struct AUCAccumulator {
    private let width: Int
    private let examples: Int
    /// Those that are measured: of two classes only the second, whose ranking is that of the first backwards.
    private let columns: Range<Int>
    /// By column: the score as bits that compare as scores do, and in the lowest place whether the example is positive.
    private var keys: [[UInt64]]
    /// By column: whether a score was NaN.
    private var isLost: [Bool]

    /// - Parameter examples: the most that will ever be added between two resets.
    init(examples: Int, width: Int, truth: Truth) {
        self.width = width
        self.examples = examples
        columns = truth != .multiLabel && width == 2 ? 1..<2 : 0..<width
        keys = columns.map { _ in
            var column: [UInt64] = []
            column.reserveCapacity(examples)
            return column
        }
        isLost = columns.map { _ in false }
    }

    mutating func reset() {
        for index in keys.indices {
            keys[index].removeAll(keepingCapacity: true)
            isLost[index] = false
        }
    }

    mutating func add(output: Floats, labels: Ints?, targets: Floats?, batch: Int) {
        for (position, column) in columns.enumerated() where keys[position].count + batch <= examples {
            for example in 0..<batch {
                let index = example * width + column
                // A single output is the score of class 1.
                let isPositive = labels.map { $0[example] == (width == 1 ? 1 : Int32(column)) } ?? targets.map { $0[index] > 0.5 } ?? false
                if output[index].isNaN { isLost[position] = true }
                keys[position].append(UInt64(Self.ordered(output[index])) << 1 | (isPositive ? 1 : 0))
            }
        }
    }

    mutating func take(_ other: AUCAccumulator) {
        for index in keys.indices {
            keys[index] += other.keys[index]
            isLost[index] = isLost[index] || other.isLost[index]
        }
    }

    /// By column.
    var state: [MetricState.Column] { zip(keys, isLost).map { MetricState.Column(keys: $0, isLost: $1) } }

    /// False where the columns are not those of this area.
    mutating func restore(_ columns: [MetricState.Column], examples: Int) -> Bool {
        guard columns.count == keys.count, examples <= self.examples, columns.allSatisfy({ $0.keys.count == examples && $0.keys.allSatisfy { $0 >> 33 == 0 } })
        else { return false }
        reset()
        for (index, column) in columns.enumerated() {
            keys[index] += column.keys
            isLost[index] = column.isLost
        }
        return true
    }

    /// The mean over the classes that have both positives and negatives, each against the rest; for two classes
    /// that of class 1. NaN where there is no such class, or where a score is NaN.
    mutating func result() -> Double {
        var sum = 0.0
        var classes = 0
        for position in keys.indices {
            guard let area = area(position) else { continue }
            sum += area
            classes += 1
        }
        return classes == 0 ? .nan : sum / Double(classes)
    }

    private mutating func area(_ position: Int) -> Double? {
        if isLost[position] { return .nan }
        keys[position].sort()
        let keys = keys[position]
        var rankSum = 0.0
        var positives = 0
        var index = 0
        while index < keys.count {
            var end = index
            var hits = 0
            while end < keys.count, keys[end] >> 1 == keys[index] >> 1 {
                hits += Int(keys[end] & 1)
                end += 1
            }
            // Ranks count from 1; equal scores share the mean of theirs.
            rankSum += Double(hits) * Double(index + 1 + end) / 2
            positives += hits
            index = end
        }
        let negatives = keys.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let p = Double(positives)
        return (rankSum - p * (p + 1) / 2) / (p * Double(negatives))
    }

    /// Bits that compare as the numbers do; both zeros are one.
    private static func ordered(_ value: Float) -> UInt32 {
        let bits = value == 0 ? 0 : value.bitPattern
        return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    }
}
