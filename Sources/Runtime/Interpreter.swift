import Graph
import Kernels

/// Why an interpreter could not be made.
public struct OutOfMemory: Error, Sendable {
    public let bytes: Int
}

/// Runs the plans of a schedule: one arena, no allocation in a step, every operation's work counted.
public final class Interpreter {
    public let schedule: Schedule
    public let pool: WorkerPool
    private let arena: Arena
    private var train: Program
    private var evaluation: Program
    private let seed: UInt64

    /// Allocates the arena and fills the parameters from the seed.
    public init(schedule: Schedule, seed: UInt64, pool: WorkerPool) throws(OutOfMemory) {
        guard let arena = Arena(byteCount: schedule.arenaBytes) else { throw OutOfMemory(bytes: schedule.arenaBytes) }
        self.schedule = schedule
        self.pool = pool
        self.arena = arena
        self.seed = seed
        train = Program(schedule.phases[0].train, arena: arena, pool: pool)
        evaluation = Program(schedule.phases[0].evaluate, arena: arena, pool: pool)
        for value in persistentValues { value.initialize(seed: seed, pool: pool) }
    }

    // MARK: steps

    public enum StepResult: Sendable { case done, nonFiniteLoss }

    /// One step of training on the examples at `indices`, at most a batch of them.
    ///
    /// A loss that is not finite stops the step before any weight is touched, unless `checked` is false.
    public func trainStep(source: borrowing some ExampleSource, indices: Ints, state: StepState, checked: Bool = true) -> StepResult {
        assemble(source, indices, train)
        train.prepare(batch: indices.count, state: state)
        train.run(0..<train.forwardCount)
        if checked, firstNonFinite(trainLosses(indices.count)) != nil { return .nonFiniteLoss }
        train.run(train.forwardCount..<train.operations.count)
        train.count(batch: indices.count)
        return .done
    }

    /// The forward pass of the evaluation plan.
    public func evaluateStep(source: borrowing some ExampleSource, indices: Ints) {
        assemble(source, indices, evaluation)
        evaluation.prepare(batch: indices.count, state: StepState(learningRate: 0, iteration: 0, seed: seed))
        evaluation.run(0..<evaluation.operations.count)
        evaluation.count(batch: indices.count)
    }

    private func assemble(_ source: borrowing some ExampleSource, _ indices: Ints, _ program: Program) {
        precondition(indices.count > 0 && indices.count <= program.plan.batch)
        let batch = indices.count
        guard let features: Floats = program.strip(program.features, arena: arena, batch: batch) else { return }
        let labels: Ints? = program.isClassTarget ? program.strip(program.target, arena: arena, batch: batch) : nil
        let targets: Floats? = program.isClassTarget ? nil : program.strip(program.target, arena: arena, batch: batch)
        source.assemble(indices, features: features, labels: labels, targets: targets, pool: pool)
    }

    // MARK: what a step left

    public var batch: Int { train.plan.batch }

    /// The loss of each of the first `count` examples of the last training step.
    public func trainLosses(_ count: Int) -> Floats { train.strip(train.plan.graph.result("loss"), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0) }
    /// [count, outputs]: probabilities, or what the last layer puts out.
    public func trainOutput(_ count: Int) -> Floats { train.strip(train.plan.graph.result("output"), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0) }
    public func evaluationLosses(_ count: Int) -> Floats { evaluation.strip(evaluation.plan.graph.result("loss"), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0) }
    public func evaluationOutput(_ count: Int) -> Floats { evaluation.strip(evaluation.plan.graph.result("output"), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0) }

    /// The class numbers (or target numbers) of the last step of either kind; empty where the target is of the other kind.
    public func trainLabels(_ count: Int) -> Ints { train.labels(arena, count) }
    public func trainTargets(_ count: Int) -> Floats { train.targets(arena, count) }
    public func evaluationLabels(_ count: Int) -> Ints { evaluation.labels(arena, count) }
    public func evaluationTargets(_ count: Int) -> Floats { evaluation.targets(arena, count) }

