import Diagnostics
import Estimate
import Foundation
import Graph
import Runtime

/// Writes `metrics.jsonl` and `checkpoints/` while a run goes on.
final class RunRecorder: TrainingObserver {
    private let directory: RunDirectory
    private let interpreter: Interpreter
    private let activity: ActivityLog
    /// Checkpoints that are kept, of those that are due.
    private let keep: Int
    private var regular: [CheckpointName] = []
    /// Made because the run stopped there; goes when there is a newer one.
    private var extra: CheckpointName?
    private var last: CheckpointName?
    /// The resolved model file.
    private let model: String
    /// What takes units away.
    private let units: (any ResumableUnits)?

    init(_ directory: RunDirectory, interpreter: Interpreter, activity: ActivityLog, units: (any ResumableUnits)?, model: String, keep: Int) {
        self.directory = directory
        self.interpreter = interpreter
        self.activity = activity
        self.units = units
        self.model = model
        self.keep = max(keep, 1)
    }

    /// Goes on with the checkpoints that are there, up to this one.
    func goOn(from checkpoint: OpenedCheckpoint) {
        last = checkpoint.name
        regular = directory.checkpointNames
        if !checkpoint.content.isRegular {
            regular.removeAll { $0 == checkpoint.name }
            extra = checkpoint.name
        }
        removeOld()
    }

    func started(_ run: RunSize) {}
    func stepped(_ step: StepReport) {}
    func pretrained(_ step: PretrainStepReport) {}

    func finishedPretraining(_ report: PretrainEpochReport) throws {
        var line = MetricsLine(epoch: report.epoch, step: report.step)
        line.pretrain = MetricsLine.Pretrain(
            layer: report.layer, reconstructionError: report.reconstructionError.isFinite ? report.reconstructionError : nil)
        line.seconds = report.seconds
        line.examplesPerSecond = report.seconds > 0 ? Double(report.examples) / report.seconds : 0
        try append(line)
    }

    func evaluated(_ report: EvaluationReport) throws {
        var line = MetricsLine(epoch: report.epoch, step: report.step)
        line.validation = report.scores.finite
        try append(line)
    }

    func finishedEpoch(_ report: EpochReport) throws {
        var line = MetricsLine(epoch: report.epoch, step: report.step)
        line.seconds = report.seconds
        line.examplesPerSecond = report.examplesPerSecond
        line.learningRate = report.learningRate
        line.train = report.train.finite
        line.validation = report.validation?.finite
        line.test = report.test?.finite
        line.activity = activity.byLayer
        if report.nonFiniteSteps > 0 { line.nonFiniteSteps = report.nonFiniteSteps }
        try append(line)
    }

    func reshaped(_ report: ReshapeReport) throws {
        var line = MetricsLine(epoch: report.epoch, step: report.step)
        line.pretrain = report.pretraining.map { MetricsLine.Pretrain(layer: $0) }
        if !report.widths.isEmpty {
            line.units = Dictionary(report.widths.map { ($0.name, $0.after) }) { $1 }
            line.left = Dictionary(report.widths.map { ($0.name, $0.left) }) { $1 }
            let returned = report.widths.filter { !$0.returned.isEmpty }.map { ($0.name, $0.returned) }
            if !returned.isEmpty { line.returned = Dictionary(returned) { $1 } }
        }
        if !report.notes.isEmpty { line.notes = report.notes }
        try append(line)
    }

    func checkpoint(_ snapshot: TrainingSnapshot) throws {
        // Stopped where one was due: it is there already.
        guard let name = CheckpointName(snapshot.name), name != last else { return }
        try writing {
            let saved = interpreter.savedValues, names = Set(saved.map(\.name))
            let weights = directory.weightsPath(name.text), state = directory.statePath(name.text)
            try write(saved.map { NamedTensor($0) }, epoch: snapshot.state.epoch, step: snapshot.state.step, to: weights)
            let others = interpreter.persistentValues.filter { !names.contains($0.name) }.map { NamedTensor($0) }
            try Safetensors.write(others + (units?.tensors ?? []) + snapshot.tensors, metadata: [], to: state)
            let checkpoint = Checkpoint(
                name: name.text, isRegular: snapshot.isRegular, weights: try Checkpoint.File(weights), state: try Checkpoint.File(state), metricsBytes: try directory.metricsBytes(),
                metricsTableBytes: MetricsTable.bytes(directory.metricsTablePath),
                model: model, hasFront: interpreter.schedule.front != nil, training: snapshot.state, interpreter: interpreter.state, units: units?.state)
            try OutputFile.write(try CheckpointText.encode(checkpoint), to: directory.checkpointPath(name.text))
        }
        last = name
        if let extra { directory.removeCheckpoint(extra) }
        extra = snapshot.isRegular ? nil : name
        if snapshot.isRegular { regular.append(name) }
        removeOld()
    }

    private func removeOld() {
        while regular.count > keep { directory.removeCheckpoint(regular.removeFirst()) }
    }

    /// The run is over: what was made only to go on with goes.
    func finish() { if let extra { directory.removeCheckpoint(extra) } }

    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) throws {
        let name =
            switch occasion {
            case .best: "best"
            case .final: "final"
            }
        try writing { try write(interpreter.savedValues.map { NamedTensor($0) }, epoch: epoch, step: step, to: directory.weightsPath(name)) }
    }

    private func write(_ tensors: [NamedTensor], epoch: Int, step: Int, to path: String) throws {
        let units = try JSONText.line(UnitCounts(interpreter.units))
        try Safetensors.write(tensors, metadata: [("epoch", String(epoch)), ("step", String(step)), (UnitCounts.key, units.trimmingNewline)], to: path)
    }

    private func writing(_ body: () throws -> Void) throws {
        do { try body() } catch let error as FileError { throw RunDirectory.failed(error) }
    }

    private func append(_ line: MetricsLine) throws {
        try writing { try OutputFile.append(try JSONText.line(line), to: directory.metricsPath) }
    }
}

extension Scores {
    /// By name, for JSON, which knows no NaN.
    var finite: [String: Double] {
        var values: [String: Double] = [:]
        for entry in entries where entry.value.isFinite { values[entry.measure.rawValue] = entry.value }
        if let twin {
            for entry in twin.entries where entry.value.isFinite { values["\(twin.name)_\(entry.measure.rawValue)"] = entry.value }
        }
        return values
    }
}

extension Interpreter {
    /// Trained numbers of the network as it is now.
    var parameterCount: Int {
        persistentValues.reduce(0) { if case .parameter = $1.role { $0 + $1.numbers.count } else { $0 } }
    }

    /// Trained numbers of each layer, as it is now.
    var layerParameters: [Int] {
        var counts = Array(repeating: 0, count: layerList.count)
        for value in persistentValues {
            guard case .parameter = value.role, let layer = value.layer, counts.indices.contains(layer) else { continue }
            counts[layer] += value.numbers.count
        }
        return counts
    }

    private var layerList: [LayerInfo] { schedule.phases[0].train.graph.layers }

    /// Units of each layer that has units of its own, as it is now.
    var units: [(name: String, count: Int)] {
        let graph = schedule.phases[0].train.graph
        return savedValues.compactMap { value in
            guard let layer = value.layer, value.name.hasSuffix(".kernel"), let axis = value.axes.firstIndex(of: .units) else { return nil }
            return (graph.layers[layer].name, value.type.shape[axis])
        }
    }
}
