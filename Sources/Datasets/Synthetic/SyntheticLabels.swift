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
    public let prototypeFeatures: Int
    public let seed: UInt64
    /// Share of the words that come from prototypes.
    static let prototypeShare = 0.7

    let labelRanks: Zipf
    /// By rank.
    let labelOrder: [Int32]
    let featureRanks: Zipf
    let featureOrder: [Int32]
    /// ln(2 + rank), by feature.
    let rarity: [Float]

    private let sizes: SyntheticLabelSizes

    var featuresPerExample: Int { sizes.featuresPerExample }

    /// Throws where no such examples can be made.
    public init(_ request: LabelsRequest, seed: UInt64, at location: Location = .nowhere) throws(DiagnosticError) {
        sizes = try SyntheticLabelSizes(request, seed: seed, at: location)
        features = request.features
        labels = request.labels
        prototypeFeatures = request.prototypeFeatures
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
        let arrays = try SparseArrays(sizes.extents(count, part, at: location).sizes, for: location)
        for example in 0..<count {
            var dice = sizes.dice(part, example)
            let size = sizes.draw(&dice)
            arrays.rowStarts[example + 1] = arrays.rowStarts[example] + Int64(size.features)
            arrays.labelStarts[example + 1] = arrays.labelStarts[example] + Int64(size.labels)
        }
        let grain = 256
        pool.run(pieces: (count + grain - 1) / grain) { (piece: Int) in
            var words = SyntheticWords(self)
            for example in piece * grain..<min(count, (piece + 1) * grain) {
                var dice = sizes.dice(part, example)
                _ = sizes.draw(&dice)
                words.write(
                    row: Int(arrays.rowStarts[example])..<Int(arrays.rowStarts[example + 1]),
                    labels: Int(arrays.labelStarts[example])..<Int(arrays.labelStarts[example + 1]), to: arrays, &dice)
            }
        }
        return SparseExamples(arrays, features: features, labelCount: labels)
    }
}
