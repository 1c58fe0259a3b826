import Graph

/// What the layers cost that training never changes: they run once for each example of all splits, and what they put out is kept.
public struct FrontEstimate: Sendable {
    /// Those that do something.
    public var layers: [String]
    /// What it puts out for an example.
    public var output: TensorType
    /// Of all splits; 0 where it is not known.
    public var examples: Int
    /// For all of them.
    public var total: Work
    /// The same at the least and at the most, where it depends on the data.
    public var lower: Work
    public var upper: Work
    /// What is kept.
    public var bytes: Int

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
        func work(_ bound: Bound) -> Work {
            func step(_ batch: Int) -> Work { plan.workByLayer(batch: batch, bound: bound).reduce(SlotWork(), +).total }
            let full = step(plan.batch)
            return splits.reduce(Work()) { sum, count in
                let rest = count % plan.batch
                return sum + full * (count / plan.batch) + (rest > 0 ? step(rest) : Work())
            }
        }
        (lower, total, upper) = (work(.lower), work(.expected), work(.upper))
    }
}
