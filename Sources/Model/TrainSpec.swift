import Diagnostics

public enum Loss: String, Sendable, CaseIterable {
    case crossEntropy = "cross_entropy", binaryCrossEntropy = "binary_cross_entropy", mse
}

public struct OptimizerSpec: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable { case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw }

    public var kind: Kind
    public var learningRate: Double
    /// momentum, nesterov
    public var momentum: Double
    /// adam, adamw
    public var beta1: Double
    public var beta2: Double
    /// rmsprop
    public var rho: Double
    /// adagrad, rmsprop, adam, adamw
    public var epsilon: Double
    /// adamw: decoupled. The others: added to the gradient.
    public var weightDecay: Double

    public init(
        kind: Kind, learningRate: Double, momentum: Double = 0.9, beta1: Double = 0.9, beta2: Double = 0.999,
        rho: Double = 0.9, epsilon: Double = 1e-7, weightDecay: Double = 0
    ) {
        self.kind = kind
        self.learningRate = learningRate
        self.momentum = momentum
        self.beta1 = beta1
        self.beta2 = beta2
        self.rho = rho
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }
}

public enum LearningRateSchedule: Sendable, Hashable {
    case constant
    /// Multiplied by `factor` after every `every`.
    case step(every: Span, factor: Double)
    /// Linear from zero over `warmUp`, then half a cosine down to `minimum` at the end of the run.
    case cosine(warmUp: Span, minimum: Double)
}

public enum Metric: String, Sendable, CaseIterable {
    case loss, accuracy, top5Accuracy = "top_5_accuracy"
    case precisionAt1 = "precision_at_1", precisionAt3 = "precision_at_3", precisionAt5 = "precision_at_5"
    case auc

    public var higherIsBetter: Bool { self != .loss }
}

/// `validation.accuracy`
public struct MonitoredMetric: Sendable, Hashable {
    public enum Split: String, Sendable, CaseIterable { case train, validation, test }
    public var split: Split
    public var metric: Metric
    public init(split: Split, metric: Metric) {
        self.split = split
        self.metric = metric
    }
}

public struct EarlyStopping: Sendable {
    public var monitor: MonitoredMetric
    /// Epochs without an improvement of at least `minimumDelta`.
    public var patience: Int
    public var minimumDelta: Double
    public init(monitor: MonitoredMetric, patience: Int, minimumDelta: Double) {
        self.monitor = monitor
        self.patience = patience
        self.minimumDelta = minimumDelta
    }
}

public struct CheckpointSpec: Sendable {
    public var every: Span?
    public var keep: Int
    public var best: MonitoredMetric?
    public init(every: Span?, keep: Int, best: MonitoredMetric?) {
        self.every = every
        self.keep = keep
        self.best = best
    }
}

/// How a trained network is evaluated.
public enum EvaluatedNetwork: String, Sendable, CaseIterable {
    /// With all units.
    case dense
    /// With those that the policies for `forward` choose.
    case policy
}

public struct TrainSpec: Sendable {
    public enum OnNaN: String, Sendable, CaseIterable { case stop, `continue` }
    public enum Mode: String, Sendable, CaseIterable { case synchronous, asynchronous }

    public var epochs: Int
    public var batchSize: Int
    public var loss: Located<Loss>
    public var optimizer: OptimizerSpec
    public var metrics: [Metric]
    public var schedule: LearningRateSchedule
    public var pretrain: PretrainSpec?
    public var earlyStopping: EarlyStopping?
    public var checkpoint: CheckpointSpec?
    /// How often the validation split is evaluated.
    public var evaluateEvery: Span
    /// Which networks are evaluated, the first of them deciding; empty: each layer as its policy says.
    public var evaluateWith: [EvaluatedNetwork]
    public var onNaN: OnNaN
    /// Seconds of training, nil for no limit.
    public var maxTime: Double?
    /// Nil: one per processor.
    public var threads: Int?
    public var mode: Mode
    public var deterministic: Bool
    public var curriculum: CurriculumSpec?

    public init(
        epochs: Int, batchSize: Int, loss: Located<Loss>, optimizer: OptimizerSpec, metrics: [Metric],
        schedule: LearningRateSchedule, pretrain: PretrainSpec? = nil, earlyStopping: EarlyStopping?, checkpoint: CheckpointSpec?, evaluateEvery: Span,
        evaluateWith: [EvaluatedNetwork] = [], onNaN: OnNaN, maxTime: Double?, threads: Int?, mode: Mode, deterministic: Bool,
        curriculum: CurriculumSpec? = nil
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = metrics
        self.schedule = schedule
        self.pretrain = pretrain
        self.earlyStopping = earlyStopping
        self.checkpoint = checkpoint
        self.evaluateEvery = evaluateEvery
        self.evaluateWith = evaluateWith
        self.onNaN = onNaN
        self.maxTime = maxTime
        self.threads = threads
        self.mode = mode
        self.deterministic = deterministic
        self.curriculum = curriculum
    }
}

extension TrainSpec {
    /// Steps of an epoch, the last and perhaps smaller one included.
    public func stepsPerEpoch(examples: Int) -> Int {
        let batch = max(batchSize, 1)
        return max(1, examples / batch + (examples % batch == 0 ? 0 : 1))
    }
}
