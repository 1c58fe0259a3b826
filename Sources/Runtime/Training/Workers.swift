import Graph
import Kernels
import Synchronization

/// Trains on batches of its own, on the weights that all workers share.
final class Worker {
    let pool = WorkerPool(threads: 1)
    private(set) var trains: [Program]
    private(set) var forwardTime = Duration.zero
    private(set) var backwardTime = Duration.zero
    /// Of the steps since they were last collected.
    var measured: MetricAccumulator?
    /// Steps whose loss was not finite, and the one that ended the run.
    var nonFiniteSteps = 0
    var badStep: Int?

    init(_ schedule: Schedule, arena: Arena, index: Int) {
        let pool = pool
        trains = schedule.phases.map { Program($0.train, arena: arena, pool: pool, shift: index * schedule.workerStride) }
    }

    func trainStep(_ phase: Int, source: borrowing some ExampleSource, indices: Ints, state: StepState, arena: Arena, checked: Bool) -> Interpreter.StepResult {
        trains[phase].trainStep(source, indices, state, arena: arena, pool: pool, checked: checked, &forwardTime, &backwardTime)
    }

    func takeTimes() -> (forward: Duration, backward: Duration) {
        defer { (forwardTime, backwardTime) = (.zero, .zero) }
        return (forwardTime, backwardTime)
    }
}

/// Asynchronous training without locks (Niu et al. 2011, "Hogwild!"): each thread takes the next batch of the epoch and trains on it
/// by itself, and all of them read and write the same weights. Where updates touch few rows, they seldom meet.
///
/// What they do between two barriers is not repeatable; everything else happens at barriers, with no worker running.
struct AsynchronousSteps {
    let interpreter: Interpreter
    let settings: TrainingSettings

    /// Runs steps `first ..< end` of the run, those of an epoch that begins with step `epochStart`. Returns a step whose loss was not finite, if one was and that ends the run.
    func run(_ steps: Range<Int>, epochStart: Int, order: Ints, source: some ExampleSource, optimizerStart: Int) -> Int? {
        let next = Atomic(steps.lowerBound), isOver = Atomic(false)
        let workers = interpreter.workers, interpreter = interpreter, settings = settings
        let phase = interpreter.phase
        interpreter.pool.run(pieces: workers.count) { piece in
            let worker = workers[piece]
            while !isOver.load(ordering: .relaxed) {
                let step = next.add(1, ordering: .relaxed).oldValue
                guard step < steps.upperBound else { break }
                let start = (step - epochStart) * settings.batchSize, size = min(settings.batchSize, order.count - start)
                let state = StepState(
                    learningRate: settings.learningRate.at(step: step), iteration: step + 1, update: step + 1 - optimizerStart, seed: settings.seed)
                let result = worker.trainStep(
                    phase, source: source, indices: order[start..<start + size], state: state, arena: interpreter.arena, checked: settings.stopsOnNonFinite)
                if case .nonFiniteLoss = result {
                    worker.badStep = step
                    isOver.store(true, ordering: .relaxed)
                    break
                }
                let sum = worker.measure(phase, interpreter.arena, size, classNumbers: settings.truth == .classNumbers)
                if !sum.isFinite { worker.nonFiniteSteps += 1 }
            }
        }
        return workers.compactMap(\.badStep).min()
    }
}

extension Worker {
    /// Adds the measures of the step just done. Returns the sum of its losses.
    fileprivate func measure(_ phase: Int, _ arena: Arena, _ size: Int, classNumbers: Bool) -> Double {
        let program = trains[phase], graph = program.plan.graph
        guard let losses: Floats = program.strip(graph.result("loss"), arena: arena, batch: size) else { return 0 }
        return measured?.add(
            losses: losses, output: program.result("output", arena, size), labels: classNumbers ? program.labels(arena, size) : nil,
            targets: classNumbers ? nil : program.targets(arena, size), batch: size) ?? 0
    }
}
