import Graph
import Ops

/// Moves an activation into the product that feeds it: the product's own thread applies it while the values are
/// still in its cache, and one pass over memory and one hand-over between threads are saved.
struct FuseActivations: Pass {
    let name = "fuse-activations"
    let summary = "apply an activation inside the dense or convolution operation that feeds it"
    let isOptional = true
    let purposes: Set<Purpose> = [.training, .evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let activation = node.operation as? Activation,
                // The derivative must not need the value that is never stored.
                activation.function.derivativeFromOutput || context.purpose == .evaluation,
                let producer = producers[node.inputs[0].index], readers[node.inputs[0].index] == 1,
                let product = graph.nodes[producer].operation as? any ActivationFusible, product.activation == .linear
            else { continue }
            graph.nodes[producer].operation = product.with(activation: activation.function)
            graph.nodes[producer].outputs = node.outputs
            removed.insert(index)
        }
        graph.remove(removed)
    }
}
