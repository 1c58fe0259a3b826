import Graph
import Kernels

/// What pre-training needs to know beside the schedule.
public struct PretrainSettings: Sendable, Hashable {
    public var batchSize: Int
    public var learningRate: Double

    public init(batchSize: Int, learningRate: Double) {
        self.batchSize = batchSize
        self.learningRate = learningRate
    }
}

/// What came out of the pre-training of one layer.
public struct PretrainResult: Codable, Sendable {
    public var layer: String
    public var epochs: Int
    public var steps: Int
    public var seconds: Double
    /// Mean over the last epoch, as the weights changed: of the squared differences between what the visible units were and what the
    /// chain has made of them.
    public var reconstructionError: Double
}

/// The pre-training of the layers of a schedule, from below, each for all of its epochs.
struct Pretrainer<Source: ExampleSource> {
    let interpreter: Interpreter
    let settings: TrainingSettings
    let train: Source
    /// As long as the split; overwritten.
    let order: Ints
    let observers: [any TrainingObserver]
    let reshaping: (any Reshaping)?
    let isStopRequested: @Sendable () -> Bool
    /// Whether an epoch's end is one to be kept.
    let isDue: () -> Bool
    private(set) var results: [PretrainResult] = []
    private var watch = Stopwatch()

    init(
        interpreter: Interpreter, settings: TrainingSettings, train: Source, order: Ints, observers: [any TrainingObserver],
        reshaping: (any Reshaping)?, isStopRequested: @escaping @Sendable () -> Bool, isDue: @escaping () -> Bool, results: [PretrainResult] = []
    ) {
        self.interpreter = interpreter
        self.settings = settings
        self.train = train
        self.order = order
        self.observers = observers
        self.reshaping = reshaping
        self.isStopRequested = isStopRequested
        self.isDue = isDue
        self.results = results
    }

    /// Takes what the run would need to go on from here.
    typealias Keep = (_ state: TrainingState.Pretraining, _ results: [PretrainResult], _ isRegular: Bool) throws -> Void

    /// Returns why the run ends here, or nil.
    ///
    /// - Parameter state: where another process has left off; the results are then those of that moment.
    mutating func run(from state: TrainingState.Pretraining? = nil, elapsed: () -> Duration, keep: Keep) throws -> TrainingResult.Ending? {
        guard let pretrain = settings.pretrain else { return nil }
        for index in interpreter.schedule.pretraining.indices.dropFirst(state?.layer ?? 0) {
            let ending = try runLayer(index, pretrain, from: state?.layer == index ? state : nil, elapsed, keep)
            // The next layer learns from all that this one has.
            if let change = try reshaping?.finish(interpreter, pretraining: index) { try announce(change, index) }
            if let ending { return ending }
        }
        interpreter.endPretraining()
        reshaping?.endPretraining()
        return nil
    }

