/// The split of the data that a measure is taken on.
public enum SplitName: String, Sendable, CaseIterable { case train, validation, test }

/// A measure that decides something: `validation.accuracy`.
public struct Monitor: Sendable, Hashable {
    public var split: SplitName
    public var measure: Measure
    public init(_ split: SplitName, _ measure: Measure) {
        self.split = split
        self.measure = measure
    }
}

/// What a training loop needs to know beside the schedule and the data. All lengths are in steps by now.
public struct TrainingSettings: Sendable {
    public var epochs: Int
    public var batchSize: Int
    public var seed: UInt64
    public var learningRate: LearningRate
    /// Always with the loss.
    public var measures: [Measure]
    public var truth: Truth
    /// The validation split is evaluated after every so many steps.
    public var evaluateEvery: Int
    /// Weights are saved after every so many steps; nil for only at the end.
    public var checkpointEvery: Int?
    /// Unless that is less than this time, or twenty times what one takes, after the one before; nil for always.
    public var checkpointPause: Double?
    /// The weights with the best value so far are saved too.
    public var best: Monitor?
    public var patience: (monitor: Monitor, epochs: Int, minimumDelta: Double)?
    /// Whether a loss that is not finite ends the run before it reaches the weights.
    public var stopsOnNonFinite = true
    /// Nil for none.
    public var pretrain: PretrainSettings?
    public var maxSeconds: Double?
    /// Of the run, and of the pre-training of each layer.
    public var maxSteps: Int?
    /// Nil for all examples from the start.
    public var curriculum: Curriculum?

    /// Whether the test split decides something, and is evaluated after every epoch for it.
    var watchesTest: Bool { best?.split == .test || patience?.monitor.split == .test }

    public init(
        epochs: Int, batchSize: Int, seed: UInt64, learningRate: LearningRate, measures: [Measure], truth: Truth, evaluateEvery: Int
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.learningRate = learningRate
        self.measures = measures.contains(.loss) ? measures : [.loss] + measures
        self.truth = truth
        self.evaluateEvery = max(evaluateEvery, 1)
    }
}

/// Whether a measure still gets better.
public struct Improvement: Codable, Sendable, Hashable {
    public let higherIsBetter: Bool
    public let minimumDelta: Double
    public private(set) var best: Double?
    /// Looks since the best one.
    public private(set) var looksSince = 0

    public init(_ measure: Measure, minimumDelta: Double = 0) {
        higherIsBetter = measure.higherIsBetter
        self.minimumDelta = minimumDelta
    }

    /// Goes on from what another one of the same measure has seen.
    mutating func goOn(from other: Improvement) {
        best = other.best
        looksSince = max(0, min(other.looksSince, 1 << 40))
    }

    /// True if this value is better than all before by more than the least difference. NaN never is.
    public mutating func take(_ value: Double) -> Bool {
        let gain = best.map { higherIsBetter ? value - $0 : $0 - value }
        let improved = value.isNaN ? false : gain.map { $0 > minimumDelta } ?? true
        if improved { best = value }
        looksSince = improved ? 0 : looksSince + 1
        return improved
    }
}
