import Graph
import Ops

/// Max pooling sends a cotangent to one cell of each window only. A convolution below it then needs no products for the
/// others: a quarter of its backward work remains for windows of two by two. Nothing is approximated.
struct FusePoolingGradients: Pass {
    let name = "fuse-pooling-gradients"
    let summary = "skip the products of a convolution's backward pass whose cotangent max pooling makes zero"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        for pool in graph.nodes {
            guard let pooling = pool.operation as? MaxPooling2DGradient else { continue }
            let cotangent = pool.outputs[0]
            // Scattering is saved only if nobody needs the scattered cotangent.
            let readers = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(cotangent) }
            let fused = readers.map { index -> (any Operation)? in
                let node = graph.nodes[index]
                guard let product = node.operation as? any PoolingFusible, node.inputs[product.cotangentOperands.lowerBound] == cotangent,
                    node.inputs.filter({ $0 == cotangent }).count == 1
                else { return nil }
                return product.fused(with: pooling, node.inputs.map { graph[$0].type })
            }
            guard fused.allSatisfy({ $0 != nil }) else { continue }
            for (index, operation) in zip(readers, fused) {
                guard let operation, let product = graph.nodes[index].operation as? any PoolingFusible else { continue }
                graph.nodes[index].operation = operation
                graph.nodes[index].inputs.replaceSubrange(product.cotangentOperands, with: pool.inputs)
            }
        }
        // The scattering itself has no reader any more.
        let readers = graph.readerCounts()
        graph.remove(Set(graph.nodes.indices.filter {
            graph.nodes[$0].operation is MaxPooling2DGradient && readers[graph.nodes[$0].outputs[0].index] == 0
        }))
    }
}
