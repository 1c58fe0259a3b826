import Graph
import Kernels

/// The training loop: epochs over a shuffled training split, evaluation in between, and every way to end.
///
/// Everything is allocated before the first step.
public final class Trainer<Source: ExampleSource> {
    let interpreter: Interpreter
    let settings: TrainingSettings
    let train: Source
    private let validation: Source?
    private let test: Source?
    let observers: [any TrainingObserver]
    private let reshaping: (any Reshaping)?
    private let isStopRequested: @Sendable () -> Bool
    private let examples: EpochOrder
    private var order: Ints { examples.order }
    var running: MetricAccumulator
    private var evaluator: Evaluator
    var watch = Stopwatch()
    /// Since the run began, in all of its processes.
    var life = RunTime()

    var step = 0
    /// The step at which the optimizer began, or began anew.
    var optimizerStart = 0
    /// The steps at which the schedule's phases begin.
    private let phaseStarts: [Int]
    var lastValidation: (step: Int, scores: Scores)?
    var best: Improvement?
    var patience: Improvement?
    var reports: [EpochReport] = []
    var pretrained: [PretrainResult] = []
    /// Between two checkpoints.
    var pause: Pause
    /// Where another process has left off.
    var resumed: TrainingState?

    /// - Parameters:
    ///   - reshaping: what changes the network as it trains.
    ///   - isStopRequested: asked after every step; true ends the run with what it has.
    public init(
        interpreter: Interpreter, settings: TrainingSettings, train: Source, validation: Source?, test: Source?,
        observers: [any TrainingObserver], reshaping: (any Reshaping)? = nil, isStopRequested: @escaping @Sendable () -> Bool = { false }
    ) throws(OutOfMemory) {
        self.interpreter = interpreter
        self.settings = settings
        self.train = train
        self.validation = validation
        self.test = test
        self.observers = observers
        self.reshaping = reshaping
        phaseStarts = interpreter.schedule.starts(stepsPerEpoch: max(1, (train.count + settings.batchSize - 1) / settings.batchSize))
        self.isStopRequested = isStopRequested
        examples = try EpochOrder(count: train.count, settings)
        running = MetricAccumulator(interpreter.ranksOutputs ? [.loss] : settings.measures, truth: settings.truth, width: interpreter.outputCount, examples: train.count)
        evaluator = try Evaluator(
            interpreter: interpreter, measures: settings.measures, truth: settings.truth,
            examples: max(validation?.count ?? 0, test?.count ?? 0))
        pause = Pause(least: settings.checkpointPause)
        best = settings.best.map { Improvement($0.measure) }
        patience = settings.patience.map { Improvement($0.monitor.measure, minimumDelta: $0.minimumDelta) }
        reports.reserveCapacity(settings.epochs)
    }

    public func run() throws -> TrainingResult {
        let size = RunSize(
            epochs: settings.epochs, stepsPerEpoch: stepsPerEpoch, examples: train.count, doneSeconds: reports.reduce(0) { $0 + $1.seconds },
            doneExamples: reports.reduce(0) { $0 + $1.examples })
        for observer in observers { try observer.started(size) }
        life.begin()
        var ending = TrainingResult.Ending.finished
        if let stopped = try pretrain() { return try finish(stopped) }
        epochs: for epoch in (resumed?.epoch ?? 1)...max(settings.epochs, 1) {
            let stopped = try runEpoch(epoch)
            if let stopped { ending = stopped }
            if case .nonFinite = ending { break }
            if case .interrupted = ending {
                // Who goes on later has this epoch still before him; nobody waits for an evaluation now.
                reports.append(report(epoch, validation: nil, test: nil))
                break
            }
            let report = try finishEpoch(epoch)
            if stopped != nil { break }
            if let rule = settings.patience, let value = value(of: rule.monitor, report) {
                _ = patience?.take(value)
                if let tracker = patience, tracker.looksSince >= rule.epochs {
                    ending = .earlyStopping(best: tracker.best ?? value)
                    break epochs
                }
            }
        }
        return try finish(ending)
    }

