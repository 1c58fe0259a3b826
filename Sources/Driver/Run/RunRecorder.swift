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
    /// Regular checkpoints that are kept.
    private let keep: Int
    private var regular: [String] = []

    init(_ directory: RunDirectory, interpreter: Interpreter, activity: ActivityLog, keep: Int) {
        self.directory = directory
        self.interpreter = interpreter
        self.activity = activity
        self.keep = max(keep, 1)
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

    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) throws {
        let name =
            switch occasion {
            case .regular: "step-\(step)"
            case .best: "best"
            case .final: "final"
            }
        let path = "\(directory.checkpointsPath)/\(name).safetensors"
        let tensors = interpreter.savedValues.map { (name: $0.name, type: $0.type, values: $0.numbers) }
        do {
            let units = try JSONText.line(UnitCounts(interpreter.units))
            try Safetensors.write(
                tensors, metadata: [("epoch", String(epoch)), ("step", String(step)), (UnitCounts.key, units.trimmingNewline)], to: path)
        } catch let error as FileError {
            throw RunDirectory.failed(error)
        }
        guard occasion == .regular else { return }
        regular.append(path)
        while regular.count > keep { unlink(regular.removeFirst()) }
    }

    private func append(_ line: MetricsLine) throws {
        do { try OutputFile.append(try JSONText.line(line), to: directory.metricsPath) } catch let error as FileError {
            throw RunDirectory.failed(error)
        }
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
