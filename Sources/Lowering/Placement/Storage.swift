import Graph

/// Which values share memory: an output that overwrites an input, a view, or an element-wise result whose input dies.
struct Storage {
    /// By value: the first value of the memory it lives in.
    private(set) var roots: [Int]
    /// By root: the first and the last step at which its memory must hold something. Persistent memory: all steps.
    private(set) var first: [Int]
    private(set) var last: [Int]

    init(_ graph: Graph, batch: Int) {
        let end = graph.nodes.count
        roots = Array(graph.values.indices)
        first = Array(repeating: Int.max, count: graph.values.count)
        last = Array(repeating: -1, count: graph.values.count)

        // When each value is last read by itself, before any sharing.
        var lastRead = Array(repeating: -1, count: graph.values.count)
        for (index, node) in graph.nodes.enumerated() { for input in node.inputs { lastRead[input.index] = index } }
        for (_, value) in graph.results { lastRead[value.index] = end }

        for (index, value) in graph.values.enumerated() {
            switch value.role {
            case .parameter, .optimizerState, .layerState: (first[index], last[index]) = (0, end)
            // Filled before the first step.
            case .input, .inputPlaces: (first[index], last[index]) = (0, max(0, lastRead[index]))
            // Measures compare it with the output when all is done.
            case .target: (first[index], last[index]) = (0, end)
            case .activation, .cotangent: break
            }
        }
        for (step, node) in graph.nodes.enumerated() {
            for (index, output) in node.outputs.enumerated() {
                if let source = sharedInput(of: node, output: index, at: step, graph, batch, lastRead) {
                    roots[output.index] = roots[node.inputs[source].index]
                }
                let root = roots[output.index]
                first[root] = min(first[root], step)
                last[root] = max(last[root], step, lastRead[output.index])
            }
        }
    }

    private func sharedInput(of node: Node, output: Int, at step: Int, _ graph: Graph, _ batch: Int, _ lastRead: [Int]) -> Int? {
        if node.operation is any View { return 0 }
        if let overwritten = node.operation.overwrites[output] { return overwritten }
        guard let reused = node.operation.mayReuse[output] else { return nil }
        let input = node.inputs[reused], root = roots[input.index]
        // The input must die here, with everything that shares its memory, and be of the same size.
        guard last[root] <= step, !graph.values[root].role.isPersistent,
            node.inputs.filter({ roots[$0.index] == root }).count == 1,
            graph[input].type.byteCount(batch: batch) == graph[node.outputs[output]].type.byteCount(batch: batch)
        else { return nil }
        return reused
    }
}
