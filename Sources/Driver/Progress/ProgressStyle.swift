import Estimate
import Runtime

/// `--progress`
public enum ProgressStyle: String, Sendable, CaseIterable {
    /// A bar on a terminal, lines elsewhere.
    case auto
    case bar
    /// One line an epoch.
    case plain
    case none
}

/// The words of progress: pure text, so that every width can be tested.
enum ProgressText {
    /// One line for the running epoch, at most `width` wide. Where it is narrow, the bar goes first, then the time left,
    /// the metric and the speed.
    static func bar(_ step: StepReport, _ run: RunSize, secondsLeft: Double, width: Int) -> String {
        let share = run.stepsPerEpoch > 0 ? Double(step.stepOfEpoch) / Double(run.stepsPerEpoch) : 1
        let head = "epoch \(step.epoch)/\(run.epochs)"
        let percent = "\(Int(100 * share))%"
        let speed = step.seconds > 0 ? Readable.grouped(Int(Double(step.examples) / step.seconds)) + " examples/s" : ""
        let loss = "loss \(Readable.decimal(step.loss, digits: 4))"
        let metric = step.metric.map { text($0.measure, $0.value) } ?? ""
        let left = Readable.seconds(secondsLeft) + " left"

        for pieces in [[speed, loss, metric, left], [loss, metric, left], [loss, metric], [loss], []] {
            let tail = pieces.filter { !$0.isEmpty }.joined(separator: "  ")
            let fixed = head.count + percent.count + tail.count + 6
            let room = min(width - fixed - 2, 40)
            if pieces.count == 4, room >= 8 {
                let full = Int((Double(room) * share).rounded())
                let cells = String(repeating: "=", count: full) + String(repeating: " ", count: room - full)
                return "\(head)  [\(cells)] \(percent)  \(tail)"
            }
            let line = [head, percent, tail].filter { !$0.isEmpty }.joined(separator: "  ")
            if line.count <= width { return line }
        }
        return String("\(step.epoch)/\(run.epochs) \(percent)".prefix(max(width, 1)))
    }

    /// What stays of an epoch.
    static func epoch(_ report: EpochReport, of epochs: Int) -> String {
        var pieces = ["epoch \(report.epoch)/\(epochs)", Readable.seconds(report.seconds), Readable.grouped(Int(report.examplesPerSecond)) + " examples/s"]
        pieces.append(text(.train, report.train))
        if let validation = report.validation { pieces.append(text(.validation, validation)) }
        if let test = report.test { pieces.append(text(.test, test)) }
        if report.nonFiniteSteps > 0 { pieces.append("\(report.nonFiniteSteps) steps without a finite loss") }
        return pieces.joined(separator: "  ")
    }

    /// One line for the running epoch of a layer's pre-training, at most `width` wide.
    static func pretraining(_ step: PretrainStepReport, width: Int) -> String {
        let head = "pretrain \(step.layer) epoch \(step.epoch)/\(step.epochs)"
        let percent = "\(100 * step.stepOfEpoch / max(step.stepsPerEpoch, 1))%"
        let speed = step.seconds > 0 ? Readable.grouped(Int(Double(step.examples) / step.seconds)) + " examples/s" : ""
        let error = "reconstruction error \(Readable.decimal(step.reconstructionError, digits: 4))"
        for pieces in [[head, percent, speed, error], [head, percent, error], [head, percent]] {
            let line = pieces.filter { !$0.isEmpty }.joined(separator: "  ")
            if line.count <= width { return line }
        }
        return String(head.prefix(max(width, 1)))
    }

    /// What stays of it.
    static func pretraining(_ report: PretrainEpochReport) -> String {
        let speed = report.seconds > 0 ? Readable.grouped(Int(Double(report.examples) / report.seconds)) + " examples/s" : ""
        let error = "reconstruction error \(Readable.decimal(report.reconstructionError, digits: 4))"
        return ["pretrain \(report.layer) epoch \(report.epoch)/\(report.epochs)", Readable.seconds(report.seconds), speed, error]
            .filter { !$0.isEmpty }.joined(separator: "  ")
    }

    static func text(_ split: SplitName, _ scores: Scores) -> String {
        let twin = scores.twin.map { " (\($0.name): \($0.entries.map { text($0.measure, $0.value) }.joined(separator: " ")))" } ?? ""
        return "\(split.rawValue): " + scores.entries.map { text($0.measure, $0.value) }.joined(separator: " ") + twin
    }

    static func text(_ measure: Measure, _ value: Double) -> String {
        switch measure {
        case .loss, .auc: "\(measure.rawValue) \(Readable.decimal(value, digits: 4))"
        default: "\(measure.rawValue) \(Readable.decimal(100 * value, digits: 2))%"
        }
    }
}
