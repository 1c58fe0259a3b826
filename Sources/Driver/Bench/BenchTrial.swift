import Datasets
import Estimate
import Graph
import Kernels
import Model
import Runtime
import Synchronization

/// A training of which only the work and the time are of interest, cut into slices: one of the networks that a bench trains side by side, or a pilot.
struct BenchTrial: Sendable {
    /// What it came to.
    struct Outcome: Sendable {
        var slices: [Double] = []
        /// For each slice, how often the network had changed.
        var stretches: [Int] = []
        /// For each slice, the mean loss of its steps.
        var losses: [Double] = []
        /// Share of the time in which the training had its processor.
        var presence = 1.0
        var steps = 0
        /// By layer; and the same up to the end of each slice.
        var work: [SlotWork] = []
        var workOfSlices: [(steps: Int, work: [SlotWork])] = []
        var counted: Int { work.reduce(SlotWork(), +).total.allMultiplications }
        var parameters = 0
        var score: Double?
        var course: [BenchRecord.Moment] = []
    }

    let prepared: PreparedModel
    let data: LoadedData
    let steps: Int?
    let epochs: Int?
    /// Steps of a slice.
    let slice: Int

    /// Trains on this thread, whenever it is its turn.
    func run(_ turns: Turns, _ index: Int) throws -> Outcome {
        let model = prepared.model
        var settings = TrainingSettings(model, examples: data.train.count)
        settings.curriculum = try Curriculum(model, data.train)
        settings.maxSteps = steps
        settings.checkpointEvery = nil
        settings.best = nil
        settings.patience = nil
        if let epochs { settings.epochs = epochs }
        let interpreter = try prepared.makeInterpreter(pool: WorkerPool(threads: prepared.threads, deterministic: model.train.deterministic))
        try prepared.initialWeights?.load(into: interpreter)
        let front = try FrontRun(prepared, interpreter, data)
        let course = UnitCourse(model, facts: prepared.description.facts, options: prepared.options, train: front.train)
        let watch = SliceWatch(turns, index, slice: slice, measure: settings.measures.first { $0 != .loss } ?? .loss) { countedWork(interpreter, course) }
        // Of single steps only the time is of interest.
        let trainer: Trainer<FrontExamples<Split>>
        do {
            trainer = try Trainer(
                interpreter: interpreter, settings: settings, train: front.train, validation: epochs == nil ? nil : front.validation, test: epochs == nil ? nil : front.test,
                observers: [watch], reshaping: course, isStopRequested: { Interrupt.isRequested })
        } catch { throw prepared.outOfMemory(bytes: error.bytes) }
        course?.validationAccuracy = { [unowned trainer] in trainer.validationScores()?[.accuracy] }
        let result = try trainer.run()
        // What diverged shows neither how long steps take nor how alike examples choose.
        let problems = result.problems(model)
        guard problems.isEmpty else { throw CommandFailure(problems, code: CommandFailure.workCode) }
        let scores = result.scores.first { $0.split == .test } ?? result.scores.first { $0.split == .validation } ?? result.scores.first
        return Outcome(
            slices: watch.slices, stretches: watch.stretches, losses: watch.losses, presence: watch.presence, steps: result.steps, work: countedWork(interpreter, course), workOfSlices: watch.work, parameters: interpreter.parameterCount, score: epochs == nil ? nil : scores?.scores[watch.measure],
            course: watch.course)
    }
}

/// Times the slices of a training, and hands over after each.
private final class SliceWatch: TrainingObserver {
    let measure: Measure
    private let counted: () -> [SlotWork]
    private(set) var work: [(steps: Int, work: [SlotWork])] = []
    private var allSteps = 0
    private let turns: Turns
    private let index: Int
    private let slice: Int
    private(set) var slices: [Double] = []
    private(set) var stretches: [Int] = []
    private(set) var losses: [Double] = []
    /// Of the epoch so far, up to the slice.
    private var lossBefore = 0.0
    private var changes = 0
    private(set) var course: [BenchRecord.Moment] = []
    private var steps = 0
    private var begin = 0.0
    private var before = 0.0
    /// Of the slices so far: seconds, and those of them in which this thread ran.
    private var elapsed = 0.0
    private var ran = 0.0
    private var clock = threadSeconds()
    var presence: Double { elapsed > 0 ? min(1, ran / elapsed) : 1 }

    init(_ turns: Turns, _ index: Int, slice: Int, measure: Measure, counted: @escaping () -> [SlotWork]) {
        self.turns = turns
        self.index = index
        self.slice = max(slice, 1)
        self.measure = measure
        self.counted = counted
    }

    func started(_ run: RunSize) {}
    func pretrained(_ step: PretrainStepReport) {}
    func finishedPretraining(_ report: PretrainEpochReport) { turns.pass(index) }
    func evaluated(_ report: EvaluationReport) {}
    func reshaped(_ report: ReshapeReport) { changes += 1 }
    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) {}

    func stepped(_ step: StepReport) {
        // The clock of the training starts anew with each epoch.
        if step.stepOfEpoch == 1 { (steps, begin, lossBefore, clock) = (0, 0, 0, threadSeconds()) }
        steps += 1
        allSteps += 1
        guard steps == slice else { return }
        slices.append((step.seconds - begin) / Double(steps))
        stretches.append(changes)
        work.append((allSteps, counted()))
        let loss = step.loss * Double(step.stepOfEpoch)
        losses.append((loss - lossBefore) / Double(steps))
        elapsed += step.seconds - begin
        ran += threadSeconds() - clock
        (steps, begin, lossBefore) = (0, step.seconds, loss)
        turns.pass(index)
        clock = threadSeconds()
    }

    func finishedEpoch(_ report: EpochReport) {
        before += report.seconds
        let scores = report.test ?? report.validation ?? report.train
        guard let score = scores[measure] else { return }
        course.append(BenchRecord.Moment(epoch: report.epoch, seconds: before, multiplications: counted().reduce(SlotWork(), +).total.allMultiplications, score: score))
    }
}
