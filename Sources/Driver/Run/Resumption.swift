import Datasets
import Diagnostics
import Estimate
import Foundation
import Kernels
import Model
import Runtime
import Syntax

/// A run that another process has begun, as it is found.
struct Resumption {
    let directory: RunDirectory
    /// What it said of itself when it began.
    let record: RunRecord
    /// Nil where it had not come so far: it begins anew.
    let checkpoint: OpenedCheckpoint?
    let lock: RunLock
    var diagnostics: [Diagnostic] = []

    init(_ path: String) throws {
        directory = RunDirectory(path: path)
        record = try directory.readRecord()
        lock = try RunLock(directory)
        checkpoint = try OpenedCheckpoint.newest(in: directory, diagnostics: &diagnostics)
    }

    /// The model file that the run goes by, whatever became of the one that it began with.
    func check(_ options: TrainingOptions) -> CheckedModel {
        // Whether layers that never change run once is settled: with another answer the counts would not be those of one run.
        let free = checkpoint.map { $0.content.hasFront ? Int.max : 0 } ?? options.freeMemory ?? Machine.freeMemory
        var checked = checkModel(directory.resolvedPath, threads: options.threads ?? record.threads, readsWeights: checkpoint == nil, freeMemory: free)
        // That was said when the run began.
        if checkpoint != nil { checked.diagnostics.removeAll { $0.kind == .frontNotKept } }
        return checked
    }

    /// Names what is not as it was, unless it was asked to go on in any case.
    func compare(_ checked: CheckedModel, _ data: LoadedData, force: Bool) throws(DiagnosticError) -> [String] {
        var found = changesOfModel(checked) + changesOfData(data.record)
        let machine = [("nnc", record.versions.nnc, nncVersion), ("the processor", record.cpu, Machine.processor), ("OpenBLAS", "\(record.blas.version) \(record.blas.core)", "\(blasVersion) \(blasCore)")]
        for (name, before, now) in machine where before != now { found.append("\(name) was \(before), and is \(now): the last bits of the numbers may differ") }
        if let checkpoint, (try? directory.metricsBytes()) ?? 0 < checkpoint.content.metricsBytes { found.append("`metrics.jsonl` is shorter than it was at the checkpoint") }
        guard !found.isEmpty, !force else { return found }
        throw DiagnosticError(Diagnostic(
            .resumedRunDiffers, "`\(directory.path)` would not go on as it began", at: .file(path: directory.recordPath),
            help: found + ["`--force` goes on nevertheless, by `\(directory.resolvedPath)` and with what is there now"]))
    }

    private func changesOfModel(_ checked: CheckedModel) -> [String] {
        let now = checked.source.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        let before = checkpoint?.content.model ?? now
        var changes = Self.changes(before, now).map { "`\(directory.resolvedPath)`: \($0)" }
        // The file that the run was made from may be gone, or may not be right any more; what it is now matters only if it says something else.
        if FileManager.default.fileExists(atPath: record.model.path) {
            let original = checkModel(record.model.path, overrides: record.model.set, threads: record.threads)
            if original.model == nil {
                changes.append("`\(record.model.path)` has been changed, and is not right any more")
            } else if let text = original.resolved(origins: false, strategies: checked.prepared?.pinnedStrategies ?? [:]) {
                changes += Self.changes(before, text).map { "`\(record.model.path)`: \($0)" }
            }
        }
        return changes
    }

