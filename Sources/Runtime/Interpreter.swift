import Graph
import Kernels

/// Why an interpreter could not be made.
public struct OutOfMemory: Error, Sendable {
    public let bytes: Int

    public init(bytes: Int) { self.bytes = bytes }
}

/// Runs the plans of a schedule: one arena, no allocation in a step, every operation's work counted.
public final class Interpreter {
    public private(set) var schedule: Schedule
    public let pool: WorkerPool
    private(set) var arena: Arena
    /// By phase.
    private var trains: [Program]
    private var evaluations: [Program]
    /// The same; none where the network is evaluated in one way.
    var twins: [Program]
    /// Of layers that never change; nil where all plans begin with the examples themselves.
    private(set) var front: Program?
    /// By layer that is pre-trained; none once that is over.
    var pretrains: [Program]
    /// Work that plans of pre-training did which are there no more, by layer that is pre-trained.
    var retiredPretraining: [SlotWork]
    /// Those that train at the same time; none in synchronous training.
    private(set) var workers: [Worker] = []
    private let seed: UInt64
    /// The phase that trains now, in `schedule.phases`.
    public private(set) var phase = 0
    /// Time in the forward passes of training, and in the backward passes with their updates.
    public private(set) var forwardTime = Duration.zero
    public private(set) var backwardTime = Duration.zero
    /// Work that plans did which are there no more, by layer.
    private var retired: (training: [SlotWork], evaluation: [SlotWork], front: [SlotWork])

    /// Allocates the arena and fills the parameters from the seed.
    public convenience init(schedule: Schedule, seed: UInt64, pool: WorkerPool) throws(OutOfMemory) {
        guard let arena = Arena(byteCount: schedule.arenaBytes) else { throw OutOfMemory(bytes: schedule.arenaBytes) }
        self.init(schedule, seed: seed, pool: pool, arena: arena)
        for value in persistentValues { value.initialize(seed: seed, updates: 0) }
    }

    /// The same network, with its weights as they are, on other threads: only one of the two may work at a time, and neither may be reshaped.
    public convenience init(sharing other: Interpreter, pool: WorkerPool) { self.init(other.schedule, seed: other.seed, pool: pool, arena: other.arena) }

    private init(_ schedule: Schedule, seed: UInt64, pool: WorkerPool, arena: Arena) {
        self.schedule = schedule
        self.pool = pool
        self.arena = arena
        self.seed = seed
        trains = schedule.phases.map { Program($0.train, arena: arena, pool: pool) }
        evaluations = schedule.phases.map { Program($0.evaluate, arena: arena, pool: pool) }
        twins = schedule.phases.compactMap { phase in phase.twin.map { Program($0, arena: arena, pool: pool) } }
        front = schedule.front.map { Program($0, arena: arena, pool: pool) }
        pretrains = schedule.pretraining.map { Program($0.plan, arena: arena, pool: pool) }
        retiredPretraining = pretrains.map { _ in SlotWork() }
        let none = Array(repeating: SlotWork(), count: schedule.phases[0].train.graph.layers.count + 1)
        retired = (none, none, none)
        makeWorkers()
    }

    private func makeWorkers() {
        workers = schedule.workers > 1 ? (0..<schedule.workers).map { Worker(schedule, arena: arena, index: $0) } : []
    }

    var train: Program {
        get { trains[phase] }
        _modify { yield &trains[phase] }
    }

    var evaluation: Program {
        get { evaluations[phase] }
        _modify { yield &evaluations[phase] }
    }

    /// The plan of one way to evaluate.
    private func evaluated(_ twin: Bool) -> Program { twin && !twins.isEmpty ? twins[phase] : evaluations[phase] }

    // MARK: steps

    public enum StepResult: Sendable { case done, nonFiniteLoss }

    /// One step of training on the examples at `indices`, at most a batch of them.
    ///
    /// A loss that is not finite stops the step before any weight is touched, unless `checked` is false.
    public func trainStep(source: borrowing some ExampleSource, indices: Ints, state: StepState, checked: Bool = true) -> StepResult {
        train.trainStep(source, indices, state, arena: arena, pool: pool, checked: checked, &forwardTime, &backwardTime)
    }

    /// Adds the workers' times to those of the run, as if each had done its share alone.
    func collectTimes() {
        for worker in workers {
            let (forward, backward) = worker.takeTimes()
            forwardTime += forward / workers.count
            backwardTime += backward / workers.count
        }
    }

