import Diagnostics

/// Where sparse examples come from.
public enum SparseSource: Sendable {
    public enum Format: Sendable {
        /// See `SparseRequest.Format.xc`.
        case xc
        /// See `SparseRequest.Format.libsvm`. `features` is nil where the files are to say how many there are.
        case libsvm(firstFeature: Int, features: Int?)
    }

    case files(format: Format, train: Written<String>, test: Written<String>?)
    case labels(LabelsRequest)
}

/// Made-up examples with very many labels. See `SyntheticLabels`.
public struct LabelsRequest: Sendable {
    public var trainExamples: Int
    public var testExamples: Int
    public var features: Int
    public var labels: Int
    /// Mean per example.
    public var featuresPerExample: Int
    /// Mean per example, as far as there are labels enough.
    public var labelsPerExample: Double
    /// That each label has for its own.
    public var prototypeFeatures: Int

    public init(
        trainExamples: Int, testExamples: Int, features: Int, labels: Int, featuresPerExample: Int = 70, labelsPerExample: Double = 2.6, prototypeFeatures: Int = 12
    ) {
        self.trainExamples = trainExamples
        self.testExamples = testExamples
        self.features = features
        self.labels = labels
        self.featuresPerExample = featuresPerExample
        self.labelsPerExample = labelsPerExample
        self.prototypeFeatures = prototypeFeatures
    }
}
