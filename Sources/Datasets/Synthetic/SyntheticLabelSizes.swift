import Diagnostics
import Kernels

/// How many features and labels each example of `SyntheticLabels` has, which is known without making it: these are its first draws.
struct SyntheticLabelSizes: Sendable {
    private static let mostLabels = 64

    let features: Int
    let labels: Int
    let featuresPerExample: Int
    let labelsPerExample: Double
    let seed: UInt64

    /// Throws where no such examples can be made.
    init(_ request: LabelsRequest, seed: UInt64, at location: Location) throws(DiagnosticError) {
        func check(_ isRight: Bool, _ message: String) throws(DiagnosticError) {
            if !isRight { throw DiagnosticError(Diagnostic(.badSyntheticData, message, at: location)) }
        }
        let features = request.features, labels = request.labels
        try check((1...1 << 24).contains(features), "there must be at least one feature, and at most 2^24; they are \(features)")
        try check((1...1 << 24).contains(labels), "there must be at least one label, and at most 2^24; they are \(labels)")
        try check(
            (1...min(features, 1 << 16)).contains(request.featuresPerExample),
            "an example has between 1 and \(min(features, 1 << 16)) features on average, not \(request.featuresPerExample)")
        let mostLabels = Double(min(labels, 16))
        try check(
            request.labelsPerExample >= 1 && request.labelsPerExample <= mostLabels,
            "an example has between 1 and \(Int(mostLabels)) labels on average, not \(request.labelsPerExample)")
        try check(
            (1...min(features, 1024)).contains(request.prototypeFeatures),
            "a label has between 1 and \(min(features, 1024)) features of its own, not \(request.prototypeFeatures)")
        self.features = features
        self.labels = labels
        featuresPerExample = request.featuresPerExample
        labelsPerExample = request.labelsPerExample
        self.seed = seed
    }

    func dice(_ part: SyntheticLabels.Part, _ example: Int) -> Dice {
        Dice(RandomStream(seed: seed, purpose: .synthetic, index: UInt64(example), iteration: part.rawValue))
    }

    /// The first draws of an example.
    func draw(_ dice: inout Dice) -> (features: Int, labels: Int) {
        let half = featuresPerExample / 2
        let length = min(features, dice.whole(featuresPerExample - half, featuresPerExample + half))
        return (length, min(1 + dice.geometric(1 / labelsPerExample), min(labels, Self.mostLabels)))
    }

    func extents(_ count: Int, _ part: SyntheticLabels.Part, at location: Location) throws(DiagnosticError) -> SparseExtents {
        guard count > 0, count <= Int(Int32.max) else {
            throw DiagnosticError(Diagnostic(.badSyntheticData, "the number of examples must be at least 1 and below 2^31; it is \(count)", at: location))
        }
        var extents = SparseExtents(
            sizes: SparseSizes(count: count, values: 0, labels: 0), features: features, labelCount: labels, maxRowLength: 0, maxLabelCount: 0)
        for example in 0..<count {
            var dice = dice(part, example)
            let size = draw(&dice)
            extents.sizes.values += size.features
            extents.sizes.labels += size.labels
            extents.maxRowLength = max(extents.maxRowLength, size.features)
            extents.maxLabelCount = max(extents.maxLabelCount, size.labels)
        }
        return extents
    }
}
