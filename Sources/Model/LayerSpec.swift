import Diagnostics

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
    /// How the work of the policy is to be done; nil where that is left open.
    public var strategy: PinnedStrategy?
    /// The whole entry in the list of layers.
    public var location: Location

    public init(
        name: Located<String>, type: Located<String>, kind: LayerKind, activation: Located<Activation>,
        inputs: [Located<LayerInput>], trainable: Bool, policies: [PolicySpec], strategy: PinnedStrategy? = nil, location: Location
    ) {
        self.name = name
        self.type = type
        self.kind = kind
        self.activation = activation
        self.inputs = inputs
        self.trainable = trainable
        self.policies = policies
        self.strategy = strategy
        self.location = location
    }
}

/// How the work is done that a policy leaves of a layer: for whom it chooses, and whether what it left out is gone around or computed and dropped.
public enum Strategy: String, Sendable, Hashable, CaseIterable {
    case example, batch
    case exampleDense = "example_dense", batchDense = "batch_dense"

    public init(perBatch: Bool, isDense: Bool) {
        self = perBatch ? (isDense ? .batchDense : .batch) : isDense ? .exampleDense : .example
    }

    /// One choice for the batch, not one for each example.
    public var isPerBatch: Bool { self == .batch || self == .batchDense }
    public var isDense: Bool { self == .exampleDense || self == .batchDense }
}

/// What a file says of it.
public struct PinnedStrategy: Sendable, Hashable {
    public var strategy: Strategy
    public var location: Location
    /// Whether it comes from `defaults:` and not from the layer itself.
    public var isDefault: Bool

    public init(_ strategy: Strategy, location: Location, isDefault: Bool = false) {
        self.strategy = strategy
        self.location = location
        self.isDefault = isDefault
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