    var stepsPerEpoch: Int { (train.count + settings.batchSize - 1) / settings.batchSize }

    /// Before the first step of the run. Returns why it ends here, or nil.
    private func pretrain() throws -> TrainingResult.Ending? {
        guard resumed == nil || resumed?.pretraining != nil else { return nil }
        var pretrainer = Pretrainer(
            interpreter: interpreter, settings: settings, train: train, order: order, observers: observers, reshaping: reshaping,
            isStopRequested: isStopRequested, isDue: { [self] in pause.isOver(life.elapsed) }, results: pretrained)
        let stopped = try pretrainer.run(from: resumed?.pretraining, elapsed: { life.elapsed }) { pretraining, results, isRegular in
            pretrained = results
            try checkpoint(epoch: 1, examples: 0, isRegular: isRegular, pretraining: pretraining)
        }
        pretrained = pretrainer.results
        resumed = nil
        // Some units may be left out from the start.
        if stopped == nil { try reshape(epoch: 1) }
        return stopped
    }

    // MARK: an epoch

    /// Returns why the run ends here, or nil.
    private func runEpoch(_ epoch: Int) throws -> TrainingResult.Ending? {
        let count = train.count
        examples.prepare(epoch: epoch, step: (epoch - 1) * stepsPerEpoch)
        var start = 0
        if let resumed {
            // The measures and times so far are there already.
            start = resumed.examples
            self.resumed = nil
        } else {
            running.reset()
            watch.reset()
            halves = (interpreter.forwardTime, interpreter.backwardTime)
            nonFiniteSteps = 0
        }
        if !interpreter.workers.isEmpty { return try runAsynchronousEpoch(epoch) }
        while start < count {
            let size = min(settings.batchSize, count - start)
            let indices = order[start..<start + size]
            watch.start()
            enterPhase()
            let state = StepState(
                learningRate: settings.learningRate.at(step: step), iteration: step + 1, update: step + 1 - optimizerStart, seed: settings.seed)
            let result = interpreter.trainStep(source: train, indices: indices, state: state, checked: settings.stopsOnNonFinite)
            if case .nonFiniteLoss = result { return .nonFinite(locate(epoch: epoch, indices: indices)) }
            let labels = interpreter.trainLabels(size), targets = interpreter.trainTargets(size)
            let sum = running.add(
                losses: interpreter.trainLosses(size), output: interpreter.trainOutput(size),
                labels: settings.truth == .classNumbers ? labels : nil, targets: settings.truth == .classNumbers ? nil : targets, batch: size)
            if !sum.isFinite { nonFiniteSteps += 1 }
            start += size
            step += 1
            try reshape(epoch: epoch)
            watch.stop()
            announce(epoch: epoch, examples: start)
            if let ending = try betweenSteps(epoch: epoch, examples: start) { return ending }
        }
        return nil
    }

    private func endingNow() -> TrainingResult.Ending? {
        if isStopRequested() { return .interrupted }
        if let limit = settings.maxSteps, step >= limit { return .maxSteps }
        if let limit = settings.maxSeconds, life.elapsed >= .seconds(limit) { return .maxTime }
        return nil
    }

