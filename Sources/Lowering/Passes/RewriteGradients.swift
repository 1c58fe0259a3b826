import Graph
import Model

/// Lets the policies of the slot `backward` rewrite their layers' backward products.
struct RewriteGradients: Pass {
    let name = "rewrite-gradients"
    let summary = "keep the part of each gradient that its layer's policy asks for"
    let isOptional = false
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        for index in context.model.layers.indices {
            guard let units = context.model.layers[index].kind.units else { continue }
            let policies = context.policies(of: index), watchers = context.watchers(of: index)
            guard !policies.isEmpty || !watchers.isEmpty else { continue }
            var gradient = LayerGradient(graph: graph, layer: index, units: units, isOutput: index == context.model.outputLayer)
            for policy in policies { try (policy as? any BackwardPolicy)?.rewrite(&gradient) }
            for watcher in watchers { try watcher.watch(&gradient) }
            graph = gradient.graph
        }
    }
}
