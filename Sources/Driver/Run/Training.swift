import Datasets
import Diagnostics
import Estimate
import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime

/// What `nnc train` is asked to do.
public struct TrainingOptions: Sendable {
    public var file: String
    public var overrides: [String]
    public var threads: Int?
    /// The run directory to make; nil: a new one below `output.directory`.
    public var output: String?
    /// Train so many steps and write nothing.
    public var dryRunSteps: Int?
    public var progress: ProgressStyle
    /// For the record.
    public var command: [String]
    /// Nil for what the machine says.
    var freeMemory: Int?

    public init(
        file: String, overrides: [String] = [], threads: Int? = nil, output: String? = nil, dryRunSteps: Int? = nil,
        progress: ProgressStyle = .auto, command: [String] = []
    ) {
        self.file = file
        self.overrides = overrides
        self.threads = threads
        self.output = output
        self.dryRunSteps = dryRunSteps
        self.progress = progress
        self.command = command
    }
}

/// Trains, shows the report on standard output, and gives the exit code.
public func runTraining(_ options: TrainingOptions, console: Console = Console()) throws -> Int32 {
    let outcome = try train(options, console: console)
    console.write(outcome.reportText(width: console.width(.results)), to: .results)
    if let directory = outcome.directory { console.write("run directory: \(directory.path)\n", to: .messages) }
    showDiagnostics(outcome.problems, on: console)
    return outcome.exitCode
}

/// What came out of a training.
public struct TrainingOutcome {
    public var result: TrainingResult
    public var record: RunRecord
    /// Nil for a dry run.
    public var directory: RunDirectory?
    public var problems: [Diagnostic]
    /// Its parameters, for whoever wants to look.
    public var interpreter: Interpreter

    public var exitCode: Int32 {
        switch result.ending {
        case .nonFinite: CommandFailure.workCode
        case .interrupted: CommandFailure.interruptedCode
        default: 0
        }
    }

    func reportText(width: Int) -> String {
        guard let work = record.work else { return "" }
        return RunReport(result: result, work: work, pretrain: record.pretrain, weights: record.weights, front: record.front).text(width: width)
    }
}

/// Checks, loads, trains and records. Everything that can be wrong is found before the first step.
public func train(_ options: TrainingOptions, console: Console = Console()) throws -> TrainingOutcome {
    let checked = checkModel(options.file, overrides: options.overrides, threads: options.threads, readsWeights: true, freeMemory: options.freeMemory ?? Machine.freeMemory)
    guard let prepared = checked.prepared else { throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode) }
    showDiagnostics(checked.diagnostics + prepared.advice, on: console)
    let model = prepared.model
    try prepared.refuseIfTooLarge(memory: Machine.memory)

    let data = try loadData(prepared, console: console)
    var settings = TrainingSettings(model, examples: data.train.count, dryRunSteps: options.dryRunSteps)
    settings.curriculum = try Curriculum(model, data.train)

    let directory = try options.dryRunSteps == nil ? makeRunDirectory(options, model) : nil
    let pool = WorkerPool(threads: prepared.threads, deterministic: model.train.deterministic)
    let interpreter = try prepared.makeInterpreter(pool: pool)
    try prepared.initialWeights?.load(into: interpreter)
    let began = try prepared.initialWeights?.record()
    var record = RunRecord(prepared, interpreter: interpreter, data: data, options: options)
    record.weights = began
    if let directory {
        try directory.write(String(decoding: checked.source?.bytes ?? [], as: UTF8.self), to: directory.modelPath)
        try directory.write(checked.resolved(origins: false) ?? "", to: directory.resolvedPath)
        try directory.write(record)
    }

    if prepared.schedule.front != nil, options.progress != .none {
        console.write("running the layers that training does not change, once for each example\n", to: .messages)
    }
    let front = try FrontRun(prepared, interpreter, data)
    record.front = front.record
    let course = UnitCourse(model, facts: prepared.description.facts, options: prepared.options, train: front.train)
    Interrupt.listen()
    let activity = ActivityLog(interpreter)
    let progress = Progress(options.progress, console: console, activity: activity)
    var observers: [any TrainingObserver] = [activity, progress]
    if let directory {
        observers.append(RunRecorder(directory, interpreter: interpreter, activity: activity, keep: model.train.checkpoint?.keep ?? 1))
    }
    let trainer: Trainer<FrontExamples<Split>>
    do {
        trainer = try Trainer(
            interpreter: interpreter, settings: settings, train: front.train, validation: front.validation, test: front.test,
            observers: observers, reshaping: course, isStopRequested: { Interrupt.isRequested })
    } catch { throw prepared.outOfMemory(bytes: error.bytes) }

    course?.validationAccuracy = { [unowned trainer] in trainer.validationScores()?[.accuracy] }
    let result: TrainingResult
    do { result = try trainer.run() } catch {
        // The disk is full or gone, or memory is out: what can still be told, is.
        let diagnostics = (error as? OutOfMemory).map { prepared.outOfMemory(bytes: $0.bytes).diagnostics } ?? error.diagnosticsOrInternal
        progress.clear()
        record.status = .failed
        record.error = diagnostics.first?.message
        record.noteNetwork(interpreter)
        if let directory { try? directory.write(record) }
        throw CommandFailure(diagnostics, code: CommandFailure.workCode)
    }
    progress.clear()

    let problems = result.problems(model)
    record.noteNetwork(interpreter)
    let work = prepared.workRecord(steps: result.steps, examples: data.train.count, counted: sum(interpreter.countedTraining, course?.overhead))
    let predicted = prepared.pretrainingEstimates(steps: result.pretraining.map(\.steps), examples: data.train.count)
    let pretrain = PretrainRecord(
        result.pretraining, predicted: predicted.own, dense: predicted.dense,
        counted: course.map { zip(interpreter.countedPretraining, $0.pretrainingOverhead).map(+) } ?? interpreter.countedPretraining)
    record.finish(result, work: work, pretrain: pretrain, problems)
    record.activity = activity.byLayer
    do { try directory?.write(record) } catch { throw CommandFailure(error.diagnosticsOrInternal, code: CommandFailure.workCode) }
    return TrainingOutcome(result: result, record: record, directory: directory, problems: problems, interpreter: interpreter)
}