    /// The same with workers that do not wait for each other, between the steps at which something else is due.
    private func runAsynchronousEpoch(_ epoch: Int) throws -> TrainingResult.Ending? {
        let epochStart = (epoch - 1) * stepsPerEpoch, end = epoch * stepsPerEpoch
        let workers = AsynchronousSteps(interpreter: interpreter, settings: settings)
        for worker in interpreter.workers where worker.measured == nil {
            worker.measured = MetricAccumulator(running.measures, truth: settings.truth, width: interpreter.outputCount, examples: train.count)
        }
        while step < end {
            watch.start()
            enterPhase()
            let steps = step..<min(end, nextBarrier())
            let clock = ContinuousClock(), begun = clock.now
            let bad = workers.run(steps, epochStart: epochStart, order: order, source: train, optimizerStart: optimizerStart)
            for worker in interpreter.workers {
                worker.measured?.give(to: &running)
                nonFiniteSteps += worker.nonFiniteSteps
                worker.nonFiniteSteps = 0
            }
            interpreter.collectTimes()
            if let bad { return .nonFinite(lost(epoch, step: bad + 1)) }
            step = steps.upperBound
            let seconds = (clock.now - begun) / .seconds(1)
            if seconds < stretchSeconds / 2, stretch < mostStretch { stretch *= 2 }
            if seconds > 2 * stretchSeconds, stretch > 1 { stretch /= 2 }
            try reshape(epoch: epoch)
            watch.stop()
            announce(epoch: epoch, examples: running.examples)
            if let ending = try betweenSteps(epoch: epoch, examples: running.examples) { return ending }
        }
        return nil
    }

    /// Steps that each worker does before it waits for the others: as many as take some tenths of a second, so that the run still answers, and
    /// not so many that a step whose thread was interrupted comes long after its time.
    private var stretch = 8
    private let mostStretch = 128, stretchSeconds = 0.2

    /// Steps that are done when something is due that no worker may run beside.
    private func nextBarrier() -> Int {
        func multiple(of every: Int) -> Int { (step / every + 1) * every }
        var barrier = min(step + stretch * interpreter.workers.count, multiple(of: settings.evaluateEvery))
        if let every = settings.checkpointEvery { barrier = min(barrier, multiple(of: every)) }
        if let next = reshaping?.nextStep { barrier = min(barrier, max(next, step + 1)) }
        if let limit = settings.maxSteps { barrier = min(barrier, max(limit, step + 1)) }
        for start in phaseStarts where start > step { barrier = min(barrier, start) }
        return barrier
    }

    var nonFiniteSteps = 0
    /// The interpreter's times when the epoch began.
    var halves = (forward: Duration.zero, backward: Duration.zero)

    /// The last phase that has begun.
    private func enterPhase() {
        var phase = interpreter.phase
        while phase + 1 < phaseStarts.count, phaseStarts[phase + 1] <= step { phase += 1 }
        interpreter.enter(phase: phase, updates: step - optimizerStart)
    }

    private func reshape(epoch: Int) throws {
        guard let reshaping, let next = reshaping.nextStep, next <= step else { return }
        let change = try reshaping.reshape(interpreter, step: step)
        if change.resetsOptimizer {
            interpreter.resetOptimizer()
            optimizerStart = step
        }
        guard !change.widths.isEmpty || !change.notes.isEmpty else { return }
        let report = ReshapeReport(pretraining: nil, epoch: epoch, step: step, widths: change.widths, notes: change.notes)
        for observer in observers { try observer.reshaped(report) }
    }

    private func announce(epoch: Int, examples: Int) {
        guard !observers.isEmpty else { return }
        var metric: (measure: Measure, value: Double)?
        for measure in settings.measures where measure != .loss && metric == nil {
            metric = running.runningMean(measure).map { (measure, $0) }
        }
        let report = StepReport(
            epoch: epoch, stepOfEpoch: (examples + settings.batchSize - 1) / settings.batchSize, examples: examples,
            seconds: watch.seconds, loss: running.runningMean(.loss) ?? .nan, metric: metric)
        for observer in observers { observer.stepped(report) }
    }

