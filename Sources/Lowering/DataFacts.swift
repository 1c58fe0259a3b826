/// What the lowering must know of the data: not the data itself.
public struct DataFacts: Sendable, Hashable {
    public enum Targets: Sendable, Hashable {
        /// Class numbers 0..<classes.
        case classes(Int)
        /// So many numbers per example.
        case vector(Int)
        /// Of so many labels each example has a list: the longest, and how many on average.
        case labelLists(labels: Int, longest: Int, average: Double)
    }

    /// Examples that are given by what of them is not zero.
    public struct SparseInput: Sendable, Hashable {
        /// Entries of the longest example.
        public var longest: Int
        public var average: Double

        public init(longest: Int, average: Double) {
            self.longest = longest
            self.average = average
        }
    }

    /// Of one example.
    public var shape: [Int]
    public var targets: Targets
    /// Nil where all of an example is there; otherwise the shape is one number, that of the features.
    public var sparse: SparseInput?
    /// 0 where it is not known.
    public var trainExamples: Int
    /// About how many directions the examples vary in, where that is known.
    public var directions: Double?
    /// Steps of the training, where these are not as many as the model file says.
    public var trainSteps: Int?
    /// Where some steps were trained to see it.
    public var pilot: PilotFacts?

    public init(shape: [Int], targets: Targets, sparse: SparseInput? = nil, trainExamples: Int = 0, directions: Double? = nil) {
        self.shape = shape
        self.targets = targets
        self.sparse = sparse
        self.trainExamples = trainExamples
        self.directions = directions
    }

    /// How alike the examples choose under policies that choose for each, as some steps of the training have shown.
    public struct PilotFacts: Sendable, Hashable {
        public var steps: Int
        /// By layer, what `ChoosesPerExample.variety` would have to say of a training of so many steps.
        public var variety: [Int: Double]
        /// The same of its second half.
        public var secondHalf: [Int: Double]
        /// Whether nothing was left to learn at its end, so that examples go on choosing as they do.
        public var isLearned: Bool

        public init(steps: Int, variety: [Int: Double], secondHalf: [Int: Double] = [:], isLearned: Bool = false) {
            self.steps = steps
            self.variety = variety
            self.secondHalf = secondHalf
            self.isLearned = isLearned
        }
    }

    /// Where the number is not known, that of a data set of middling size.
    public var assumedTrainExamples: Int { trainExamples > 0 ? trainExamples : 50_000 }

    /// On average.
    public var labelsPerExample: Double {
        if case .labelLists(_, _, let average) = targets { average } else { 1 }
    }

    public var targetCount: Int {
        switch targets {
        case .classes(let count), .vector(let count), .labelLists(let count, _, _): count
        }
    }
}
