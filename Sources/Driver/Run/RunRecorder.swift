import Diagnostics
import Estimate
import Foundation
import Runtime

/// Writes `metrics.jsonl` and `checkpoints/` while a run goes on.
final class RunRecorder: TrainingObserver {
    private let directory: RunDirectory
    private let interpreter: Interpreter
    /// Regular checkpoints that are kept.
    private let keep: Int
    private var regular: [String] = []

    init(_ directory: RunDirectory, interpreter: Interpreter, keep: Int) {
        self.directory = directory
        self.interpreter = interpreter
        self.keep = max(keep, 1)
    }

    func started(_ run: RunSize) {}
    func stepped(_ step: StepReport) {}

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
        if report.nonFiniteSteps > 0 { line.nonFiniteSteps = report.nonFiniteSteps }
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
        let tensors = interpreter.savedValues.map { (name: $0.name, shape: $0.type.shape, values: $0.numbers) }
        do {
            try Safetensors.write(tensors, metadata: [("epoch", String(epoch)), ("step", String(step))], to: path)
        } catch {
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
        return values
    }
}

extension Interpreter {
    /// What a trained network consists of: parameters and layer state. Optimizer state is of no use without a run.
    var savedValues: [PersistentValue] {
        persistentValues.filter {
            if case .optimizerState = $0.role { false } else { $0.type.dtype == .float32 }
        }
    }
}
