import Graph
import Ops

/// The backward pass of one layer, for a policy to rewrite: the cotangent of its pre-activation and the products that read it.
public struct LayerGradient {
    public private(set) var graph: Graph
    /// In `Graph.layers`.
    public let layer: Int
    /// Units or filters of the layer.
    public let units: Int
    /// Whether the network's output is this layer's.
    public let isOutput: Bool
    /// What has been kept: nil where all of it is.
    public private(set) var kept: KeptUnits?

    /// The part of a cotangent that goes on.
    public struct KeptUnits: Sendable {
        /// An index set, or the indices of each example.
        public var units: ValueID
        /// The cotangent at these units, f32[N,…,k].
        public var cotangent: ValueID
        public var count: Int
        public var per: TensorType.Granularity
    }

    init(graph: Graph, layer: Int, units: Int, isOutput: Bool) {
        self.graph = graph
        self.layer = layer
        self.units = units
        self.isOutput = isOutput
    }

    private var products: [Int] {
        graph.nodes.indices.filter { graph.nodes[$0].layer == layer && graph.nodes[$0].operation is any BackwardProduct }
    }

    /// Keeps `count` units of the cotangent, for the batch or for each example, and leaves the products only these.
    ///
    /// A layer that would keep all of its units stays as it is, and so does one that is not trained at all.
    public mutating func keep(_ count: Int, per: TensorType.Granularity, by ranking: SelectUnits.Ranking) throws(TypeError) {
        let products = products
        guard count < units, let first = products.first, let product = graph.nodes[first].operation as? any BackwardProduct else { return }
        // A convolution too large for the sparse kernel's offsets stays whole.
        let sparse = per == .batch ? [:] : self.sparse(products)
        guard per == .batch || sparse.count == products.count else { return }
        // The cotangent itself, and behind max pooling the winners.
        let sources = graph.nodes[first].inputs[product.cotangentOperands]
        guard let cotangent = sources.first else { return }
        var added: [Node] = []
        func add(_ operation: any Operation, _ inputs: [ValueID], _ name: String) throws(TypeError) -> ValueID {
            let types = try operation.infer(inputs.map { graph[$0].type })
            let output = graph.addValue("\(graph.layers[layer].name).\(name)", types[0], .cotangent, layer: layer)
            added.append(Node(operation: operation, inputs: inputs, outputs: [output], layer: layer, slot: .overhead))
            return output
        }
        let selected = try add(SelectUnits(k: count, per: per, by: ranking), [cotangent], "kept_units")
        var packed: [ValueID] = []
        for (index, source) in sources.enumerated() {
            packed.append(try add(PackUnits(), [source, selected], index == 0 ? "kept_cotangent" : "kept_winners"))
        }
        for index in products {
            guard let product = graph.nodes[index].operation as? any BackwardProduct else { continue }
            switch per {
            case .batch:
                graph.nodes[index].inputs.replaceSubrange(product.cotangentOperands, with: packed)
                if let kernel = product.kernelOperand {
                    graph.nodes[index].inputs[kernel] = try add(GatherUnits(unitAxis: product.unitAxis), [graph.nodes[index].inputs[kernel], selected], "kept_kernel")
                }
            case .example:
                if let operation = sparse[index] { graph.nodes[index].operation = operation }
                graph.nodes[index].inputs.replaceSubrange(product.cotangentOperands, with: packed + [selected])
            }
            try retype(index, rows: per == .batch ? selected : nil, unitsPerExample: per == .example ? count : nil)
        }
        graph.nodes.insert(contentsOf: added, at: first)
        kept = KeptUnits(units: selected, cotangent: packed[0], count: count, per: per)
    }

    /// Keeps `count` entries of the cotangent for each example on average, drawn so that what is kept is right on average; dense layers only.
    public mutating func sample(_ count: Int) throws(TypeError) {
        let products = products, sparse = sparse(products)
        guard count < units, let first = products.first, let product = graph.nodes[first].operation as? any BackwardProduct,
            let cotangent = graph.nodes[first].inputs[product.cotangentOperands].first, graph[cotangent].type.shape.count == 1
        else { return }
        let sampling = SampleUnits(k: count, stream: layer)
        let types = try sampling.infer([graph[cotangent].type])
        let name = graph.layers[layer].name
        let made = zip(types, ["kept_cotangent", "kept_units", "kept_ends"]).map { graph.addValue("\(name).\($1)", $0, .cotangent, layer: layer) }
        for index in products {
            guard let product = graph.nodes[index].operation as? any BackwardProduct, let operation = sparse[index] as? any Ragged else { continue }
            graph.nodes[index].operation = operation.ragged
            graph.nodes[index].inputs.replaceSubrange(product.cotangentOperands, with: made)
            try retype(index, rows: nil, unitsPerExample: count)
        }
        graph.nodes.insert(Node(operation: sampling, inputs: [cotangent], outputs: made, layer: layer, slot: .overhead), at: first)
        kept = KeptUnits(units: made[1], cotangent: made[0], count: count, per: .example)
    }

    /// The same products from some units of each example.
    private func sparse(_ products: [Int]) -> [Int: any Operation] {
        var operations: [Int: any Operation] = [:]
        for index in products {
            let product = graph.nodes[index].operation as? any ExampleSparsifiable
            operations[index] = product?.keepingUnitsPerExample(graph.nodes[index].inputs.map { graph[$0].type })
        }
        return operations
    }

    /// Gives a node's outputs the types that its new operands make, and each gradient among them the rows it now holds.
    private mutating func retype(_ index: Int, rows: ValueID?, unitsPerExample: Int?) throws(TypeError) {
        let node = graph.nodes[index]
        let types = try node.operation.infer(node.inputs.map { graph[$0].type })
        for (output, type) in zip(node.outputs, types) { graph[output].type = type }
        // A product of sets that differ from example to example says which rows it has touched.
        var rows = rows
        if types.count > node.outputs.count, let last = types.last {
            let touched = graph.addValue("\(graph.layers[layer].name).touched_units", last, .cotangent, layer: layer)
            graph.nodes[index].outputs.append(touched)
            rows = touched
        }
        for position in graph.gradients.indices where node.outputs.contains(graph.gradients[position].gradient) {
            graph.gradients[position].rows = rows
            graph.gradients[position].unitsPerExample = unitsPerExample
        }
        // Where the layer below computes some of its units, the columns go back to their places; the rows are the same.
        for reader in graph.nodes.indices where graph.nodes[reader].operation is ScatterInputs && node.outputs.contains(graph.nodes[reader].inputs[0]) {
            try retype(reader, rows: rows, unitsPerExample: unitsPerExample)
        }
    }

    /// Adds an operation that watches what was kept and keeps a count in layer state of the given name, one number per unit.
    public mutating func watch(_ operation: any Operation, state name: String) throws(TypeError) {
        guard let kept, let position = graph.nodes.lastIndex(where: { $0.outputs.contains(kept.cotangent) }) else { return }
        let state = graph.addValue(
            "\(graph.layers[layer].name).\(name)", TensorType(batched: false, [units]), .layerState(.constant(0)), layer: layer, axes: [.units])
        let inputs = [kept.cotangent, kept.units, state]
        let types = try operation.infer(inputs.map { graph[$0].type })
        let output = graph.addValue(graph[state].name, types[0], .layerState(.constant(0)), layer: layer, axes: [.units])
        graph.nodes.insert(Node(operation: operation, inputs: inputs, outputs: [output], layer: layer, slot: .overhead), at: position + 1)
    }
}
