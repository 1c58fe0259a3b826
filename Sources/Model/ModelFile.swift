import Diagnostics
import Syntax

/// A value together with where it was written.
public struct Located<Value: Sendable>: Sendable {
    public var value: Value
    public var location: Location

    public init(_ value: Value, _ location: Location) {
        self.value = value
        self.location = location
    }
}

/// A checked model file: every key known, every value in range, every name resolved.
///
/// Shapes are not known yet; the lowering infers them.
public struct ModelFile: Sendable {
    public var name: String
    public var description: String?
    public var seed: UInt64
    public var data: Located<DataSpec>?
    public var input: InputSpec
    /// A run directory or a file of weights to begin with, by name; nil where all of them begin at random.
    public var weights: Located<String>?
    public var layers: [LayerSpec]
    public var train: TrainSpec
    public var output: OutputSpec

    public init(
        name: String, description: String?, seed: UInt64, data: Located<DataSpec>?, input: InputSpec,
        weights: Located<String>? = nil, layers: [LayerSpec], train: TrainSpec, output: OutputSpec
    ) {
        self.name = name
        self.description = description
        self.seed = seed
        self.data = data
        self.input = input
        self.weights = weights
        self.layers = layers
        self.train = train
        self.output = output
    }
}

/// A length of time as the file gives it. A bare number is an error, so there is always a unit.
public enum Span: Sendable, Hashable {
    case epochs(Double)
    case steps(Int)
    case examples(Int)
}

/// `5%` or `50`.
public enum Amount: Sendable, Hashable {
    /// 0...1
    case share(Double)
    case count(Int)
}

// MARK: - data

public struct DataSpec: Sendable {
    public enum Source: Sendable {
        /// A data set whose files, sizes and checksums are built in.
        case known(String)
        /// Files of one format; the paths are absolute or relative to the working directory by now.
        case files(format: Format, train: FileSet, test: FileSet?)
        case synthetic(SyntheticSpec)
    }

    public enum Format: String, Sendable, CaseIterable {
        case idx, npy, csv, cifar10, cifar100, libsvm, xc

        /// Whether examples are given by what of them is not zero.
        public var isSparse: Bool { self == .libsvm || self == .xc }
    }

    /// The files of one split. `labels` is nil for formats that keep them beside the features.
    public struct FileSet: Sendable {
        public var features: [Located<String>]
        public var labels: Located<String>?
        public init(features: [Located<String>], labels: Located<String>?) {
            self.features = features
            self.labels = labels
        }
    }

    /// csv only.
    public struct Columns: Sendable {
        /// Names, or 0-based positions written as numbers.
        public var label: Located<String>?
        public var features: [Located<String>]?
        public var header: Bool?
        public init(label: Located<String>?, features: [Located<String>]?, header: Bool?) {
            self.label = label
            self.features = features
            self.header = header
        }
    }

    public enum Normalization: String, Sendable, CaseIterable {
        /// Bytes are divided by 255, other numbers stay.
        case unit
        /// Mean and deviation of the training split.
        case zscore
        case none
    }

    public enum Validation: Sendable {
        /// Split off the training set by the seed.
        case amount(Amount)
        case files(FileSet)
    }

    public var source: Source
    public var validation: Located<Validation>?
    public var normalization: Normalization
    public var columns: Columns?
    /// At most so many training examples.
    public var limit: Int?
    /// What the first label is called in the file (0 by default).
    public var labelBase: Int
    /// What the first feature is called in a libsvm file (1 by default).
    public var featureBase: Int

    /// Whether examples are given by what of them is not zero.
    public var isSparse: Bool {
        switch source {
        case .known: false
        case .files(let format, _, _): format.isSparse
        case .synthetic(let made): made.generator == .labels
        }
    }

    public init(
        source: Source, validation: Located<Validation>?, normalization: Normalization, columns: Columns?,
        limit: Int?, labelBase: Int, featureBase: Int = 1
    ) {
        self.source = source
        self.validation = validation
        self.normalization = normalization
        self.columns = columns
        self.limit = limit
        self.labelBase = labelBase
        self.featureBase = featureBase
    }
}