private func sum(_ training: [SlotWork], _ overhead: [SlotWork]?) -> [SlotWork] { overhead.map { zip(training, $0).map(+) } ?? training }

private func makeRunDirectory(_ options: TrainingOptions, _ model: ModelFile) throws(DiagnosticError) -> RunDirectory {
    if let output = options.output { return try RunDirectory.create(at: output) }
    return try RunDirectory.create(below: model.output.directory.value, name: directoryName(model.name))
}

/// A name for a directory: nothing that leads out of its parent or that a shell reads otherwise.
func directoryName(_ name: String) -> String {
    let kept = name.unicodeScalars.prefix(100).map { scalar -> Character in
        let isPlain = scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-+".unicodeScalars.contains(scalar)
        return isPlain ? Character(scalar) : "-"
    }
    let text = String(kept)
    return text.isEmpty || text.hasPrefix(".") || text.hasPrefix("-") ? "run" + text.replacing(".", with: "-") : text
}

extension Error {
    var diagnosticsOrInternal: [Diagnostic] { CommandFailure(self).diagnostics }
}

extension TrainingSettings {
    init(_ model: ModelFile, examples: Int, dryRunSteps: Int?) {
        self.init(model, examples: examples)
        guard let dryRunSteps else { return }
        maxSteps = dryRunSteps
        checkpointEvery = nil
        best = nil
    }
}

extension TrainingResult {
    /// What the user must be told of the way it ended.
    func problems(_ model: ModelFile) -> [Diagnostic] {
        guard case .nonFinite(let report) = ending else { return [] }
        var message = "the loss is not a number in step \(report.step) (epoch \(report.epoch))"
        if let split = report.split { message = "the loss on the \(split.rawValue) split is not a number after step \(report.step)" }
        var location = model.data?.location ?? Location.nowhere
        if report.isPretraining, let layer = report.layer {
            let settings = model.train.pretrain?.location ?? location
            return [Diagnostic(
                .lossNotFinite, "the reconstruction error of `\(layer.name)` is not a number in step \(report.step) of its pre-training (epoch \(report.epoch))",
                at: settings, help: ["a smaller `train.pretrain.learning_rate` is the usual remedy"])]
        }
        if let layer = report.layer {
            message += "; the first value that is not finite is `\(report.value)` of layer `\(layer.name)` (\(layer.place))"
            location = model.layers.first { $0.name.value == layer.name }?.location ?? location
        } else if report.value != "loss" {
            message += "; the first value that is not finite is `\(report.value)`"
        }
        var help = ["a smaller `train.optimizer.learning_rate` is the usual remedy"]
        if let example = report.example { help.insert("the first bad example is number \(example) of the training split", at: 0) }
        if epochs.isEmpty { help.append("no epoch was finished; the saved weights are those before this step") }
        return [Diagnostic(.lossNotFinite, message, at: location, help: help)]
    }
}
