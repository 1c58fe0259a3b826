import Graph

/// Sees a run as it goes: the progress bar, the metrics file, the run directory.
public protocol TrainingObserver: AnyObject {
    func started(_ run: RunSize) throws
    /// After every step of pre-training; may allocate nothing unless it shows something.
    func pretrained(_ step: PretrainStepReport)
    func finishedPretraining(_ report: PretrainEpochReport) throws
    /// After every step; may allocate nothing unless it shows something.
    func stepped(_ step: StepReport)
    /// The validation split, between two epochs' ends.
    func evaluated(_ report: EvaluationReport) throws
    func finishedEpoch(_ report: EpochReport) throws
    /// Layers have other numbers of units now.
    func reshaped(_ report: ReshapeReport) throws
    /// All that the run would need to go on from here.
    func checkpoint(_ snapshot: TrainingSnapshot) throws
    /// The weights are worth keeping now.
    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) throws
}

extension TrainingObserver {
    public func checkpoint(_ snapshot: TrainingSnapshot) throws {}
}

public enum SaveOccasion: Sendable, Hashable { case best, final }

public struct RunSize: Sendable {
    public let epochs: Int
    public let stepsPerEpoch: Int
    public let examples: Int
    /// Of whole epochs that are done already, where a run goes on.
    public let doneSeconds: Double
    public let doneExamples: Int

    public init(epochs: Int, stepsPerEpoch: Int, examples: Int, doneSeconds: Double = 0, doneExamples: Int = 0) {
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.examples = examples
        self.doneSeconds = doneSeconds
        self.doneExamples = doneExamples
    }
}

public struct PretrainStepReport: Sendable {
    public let layer: String
    /// From 1.
    public let epoch: Int
    public let epochs: Int
    /// Of this epoch, from 1.
    public let stepOfEpoch: Int
    public let stepsPerEpoch: Int
    /// Of this epoch.
    public let examples: Int
    /// Seconds of this epoch so far.
    public let seconds: Double
    /// Mean over the epoch so far.
    public let reconstructionError: Double

    public init(
        layer: String, epoch: Int, epochs: Int, stepOfEpoch: Int, stepsPerEpoch: Int, examples: Int, seconds: Double, reconstructionError: Double
    ) {
        self.layer = layer
        self.epoch = epoch
        self.epochs = epochs
        self.stepOfEpoch = stepOfEpoch
        self.stepsPerEpoch = stepsPerEpoch
        self.examples = examples
        self.seconds = seconds
        self.reconstructionError = reconstructionError
    }
}

/// An epoch of the pre-training of a layer.
public struct PretrainEpochReport: Sendable {
    public let layer: String
    public let epoch: Int
    public let epochs: Int
    /// Of the layer's pre-training, from 1.
    public let step: Int
    public let examples: Int
    public let seconds: Double
    public let reconstructionError: Double

    public init(layer: String, epoch: Int, epochs: Int, step: Int, examples: Int, seconds: Double, reconstructionError: Double) {
        self.layer = layer
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.examples = examples
        self.seconds = seconds
        self.reconstructionError = reconstructionError
    }
}

public struct StepReport: Sendable {
    /// From 1.
    public let epoch: Int
    /// Of this epoch, from 1.
    public let stepOfEpoch: Int
    /// Of this epoch.
    public let examples: Int
    /// Seconds of training in this epoch so far.
    public let seconds: Double
    /// Mean over the epoch so far.
    public let loss: Double
    /// The first metric beside the loss that can be had before the epoch's end.
    public let metric: (measure: Measure, value: Double)?

    public init(
        epoch: Int, stepOfEpoch: Int, examples: Int, seconds: Double, loss: Double, metric: (measure: Measure, value: Double)?
    ) {
        self.epoch = epoch
        self.stepOfEpoch = stepOfEpoch
        self.examples = examples
        self.seconds = seconds
        self.loss = loss
        self.metric = metric
    }
}

public struct EvaluationReport: Sendable {
    public let epoch: Int
    /// Of the run, from 1.
    public let step: Int
    public let split: SplitName
    public let scores: Scores
}

public struct EpochReport: Codable, Sendable {
    public let epoch: Int
    /// Of the run, from 1.
    public let step: Int
    /// Examples trained on in this epoch.
    public let examples: Int
    /// Of training proper: without evaluation and saving.
    public let seconds: Double
    /// Those of the forward passes, and of the backward passes with their updates; the rest assembles batches and measures.
    public let forwardSeconds: Double
    public let backwardSeconds: Double
    /// Of the epoch's last step.
    public let learningRate: Double
    /// Means over the epoch, as the weights changed.
    public let train: Scores
    /// At the epoch's end, where it was due.
    public let validation: Scores?
    /// At the epoch's end, where something depends on it.
    public let test: Scores?
    /// Steps whose loss was not finite.
    public let nonFiniteSteps: Int

    public var examplesPerSecond: Double { seconds > 0 ? Double(examples) / seconds : 0 }

    public init(
        epoch: Int, step: Int, examples: Int, seconds: Double, forwardSeconds: Double = 0, backwardSeconds: Double = 0, learningRate: Double, train: Scores, validation: Scores?, test: Scores? = nil, nonFiniteSteps: Int
    ) {
        self.epoch = epoch
        self.step = step
        self.examples = examples
        self.seconds = seconds
        self.forwardSeconds = forwardSeconds
        self.backwardSeconds = backwardSeconds
        self.learningRate = learningRate
        self.train = train
        self.validation = validation
        self.test = test
        self.nonFiniteSteps = nonFiniteSteps
    }
}

/// Where a loss stopped being a number.
public struct NonFiniteReport: Sendable {
    public let epoch: Int
    /// Of the run, from 1.
    public let step: Int
    public let layer: LayerInfo?
    /// The value that holds it first: `h1.kernel`.
    public let value: String
    /// Its position in the training split, where not every example of the batch is bad.
    public let example: Int?
    /// Nil while training; the split that was being evaluated otherwise.
    public let split: SplitName?
    /// Whether it was the error of a reconstruction, before the run; then `step` and `epoch` are those of the layer's pre-training.
    public let isPretraining: Bool

    init(epoch: Int, step: Int, layer: LayerInfo?, value: String, example: Int?, split: SplitName?, isPretraining: Bool = false) {
        self.epoch = epoch
        self.step = step
        self.layer = layer
        self.value = value
        self.example = example
        self.split = split
        self.isPretraining = isPretraining
    }
}

public struct TrainingResult: Sendable {
    public enum Ending: Sendable {
        case finished
        case earlyStopping(best: Double)
        case maxTime
        case maxSteps
        case interrupted
        case nonFinite(NonFiniteReport)
    }

    public var ending: Ending
    /// By layer that was pre-trained, as far as that went.
    public var pretraining: [PretrainResult]
    public var epochs: [EpochReport]
    public var steps: Int
    /// Of the last weights, by split; training's are the means over the last epoch.
    public var scores: [(split: SplitName, scores: Scores)]
}