// MARK: - model

public struct InputSpec: Sendable {
    /// Without the batch. Nil where it is to come from the data.
    public var shape: Located<[Int]>?
    /// What the file says of it: that examples are given by what of them is not zero.
    public var sparse: Located<Bool>?

    public init(shape: Located<[Int]>?, sparse: Located<Bool>? = nil) {
        self.shape = shape
        self.sparse = sparse
    }
}

public enum Activation: String, Sendable, CaseIterable {
    case linear, relu, leakyReLU = "leaky_relu", elu, gelu, sigmoid, tanh, softmax
}

public enum Initializer: String, Sendable, CaseIterable {
    case zeros, ones
    case heNormal = "he_normal", heUniform = "he_uniform"
    case glorotNormal = "glorot_normal", glorotUniform = "glorot_uniform"
    case lecunNormal = "lecun_normal", lecunUniform = "lecun_uniform"
}

public enum Padding: String, Sendable, CaseIterable { case same, valid }

public enum LayerKind: Sendable {
    case dense(units: Int, useBias: Bool, kernel: Initializer, bias: Initializer)
    case conv2d(filters: Int, kernel: [Int], strides: [Int], padding: Padding, useBias: Bool, kernelInitializer: Initializer, bias: Initializer)
    case maxPooling2d(pool: [Int], strides: [Int], padding: Padding)
    case averagePooling2d(pool: [Int], strides: [Int], padding: Padding)
    case flatten
    /// The share of units that is set to zero, 0..<1 as in Keras.
    case dropout(rate: Double)
    case batchNormalization(momentum: Double, epsilon: Double)
    /// The activation itself stands in `LayerSpec.activation`.
    case activation
    case add
    /// Along the last axis.
    case concatenate
}

public struct LayerSpec: Sendable {
    /// Given, or `dense_1`, `dense_2`, … by type. Unique.
    public var name: Located<String>
    /// The keyword, as written.
    public var type: Located<String>
    public var kind: LayerKind
    public var activation: Located<Activation>
    public var inputs: [Located<LayerInput>]
    public var trainable: Bool
    /// By slot: `forward`, `backward`, `neurons`. Empty for a plain layer.
    public var policies: [PolicySpec]
    /// The whole entry in the list of layers.
    public var location: Location

    public init(
        name: Located<String>, type: Located<String>, kind: LayerKind, activation: Located<Activation>,
        inputs: [Located<LayerInput>], trainable: Bool, policies: [PolicySpec], location: Location
    ) {
        self.name = name
        self.type = type
        self.kind = kind
        self.activation = activation
        self.inputs = inputs
        self.trainable = trainable
        self.policies = policies
        self.location = location
    }
}

public enum LayerInput: Sendable, Hashable {
    /// The network's input.
    case input
    /// The position of an earlier layer in `ModelFile.layers`.
    case layer(Int)
}

/// One slot of a layer's policy.
public struct PolicySpec: Sendable {
    public enum Slot: String, Sendable, CaseIterable { case forward, backward, neurons }

    public var slot: Slot
    public var type: Located<String>
    /// Read by the policy's own file.
    public var fields: PolicyFields
    /// How long the layer trains densely before the policy acts; nil for from the start.
    public var start: Span?
    /// Whether it comes from `defaults:` and not from the layer itself.
    public var isDefault: Bool

    public init(slot: Slot, type: Located<String>, fields: PolicyFields, start: Span? = nil, isDefault: Bool = false) {
        self.slot = slot
        self.type = type
        self.fields = fields
        self.start = start
        self.isDefault = isDefault
    }
}

// MARK: - train

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

public struct OutputSpec: Sendable {
    /// Run directories are made below it. Relative to the file.
    public var directory: Located<String>
    public init(directory: Located<String>) { self.directory = directory }
}
