import Diagnostics
import Export
import Graph
import Model
import Runtime

/// What was measured at one moment of a run, as flat names: `train/loss`, `units/h1`.
struct MetricsSample {
    var epoch: Int
    /// Of the run, from 1; of the layer's own steps in pre-training.
    var step: Int
    /// The layer that is pre-trained; nil in the run itself.
    var pretraining: String?
    var values: [(name: String, value: Double)]
}

/// Where samples go.
protocol MetricsSink {
    func write(_ sample: MetricsSample) throws(FileError)
}

/// Hands what is measured to a table, an event file, or both, beside `metrics.jsonl`. Behind the ``ActivityLog`` in the list of observers.
final class MetricsLog: TrainingObserver {
    private let model: ModelFile
    private let directory: RunDirectory
    private let interpreter: Interpreter
    private let activity: ActivityLog
    /// Where a run goes on.
    private let resumed: Checkpoint?
    private var sinks: [any MetricsSink] = []
    private var histograms: WeightHistograms?
    /// Whether a policy may take units away.
    private let widthsChange: Bool

    /// Nil where the file asks for `metrics.jsonl` only.
    init?(_ model: ModelFile, _ directory: RunDirectory, _ interpreter: Interpreter, _ activity: ActivityLog, resumed: Checkpoint?) {
        guard model.output.metrics.contains(where: { $0 != .jsonl }) else { return nil }
        self.model = model
        self.directory = directory
        self.interpreter = interpreter
        self.activity = activity
        self.resumed = resumed
        widthsChange = model.layers.contains { $0.policies.contains { $0.slot == .neurons } }
    }

    func started(_ run: RunSize) throws {
        do throws(FileError) {
            if model.output.metrics.contains(.csv) {
                sinks.append(try MetricsTable(directory.metricsTablePath, columns: MetricsTable.columns(model), keeping: resumed?.metricsTableBytes))
            }
            if model.output.metrics.contains(.tensorboard) {
                let events = try EventFile(in: directory.path)
                if let resumed { try events.restart(at: resumed.training.step) }
                sinks.append(events)
                histograms = model.output.histograms.map { span in
                    WeightHistograms(
                        events, every: span.steps(stepsPerEpoch: run.stepsPerEpoch, batchSize: model.train.batchSize), stepsPerEpoch: run.stepsPerEpoch,
                        done: resumed?.training.step)
                }
            }
        } catch { throw RunDirectory.failed(error) }
        if widthsChange, resumed == nil { try write(MetricsSample(epoch: 1, step: 0, values: units)) }
    }

    func pretrained(_ step: PretrainStepReport) {}
    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) {}

    func stepped(_ step: StepReport) { histograms?.note(step, interpreter) }

    func finishedPretraining(_ report: PretrainEpochReport) throws {
        try write(MetricsSample(epoch: report.epoch, step: report.step, pretraining: report.layer, values: [
            ("seconds", report.seconds), ("examples_per_second", report.seconds > 0 ? Double(report.examples) / report.seconds : 0),
            ("reconstruction_error", report.reconstructionError),
        ]))
    }

    func evaluated(_ report: EvaluationReport) throws {
        try write(MetricsSample(epoch: report.epoch, step: report.step, values: Self.values(report.scores, of: .validation)))
    }

    func finishedEpoch(_ report: EpochReport) throws {
        var values = [("seconds", report.seconds), ("examples_per_second", report.examplesPerSecond), ("learning_rate", report.learningRate)]
        for (split, scores) in [(SplitName.train, report.train as Scores?), (.validation, report.validation), (.test, report.test)] {
            if let scores { values += Self.values(scores, of: split) }
        }
        for (layer, seen) in activity.layers {
            values.append(("active/\(layer)", seen.shareActive))
            values.append(("never_selected/\(layer)", Double(seen.neverSelected)))
            if let recall = seen.recall { values.append(("recall/\(layer)", recall)) }
        }
        if widthsChange { values += units }
        try write(MetricsSample(epoch: report.epoch, step: report.step, values: values))
        try histograms?.rethrow()
    }

    func reshaped(_ report: ReshapeReport) throws {
        guard !report.widths.isEmpty else { return }
        try write(MetricsSample(
            epoch: report.epoch, step: report.step, pretraining: report.pretraining, values: report.widths.map { ("units/\($0.name)", Double($0.after)) }))
    }

    private var units: [(name: String, value: Double)] { interpreter.units.map { ("units/\($0.name)", Double($0.count)) } }

    private static func values(_ scores: Scores, of split: SplitName) -> [(name: String, value: Double)] {
        var values = scores.entries.map { ("\(split.rawValue)/\($0.measure.rawValue)", $0.value) }
        if let twin = scores.twin { values += twin.entries.map { ("\(split.rawValue)/\(twin.name)_\($0.measure.rawValue)", $0.value) } }
        return values
    }

    private func write(_ sample: MetricsSample) throws {
        do throws(FileError) { for sink in sinks { try sink.write(sample) } } catch { throw RunDirectory.failed(error) }
    }
}

extension EventFile: MetricsSink {
    func write(_ sample: MetricsSample) throws(FileError) {
        let prefix = sample.pretraining.map { "pretrain/\($0)/" } ?? ""
        try append(step: sample.step, sample.values.map { (prefix + $0.name, .scalar($0.value)) })
    }
}

extension RunDirectory {
    var metricsTablePath: String { path + "/metrics.csv" }
}