    /// Evaluation and saving that fall due inside an epoch; those at its end belong to its report. Returns why the run ends here, or nil.
    private func betweenSteps(epoch: Int, examples: Int) throws -> TrainingResult.Ending? {
        if examples < train.count, step % settings.evaluateEvery == 0, let scores = evaluateValidation() {
            for observer in observers {
                try observer.evaluated(EvaluationReport(epoch: epoch, step: step, split: .validation, scores: scores))
            }
            if settings.stopsOnNonFinite, scores[.loss]?.isFinite == false { return .nonFinite(lost(epoch, .validation)) }
            try saveIfBest(.validation, scores, epoch: epoch)
        }
        let isDue = settings.checkpointEvery.map { step % $0 == 0 && pause.isOver(life.elapsed) } ?? false, ending = endingNow()
        var isInterrupted = false
        if case .interrupted = ending { isInterrupted = true }
        if isDue || isInterrupted { try checkpoint(epoch: epoch, examples: examples, isRegular: isDue) }
        return ending
    }

    private func report(_ epoch: Int, validation: Scores?, test: Scores?) -> EpochReport {
        EpochReport(
            epoch: epoch, step: step, examples: running.examples, seconds: watch.seconds,
            forwardSeconds: (interpreter.forwardTime - halves.forward) / .seconds(1),
            backwardSeconds: (interpreter.backwardTime - halves.backward) / .seconds(1),
            learningRate: Double(settings.learningRate.at(step: max(step - 1, 0))), train: running.scores(), validation: validation,
            test: test, nonFiniteSteps: nonFiniteSteps)
    }

    private func finishEpoch(_ epoch: Int) throws -> EpochReport {
        let due = step / settings.evaluateEvery > (lastValidation?.step ?? 0) / settings.evaluateEvery
        let validation = due ? evaluateValidation() : nil
        let report = report(epoch, validation: validation, test: settings.watchesTest ? test.map { evaluator.scores($0) } : nil)
        reports.append(report)
        for observer in observers { try observer.finishedEpoch(report) }
        try saveIfBest(.train, report.train, epoch: epoch)
        if let validation { try saveIfBest(.validation, validation, epoch: epoch) }
        if let test = report.test { try saveIfBest(.test, test, epoch: epoch) }
        return report
    }

    // MARK: the end

    private func finish(_ ending: TrainingResult.Ending) throws -> TrainingResult {
        var ending = ending
        var scores: [(split: SplitName, scores: Scores)] = []
        switch ending {
        case .nonFinite: break
        case .interrupted: if let train = reports.last?.train { scores.append((.train, train)) }
        default:
            if let train = reports.last?.train { scores.append((.train, train)) }
            let atEnd = lastValidation.flatMap { $0.step == step ? $0.scores : nil }
            if let validation = atEnd ?? evaluateValidation() { scores.append((.validation, validation)) }
            if let test { scores.append((.test, evaluator.scores(test))) }
            if settings.stopsOnNonFinite, let bad = scores.first(where: { $0.scores[.loss]?.isFinite == false }) {
                ending = .nonFinite(lost(reports.last?.epoch ?? 1, bad.split))
            }
        }
        // A step whose loss was not finite has touched no weight, so these are the last good ones.
        for observer in observers { try observer.save(.final, epoch: reports.last?.epoch ?? 0, step: step) }
        return TrainingResult(ending: ending, pretraining: pretrained, epochs: reports, steps: step, scores: scores)
    }

    /// Of the weights as they are, now.
    public func validationScores() -> Scores? { validation.map { evaluator.scores($0) } }

    private func evaluateValidation() -> Scores? {
        guard let validation else { return nil }
        let scores = evaluator.scores(validation)
        lastValidation = (step, scores)
        return scores
    }

    private func saveIfBest(_ split: SplitName, _ scores: Scores, epoch: Int) throws {
        guard let rule = settings.best, rule.split == split, let value = scores[rule.measure], best?.take(value) == true else { return }
        for observer in observers { try observer.save(.best, epoch: epoch, step: step) }
    }

    private func value(of monitor: Monitor, _ report: EpochReport) -> Double? {
        let scores =
            switch monitor.split {
            case .train: Optional(report.train)
            case .validation: report.validation
            case .test: report.test
            }
        return scores?[monitor.measure]
    }
}
