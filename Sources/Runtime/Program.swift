import Graph
import Kernels

/// One plan with every operand's place looked up: what the step loop walks through.
struct Program {
    let plan: Plan
    /// Where what comes and goes within a step lies, beyond where the plan says.
    private let shift: Int
    var contexts: [RunContext]
    let operations: [any Operation]
    /// Nodes up to and including the one that makes the loss.
    let forwardCount: Int
    /// How often the plan ran, by batch size: at most a handful of sizes occur in a run.
    private(set) var steps: [(batch: Int, count: Int)] = []
    /// The nodes whose cost depends on the data, what each saw in this step, and its sum for each entry of `steps`.
    private let dependent: [Int]
    private var seen: [Int]
    private var sums: [Int] = []

    init(_ plan: Plan, arena: Arena, pool: WorkerPool, shift: Int = 0) {
        self.plan = plan
        self.shift = shift
        let graph = plan.graph
        func offset(_ value: ValueID) -> Int { plan.offsets[value.index] + (graph[value].role.isPersistent ? 0 : shift) }
        operations = graph.nodes.map(\.operation)
        contexts = graph.nodes.enumerated().map { index, node in
            RunContext(
                arena: arena, inputOffsets: node.inputs.map(offset),
                outputOffsets: node.outputs.map(offset), inputTypes: node.inputs.map { graph[$0].type },
                outputTypes: node.outputs.map { graph[$0].type }, scratchOffset: plan.scratchOffset + shift,
                scratchCount: plan.scratchCounts[index], pool: pool, batch: plan.batch,
                step: StepState(learningRate: 0, iteration: 0, seed: 0))
        }
        let loss = graph.result("loss")
        forwardCount = (graph.nodes.firstIndex { node in node.outputs.contains { $0 == loss } } ?? graph.nodes.count - 1) + 1
        dependent = operations.indices.filter { index in
            guard let operation = graph.nodes[index].operation as? any DataDependent else { return false }
            let range = operation.activeRange(graph.workOperands(graph.nodes[index], batch: plan.batch))
            return range.lower < range.upper || operation is any Scheduled
        }
        seen = Array(repeating: 0, count: graph.nodes.count)
        // No allocation while training, unless there are more sizes than that.
        steps.reserveCapacity(8)
        sums.reserveCapacity(8 * dependent.count)
    }

    mutating func prepare(batch: Int, state: StepState) {
        for index in contexts.indices {
            contexts[index].batch = batch
            contexts[index].step = state
        }
    }

    mutating func run(_ nodes: Range<Int>) {
        for index in nodes { seen[index] = operations[index].run(contexts[index]).units }
    }

    /// One of them; how many units it found active.
    mutating func run(node index: Int) -> Int {
        seen[index] = operations[index].run(contexts[index]).units
        return seen[index]
    }

    mutating func count(batch: Int) {
        var entry = 0
        while entry < steps.count, steps[entry].batch != batch { entry += 1 }
        if entry == steps.count {
            steps.append((batch, 0))
            for _ in dependent { sums.append(0) }
        }
        steps[entry].count += 1
        for (place, node) in dependent.enumerated() { sums[entry * dependent.count + place] += max(0, seen[node]) }
    }

    /// What has been done so far, by layer; the last entry is what belongs to no layer.
    func counted() -> [SlotWork] {
        let graph = plan.graph
        var layers = Array(repeating: SlotWork(), count: graph.layers.count + 1)
        for (entry, (batch, count)) in steps.enumerated() {
            for (index, node) in graph.nodes.enumerated() {
                let operands = graph.workOperands(node, batch: batch)
                guard let place = dependent.firstIndex(of: index) else {
                    layers[node.layer ?? graph.layers.count] += plan.work(node: index, batch: batch) * count
                    continue
                }
                layers[node.layer ?? graph.layers.count] += node.operation.work(operands, steps: count, active: sums[entry * dependent.count + place])
            }
        }
        return layers
    }

    func strip<Element: BitwiseCopyable>(_ value: ValueID?, arena: Arena, batch: Int) -> Strip<Element>? {
        guard let value else { return nil }
        let offset = plan.offsets[value.index] + (plan.graph[value].role.isPersistent ? 0 : shift)
        return arena.strip(offset: offset, count: plan.graph[value].type.count(batch: batch))
    }
}

extension Operation {
    /// The work of so many executions that saw so many active units in all: `work` is linear in their number.
    fileprivate func work(_ operands: WorkOperands, steps: Int, active: Int) -> SlotWork {
        var operands = operands
        operands.active = ActiveCount(units: 0)
        let none = work(operands)
        operands.active = ActiveCount(units: 1)
        let one = work(operands)
        var total = none * steps
        for slot in Slot.allCases { total[slot] += (one[slot] - none[slot]) * active }
        return total
    }
}
