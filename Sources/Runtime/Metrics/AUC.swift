import Graph
import Kernels

/// The area under the ROC curve, exact: the share of (positive, negative) pairs that are in the right order,
/// equal scores counting half.
///
/// One pass over all scores of a class after sorting them; the scores of a whole split are kept for it.
struct AUCAccumulator {
    private let width: Int
    /// [examples, width]
    private var scores: [Float]
    private var positive: [Bool]
    private var keys: [UInt64]
    private var count = 0

    /// - Parameter examples: the most that will ever be added between two resets.
    init(examples: Int, width: Int) {
        self.width = width
        scores = Array(repeating: 0, count: Count.product(examples, width))
        positive = Array(repeating: false, count: scores.count)
        keys = Array(repeating: 0, count: examples)
    }

    mutating func reset() { count = 0 }

    mutating func add(output: Floats, labels: Ints?, targets: Floats?, batch: Int) {
        guard (count + batch) * width <= scores.count else { return }
        let start = count * width
        for index in 0..<batch * width {
            scores[start + index] = output[index]
            if let labels {
                // A single output is the score of class 1.
                let own = width == 1 ? 1 : Int32(index % width)
                positive[start + index] = labels[index / width] == own
            } else if let targets {
                positive[start + index] = targets[index] > 0.5
            }
        }
        count += batch
    }

    /// The mean over the classes that have both positives and negatives, each against the rest; for two classes
    /// that of class 1. NaN where there is no such class, or where a score is NaN.
    mutating func result(truth: Truth) -> Double {
        if truth != .multiLabel, width == 2 { return area(column: 1) ?? .nan }
        var sum = 0.0
        var classes = 0
        for column in 0..<width {
            guard let area = area(column: column) else { continue }
            sum += area
            classes += 1
        }
        return classes == 0 ? .nan : sum / Double(classes)
    }

    private mutating func area(column: Int) -> Double? {
        for example in 0..<count {
            let score = scores[example * width + column]
            if score.isNaN { return .nan }
            keys[example] = UInt64(Self.ordered(score)) << 1 | (positive[example * width + column] ? 1 : 0)
        }
        keys[0..<count].sort()
        var rankSum = 0.0
        var positives = 0
        var index = 0
        while index < count {
            var end = index
            var hits = 0
            while end < count, keys[end] >> 1 == keys[index] >> 1 {
                hits += Int(keys[end] & 1)
                end += 1
            }
            // Ranks count from 1; equal scores share the mean of theirs.
            rankSum += Double(hits) * Double(index + 1 + end) / 2
            positives += hits
            index = end
        }
        let negatives = count - positives
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
