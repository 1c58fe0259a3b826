import Diagnostics
import Graph
import Model
import Ops

/// Examples that are lists of the inputs that they have: in the graph the numbers and, beside them, their places. Dense layers
/// read them, and nothing else does.
extension Builder {
    /// Adds what the batch assembly fills.
    mutating func addInput() -> ValueID {
        guard let sparse = facts.sparse else { return graph.addValue("input", TensorType(batched: true, facts.shape), .input) }
        let values = graph.addValue("input", TensorType(batched: true, [sparse.longest]), .input)
        inputPlaces = graph.addValue("input_places", TensorType(.int32, batched: true, [sparse.longest]), .inputPlaces)
        return values
    }

    /// Inputs of the network, of which an example has some.
    private var features: Int { facts.shape.reduce(1, Count.product) }

    /// Whether one of a layer's inputs is the network's, and that is sparse.
    private func readsSparseInput(_ inputs: [ValueID]) -> Bool { inputPlaces != nil && inputs.contains { graph[$0].role == .input } }

    /// Whether a layer can read what it reads, as far as that is sparse.
    mutating func sparseInputFits(_ index: Int, _ layer: LayerSpec, _ inputs: [ValueID]) -> Bool {
        guard readsSparseInput(inputs) else { return true }
        guard case .dense = layer.kind else {
            diagnostics.append(Diagnostic(
                .sparseInputNeedsDense, "`\(layer.name.value)` cannot read the network's input, which is sparse: only dense layers can",
                at: layer.type.location, help: ["put a dense layer between the input and this layer"]))
            return false
        }
        let refused = refusedPolicies(index)
        diagnostics += refused.filter { !diagnostics.contains($0) }
        return refused.isEmpty
    }

    /// Policies mean the units of a layer, and here its weights are stored by input.
    private func refusedPolicies(_ index: Int) -> [Diagnostic] {
        guard model.layers.contains(where: { !$0.policies.isEmpty }) else { return [] }
        let flow = UnitFlow(model), group = flow.group(of: index), name = "`\(model.layers[index].name.value)`"
        return group.flatMap { member in
            model.layers[member].policies.compactMap { policy -> Diagnostic? in
                let reason: String
                switch policy.slot {
                case .forward where member == index: reason = "leaving units out would save nothing where the weights of all units lie side by side for each input"
                case .backward where member == index: reason = "its gradient is of the inputs that the examples have, and leaving out units of that would save nothing"
                // A default for all layers of a type does not mean the network's answers.
                case .neurons where !policy.isDefault || !group.contains(where: flow.outputs.contains):
                    reason = "units cannot be taken out of weights that are stored by input"
                default: return nil
                }
                return Diagnostic(
                    .notForThisLayer, "\(name) reads sparse input, where policies of the slot `\(policy.slot.rawValue)` do not act: \(reason)",
                    at: policy.type.location, help: ["put the policy on a layer further up", "`policy: none` on a layer opts out of a default"])
            }
        }
    }

    /// A dense layer on sparse input; nil where its weights are too many.
    mutating func addSparseDense(
        _ index: Int, _ input: ValueID, places: ValueID, units: Int, useBias: Bool, kernel: Initializer, bias: Initializer
    ) throws(TypeError) -> ValueID? {
        let sparse = graph[input].type.shape[0]
        guard let weights = parameter(index, "kernel", [features, units], [.inputs, .units], kernel.initial(fanIn: features, fanOut: units)) else { return nil }
        var operands = [input, places, weights]
        if useBias {
            guard let bias = parameter(index, "bias", [units], [.units], bias.initial(fanIn: features, fanOut: units)) else { return nil }
            operands.append(bias)
        }
        let capacity = min(features, Count.product(model.train.batchSize, sparse))
        let operation = SparseInputDense(useBias: useBias, average: facts.sparse?.average ?? Double(sparse), capacity: capacity)
        return try graph.add(operation, operands, layer: index, slot: .forward)[0]
    }
}
