import Graph
import Kernels
import Model
import Ops

/// One graph for each layer that is pre-trained, from the lowest up; none where the file asks for no pre-training.
///
/// - Parameter network: the graph of the network, whose parameters they train.
func pretrainingGraphs(_ model: ModelFile, network: Graph) throws -> [(layer: Int, graph: Graph)] {
    guard let settings = model.train.pretrain else { return [] }
    return try model.layers.pretrained.map { layer in
        do {
            let graph = try PretrainingBuilder(model: model, settings: settings, network: network).build(layer)
            try graph.verify()
            return (layer, graph)
        } catch let error as TypeError {
            throw GraphFault("pre-training of \(model.layers[layer].name.value): \(error.message)")
        }
    }
}

/// Builds a step of contrastive divergence for one layer: the layers below run forward, and their probabilities are its data.
///
/// Hidden units are drawn, visible ones are not: their probabilities (or means) are what goes on. Source: Hinton, "A practical guide to
/// training restricted Boltzmann machines", 2010.
private struct PretrainingBuilder {
    let model: ModelFile
    let settings: PretrainSpec
    let network: Graph
    var graph = Graph()

    init(model: ModelFile, settings: PretrainSpec, network: Graph) {
        self.model = model
        self.settings = settings
        self.network = network
        graph.layers = network.layers
    }

    func build(_ layer: Int) throws -> Graph {
        var builder = self
        try builder.add(layer)
        return builder.graph
    }

    private mutating func add(_ layer: Int) throws {
        guard let input = network.values.first(where: { $0.role == .input }) else { throw GraphFault("the network has no input") }
        var data = graph.addValue(input.name, input.type, .input)
        var isFirst = true
        for below in model.layers.chainBelowOutput.prefix(while: { $0 != layer }) {
            switch model.layers[below].kind {
            case .flatten: data = try graph.add(Flatten(), [data], layer: below, slot: .forward)[0]
            case .dense:
                data = try hidden(below, of: data, parameters(of: below))
                isFirst = false
            // Dropout is for the training with labels.
            default: continue
            }
        }
        try contrast(layer, data, visible: isFirst && settings.visible == .gaussian ? .linear : .sigmoid)
    }

    private mutating func contrast(_ layer: Int, _ data: ValueID, visible: ActivationFunction) throws {
        let name = model.layers[layer].name.value, operands = try parameters(of: layer)
        let biases = graph.addValue(
            "\(name).visible_bias", TensorType(batched: false, graph[data].type.shape), .layerState(.constant(0)), layer: layer, axes: [.inputs])
        let first = try hidden(layer, of: data, operands)
        var units = first, reconstruction = data
        for step in 0..<settings.chainSteps {
            units = try graph.add(SampleBernoulli(stream: stream(layer, step)), [units], layer: layer, slot: .forward)[0]
            let product = try graph.add(DenseBackwardInput(), [units, operands[0]], layer: layer, slot: .backwardInput, role: .activation)[0]
            reconstruction = try graph.add(VisibleUnits(visible), [product, biases], layer: layer, slot: .backwardInput)[0]
            units = try hidden(layer, of: reconstruction, operands)
        }
        let error = try graph.add(MeanSquaredError(), [reconstruction, data], layer: layer, slot: .overhead, names: ["reconstruction_error"])[0]
        graph.results = [("loss", error)]
        let gradients = try graph.add(
            ContrastiveGradient(withBias: operands.count > 1), [data, first, reconstruction, units], layer: layer, slot: .backwardWeights, role: .cotangent)
        try update(operands[0], gradients[0], weightDecay: Float(settings.weightDecay))
        try update(biases, gradients[1], weightDecay: 0)
        if operands.count > 1 { try update(operands[1], gradients[2], weightDecay: 0) }
    }

    private mutating func hidden(_ layer: Int, of data: ValueID, _ operands: [ValueID]) throws -> ValueID {
        try graph.add(Dense(useBias: operands.count > 1, activation: .sigmoid), [data] + operands, layer: layer, slot: .forward)[0]
    }

    /// Weights, and the bias if there is one: those of the network, by name.
    private mutating func parameters(of layer: Int) throws -> [ValueID] {
        try ["kernel", "bias"].compactMap { suffix in
            let name = "\(model.layers[layer].name.value).\(suffix)"
            guard let value = network.values.first(where: { $0.name == name && $0.role.isTrained }) else {
                if suffix == "bias" { return nil }
                throw GraphFault("the network has no \(name)")
            }
            return graph.addValue(name, value.type, value.role, layer: layer, axes: value.axes)
        }
    }

    /// One step of the optimizer. Its velocity lies where training keeps the first of its moments, which begin anew after this.
    private mutating func update(_ parameter: ValueID, _ gradient: ValueID, weightDecay: Float) throws {
        let value = graph[parameter]
        var inputs = [parameter, gradient]
        var operation: any Operation = SGDUpdate(weightDecay: weightDecay)
        if settings.momentum > 0 {
            operation = MomentumUpdate(momentum: Float(settings.momentum), weightDecay: weightDecay)
            let suffix = model.train.optimizer.stateNames.first ?? "velocity"
            inputs.append(graph.addValue("\(value.name).\(suffix)", value.type, .optimizerState(.constant(0)), layer: value.layer, axes: value.axes))
        }
        _ = try graph.add(operation, inputs, layer: value.layer, slot: .update)
    }

    /// Apart from the streams of policies, which count layers.
    private func stream(_ layer: Int, _ step: Int) -> Int { 1 << 31 | layer << 10 | step }
}
