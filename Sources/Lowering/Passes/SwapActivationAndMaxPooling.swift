import Graph
import Kernels
import Ops

/// Max pooling after relu is relu after max pooling: the same values and the same gradient, bit for bit, with the
/// element-wise work of both directions on the pooled cells only. In evaluation there is no derivative to save,
/// and relu is free inside the convolution.
struct SwapActivationAndMaxPooling: Pass {
    let name = "swap-activation-and-max-pooling"
    let summary = "apply relu after max pooling instead of before"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        for (index, node) in graph.nodes.enumerated() {
            guard node.operation is MaxPooling2D, let producer = producers[node.inputs[0].index],
                readers[node.inputs[0].index] == 1, let activation = graph.nodes[producer].operation as? Activation,
                activation.function.commutesWithMaximum, !graph.results.contains(where: { $0.value == node.inputs[0] })
            else { continue }
            // conv → relu → pool becomes conv → pool → relu; the names of the layers' outputs go along.
            let before = graph.nodes[producer].inputs[0]
            let pooled = node.outputs[0]
            let inner = graph.addValue(graph[pooled].name + ".pooled", graph[pooled].type, .activation, layer: node.layer)
            let oldActivation = graph.nodes[producer]
            graph.nodes[index].inputs[0] = before
            graph.nodes[index].outputs[0] = inner
            graph.nodes[producer] = graph.nodes[index]
            graph.nodes[index] = Node(
                operation: activation, inputs: [inner], outputs: [pooled], layer: oldActivation.layer, slot: oldActivation.slot)
        }
    }
}

extension ActivationFunction {
    /// Non-decreasing in floating point too: what is computed by a series is not, bit for bit.
    var commutesWithMaximum: Bool { self == .relu || self == .leakyReLU }
}
