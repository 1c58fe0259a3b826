import Datasets
import Diagnostics
import Estimate
import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime

/// Trains, shows the report on standard output, and gives the exit code.
public func runTraining(_ options: TrainingOptions, console: Console = Console()) throws -> Int32 {
    if let run = options.resume, let text = try endedRun(run, force: options.force) {
        console.write(text, to: .messages)
        return 0
    }
    let outcome = try train(options, console: console)
    console.write(outcome.reportText(width: console.width(.results)), to: .results)
    if let directory = outcome.directory { console.write("run directory: \(directory.path)\n", to: .messages) }
    if case .interrupted = outcome.result.ending, let directory = outcome.directory {
        console.write("stopped by a signal, after step \(Readable.grouped(outcome.result.steps)); `nnc train --resume \(directory.path)` goes on from there\n", to: .messages)
    }
    showDiagnostics(outcome.problems, on: console)
    if let directory = outcome.directory, outcome.exitCode == 0 { try exportAsAsked(directory, console: console) }
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
        return RunReport(result: result, work: work, pretrain: record.pretrain, weights: record.weights, front: record.front, predicted: record.seconds).text(width: width)
    }
}

/// Checks, loads, trains and records. Everything that can be wrong is found before the first step.
public func train(_ options: TrainingOptions, console: Console = Console()) throws -> TrainingOutcome {
    let resumption = try options.resume.map { try Resumption($0) }
    let checked = resumption?.check(options)
        ?? checkModel(options.file, overrides: options.overrides, threads: options.threads, readsWeights: true, freeMemory: options.freeMemory ?? Machine.freeMemory)
    guard var prepared = checked.prepared else { throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode) }
    let model = prepared.model
    // A run that goes on does its work as it began.
    let isOpen = resumption == nil && StrategyChooser.isOpen(prepared.options.policies), free = options.availableMemory ?? Machine.freeMemory
    if !options.allowSwap, !isOpen { try prepared.refuseIfTooLarge(free: free) }
    let pace = try options.profile.load(on: console).map { [threads = prepared.threads] in Pace($0, threads: threads) }
    if isOpen { prepared = try prepared.on(pace) } else { prepared.pace = pace }
    if !options.allowSwap, isOpen { try prepared.refuseIfTooLarge(free: free) }
    showDiagnostics(checked.diagnostics + prepared.warnings + (resumption?.diagnostics ?? []), on: console)

    let data = try loadData(prepared, console: console)
    let differences = try resumption?.compare(checked, data, force: options.force) ?? []
    var settings = TrainingSettings(model, examples: data.train.count, dryRunSteps: options.dryRunSteps)
    settings.curriculum = try Curriculum(model, data.train)

    let directory = try resumption?.directory ?? (options.dryRunSteps == nil ? makeRunDirectory(options, model) : nil)
    let lock = try resumption?.lock ?? directory.map { try RunLock($0) }
    defer { withExtendedLifetime(lock) {} }
    let pool = WorkerPool(threads: prepared.threads, deterministic: model.train.deterministic)
    let interpreter = try prepared.makeInterpreter(pool: pool)
    let checkpoint = resumption?.checkpoint
    var record: RunRecord
    if let resumption, let checkpoint {
        record = resumption.record
        try checkpoint.loadFront(interpreter)
    } else {
        try prepared.initialWeights?.load(into: interpreter)
        record = RunRecord(prepared, interpreter: interpreter, data: data, options: options)
        record.weights = try prepared.initialWeights?.record()
        if let resumption { record.keepOrigin(of: resumption.record) }
    }
    let written = String(decoding: checked.source?.bytes ?? [], as: UTF8.self), resolved = resumption == nil ? checked.resolved(origins: false, strategies: prepared.takenStrategies) ?? "" : written
    if let directory, resumption == nil {
        try directory.write(written, to: directory.modelPath)
        try directory.write(resolved, to: directory.resolvedPath)
        try directory.write(record)
    }

    if prepared.schedule.front != nil, options.progress != .none {
        console.write("running the layers that training does not change, once for each example\n", to: .messages)
    }
    let front = try FrontRun(prepared, interpreter, data)
    let course = UnitCourse(model, facts: prepared.description.facts, options: prepared.options, train: front.train)
    try checkpoint?.restore(interpreter, course)
    Interrupt.listen()
    let activity = ActivityLog(interpreter)
    let progress = Progress(options.progress, console: console, activity: activity)
    var observers: [any TrainingObserver] = [activity, progress]
    let recorder = directory.map {
        RunRecorder($0, interpreter: interpreter, activity: activity, units: course, model: resolved, keep: model.train.checkpoint?.keep ?? 1)
    }
    if let recorder { observers.append(recorder) }
    if let directory, let log = MetricsLog(model, directory, interpreter, activity, resumed: checkpoint?.content) { observers.append(log) }
    let trainer: Trainer<FrontExamples<Split>>
    do {
        trainer = try Trainer(
            interpreter: interpreter, settings: settings, train: front.train, validation: front.validation, test: front.test,
            observers: observers, reshaping: course, isStopRequested: options.isStopRequested)
    } catch { throw prepared.outOfMemory(bytes: error.bytes) }

    try checkpoint?.restore(trainer)
    if let resumption {
        do { try resumption.begin(&record, options, threads: prepared.threads, differences: differences) } catch {
            throw CommandFailure(error.diagnosticsOrInternal, code: CommandFailure.workCode)
        }
        if options.progress != .none { console.write(resumption.text(threads: prepared.threads), to: .messages) }
        if let checkpoint { recorder?.goOn(from: checkpoint) }
    }
    record.front = front.record
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
    let estimates = prepared.estimates(steps: result.steps, examples: data.train.count)
    let work = WorkRecord(estimates.own, dense: estimates.dense, counted: countedWork(interpreter, course))
    let predicted = prepared.pretrainingEstimates(steps: result.pretraining.map(\.steps), examples: data.train.count)
    let pretrain = PretrainRecord(
        result.pretraining, predicted: predicted.own, dense: predicted.dense,
        counted: course.map { zip(interpreter.countedPretraining, $0.pretrainingOverhead).map(+) } ?? interpreter.countedPretraining)
    record.finish(result, work: work, pretrain: pretrain, problems)
    record.activity = activity.byLayer
    record.seconds = RunRecord.Seconds(result, predicted: SecondsRecord(estimates.own, dense: prepared.hasPolicies ? estimates.dense : nil))
    do { try directory?.write(record) } catch { throw CommandFailure(error.diagnosticsOrInternal, code: CommandFailure.workCode) }
    if record.status.isFinal { recorder?.finish() }
    return TrainingOutcome(result: result, record: record, directory: directory, problems: problems, interpreter: interpreter)
}

/// Of the training so far, by layer, with what it took to change the network.
func countedWork<Examples>(_ interpreter: Interpreter, _ course: UnitCourse<Examples>?) -> [SlotWork] {
    course.map { zip(interpreter.countedTraining, $0.overhead).map(+) } ?? interpreter.countedTraining
}

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
