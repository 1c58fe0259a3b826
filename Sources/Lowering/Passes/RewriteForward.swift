import Graph
import Ops

/// Lets the policies of the slot `forward` say which units of their layers are computed, and hands these on to what reads them.
struct RewriteForward: Pass {
    let name = "rewrite-forward"
    let summary = "compute the units only that each layer's policy chooses"
    let isOptional = false
    let purposes: Set<Purpose> = [.training, .evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        guard context.policies.contains(where: { ($0.policy as? any ForwardPolicy).map(context.acts) == true }) else { return }
        var rewriting = Rewriting(graph, context)
        for node in graph.nodes { try rewriting.visit(node) }
        for result in rewriting.graph.results { try rewriting.makeWhole(result.value) }
        graph = rewriting.graph
    }
}

/// Walks the forward nodes in their order and makes a new list of them.
private struct Rewriting {
    private(set) var graph: Graph
    private let context: PassContext
    /// By value of the old graph: the units of it that are there.
    private var active: [ValueID: ActiveValues] = [:]
    private var whole: Set<ValueID> = []
    private let losses: [Node]

    init(_ graph: Graph, _ context: PassContext) {
        losses = graph.nodes.filter { $0.operation is SoftmaxCrossEntropy }
        self.graph = graph
        self.graph.nodes = []
        self.context = context
    }

    mutating func visit(_ node: Node) throws(TypeError) {
        switch node.operation {
        case let dense as Dense where node.layer != nil:
            if try !choose(node, dense) { try product(node, dense) }
        case is Activation, is Dropout: try elementwise(node)
        case is SoftmaxCrossEntropy: try loss(node)
        default: try keep(node)
        }
    }

    private mutating func keep(_ node: Node) throws(TypeError) {
        for input in node.inputs { try makeWhole(input) }
        graph.nodes.append(node)
    }

    /// Puts active units back among the others, which are zero, for what reads all of them.
    mutating func makeWhole(_ value: ValueID) throws(TypeError) {
        guard let active = active[value], whole.insert(value).inserted, let units = graph[value].type.shape.last else { return }
        graph.nodes.append(Node(
            operation: ScatterUnits(units: units), inputs: [active.values, active.places], outputs: [value], layer: graph[value].layer, slot: .forward))
    }

    private mutating func elementwise(_ node: Node) throws(TypeError) {
        guard var found = active[node.inputs[0]] else { return try keep(node) }
        found.values = try graph.add(node.operation, [found.values], layer: node.layer, slot: node.slot)[0]
        active[node.outputs[0]] = found
    }

    /// The loss of a network of whose outputs some only are computed: over these, where training has seen to it that the labels are among them.
    private mutating func loss(_ node: Node) throws(TypeError) {
        guard let found = active[node.inputs[0]] else { return try keep(node) }
        let labels = node.inputs[1]
        guard context.purpose == .training else {
            return try graph.rank(RankActive(hasPlaces: true, k: best(of: found)), [found.values, found.places, labels], node)
        }
        let places = try graph.add(LocateLabels(), [labels, found.places], layer: node.layer, slot: .overhead, names: ["label_places"])[0]
        let made = try graph.add(SoftmaxCrossEntropy(), [found.values, places], layer: node.layer, slot: node.slot, names: ["loss", "probabilities"])
        graph.results = [("loss", made[0])]
    }

    private func best(of values: ActiveValues) -> Int { min(context.best, graph[values.values].type.shape.last ?? 1) }

    /// A layer that is computed whole reads the active units of its input only.
    private mutating func product(_ node: Node, _ dense: Dense) throws(TypeError) {
        guard let input = active[node.inputs[0]], !input.isDense, dense.activation == .linear else { return try keep(node) }
        var forward = forward(node, dense, input)
        _ = try forward.product(forward.weights, forward.bias, "whole", slot: .forward)
        graph = forward.graph
        // The layer's output keeps its identity.
        graph.nodes[graph.nodes.count - 1].outputs = node.outputs
    }

    /// False where no policy leaves anything out.
    private mutating func choose(_ node: Node, _ dense: Dense) throws(TypeError) -> Bool {
        guard let entry = context.policies.first(where: { $0.layer == node.layer && $0.policy is any ForwardPolicy }),
            let policy = entry.policy as? any ForwardPolicy, context.acts(policy), dense.activation == .linear
        else { return false }
        let per = policy.granularity(for: context.purpose), isDense = entry.strategy?.taken.isDense ?? false
        var input = active[node.inputs[0]]
        // A list for each example and one for the batch do not go together: all of the input is taken then, and so it is for a dense product.
        if let found = input, found.per != per || found.isDense || isDense {
            try makeWhole(node.inputs[0])
            input = nil
        }
        var forward = forward(node, dense, input)
        if let loss = losses.first(where: { $0.inputs[0] == node.outputs[0] }) {
            forward.labels = loss.inputs[1]
            forward.labelsPerExample = context.labelsPerExample
        }
        forward.begin = entry.start.steps(stepsPerEpoch: context.stepsPerEpoch, batch: context.model.train.batchSize)
        guard let places = try policy.choose(&forward) else { return false }
        if context.purpose == .training { try forward.observe(places) }
        var values = try forward.compute(places, per: per)
        values.isDense = isDense
        graph = forward.graph
        active[node.outputs[0]] = values
        return true
    }

    private func forward(_ node: Node, _ dense: Dense, _ input: ActiveValues?) -> LayerForward {
        LayerForward(
            graph: graph, layer: node.layer ?? 0, purpose: context.purpose, input: input == nil ? node.inputs[0] : nil, activeInput: input,
            weights: node.inputs[1], bias: dense.useBias ? node.inputs[2] : nil, stepsPerEpoch: context.stepsPerEpoch, batch: context.model.train.batchSize)
    }
}
