import Graph
import Model
import Ops

/// Evaluates very many outputs without holding them: for each example the best are kept, and the loss.
struct RankOutputs: Pass {
    let name = "rank-outputs"
    let summary = "keep the best of very many outputs only, tile by tile"
    let isOptional = false
    let purposes: Set<Purpose> = [.evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        guard context.ranksOutputs, context.best != LoweringOptions.allUnits, let index = graph.nodes.firstIndex(where: { $0.operation is SoftmaxCrossEntropy }) else { return }
        let loss = graph.nodes[index], numbers = loss.inputs[0], units = graph[numbers].type.shape.last ?? 1
        let before = Array(graph.nodes[..<index]), after = Array(graph.nodes[(index + 1)...])
        graph.nodes = before
        let best = min(context.best, units)
        if let place = before.lastIndex(where: { $0.outputs.contains(numbers) }), let dense = before[place].operation as? Dense, dense.activation == .linear,
            !before.contains(where: { $0.inputs.contains(numbers) })
        {
            let product = graph.nodes.remove(at: place)
            try graph.rank(RankUnits(useBias: dense.useBias, k: best), product.inputs + [loss.inputs[1]], loss, layer: product.layer)
        } else {
            try graph.rank(RankActive(hasPlaces: false, k: best), [numbers, loss.inputs[1]], loss)
        }
        graph.nodes += after
    }
}

extension Graph {
    /// Appends the evaluation's last operation, and names its results.
    mutating func rank(_ operation: any Operation, _ inputs: [ValueID], _ loss: Node, layer: Int? = nil) throws(TypeError) {
        let made = try add(operation, inputs, layer: layer ?? loss.layer, slot: .forward, names: ["loss", "best_probabilities", "best_units"])
        results = [("loss", made[0]), ("output", made[1]), ("best", made[2])]
    }
}
