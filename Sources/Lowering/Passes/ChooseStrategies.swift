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
    /// By winners of some filters: those of all.
    private var winners: [ValueID: ValueID] = [:]

    init(_ graph: Graph, layers: Set<Int>, whole: Set<Int>) {
        self.graph = graph
        self.graph.nodes = []
        self.layers = layers
        self.whole = whole
    }

    mutating func visit(_ node: Node) throws(TypeError) {
        guard let layer = node.layer, layers.contains(layer) else { return graph.nodes.append(node) }
        switch node.operation {
        case is GatherUnits:
            gathered[node.outputs[0]] = (node.inputs[0], node.inputs[1])
            graph.nodes.append(node)
        case let dense as GatheredDense:
            try pick(node, Dense(useBias: dense.useBias, activation: dense.activation), node.inputs.dropLast(), node.inputs[node.inputs.count - 1])
        case is PackUnits where graph[node.inputs[0]].type.dtype == .uint8:
            winners[node.outputs[0]] = node.inputs[0]
            graph.nodes.append(node)
        case let dense as Dense:
            guard let weights = gathered[node.inputs[1]], !dense.useBias || gathered[node.inputs[2]]?.units == weights.units else { return graph.nodes.append(node) }
            let bias = dense.useBias ? gathered[node.inputs[2]].map { [$0.source] } ?? [] : []
            try pick(node, dense, [node.inputs[0], weights.source] + bias, weights.units)
        case let product as SparseDenseBackwardInput:
            let weights = product.isRagged ? 3 : 2
            let full = try scatter(node.inputs[0], node.inputs[1..<weights], units: graph[node.inputs[weights]].type.shape[0], node)
            replace(node, DenseBackwardInput(through: product.through), [full] + node.inputs.dropFirst(weights))
        case let product as SparseConv2DBackwardInput:
            let weights = product.isPooled ? 3 : 2
            guard let filters = graph[node.inputs[weights]].type.shape.last, let winners = allWinners(node, cotangent: 0, product.isPooled) else { return graph.nodes.append(node) }
            let full = try scatter(node.inputs[0], node.inputs[weights - 1..<weights], units: filters, node)
            replace(node, product.whole, [full] + winners + node.inputs.dropFirst(weights))
        case let product as any BackwardProduct where product.kernelOperand != nil:
            // Of one set for the batch, packed.
            guard let kernel = product.kernelOperand, let weights = gathered[node.inputs[kernel]], let units = product.unitAxis == .first ? graph[weights.source].type.shape.first : graph[weights.source].type.shape.last,
                let winners = allWinners(node, cotangent: 0, product.cotangentOperands.count > 1)
            else { return graph.nodes.append(node) }
            let full = try scatter(node.inputs[0], [weights.units], units: units, node)
            replace(node, node.operation, [full] + winners + [weights.source] + node.inputs.dropFirst(kernel + 1))
        case let product as SparseDenseBackwardWeights:
            let indices = node.inputs[2...]
            try self.weights(node, DenseBackwardWeights(withBias: product.withBias), [node.inputs[0], try scatter(node.inputs[1], indices, units: product.units, node)], of: .first, layer)
        case let product as SparseConv2DBackwardWeights:
            guard let winners = allWinners(node, cotangent: 1, product.isPooled) else { return graph.nodes.append(node) }
            let full = try scatter(node.inputs[1], node.inputs.suffix(1), units: product.filters, node)
            try self.weights(node, product.whole, [node.inputs[0], full] + winners, of: .last, layer)
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

    /// - Parameter which: the units, and where the examples' entries end if they differ in number.
    private mutating func scatter(_ values: ValueID, _ which: ArraySlice<ValueID>, units: Int, _ node: Node) throws(TypeError) -> ValueID {
        if let made = scattered[values] { return made }
        let made = try graph.add(ScatterUnits(units: units, isRagged: which.count > 1), [values] + which, layer: node.layer, slot: node.slot, role: .cotangent, names: [name(node, "all_cotangents")])[0]
        scattered[values] = made
        return made
    }

    /// Behind max pooling, which cells won, of all filters; none where there was no pooling, nil where they are not known.
    private func allWinners(_ node: Node, cotangent: Int, _ isPooled: Bool) -> [ValueID]? {
        isPooled ? winners[node.inputs[cotangent + 1]].map { [$0] } : []
    }

    /// The gradient of all units, and what belongs to the touched ones to the front, where an update would find it.
    private mutating func weights(_ node: Node, _ dense: any Operation, _ inputs: [ValueID], of axis: UnitAxis, _ layer: Int) throws(TypeError) {
        let gradients = node.outputs.dropLast(), withBias = gradients.count > 1, units = node.inputs[inputs.count]
        if whole.contains(layer) {
            replace(node, dense, inputs, outputs: Array(gradients))
            for place in graph.gradients.indices where graph.gradients[place].rows == node.outputs[gradients.count] {
                (graph.gradients[place].rows, graph.gradients[place].unitsPerExample) = (nil, nil)
            }
            return
        }
        let names = ["all_kernel_gradients", "all_bias_gradients"].prefix(gradients.count).map { name(node, $0) }
        let made = try graph.add(dense, inputs, layer: layer, slot: node.slot, role: .cotangent, names: names)
        replace(node, PackTouched(unitAxis: axis, withBias: withBias), made + [units])
    }
}
