/// The place of a value in `Graph.values`.
public struct ValueID: Sendable, Hashable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
}

/// How a parameter or a piece of state starts.
public enum Initial: Sendable, Hashable {
    case constant(Float)
    /// The number of updates that were done before: for what counts them, when it joins in later.
    case updates
    /// -limit ..< limit
    case uniform(limit: Float)
    /// Normal, cut off at two deviations and rescaled, as in Keras.
    case truncatedNormal(deviation: Float)
    /// Whole numbers: random orders of 0 ..< count, one after the other, each doubled plus a random bit if `signed`.
    case permutations(of: Int, signed: Bool)
}

/// What a value is for, which decides how long it lives.
public enum ValueRole: Sendable, Hashable {
    /// Filled by the batch assembly: the features.
    case input
    /// Filled by the batch assembly: of sparse examples, where the features belong, ascending, and -1 behind the last of an example.
    case inputPlaces
    /// Filled by the batch assembly: class numbers or targets.
    case target
    /// Trained, saved, lives for the whole run.
    case parameter(Initial)
    /// Optimizer moments: lives for the whole run.
    case optimizerState(Initial)
    /// Moving averages, hash tables, masks: lives for the whole run, is saved, is not trained by a gradient.
    case layerState(Initial)
    /// Made and used up within a step.
    case activation
    case cotangent

    public var isPersistent: Bool {
        switch self {
        case .parameter, .optimizerState, .layerState: true
        default: false
        }
    }

    public var initial: Initial? {
        switch self {
        case .parameter(let initial), .optimizerState(let initial), .layerState(let initial): initial
        default: nil
        }
    }
}

public struct Value: Sendable {
    public var name: String
    public var type: TensorType
    public var role: ValueRole
    /// The layer it belongs to, in `Graph.layers`.
    public var layer: Int?
    /// What the axes of a persistent value run over, by which it is cut when units go; empty where none runs over units.
    public var axes: [Axis] = []
}

/// What an axis of a parameter (or of its optimizer state) runs over.
public enum Axis: Sendable, Hashable {
    /// The units of its layer.
    case units
    /// What the layer reads: the last axis of its input.
    case inputs
    /// Something that no policy takes away: the rows of a window.
    case fixed
}

/// A trained parameter's gradient, until an update has taken it up.
public struct ParameterGradient: Sendable {
    public var parameter: ValueID
    public var gradient: ValueID
    /// An index set: the units (or inputs) that the gradient holds, one after the other along their axis. Nil where it holds all.
    public var rows: ValueID?
    /// Units that each example keeps, where the number of rows depends on the data.
    public var unitsPerExample: Int?
    /// The rows are not units but the inputs that the examples have.
    public var inputsPerExample: InputsPerExample?

    public init(parameter: ValueID, gradient: ValueID, rows: CompactRows? = nil) {
        self.parameter = parameter
        self.gradient = gradient
        self.rows = rows?.set
        unitsPerExample = rows?.unitsPerExample
        inputsPerExample = rows?.inputsPerExample
    }
}

/// Which rows of its parameter a gradient holds that does not hold all: units, or inputs.
public struct CompactRows: Sendable, Hashable {
    /// An index set.
    public var set: ValueID
    /// Units that each example keeps, where the number of rows depends on the data.
    public var unitsPerExample: Int?
    /// Where the rows are the inputs that the examples have.
    public var inputsPerExample: InputsPerExample?

    public init(set: ValueID, unitsPerExample: Int? = nil, inputsPerExample: InputsPerExample? = nil) {
        self.set = set
        self.unitsPerExample = unitsPerExample
        self.inputsPerExample = inputsPerExample
    }
}

/// Inputs of an example that is a list of those it has.
public struct InputsPerExample: Sendable, Hashable {
    public var average: Double
    public var longest: Int

    /// As printed, to a hundredth.
    public static func text(_ average: Double) -> String { "\((average * 100).rounded() / 100)" }

    public init(average: Double, longest: Int) {
        self.average = average
        self.longest = longest
    }
}

