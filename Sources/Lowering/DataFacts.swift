/// What the lowering must know of the data: not the data itself.
public struct DataFacts: Sendable, Hashable {
    public enum Targets: Sendable, Hashable {
        /// Class numbers 0..<classes.
        case classes(Int)
        /// So many numbers per example.
        case vector(Int)
    }

    /// Of one example.
    public var shape: [Int]
    public var targets: Targets
    /// 0 where it is not known.
    public var trainExamples: Int

    public init(shape: [Int], targets: Targets, trainExamples: Int = 0) {
        self.shape = shape
        self.targets = targets
        self.trainExamples = trainExamples
    }

    /// Where the number is not known, that of a data set of middling size.
    public var assumedTrainExamples: Int { trainExamples > 0 ? trainExamples : 50_000 }

    public var targetCount: Int {
        switch targets {
        case .classes(let count), .vector(let count): count
        }
    }
}
