import Graph
import Model
import Ops

/// Does a layer's work densely where that was taken: the products of picked rows become those of all, and what the policy leaves out is dropped.
///
/// Which units take part stays as it was, and so do the rows that an update touches; the numbers are the same up to rounding. For whom a policy chooses,
/// and so which units, was settled before: `rewrite-forward` and `rewrite-gradients` have done that part.
struct ChooseStrategies: Pass {
    let name = "choose-strategies"
    let summary = "make dense products of those for which it was chosen"
    let isOptional = false
    let purposes: Set<Purpose> = [.training, .evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let dense = context.policies.filter { $0.strategy?.taken.isDense == true }
        guard !dense.isEmpty else { return }
        // Plain descent adds zero to a row without a gradient, and needs no list of the others, unless a policy keeps it.
        let optimizer = context.model.train.optimizer, isPlain = optimizer.kind == .sgd && optimizer.weightDecay == 0
        var rewriting = Rewriting(graph, layers: Set(dense.map(\.layer)), whole: Set(dense.filter { isPlain && $0.policy is any BackwardPolicy }.map(\.layer)))
        for node in graph.nodes { try rewriting.visit(node) }
        graph = rewriting.graph
    }
}

/// Makes a new list of the nodes, in their order.
private struct Rewriting {
    private(set) var graph: Graph
    private let layers: Set<Int>
    /// Layers whose gradients may have all rows.
    private let whole: Set<Int>
    /// By packed rows of weights or a bias: of what, and which.
    private var gathered: [ValueID: (source: ValueID, units: ValueID)] = [:]
    /// By cotangent of some units: that of all, with zeros for the others.
    private var scattered: [ValueID: ValueID] = [:]

    init(_ graph: Graph, layers: Set<Int>, whole: Set<Int>) {
        self.graph = graph
        self.graph.nodes = []
        self.layers = layers
        self.whole = whole
    }

    mutating func visit(_ node: Node) throws(TypeError) {
        guard let layer = node.layer, layers.contains(layer) else { return graph.nodes.append(node) }
        switch node.operation {
        case let gather as GatherUnits where gather.unitAxis == .first:
            gathered[node.outputs[0]] = (node.inputs[0], node.inputs[1])
            graph.nodes.append(node)
        case let dense as GatheredDense:
            try pick(node, Dense(useBias: dense.useBias, activation: dense.activation), node.inputs.dropLast(), node.inputs[node.inputs.count - 1])
        case let dense as Dense:
            guard let weights = gathered[node.inputs[1]], !dense.useBias || gathered[node.inputs[2]]?.units == weights.units else { return graph.nodes.append(node) }
            let bias = dense.useBias ? gathered[node.inputs[2]].map { [$0.source] } ?? [] : []
            try pick(node, dense, [node.inputs[0], weights.source] + bias, weights.units)
        case let product as SparseDenseBackwardInput where !product.isRagged:
            let full = try scatter(node.inputs[0], node.inputs[1], units: graph[node.inputs[2]].type.shape[0], node)
            replace(node, DenseBackwardInput(through: product.through), [full] + node.inputs.dropFirst(2))
        case is DenseBackwardInput:
            guard let weights = gathered[node.inputs[1]] else { return graph.nodes.append(node) }
            let full = try scatter(node.inputs[0], weights.units, units: graph[weights.source].type.shape[0], node)
            replace(node, node.operation, [full, weights.source] + node.inputs.dropFirst(2))
        case let product as SparseDenseBackwardWeights where !product.isRagged: try weights(node, product, layer)
        default: graph.nodes.append(node)
        }
    }

    private mutating func replace(_ node: Node, _ operation: any Operation, _ inputs: [ValueID], outputs: [ValueID]? = nil) {
        graph.nodes.append(Node(operation: operation, inputs: inputs, outputs: outputs ?? node.outputs, layer: node.layer, slot: node.slot))
    }

    private func name(_ node: Node, _ name: String) -> String { (node.layer.map { graph.layers[$0].name + "." } ?? "") + name }

    /// All units, and of these the chosen ones.
    private mutating func pick(_ node: Node, _ dense: Dense, _ inputs: [ValueID], _ units: ValueID) throws(TypeError) {
        let all = try graph.add(dense, inputs, layer: node.layer, slot: node.slot, names: [name(node, "all_units")])
        replace(node, PackUnits(), all + [units])
    }

    private mutating func scatter(_ values: ValueID, _ which: ValueID, units: Int, _ node: Node) throws(TypeError) -> ValueID {
        if let made = scattered[values] { return made }
        let made = try graph.add(ScatterUnits(units: units), [values, which], layer: node.layer, slot: node.slot, role: .cotangent, names: [name(node, "all_cotangents")])[0]
        scattered[values] = made
        return made
    }

    /// The gradient of all rows, and of these the touched ones to the front, where an update would find them.
    private mutating func weights(_ node: Node, _ product: SparseDenseBackwardWeights, _ layer: Int) throws(TypeError) {
        let full = try scatter(node.inputs[1], node.inputs[2], units: product.units, node), dense = DenseBackwardWeights(withBias: product.withBias)
        let gradients = node.outputs.dropLast()
        if whole.contains(layer) {
            replace(node, dense, [node.inputs[0], full], outputs: Array(gradients))
            for place in graph.gradients.indices where graph.gradients[place].rows == node.outputs[gradients.count] {
                (graph.gradients[place].rows, graph.gradients[place].unitsPerExample) = (nil, nil)
            }
            return
        }
        let names = ["all_kernel_gradients", "all_bias_gradients"].prefix(gradients.count).map { name(node, $0) }
        let made = try graph.add(dense, [node.inputs[0], full], layer: layer, slot: node.slot, role: .cotangent, names: names)
        replace(node, PackTouched(withBias: product.withBias), made + [node.inputs[2]])
    }
}