    private mutating func runLayer(
        _ index: Int, _ pretrain: PretrainSettings, from state: TrainingState.Pretraining?, _ elapsed: () -> Duration, _ keep: Keep
    ) throws -> TrainingResult.Ending? {
        let phase = interpreter.schedule.pretraining[index], count = train.count
        let stepsPerEpoch = (count + pretrain.batchSize - 1) / pretrain.batchSize
        if state == nil { results.append(PretrainResult(layer: phase.name, epochs: 0, steps: 0, seconds: 0, reconstructionError: .nan)) }
        var step = state?.step ?? 0
        for epoch in (state?.epoch ?? 1)...max(phase.epochs, 1) {
            for position in 0..<count { order[position] = Int32(truncatingIfNeeded: position) }
            // Apart from the streams that order the examples of the training itself.
            shuffle(order, stream: RandomStream(seed: settings.seed, purpose: .shuffle, index: UInt64(1 << 31 | index), iteration: UInt64(epoch)))
            let begun = state?.epoch == epoch ? state : nil
            watch.reset(to: begun?.seconds ?? 0)
            if step == 0 {
                // Some units may be left out from the start.
                watch.start()
                try reshape(index, epoch: epoch, step: step)
                watch.stop()
            }
            var start = begun?.examples ?? 0, sum = begun?.errorSum ?? 0
            var ending: TrainingResult.Ending?, isInterrupted = false
            while start < count, ending == nil {
                let size = min(pretrain.batchSize, count - start)
                watch.start()
                step += 1
                let state = StepState(learningRate: Float(pretrain.learningRate), iteration: step, seed: settings.seed)
                let indices = order[start..<start + size]
                let result = interpreter.pretrainStep(index, source: train, indices: indices, state: state, checked: settings.stopsOnNonFinite)
                if case .nonFiniteLoss = result { return .nonFinite(nonFinite(phase, epoch: epoch, step: step)) }
                let errors = interpreter.reconstructionErrors(index, size)
                for example in 0..<size { sum += Double(errors[example]) }
                start += size
                try reshape(index, epoch: epoch, step: step)
                watch.stop()
                let report = PretrainStepReport(
                    layer: phase.name, epoch: epoch, epochs: phase.epochs, stepOfEpoch: (start + pretrain.batchSize - 1) / pretrain.batchSize,
                    stepsPerEpoch: stepsPerEpoch, examples: start, seconds: watch.seconds, reconstructionError: sum / Double(start))
                for observer in observers { observer.pretrained(report) }
                ending = reasonToStop(step, elapsed)
                if case .interrupted? = ending { isInterrupted = true }
                let isRegular = start == count && settings.checkpointEvery != nil && isDue()
                if isRegular || isInterrupted {
                    try keep(TrainingState.Pretraining(layer: index, epoch: epoch, step: step, examples: start, seconds: watch.seconds, errorSum: sum), results, isRegular)
                }
            }
            let last = results.count - 1
            results[last].epochs = epoch
            results[last].steps = step
            results[last].seconds += watch.seconds
            results[last].reconstructionError = sum / Double(max(start, 1))
            // The epoch will be over when the run has gone on.
            if isInterrupted { return ending }
            let report = PretrainEpochReport(
                layer: phase.name, epoch: epoch, epochs: phase.epochs, step: step, examples: start, seconds: watch.seconds,
                reconstructionError: results[last].reconstructionError)
            for observer in observers { try observer.finishedPretraining(report) }
            // A dry run goes on with the next layer.
            if case .maxSteps? = ending { return nil }
            if let ending { return ending }
        }
        return nil
    }

    private func reshape(_ index: Int, epoch: Int, step: Int) throws {
        guard let reshaping, let next = reshaping.nextStep(pretraining: index), next <= step else { return }
        let change = try reshaping.reshape(interpreter, pretraining: index, step: step)
        if change.resetsOptimizer { interpreter.resetOptimizer() }
        try announce(change, index, epoch: epoch, step: step)
    }

    /// - Parameters:
    ///   - epoch: nil for the last that was done.
    private func announce(_ change: Reshape, _ index: Int, epoch: Int? = nil, step: Int? = nil) throws {
        guard !change.widths.isEmpty || !change.notes.isEmpty else { return }
        let report = ReshapeReport(
            pretraining: interpreter.schedule.pretraining[index].name, epoch: epoch ?? max(results[index].epochs, 1), step: step ?? results[index].steps,
            widths: change.widths, notes: change.notes)
        for observer in observers { try observer.reshaped(report) }
    }

    private func reasonToStop(_ step: Int, _ elapsed: () -> Duration) -> TrainingResult.Ending? {
        if isStopRequested() { return .interrupted }
        if let limit = settings.maxSteps, step >= limit { return .maxSteps }
        if let limit = settings.maxSeconds, elapsed() >= .seconds(limit) { return .maxTime }
        return nil
    }

    private func nonFinite(_ phase: PretrainPhase, epoch: Int, step: Int) -> NonFiniteReport {
        NonFiniteReport(
            epoch: epoch, step: step, layer: phase.plan.graph.layers[phase.layer], value: "\(phase.name).reconstruction_error", example: nil, split: nil,
            isPretraining: true)
    }
}
