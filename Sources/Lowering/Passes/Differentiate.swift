import Diagnostics
import Graph
import Ops

/// Appends the backward pass: each operation, from the last to the first, writes its own gradient.
struct Differentiate: Pass {
    let name = "differentiate"
    let summary = "append the backward pass, for what a trained parameter feeds"
    let isOptional = false
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        guard !graph.nodes.isEmpty else { return }
        var needed = graph.values.map { value in
            // A frozen layer's parameters are read but never trained.
            if case .parameter = value.role { return value.layer.map { context.model.layers[$0].trainable } ?? true }
            return false
        }
        for node in graph.nodes where node.inputs.contains(where: { needed[$0.index] }) {
            for (index, output) in node.outputs.enumerated() where node.operation.overwrites[index] == nil || graph[output].role == .activation {
                needed[output.index] = true
            }
        }
        var builder = GradientBuilder(graph: graph, needed: needed, makeSum: { Add() })
        try builder.differentiate()
        graph = builder.graph
        for (index, value) in graph.values.enumerated() {
            guard case .parameter = value.role, let cotangent = builder.cotangent(of: ValueID(index)), needed.indices.contains(index), needed[index] else { continue }
            graph.gradients.append(ParameterGradient(parameter: ValueID(index), gradient: cotangent, rows: builder.rows(of: ValueID(index))))
        }
    }
}
