import Graph
import Ops

/// Some units of a layer: their numbers, f32[N,k], and which they are, i32[N,k] or an index set i32[1 + k].
public struct ActiveValues: Sendable {
    public var values: ValueID
    public var places: ValueID
    public var per: TensorType.Granularity
    /// Whether all of them are computed anyway, so that what reads them does best with all, the others being zero.
    public var isDense = false
}

/// The forward pass of one dense layer, for a policy to say which units of it are computed.
public struct LayerForward {
    /// What is added to it stands in front of the layer's own product.
    public var graph: Graph
    /// In `Graph.layers`.
    public let layer: Int
    public let purpose: Purpose
    /// The layer's input: all of it, or where only some units of it are there, nil.
    public let input: ValueID?
    public let activeInput: ActiveValues?
    public let weights: ValueID
    public let bias: ValueID?
    /// The labels of the batch, i32[N] or lists of them i32[N,M], where the layer's numbers go into a softmax and its loss.
    public internal(set) var labels: ValueID?
    /// How many of them an example has on average.
    public internal(set) var labelsPerExample = 1.0
    /// What is added to the number of each unit that is chosen, f32[k] or f32[N,k], so that a softmax over these stands for one over all.
    public var corrections: ValueID?
    /// Steps that are done when the policy begins to act.
    public internal(set) var begin = 0
    public let stepsPerEpoch: Int
    public let batch: Int

    init(
        graph: Graph, layer: Int, purpose: Purpose, input: ValueID?, activeInput: ActiveValues?, weights: ValueID, bias: ValueID?, stepsPerEpoch: Int,
        batch: Int
    ) {
        self.graph = graph
        self.layer = layer
        self.purpose = purpose
        self.input = input
        self.activeInput = activeInput
        self.weights = weights
        self.bias = bias
        self.stepsPerEpoch = stepsPerEpoch
        self.batch = batch
    }

    /// What the names of the layer's values begin with.
    public var prefix: String { graph.layers[layer].name + "." }
    public var units: Int { graph[weights].type.shape[0] }
    public var inputs: Int { graph[weights].type.shape[1] }

    /// A piece of state that lasts, by a name of the policy's own.
    public mutating func state(_ name: String, _ type: TensorType, _ initial: Initial, _ axes: [Axis]) -> ValueID {
        graph.addValue(prefix + name, type, .layerState(initial), layer: layer, axes: axes)
    }

    /// Adds an operation that belongs to the choice of units, with one output.
    public mutating func add(_ operation: any Operation, _ inputs: [ValueID], _ name: String) throws(TypeError) -> ValueID {
        try add(operation, inputs, name, slot: .overhead)
    }

    private mutating func add(_ operation: any Operation, _ inputs: [ValueID], _ name: String, slot: Slot) throws(TypeError) -> ValueID {
        try graph.add(operation, inputs, layer: layer, slot: slot, names: [prefix + name])[0]
    }

    /// What an operation on the layer's input takes: the input, or the active values and their places.
    public var inputOperands: [ValueID] { activeInput.map { [$0.values, $0.places] } ?? input.map { [$0] } ?? [] }

    /// The layer's input times the rows of a matrix [rows, inputs], with a bias: f32[N, rows].
    public mutating func product(_ rows: ValueID, _ bias: ValueID?, _ name: String, slot: Slot = .overhead) throws(TypeError) -> ValueID {
        let biases = bias.map { [$0] } ?? [], useBias = bias != nil
        switch activeInput?.per {
        case nil: return try add(Dense(useBias: useBias), inputOperands + [rows] + biases, name, slot: slot)
        case .example: return try add(SparseGatheredDense(useBias: useBias, allUnits: true), inputOperands + [rows] + biases, name, slot: slot)
        case .batch:
            let columns = try add(GatherInputs(), [rows, inputOperands[1]], name + "_columns", slot: slot)
            return try add(Dense(useBias: useBias), [inputOperands[0], columns] + biases, name, slot: slot)
        }
    }

    /// Keeps account of a choice: how often each unit was chosen, and, in the middle of each epoch, how many of the largest were found.
    mutating func observe(_ places: ValueID) throws(TypeError) {
        _ = try graph.add(CountSelections(), [places, selections()], layer: layer, slot: .overhead)
        let recall = state(Self.recall, TensorType(batched: false, [2]), .constant(0), [.fixed])
        let sample = SampleRecall(
            RefreshSchedule(begin: begin + stepsPerEpoch / 2, every: stepsPerEpoch), sample: Self.recallSample, useBias: bias != nil,
            isSparse: activeInput != nil)
        let biases = bias.map { [$0] } ?? []
        _ = try graph.add(sample, inputOperands + [weights] + biases + [places, recall], layer: layer, slot: .overhead)
    }

    /// How often each unit was chosen in this epoch, f32[units], up to the step before.
    public mutating func selections() -> ValueID {
        graph.current(prefix + Self.selections) ?? state(Self.selections, TensorType(batched: false, [units]), .constant(0), [.units])
    }

    /// Names of what `observe` keeps, behind the layer's.
    public static let selections = "selections"
    public static let recall = "recall"
    /// Examples.
    static let recallSample = 32

    /// The layer's numbers at some of its units only.
    mutating func compute(_ places: ValueID, per: TensorType.Granularity) throws(TypeError) -> ActiveValues {
        let biases = bias.map { [$0] } ?? [], useBias = bias != nil, isSparse = activeInput != nil
        func gather(_ value: ValueID, _ name: String) throws(TypeError) -> ValueID {
            try add(GatherUnits(unitAxis: .first), [value, places], name, slot: .forward)
        }
        let values: ValueID
        switch per {
        case .example:
            let operation: any Operation = isSparse ? SparseGatheredDense(useBias: useBias, allUnits: false) : GatheredDense(useBias: useBias)
            let numbers = try add(operation, inputOperands + [weights] + biases + [places], corrections == nil ? "active" : "active_numbers", slot: .forward)
            values = try corrections.map { corrections throws(TypeError) in try add(Add(), [numbers, corrections], "active", slot: .forward) } ?? numbers
        case .batch:
            var rows = try gather(weights, "active_rows")
            var operands = [inputOperands[0]]
            if let activeInput { rows = try add(GatherInputs(), [rows, activeInput.places], "active_weights", slot: .forward) }
            operands.append(rows)
            let active = try bias.map { bias throws(TypeError) in try gather(bias, "active_bias") }
            switch (active, corrections) {
            case (let active?, let corrections?): operands.append(try add(Add(), [active, corrections], "corrected_bias", slot: .forward))
            case (let one?, nil), (nil, let one?): operands.append(one)
            case (nil, nil): break
            }
            values = try add(Dense(useBias: operands.count == 3), operands, "active", slot: .forward)
        }
        return ActiveValues(values: values, places: places, per: per)
    }
}
