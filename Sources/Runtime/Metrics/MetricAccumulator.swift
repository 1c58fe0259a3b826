import Graph
import Kernels

/// Adds up the measures of a split, batch by batch. Everything it needs is allocated at the start.
public struct MetricAccumulator {
    public let measures: [Measure]
    public let truth: Truth
    private let width: Int
    private var sums: [Double]
    private var area: AUCAccumulator?
    public private(set) var examples = 0

    /// - Parameters:
    ///   - width: numbers per example in the output.
    ///   - examples: the most that are added between two resets.
    public init(_ measures: [Measure], truth: Truth, width: Int, examples: Int) {
        self.measures = measures
        self.truth = truth
        self.width = width
        sums = Array(repeating: 0, count: measures.count)
        area = measures.contains(.auc) ? AUCAccumulator(examples: examples, width: width, truth: truth) : nil
    }

    public mutating func reset() {
        for index in sums.indices { sums[index] = 0 }
        area?.reset()
        examples = 0
    }

    /// Takes in a batch.
    ///
    /// - Parameters:
    ///   - losses: [batch]
    ///   - output: [batch, width]
    ///   - labels: [batch], where the truth is class numbers, or lists of them [batch, any], -1 behind the last
    ///   - targets: [batch, width], otherwise
    ///   - best: [batch, any]: the classes with the largest scores, the best first, where these alone are known
    /// - Returns: the sum of the losses, not finite if one of them is not.
    @discardableResult
    public mutating func add(losses: Floats, output: Floats, labels: Ints?, targets: Floats?, best: Ints? = nil, batch: Int) -> Double {
        var lossSum = 0.0
        for index in 0..<batch { lossSum += Double(losses[index]) }
        for (position, measure) in measures.enumerated() {
            switch measure {
            case .loss: sums[position] += lossSum
            case .auc: area?.add(output: output, labels: labels, targets: targets, batch: batch)
            default:
                var sum = 0.0
                if let best, let labels {
                    let width = best.count / max(batch, 1), most = labels.count / max(batch, 1)
                    for example in 0..<batch {
                        sum += score(measure, best: best[example * width..<(example + 1) * width], labels: labels[example * most..<(example + 1) * most])
                    }
                    sums[position] += sum
                    continue
                }
                for example in 0..<batch {
                    let range = example * width..<(example + 1) * width
                    sum += score(measure, output[range], label: labels.map { Int($0[example]) }, targets: targets?[range])
                }
                sums[position] += sum
            }
        }
        examples += batch
        return lossSum
    }

    /// Adds what has been added up to another one of the same measures, and begins anew.
    mutating func give(to other: inout MetricAccumulator) {
        for index in sums.indices { other.sums[index] += sums[index] }
        if let area { other.area?.take(area) }
        other.examples += examples
        reset()
    }

    /// All that has been added up.
    var state: MetricState { MetricState(sums: sums, examples: examples, columns: area?.state ?? []) }

    /// Goes on from there. False where it is not of these measures.
    mutating func restore(_ state: MetricState) -> Bool {
        guard state.sums.count == sums.count, state.examples >= 0, area != nil || state.columns.isEmpty else { return false }
        if area?.restore(state.columns, examples: state.examples) == false { return false }
        for index in sums.indices { sums[index] = state.sums[index] }
        examples = state.examples
        return true
    }

    /// The means so far; NaN before the first example.
    public mutating func scores() -> Scores {
        var entries: [Scores.Entry] = []
        for (position, measure) in measures.enumerated() {
            let value = measure == .auc ? area?.result() ?? .nan : sums[position] / Double(examples)
            entries.append(Scores.Entry(measure, value))
        }
        return Scores(entries)
    }

    /// The mean of one measure so far, without an allocation. Nil for the area, which needs all of the split.
    public func runningMean(_ measure: Measure) -> Double? {
        guard measure != .auc, examples > 0, let position = measures.firstIndex(of: measure) else { return nil }
        return sums[position] / Double(examples)
    }

    private func score(_ measure: Measure, _ row: Floats, label: Int?, targets: Floats?) -> Double {
        switch measure {
        case .loss, .auc: 0
        case .accuracy: accuracy(row, label: label, targets: targets)
        case .top5Accuracy: within(5, row, label: label, targets: targets) > 0 ? 1 : 0
        case .precisionAt1: Double(within(1, row, label: label, targets: targets))
        case .precisionAt3: Double(within(3, row, label: label, targets: targets)) / 3
        case .precisionAt5: Double(within(5, row, label: label, targets: targets)) / 5
        }
    }

    /// The same by the classes with the largest scores.
    private func score(_ measure: Measure, best: Ints, labels: Ints) -> Double {
        switch measure {
        case .loss, .auc: 0
        case .accuracy, .precisionAt1: Double(found(1, best, labels))
        case .top5Accuracy: found(5, best, labels) > 0 ? 1 : 0
        case .precisionAt3: Double(found(3, best, labels)) / 3
        case .precisionAt5: Double(found(5, best, labels)) / 5
        }
    }

    /// How many of the first `k` are among the labels.
    private func found(_ k: Int, _ best: Ints, _ labels: Ints) -> Int {
        var hits = 0
        for j in 0..<min(k, best.count) {
            for place in 0..<labels.count where labels[place] >= 0 && labels[place] == best[j] { hits += 1 }
        }
        return hits
    }

    /// One class: 1 where it has the largest score. Several labels: the share of entries on the right side of one half.
    private func accuracy(_ row: Floats, label: Int?, targets: Floats?) -> Double {
        if let label {
            if width == 1 { return (row[0] > 0.5) == (label == 1) ? 1 : 0 }
            return largestEntry(row) == label ? 1 : 0
        }
        guard let targets else { return 0 }
        if truth == .values, width > 1 { return largestEntry(row) == largestEntry(targets) ? 1 : 0 }
        var right = 0
        for index in 0..<width where !row[index].isNaN && (row[index] > 0.5) == (targets[index] > 0.5) { right += 1 }
        return Double(right) / Double(width)
    }

    /// How many right answers are among the `k` largest scores.
    private func within(_ k: Int, _ row: Floats, label: Int?, targets: Floats?) -> Int {
        if let label { return label < width && rank(of: label, in: row) < k ? 1 : 0 }
        guard let targets else { return 0 }
        return hits(among: k, of: row, targets: targets)
    }
}