    /// Lines that are not the same, a handful of them.
    static func changes(_ before: String, _ now: String) -> [String] {
        guard before != now else { return [] }
        let old = before.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }, new = now.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        var texts: [String] = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(_, let line, _): texts.append("`\(line)` is not there any more")
            case .insert(_, let line, _): texts.append("`\(line)` is new")
            }
        }
        if texts.isEmpty { texts = ["spaces have been changed"] }
        return texts.prefix(6) + (texts.count > 6 ? ["and \(texts.count - 6) more lines differ"] : [])
    }

    private func changesOfData(_ now: RunRecord.Data) -> [String] {
        var changes: [String] = []
        let before = record.data, files = Dictionary(now.files.map { ($0.path, $0) }) { $1 }
        for file in before.files {
            guard let found = files[file.path] else {
                changes.append("`\(file.path)` was one of the data files, and is none now")
                continue
            }
            if found != file { changes.append("`\(file.path)` has other content: it had \(Readable.grouped(file.bytes)) bytes, and has \(Readable.grouped(found.bytes))") }
        }
        let known = Set(before.files.map(\.path))
        changes += now.files.filter { !known.contains($0.path) }.map { "`\($0.path)` is a new data file" }
        for (name, old, new) in [("training", before.trainExamples, now.trainExamples), ("validation", before.validationExamples, now.validationExamples), ("test", before.testExamples, now.testExamples)] where old != new {
            changes.append("there were \(Readable.grouped(old)) \(name) examples, and there are \(Readable.grouped(new))")
        }
        return changes
    }

    /// Clears away what was made after the checkpoint. From here on the run is under way again.
    func begin(_ record: inout RunRecord, _ options: TrainingOptions, threads: Int, differences: [String]) throws {
        directory.removeLeftovers(after: checkpoint?.name)
        _ = try directory.cutMetrics(to: checkpoint?.content.metricsBytes ?? 0)
        record.status = .running
        record.error = nil
        record.resumed = (record.resumed ?? []) + [RunRecord.Resumption(
            checkpoint: checkpoint?.name.text, step: checkpoint?.content.training.step ?? 0, command: options.command, threads: threads, differences: differences)]
        try directory.write(record)
    }

    /// Where it goes on, in a line.
    func text(threads: Int) -> String {
        guard let checkpoint else { return "`\(directory.path)` has no checkpoint yet: it begins anew\n" }
        let others = threads == record.threads ? "" : ", on \(threads) threads instead of \(record.threads)"
        let training = checkpoint.content.training
        let place = training.pretraining.map { "step \(Readable.grouped($0.step)) of the pre-training of layer \($0.layer + 1)" }
            ?? "step \(Readable.grouped(training.step)), in epoch \(training.epoch)"
        return "going on with `\(directory.path)` after \(place)\(others)\n"
    }
}

extension RunRecord {
    /// A run that begins anew is still the one that somebody asked for.
    mutating func keepOrigin(of other: RunRecord) {
        command = other.command
        model = other.model
        resumed = other.resumed
    }
}

/// What to say of a run that has come to its end; nil where there is something to go on with: it has not, or its resolved model file has been changed
/// since (more epochs, say), and it is to go on by that.
func endedRun(_ path: String, force: Bool) throws(DiagnosticError) -> String? {
    let directory = RunDirectory(path: path)
    let status = try directory.readRecord().status
    guard status.isFinal else { return nil }
    var ignored: [Diagnostic] = []
    let checkpoint = try? OpenedCheckpoint.newest(in: directory, diagnostics: &ignored)
    let now = (try? InputFile.contents(directory.resolvedPath, most: SyntaxLimits.fileSize)).map { String(decoding: $0, as: UTF8.self) }
    // Without a checkpoint it would begin anew, and what it has come to would be lost.
    let isChanged = checkpoint.map { $0.content.model != now } ?? false
    if force, isChanged { return nil }
    let why =
        switch status {
        case .earlyStopping: "is finished: it has stopped early, as `train.early_stopping` says"
        case .maxTime: "is finished: its time, `train.max_time`, is up"
        default: "is finished"
        }
    let longer = isChanged ? "\nIts `model.resolved.yaml` has been changed since: `nnc train --resume \(path) --force` goes on by it." : ""
    return "`\(path)` \(why); there is nothing to go on with. `nnc eval \(path)` measures what it has come to.\(longer)\n"
}
