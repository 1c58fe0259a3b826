import Graph
import Ops

/// Plain gradient descent needs no gradient in memory: the product that would make it adds straight into the weights.
struct FuseUpdates: Pass {
    let name = "fuse-updates"
    let summary = "let weight gradients of plain sgd add straight into the weights"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let readers = graph.readerCounts()
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let product = node.operation as? any UpdateFusible else { continue }
            var updates: [Int] = []
            let gradients = node.outputs.filter { graph[$0].type.dtype == .float32 }
            for gradient in gradients {
                guard readers[gradient.index] == 1,
                    let update = graph.nodes.firstIndex(where: { $0.inputs.contains(gradient) }), isPlainDescent(graph.nodes[update], of: node)
                else { break }
                updates.append(update)
            }
            guard updates.count == gradients.count else { continue }
            let parameters = updates.map { graph.nodes[$0].inputs[0] }
            // Nobody may read the old weights between here and where the update stood.
            let span = graph.nodes[(index + 1)..<(updates.max() ?? index)]
            guard !span.enumerated().contains(where: { offset, between in
                !updates.contains(index + 1 + offset) && between.inputs.contains(where: parameters.contains)
            }) else { continue }
            graph.nodes[index].operation = product.fusedWithUpdate()
            graph.nodes[index].inputs += parameters
            graph.nodes[index].outputs = updates.map { graph.nodes[$0].outputs[0] } + node.outputs.filter { !gradients.contains($0) }
            removed.formUnion(updates)
        }
        graph.remove(removed)
    }

    /// Whether an update is plain gradient descent of all rows, or of those that the product itself says it has touched.
    private func isPlainDescent(_ update: Node, of product: Node) -> Bool {
        if let sgd = update.operation as? SGDUpdate { return sgd.weightDecay == 0 }
        guard let sgd = update.operation as? SGDRowUpdate, !sgd.needsLast, let rows = update.inputs.last else { return false }
        return product.outputs.contains(rows)
    }
}
