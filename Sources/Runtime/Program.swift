import Graph
import Kernels

/// One plan with every operand's place looked up: what the step loop walks through.
struct Program {
    let plan: Plan
    var contexts: [RunContext]
    let operations: [any Operation]
    /// Nodes up to and including the one that makes the loss.
    let forwardCount: Int
    /// How often each node ran, by batch size: at most a handful of sizes occur in a run.
    private(set) var steps: [(batch: Int, count: Int)] = []

    init(_ plan: Plan, arena: Arena, pool: WorkerPool) {
        self.plan = plan
        let graph = plan.graph
        operations = graph.nodes.map(\.operation)
        contexts = graph.nodes.enumerated().map { index, node in
            RunContext(
                arena: arena, inputOffsets: node.inputs.map { plan.offsets[$0.index] },
                outputOffsets: node.outputs.map { plan.offsets[$0.index] }, inputTypes: node.inputs.map { graph[$0].type },
                outputTypes: node.outputs.map { graph[$0].type }, scratchOffset: plan.scratchOffset,
                scratchCount: plan.scratchCounts[index], pool: pool, batch: plan.batch,
                step: StepState(learningRate: 0, iteration: 0, seed: 0))
        }
        let loss = graph.result("loss")
        forwardCount = (graph.nodes.firstIndex { node in node.outputs.contains { $0 == loss } } ?? graph.nodes.count - 1) + 1
        steps.reserveCapacity(8)
    }

    mutating func prepare(batch: Int, state: StepState) {
        for index in contexts.indices {
            contexts[index].batch = batch
            contexts[index].step = state
        }
    }

    func run(_ nodes: Range<Int>) {
        for index in nodes { _ = operations[index].run(contexts[index]) }
    }

    mutating func count(batch: Int) {
        for index in steps.indices where steps[index].batch == batch {
            steps[index].count += 1
            return
        }
        steps.append((batch, 1))
    }

    /// What has been done so far, by layer; the last entry is what belongs to no layer.
    func counted() -> [SlotWork] {
        var sums = Array(repeating: SlotWork(), count: plan.graph.layers.count + 1)
        for (batch, count) in steps {
            for (index, work) in plan.workByLayer(batch: batch).enumerated() { sums[index] += work * count }
        }
        return sums
    }

    func strip<Element: BitwiseCopyable>(_ value: ValueID?, arena: Arena, batch: Int) -> Strip<Element>? {
        guard let value else { return nil }
        return arena.strip(offset: plan.offsets[value.index], count: plan.graph[value].type.count(batch: batch))
    }
}