    /// The forward pass of the evaluation plan, or of its twin.
    public func evaluateStep(source: borrowing some ExampleSource, indices: Ints, twin: Bool = false) {
        let state = StepState(learningRate: 0, iteration: 0, seed: seed)
        if twin && !twins.isEmpty {
            twins[phase].evaluateStep(source, indices, state, arena: arena, pool: pool)
        } else {
            evaluation.evaluateStep(source, indices, state, arena: arena, pool: pool)
        }
    }

    /// The front's plan on some examples, at most a batch: what it puts out for them, until the next step of any kind.
    func frontStep(_ source: borrowing some ExampleSource, _ indices: Ints) -> Floats? {
        front?.evaluateStep(source, indices, StepState(learningRate: 0, iteration: 0, seed: seed), arena: arena, pool: pool)
        return front?.result("output", arena, indices.count)
    }

    // MARK: what a step left

    public var batch: Int { train.plan.batch }

    /// The loss of each of the first `count` examples of the last training step.
    public func trainLosses(_ count: Int) -> Floats { train.result("loss", arena, count) }
    /// [count, outputs]: probabilities, or what the last layer puts out.
    public func trainOutput(_ count: Int) -> Floats { train.result("output", arena, count) }
    public func evaluationLosses(_ count: Int, twin: Bool = false) -> Floats { evaluated(twin).result("loss", arena, count) }
    public func evaluationOutput(_ count: Int, twin: Bool = false) -> Floats { evaluated(twin).result("output", arena, count) }

    /// The class numbers (or target numbers) of the last step of either kind; empty where the target is of the other kind.
    public func trainLabels(_ count: Int) -> Ints { train.labels(arena, count) }
    public func trainTargets(_ count: Int) -> Floats { train.targets(arena, count) }
    public func evaluationLabels(_ count: Int, twin: Bool = false) -> Ints { evaluated(twin).labels(arena, count) }
    public func evaluationTargets(_ count: Int, twin: Bool = false) -> Floats { evaluated(twin).targets(arena, count) }

    public func evaluationBest(_ count: Int, twin: Bool = false) -> Ints? { evaluated(twin).best(arena, count) }

    /// Whether an evaluation keeps the best outputs only, and training measures the loss alone.
    public var ranksOutputs: Bool { evaluation.plan.graph.result("best") != nil }

    /// Numbers per example that the network puts out.
    public var outputCount: Int { train.plan.graph.result("output").map { train.plan.graph[$0].type.count } ?? 0 }

    /// Counted work of all training steps so far, by layer; the last entry is what belongs to no layer (the loss).
    public var countedTraining: [SlotWork] {
        (trains + workers.flatMap(\.trains)).reduce(retired.training) { sum($0, $1.counted()) }
    }
    public var countedEvaluation: [SlotWork] { (evaluations + twins).reduce(retired.evaluation) { sum($0, $1.counted()) } }

    /// Of the front, once for each example.
    public var countedFront: [SlotWork] { sum(retired.front, front?.counted() ?? retired.front.map { _ in SlotWork() }) }

    private func sum(_ a: [SlotWork], _ b: [SlotWork]) -> [SlotWork] { zip(a, b).map(+) }

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

    /// Parameters, optimizer state and layer state, in the order of the graphs.
    public var persistentValues: [PersistentValue] { values(of: fronts + trains + evaluations + twins + pretrains) }

    private var fronts: [Program] { front.map { [$0] } ?? [] }

    /// What the trained network consists of: what evaluation reads, the front included.
    public var savedValues: [PersistentValue] { savedValues(phase) }

    private func savedValues(_ phase: Int) -> [PersistentValue] { values(of: fronts + [evaluations[phase]] + (twins.isEmpty ? [] : [twins[phase]])) }

    private func values(of programs: [Program]) -> [PersistentValue] {
        var seen: Set<String> = []
        var found: [PersistentValue] = []
        for program in programs {
            let graph = program.plan.graph, readers = graph.readerCounts()
            for (index, value) in graph.values.enumerated() {
                guard let initial = value.role.initial, readers[index] > 0, seen.insert(value.name).inserted,
                    let numbers: Floats = program.strip(ValueID(index), arena: arena, batch: 1)
                else { continue }
                found.append(PersistentValue(value, initial: initial, numbers: numbers))
            }
        }
        return found
    }

    // MARK: plans that change

