import Graph

/// What the layers cost that training never changes: they run once for each example of all splits, and what they put out is kept.
public struct FrontEstimate: Sendable {
    /// Those that do something.
    public var layers: [String]
    /// What it puts out for an example.
    public var output: TensorType
    /// Of all splits; 0 where it is not known.
    public var examples: Int
    /// For all of them, by layer.
    public var work: [SlotWork]
    /// What is kept.
    public var bytes: Int

    public var total: Work { work.reduce(SlotWork(), +).total }

    /// Nil where there is no such part of the network.
    ///
    /// - Parameter splits: examples of each.
    public init?(_ schedule: Schedule, splits: [Int]) {
        guard let plan = schedule.front, let result = plan.graph.result("output") else { return nil }
        let indices = Set(plan.graph.nodes.compactMap(\.layer)).sorted()
        layers = indices.map { plan.graph.layers[$0].name }
        output = plan.graph[result].type
        examples = splits.reduce(0, Count.sum)
        bytes = Count.product([examples, output.count, 4])
        let full = plan.workByLayer(batch: plan.batch)
        work = full.map { _ in SlotWork() }
        for count in splits {
            let rest = count % plan.batch, last = rest > 0 ? plan.workByLayer(batch: rest) : []
            for layer in work.indices {
                work[layer] += full[layer] * (count / plan.batch)
                if rest > 0 { work[layer] += last[layer] }
            }
        }
    }
}
