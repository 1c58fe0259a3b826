import Diagnostics

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

public struct OutputSpec: Sendable {
    /// How the history of the metrics is written, beside `metrics.jsonl`.
    public enum Metrics: String, Sendable, CaseIterable { case jsonl, csv, tensorboard }
    /// What is written when the training is over.
    public enum Export: String, Sendable, CaseIterable { case safetensors, onnx }

    /// Run directories are made below it. Relative to the file.
    public var directory: Located<String>
    public var metrics: [Metrics]
    /// How often histograms of the weights are written; nil for never.
    public var histograms: Span?
    public var export: [Export]

    public init(directory: Located<String>, metrics: [Metrics] = [.jsonl], histograms: Span? = nil, export: [Export] = []) {
        self.directory = directory
        self.metrics = metrics
        self.histograms = histograms
        self.export = export
    }
}
