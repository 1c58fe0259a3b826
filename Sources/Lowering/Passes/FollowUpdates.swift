import Graph
import Model

/// Lets the policies of the slot `forward` bring up to date what they keep of their layers' weights.
struct FollowUpdates: Pass {
    let name = "follow-updates"
    let summary = "keep hash tables in step with the rows that were updated"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        for entry in context.policies {
            guard let policy = entry.policy as? any ForwardPolicy, policy.acts(in: .training) else { continue }
            let name = graph.layers[entry.layer].name
            // A row-wise update is told its rows, or finds them.
            guard let weights = graph.current("\(name).kernel"), let update = graph.nodes.first(where: { $0.outputs.contains(weights) }),
                let touched = (update.inputs + update.outputs).first(where: { value in
                    let type = graph[value].type
                    return type.dtype == .int32 && !type.batched && !graph[value].role.isPersistent
                })
            else { continue }
            var after = LayerUpdate(graph: graph, layer: entry.layer, weights: weights, bias: graph.current("\(name).bias"), touched: touched)
            try policy.follow(&after)
            graph = after.graph
        }
    }
}