    /// Goes on with another phase's plan. What only that plan has, and counts updates, begins at `updates`.
    public func enter(phase index: Int, updates: Int) {
        guard index != phase else { return }
        let known = Set(values(of: [train]).map(\.name))
        phase = index
        for value in values(of: [train]) where !known.contains(value.name) { value.initialize(seed: seed, updates: updates) }
    }

    /// Goes to the last phase whose evaluation reads just these values, as saved weights are read: a policy may keep something that was not there
    /// before it began. False where there is none.
    @discardableResult
    public func enterPhase(saving names: Set<String>) -> Bool {
        guard let index = schedule.phases.indices.last(where: { Set(savedValues($0).map(\.name)) == names }) else { return false }
        enter(phase: index, updates: 0)
        return true
    }

    /// Forgets all moments, as if no update had been done.
    public func resetOptimizer() {
        for value in persistentValues {
            if case .optimizerState = value.role { value.initialize(seed: seed, updates: 0) }
        }
    }

    /// Sets a piece of layer state back to where it began.
    public func clear(_ name: String) { persistentValues.first { $0.name == name }?.initialize(seed: seed, updates: 0) }

    /// Goes on with the plans of the same network with another number of units, in the same arena if it is large enough.
    ///
    /// - Parameter values: what lasts, cut to fit the new plans; whatever is missing begins as in a fresh network.
    public func adopt(_ other: Schedule, values: [SavedValue]) throws(OutOfMemory) {
        precondition(other.phases.count == schedule.phases.count && (pretrains.isEmpty || other.pretraining.count == pretrains.count))
        retired = (countedTraining, countedEvaluation, countedFront)
        retiredPretraining = countedPretraining
        // Fewer units need less, but another way to do the work might need more of something else.
        if other.arenaBytes > arena.byteCount {
            guard let larger = Arena(byteCount: other.arenaBytes) else { throw OutOfMemory(bytes: other.arenaBytes) }
            arena = larger
        }
        schedule = other
        trains = other.phases.map { Program($0.train, arena: arena, pool: pool) }
        evaluations = other.phases.map { Program($0.evaluate, arena: arena, pool: pool) }
        twins = other.phases.compactMap { phase in phase.twin.map { Program($0, arena: arena, pool: pool) } }
        front = other.front.map { Program($0, arena: arena, pool: pool) }
        if !pretrains.isEmpty { pretrains = other.pretraining.map { Program($0.plan, arena: arena, pool: pool) } }
        makeWorkers()
        let byName = Dictionary(values.map { ($0.name, $0) }) { $1 }
        for value in persistentValues {
            if let saved = byName[value.name] { value.load(saved.bits) } else { value.initialize(seed: seed, updates: 0) }
        }
    }

    /// Goes on in a phase, with the work that was counted before. The plans and the values that last are there already. What belongs to a front
    /// stays: it has run anew.
    public func goOn(_ state: InterpreterState) throws(StateMisfit) {
        let counts = [state.training, state.evaluation], pretraining = state.pretraining
        guard schedule.phases.indices.contains(state.phase), counts.allSatisfy({ $0.count == retired.training.count }), pretraining.count == retiredPretraining.count,
            (counts + [pretraining]).allSatisfy({ $0.allSatisfy(\.isNonNegative) }), state.isPretraining == !pretrains.isEmpty
        else { throw StateMisfit("its phase or its counted work is that of another network") }
        phase = state.phase
        retired.training = state.training
        retired.evaluation = state.evaluation
        retiredPretraining = pretraining
    }

    // MARK: looking inside

    /// Runs the evaluation plan on some examples, at most a batch, and hands over what these layers put out as soon as it is there: the memory is
    /// used for something else afterwards.
    public func look(source: borrowing some ExampleSource, indices: Ints, layers: [Int], _ body: (_ layer: Int, _ output: Floats) -> Void) {
        evaluation.assemble(source, indices, arena: arena, pool: pool)
        evaluation.prepare(batch: indices.count, state: StepState(learningRate: 0, iteration: 0, seed: seed))
        let graph = evaluation.plan.graph
        var done = 0
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs {
                let made = layers.filter { graph.layers[$0].value == output }
                guard !made.isEmpty, let numbers: Floats = evaluation.strip(output, arena: arena, batch: indices.count) else { continue }
                evaluation.run(done..<index + 1)
                done = index + 1
                for layer in made { body(layer, numbers) }
            }
        }
        evaluation.run(done..<graph.nodes.count)
    }
}
