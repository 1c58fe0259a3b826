/// Examples that are made instead of read.
public struct SyntheticSpec: Sendable {
    public enum Generator: String, Sendable, CaseIterable { case blobs, spirals, rectangles, convex, higgsLike = "higgs_like", labels }

    /// What only `labels` has.
    public struct Sparse: Sendable {
        /// Means of an example.
        public var featuresPerExample: Int
        public var labelsPerExample: Double
        /// That each label has for its own.
        public var prototypeFeatures: Int

        public init(featuresPerExample: Int, labelsPerExample: Double, prototypeFeatures: Int) {
            self.featuresPerExample = featuresPerExample
            self.labelsPerExample = labelsPerExample
            self.prototypeFeatures = prototypeFeatures
        }
    }

    public var generator: Generator
    public var trainExamples: Int
    public var testExamples: Int
    /// blobs, labels: any number; spirals: 2. The image tasks fix it at 784 (28×28×1), higgs_like at 28.
    public var features: Int
    /// blobs and spirals, and the labels of labels; the other tasks have two.
    public var classes: Int
    /// Standard deviation of the noise (blobs, spirals).
    public var noise: Double
    public var sparse: Sparse

    public init(generator: Generator, trainExamples: Int, testExamples: Int, features: Int, classes: Int, noise: Double, sparse: Sparse) {
        self.generator = generator
        self.trainExamples = trainExamples
        self.testExamples = testExamples
        self.features = features
        self.classes = classes
        self.noise = noise
        self.sparse = sparse
    }
}
