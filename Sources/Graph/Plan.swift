/// A graph that is ready to run: steps in order, each with the places of its operands in one arena.
///
/// Nothing that changes cost is decided after it: the estimate and the interpreter read the same plan.
public struct Plan: Sendable {
    public var graph: Graph
    /// The largest number of examples in a step.
    public var batch: Int
    /// By value: its byte offset in the arena.
    public var offsets: [Int]
    /// By node: floats of scratch, all from `scratchOffset` on, since nodes run one after the other.
    public var scratchCounts: [Int]
    public var scratchOffset: Int

    public init(graph: Graph, batch: Int, offsets: [Int], scratchCounts: [Int], scratchOffset: Int) {
        self.graph = graph
        self.batch = batch
        self.offsets = offsets
        self.scratchCounts = scratchCounts
        self.scratchOffset = scratchOffset
    }

    /// Work of one step on `batch` examples, by node; within the range of what depends on the data, at its `bound`.
    public func work(node: Int, batch: Int, bound: Bound = .expected) -> SlotWork {
        let node = graph.nodes[node]
        var operands = graph.workOperands(node, batch: batch)
        if let operation = node.operation as? any DataDependent {
            operands.active = ActiveCount(units: operation.activeRange(operands)[bound])
        }
        return node.operation.work(operands)
    }

    /// Work of one step on `batch` examples, by layer; the last entry is what belongs to no layer.
    ///
    /// - Parameter acting: whether the step is one in which everything that acts in some steps only does so.
    public func workByLayer(batch: Int, bound: Bound = .expected, acting: Bool = false) -> [SlotWork] {
        var sums = Array(repeating: SlotWork(), count: graph.layers.count + 1)
        for (index, node) in graph.nodes.enumerated() {
            sums[node.layer ?? graph.layers.count] +=
                node.operation is any Scheduled && !acting ? idleWork(node: index, batch: batch) : work(node: index, batch: batch, bound: bound)
        }
        return sums
    }

    /// Work of a node in a step in which nothing is due.
    public func idleWork(node: Int, batch: Int) -> SlotWork {
        var operands = graph.workOperands(graph.nodes[node], batch: batch)
        operands.active = ActiveCount(units: 0)
        return graph.nodes[node].operation.work(operands)
    }

    /// By layer: what the operations that act in some steps only do in steps `from + 1` to `to`, beyond what `workByLayer` says.
    ///
    /// - Parameters:
    ///   - stepsPerEpoch: the last of which has `rest` examples, if that is not 0.
    public func scheduledWork(from: Int, to: Int, stepsPerEpoch: Int, rest: Int, bound: Bound = .expected) -> [SlotWork] {
        var sums = Array(repeating: SlotWork(), count: graph.layers.count + 1)
        for (index, node) in graph.nodes.enumerated() {
            guard let schedule = (node.operation as? any Scheduled)?.schedule else { continue }
            let times = schedule.times(before: to + 1) - schedule.times(before: from + 1)
            let small = rest > 0 ? schedule.times(from: from, to: to, onMultiplesOf: stepsPerEpoch) : 0
            for (batch, times) in [(batch, times - small), (rest, small)] where times > 0 {
                sums[node.layer ?? graph.layers.count] += (work(node: index, batch: batch, bound: bound) - idleWork(node: index, batch: batch)) * times
            }
        }
        return sums
    }
}

extension Plan {
    /// Work of running the plan on so many examples only to look at them, by layer, in the overhead.
    public func probeWork(examples: Int) -> [SlotWork] {
        let rest = examples % batch
        var sums = workByLayer(batch: batch).map { $0 * (examples / batch) }
        if rest > 0 { for (layer, work) in workByLayer(batch: rest).enumerated() { sums[layer] += work } }
        return sums.map { SlotWork(.overhead, $0.total) }
    }
}

/// A moment of a run, in whichever unit it was given.
public enum Moment: Sendable, Hashable {
    case epochs(Double)
    case steps(Int)
    case examples(Int)

    public static let start = Moment.steps(0)

    /// Steps that are done by then.
    public func steps(stepsPerEpoch: Int, batch: Int) -> Int {
        let steps: Double =
            switch self {
            case .epochs(let epochs): epochs * Double(stepsPerEpoch)
            case .steps(let steps): Double(steps)
            case .examples(let examples): Double(examples) / Double(max(batch, 1))
            }
        return steps < 1e15 ? max(0, Int(steps.rounded())) : Int.max / 2
    }
}

/// A stretch of a run with its own plans, up to the next phase: dense training has one, a policy that starts later makes a second.
public struct Phase: Sendable {
    public var start: Moment
    public var train: Plan
    public var evaluate: Plan
    /// The same network evaluated in the other way, with all units or with those that policies choose, where both are asked for.
    public var twin: Plan?

    public init(start: Moment, train: Plan, evaluate: Plan, twin: Plan? = nil) {
        self.start = start
        self.train = train
        self.evaluate = evaluate
        self.twin = twin
    }

    /// Those that an evaluation runs.
    public var evaluations: [Plan] { [evaluate] + (twin.map { [$0] } ?? []) }
}

/// The pre-training of one layer, before the first phase: its plan runs the layers below forward and trains this one alone, on the
/// parameters that training goes on with.
public struct PretrainPhase: Sendable {
    /// In `Graph.layers`.
    public var layer: Int
    public var epochs: Int
    /// Its result `loss` is the error of the reconstruction.
    public var plan: Plan

    public init(layer: Int, epochs: Int, plan: Plan) {
        self.layer = layer
        self.epochs = epochs
        self.plan = plan
    }

    public var name: String { plan.graph.layers[layer].name }
}

/// Bytes of the arena, by what they are for.
public struct MemoryParts: Sendable, Hashable {
    public var parameters = 0
    public var optimizer = 0
    /// Moving averages, and what policies keep.
    public var layerState = 0
    /// Batch, activations, cotangents and gradients, which share memory as they come and go.
    public var activations = 0
    public var scratch = 0

    public init() {}

    public var total: Int { [parameters, optimizer, layerState, activations, scratch].reduce(0, Count.sum) }
}

/// The whole run: its phases and the one allocation they share.
public struct Schedule: Sendable {
    /// Of layers that never change: run once for each example, and what it puts out (its result `output`) is the input of all other plans. Nil where
    /// these begin with the examples themselves.
    public var front: Plan?
    /// From the lowest layer up; empty without pre-training.
    public var pretraining: [PretrainPhase]
    public var phases: [Phase]
    public var threads: Int
    public var memory: MemoryParts
    /// The size of the arena. The estimate reports it, the interpreter allocates it.
    public var arenaBytes: Int
    /// How many train at the same time, each with memory of its own for what comes and goes within a step, on the same parameters.
    public var workers: Int
    /// Bytes from one worker's memory to the next one's.
    public var workerStride: Int
    /// What the phases' twins are called.
    public var twinName: String?

    public init(
        front: Plan? = nil, pretraining: [PretrainPhase] = [], phases: [Phase], threads: Int, memory: MemoryParts, arenaBytes: Int, workers: Int = 1, workerStride: Int = 0,
        twinName: String? = nil
    ) {
        self.front = front
        self.pretraining = pretraining
        self.phases = phases
        self.threads = threads
        self.memory = memory
        self.arenaBytes = arenaBytes
        self.workers = workers
        self.workerStride = workerStride
        self.twinName = twinName
    }

    /// By phase: the step that it begins with, from 0.
    public func starts(stepsPerEpoch: Int) -> [Int] {
        phases.map { $0.start.steps(stepsPerEpoch: stepsPerEpoch, batch: $0.train.batch) }
    }
}
