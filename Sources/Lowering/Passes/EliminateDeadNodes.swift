import Graph

/// Drops nodes whose outputs nobody reads and that change nothing that lasts.
struct EliminateDeadNodes: Pass {
    let name = "eliminate-dead-nodes"
    let summary = "drop what nobody reads"
    let isOptional = true
    let purposes: Set<Purpose> = [.training, .evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        var wanted = Set(graph.results.map(\.value) + graph.gradients.map(\.gradient))
        var kept: [Node] = []
        for node in graph.nodes.reversed() {
            let lasts = node.outputs.contains { graph[$0].role.isPersistent }
            guard lasts || node.outputs.contains(where: wanted.contains) else { continue }
            wanted.formUnion(node.inputs)
            kept.append(node)
        }
        graph.nodes = kept.reversed()
    }
}