public struct Node: Sendable {
    public var operation: any Operation
    public var inputs: [ValueID]
    public var outputs: [ValueID]
    public var layer: Int?
    public var slot: Slot

    public init(operation: any Operation, inputs: [ValueID], outputs: [ValueID], layer: Int?, slot: Slot) {
        self.operation = operation
        self.inputs = inputs
        self.outputs = outputs
        self.layer = layer
        self.slot = slot
    }
}

/// A layer of the model file, as the estimate and the messages name it.
public struct LayerInfo: Sendable {
    public var name: String
    /// `dense`, `conv2d`, …
    public var type: String
    /// The type of what it puts out.
    public var output: TensorType
    /// `fashion.yaml:32`, for messages while training.
    public var place: String
    /// What it puts out. A layer that does nothing in this graph puts out what it reads.
    public var value: ValueID?

    public init(name: String, type: String, output: TensorType, place: String) {
        self.name = name
        self.type = type
        self.output = output
        self.place = place
    }
}

/// Values and the operations on them, in an order in which they can be executed.
///
/// Invariant: every value has at most one producer, which stands before its readers (`verify`).
public struct Graph: Sendable {
    public var values: [Value] = []
    public var nodes: [Node] = []
    public var layers: [LayerInfo] = []
    /// What the caller reads after a step, by purpose: `output`, `loss`.
    public var results: [(name: String, value: ValueID)] = []
    /// Each trained parameter's gradient, once the backward pass is there and until updates have taken them up.
    public var gradients: [ParameterGradient] = []

    public init() {}

    public subscript(id: ValueID) -> Value {
        get { values[id.index] }
        set { values[id.index] = newValue }
    }

    public func result(_ name: String) -> ValueID? { results.first { $0.name == name }?.value }

    public mutating func addValue(_ name: String, _ type: TensorType, _ role: ValueRole, layer: Int? = nil, axes: [Axis] = []) -> ValueID {
        values.append(Value(name: name, type: type, role: role, layer: layer, axes: axes))
        return ValueID(values.count - 1)
    }

    /// Appends a node and makes its outputs, named after the layer (or the operation) unless names are given.
    public mutating func add(
        _ operation: any Operation, _ inputs: [ValueID], layer: Int?, slot: Slot, role: ValueRole = .activation,
        names: [String]? = nil
    ) throws(TypeError) -> [ValueID] {
        let types = try operation.infer(inputs.map { values[$0.index].type })
        var outputs: [ValueID] = []
        for (index, type) in types.enumerated() {
            // An output that overwrites an input goes on being what the input was.
            let source = operation.overwrites[index].map { values[inputs[$0].index] }
            let prefix = layer.map { layers[$0].name + "." } ?? ""
            let name = names?[index] ?? source?.name ?? prefix + operation.name + (types.count > 1 ? "_\(index)" : "")
            outputs.append(addValue(name, type, source?.role ?? role, layer: layer))
        }
        nodes.append(Node(operation: operation, inputs: inputs, outputs: outputs, layer: layer, slot: slot))
        return outputs
    }

    public func workOperands(_ node: Node, batch: Int, active: ActiveCount = .all) -> WorkOperands {
        WorkOperands(
            inputs: node.inputs.map { self[$0].type }, outputs: node.outputs.map { self[$0].type },
            batch: batch, slot: node.slot, active: active)
    }

    /// What a value that lasts is called at the end of a step: the last one of its name.
    public func current(_ name: String) -> ValueID? {
        for node in nodes.reversed() { if let made = node.outputs.first(where: { self[$0].name == name }) { return made } }
        return values.firstIndex { $0.name == name && $0.role.isPersistent }.map { ValueID($0) }
    }

    /// For each value, the number of nodes that read it.
    public func readerCounts() -> [Int] {
        var counts = Array(repeating: 0, count: values.count)
        for node in nodes { for input in node.inputs { counts[input.index] += 1 } }
        return counts
    }

    /// For each value, the node that makes it.
    public func producers() -> [Int?] {
        var producers: [Int?] = Array(repeating: nil, count: values.count)
        for (index, node) in nodes.enumerated() { for output in node.outputs { producers[output.index] = index } }
        return producers
    }
}
