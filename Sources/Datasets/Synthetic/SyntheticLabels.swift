import Diagnostics
import Foundation
import Kernels

/// Sparse examples with many labels, made up, in the manner of documents with tags.
///
/// Every label has `prototypeFeatures` features of its own, drawn uniformly, each with a weight. Labels are as popular as Zipf's law with
/// an exponent of 0.8 has it, features as frequent as with 1; which label and which feature has which rank is drawn too. An example draws how many labels it has
/// (one, and a geometric number more), the labels by popularity, and how many features, uniformly from half to one and a half times the mean. Then it draws words
/// until it has so many different ones: seven of ten are from the prototype of one of its labels, by weight, the rest by frequency. The
/// value of a feature is (1 + ln times) · ln(2 + rank), the rarer the larger, and the row is scaled to length 1.
///
/// Example i depends on the seed, the part and i alone.
public struct SyntheticLabels: Sendable {
    public enum Part: UInt64, Sendable { case train, test }

    public let features: Int
    public let labels: Int
    /// Mean per example.
    public let featuresPerExample: Int
    /// Mean per example, as far as there are labels enough.
    public let labelsPerExample: Double
    public let prototypeFeatures: Int
    public let seed: UInt64
    /// Share of the words that come from prototypes.
    static let prototypeShare = 0.7
    private static let mostLabels = 64

    let labelRanks: Zipf
    /// By rank.
    let labelOrder: [Int32]
    let featureRanks: Zipf
    let featureOrder: [Int32]
    /// ln(2 + rank), by feature.
    let rarity: [Float]

    /// Throws where no such examples can be made.
    public init(
        features: Int, labels: Int, featuresPerExample: Int = 70, labelsPerExample: Double = 2.6, prototypeFeatures: Int = 12, seed: UInt64, at location: Location = .nowhere
    ) throws(DiagnosticError) {
        func check(_ isRight: Bool, _ message: String) throws(DiagnosticError) {
            if !isRight { throw DiagnosticError(Diagnostic(.badSyntheticData, message, at: location)) }
        }
        try check((1...1 << 24).contains(features), "there must be at least one feature, and at most 2^24; they are \(features)")
        try check((1...1 << 24).contains(labels), "there must be at least one label, and at most 2^24; they are \(labels)")
        try check((1...min(features, 1 << 16)).contains(featuresPerExample), "an example has between 1 and \(min(features, 1 << 16)) features on average, not \(featuresPerExample)")
        let mostLabels = Double(min(labels, 16))
        try check(labelsPerExample >= 1 && labelsPerExample <= mostLabels, "an example has between 1 and \(Int(mostLabels)) labels on average, not \(labelsPerExample)")
        try check((1...min(features, 1024)).contains(prototypeFeatures), "a label has between 1 and \(min(features, 1024)) features of its own, not \(prototypeFeatures)")
        self.features = features
        self.labels = labels
        self.featuresPerExample = featuresPerExample
        self.labelsPerExample = labelsPerExample
        self.prototypeFeatures = prototypeFeatures
        self.seed = seed
        labelRanks = Zipf(count: labels, exponent: 0.8)
        labelOrder = Self.shuffled(labels, Self.stream(seed, 0, .order))
        featureRanks = Zipf(count: features, exponent: 1)
        featureOrder = Self.shuffled(features, Self.stream(seed, 1, .order))
        var rarity = [Float](repeating: 0, count: features)
        for (rank, feature) in featureOrder.enumerated() { rarity[Int(feature)] = Float(log(2 + Double(rank))) }
        self.rarity = rarity
    }

    /// The uses of random numbers, kept apart by the iteration; the first two are those of `Part`.
    private enum Use: UInt64 { case prototype = 3, order }

    private static func stream(_ seed: UInt64, _ index: Int, _ use: Use) -> RandomStream {
        RandomStream(seed: seed, purpose: .synthetic, index: UInt64(index), iteration: use.rawValue)
    }

    private static func shuffled(_ count: Int, _ stream: RandomStream) -> [Int32] {
        var order = (0..<Int32(count)).map { $0 }
        var dice = Dice(stream)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, dice.whole(0, last)) }
        return order
    }

    private func dice(_ part: Part, _ example: Int) -> Dice {
        Dice(RandomStream(seed: seed, purpose: .synthetic, index: UInt64(example), iteration: part.rawValue))
    }

    /// How many features and labels the next example has: its first draws.
    private func sizes(_ dice: inout Dice) -> (features: Int, labels: Int) {
        let half = featuresPerExample / 2
        let length = min(features, dice.whole(featuresPerExample - half, featuresPerExample + half))
        return (length, min(1 + dice.geometric(1 / labelsPerExample), min(labels, Self.mostLabels)))
    }

    /// The features of a label, all different, and the sums of the first weights.
    func prototype(_ label: Int) -> (features: [Int32], sums: [Double]) {
        var dice = Dice(Self.stream(seed, label, .prototype))
        var found: [Int32] = [], sums: [Double] = [], sum = 0.0
        while found.count < prototypeFeatures {
            var feature = Int32(dice.whole(0, features - 1))
            // Few features may all be taken but some.
            while found.contains(feature) { feature = (feature + 1) % Int32(features) }
            found.append(feature)
            sum += dice.uniform(0.5, 1.5)
            sums.append(sum)
        }
        return (found, sums)
    }

    /// The first examples of a part. The same bits on any number of threads.
    public func examples(_ count: Int, _ part: Part = .train, pool: WorkerPool, at location: Location = .nowhere) throws(DiagnosticError) -> SparseExamples {
        guard count > 0, count <= Int(Int32.max) else {
            throw DiagnosticError(Diagnostic(.badSyntheticData, "the number of examples must be at least 1 and below 2^31; it is \(count)", at: location))
        }
        var sizes = SparseSizes(count: count, values: 0, labels: 0)
        for example in 0..<count {
            var dice = dice(part, example)
            let size = self.sizes(&dice)
            sizes.values += size.features
            sizes.labels += size.labels
        }
        let arrays = try SparseArrays(sizes, for: location)
        for example in 0..<count {
            var dice = dice(part, example)
            let size = self.sizes(&dice)
            arrays.rowStarts[example + 1] = arrays.rowStarts[example] + Int64(size.features)
            arrays.labelStarts[example + 1] = arrays.labelStarts[example] + Int64(size.labels)
        }
        let grain = 256
        pool.run(pieces: (count + grain - 1) / grain) { (piece: Int) in
            var words = SyntheticWords(self)
            for example in piece * grain..<min(count, (piece + 1) * grain) {
                var dice = dice(part, example)
                _ = self.sizes(&dice)
                words.write(
                    row: Int(arrays.rowStarts[example])..<Int(arrays.rowStarts[example + 1]),
                    labels: Int(arrays.labelStarts[example])..<Int(arrays.labelStarts[example + 1]), to: arrays, &dice)
            }
        }
        return SparseExamples(arrays, features: features, labelCount: labels)
    }
}
