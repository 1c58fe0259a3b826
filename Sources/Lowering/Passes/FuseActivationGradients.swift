import Graph
import Ops

/// Moves the derivative of an activation into the product that makes the cotangent it multiplies.
struct FuseActivationGradients: Pass {
    let name = "fuse-activation-gradients"
    let summary = "multiply by an activation's derivative inside the product that makes the cotangent"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let gradient = node.operation as? ActivationGradient, gradient.function.derivativeFromOutput,
                let producer = producers[node.inputs[1].index], readers[node.inputs[1].index] == 1,
                let product = graph.nodes[producer].operation as? any DerivativeFusible, product.through == .linear
            else { continue }
            graph.nodes[producer].operation = product.with(through: gradient.function)
            graph.nodes[producer].inputs.append(node.inputs[0])
            graph.nodes[producer].outputs = node.outputs
            removed.insert(index)
        }
        graph.remove(removed)
    }
}