    /// Numbers per example that the network puts out.
    public var outputCount: Int { train.plan.graph.result("output").map { train.plan.graph[$0].type.count } ?? 0 }

    /// Counted work of all training steps so far, by layer; the last entry is what belongs to no layer (the loss).
    public var countedTraining: [SlotWork] { train.counted() }
    public var countedEvaluation: [SlotWork] { evaluation.counted() }

    // MARK: looking for NaN

    /// Where a number that is not finite first appears when the last training step's forward pass is repeated.
    public struct NonFinite: Sendable {
        /// In `Graph.layers`; nil for the input or the loss.
        public var layer: Int?
        /// The value that holds it: `h1`, `h1.kernel`, `input`.
        public var value: String
        /// The example of the batch, where the value has one per example.
        public var example: Int?
    }

    public func locateNonFinite(batch: Int) -> NonFinite? {
        let graph = train.plan.graph
        func search(_ id: ValueID) -> NonFinite? {
            guard graph[id].type.dtype == .float32, let numbers: Floats = train.strip(id, arena: arena, batch: batch),
                let position = firstNonFinite(numbers)
            else { return nil }
            let type = graph[id].type
            return NonFinite(layer: graph[id].layer, value: graph[id].name, example: type.batched ? position / max(1, type.count) : nil)
        }
        // The batch and the weights first: they were there before the step.
        for (index, value) in graph.values.enumerated() {
            switch value.role {
            case .input, .parameter, .layerState: if let found = search(ValueID(index)) { return found }
            default: continue
            }
        }
        for index in 0..<train.forwardCount {
            train.run(index..<(index + 1))
            for output in graph.nodes[index].outputs { if let found = search(output) { return found } }
        }
        return nil
    }

    // MARK: what lasts

    /// Parameters, optimizer state and layer state, in the order of the graph, for saving and loading.
    public var persistentValues: [PersistentValue] {
        let graph = train.plan.graph
        var seen: Set<String> = []
        var found: [PersistentValue] = []
        for program in [train, evaluation] {
            let graph = program.plan.graph
            for (index, value) in graph.values.enumerated() {
                guard let initial = value.role.initial, seen.insert(value.name).inserted,
                    graph.nodes.contains(where: { $0.inputs.contains(ValueID(index)) }),
                    let numbers: Floats = program.strip(ValueID(index), arena: arena, batch: 1)
                else { continue }
                found.append(PersistentValue(name: value.name, type: value.type, role: value.role, initial: initial, numbers: numbers))
            }
        }
        _ = graph
        return found
    }
}

/// A value that outlives a step, and its numbers in the arena.
public struct PersistentValue {
    public let name: String
    public let type: TensorType
    public let role: ValueRole
    let initial: Initial
    public let numbers: Floats

    /// The stream depends on the name alone, so that a network and its policy twin start from the same weights.
    func initialize(seed: UInt64, pool: WorkerPool) {
        let stream = RandomStream(seed: seed, purpose: .initialization, index: name.stableHash, iteration: 0)
        switch initial {
        case .constant(let value): numbers.fill(value)
        case .uniform(let limit): fillUniform(numbers, limit: limit, stream: stream)
        case .truncatedNormal(let deviation): fillTruncatedNormal(numbers, deviation: deviation, stream: stream)
        }
    }
}

extension String {
    /// FNV-1a: the same in every process, unlike `hashValue`.
    var stableHash: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}

extension Program {
    var features: ValueID? { plan.graph.values.firstIndex { $0.role == .input }.map { ValueID($0) } }
    var target: ValueID? { plan.graph.values.firstIndex { $0.role == .target }.map { ValueID($0) } }
    var isClassTarget: Bool { target.map { plan.graph[$0].type.dtype == .int32 } ?? false }

    func labels(_ arena: Arena, _ count: Int) -> Ints {
        (isClassTarget ? strip(target, arena: arena, batch: count) : nil) ?? arena.strip(offset: 0, count: 0)
    }

    func targets(_ arena: Arena, _ count: Int) -> Floats {
        (isClassTarget ? nil : strip(target, arena: arena, batch: count)) ?? arena.strip(offset: 0, count: 0)
    }
}
