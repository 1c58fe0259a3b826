import Foundation
import Runtime

/// Shows a run on standard error: a bar that is redrawn at most ten times a second, or a line an epoch.
final class Progress: TrainingObserver {
    private let console: Console
    private let activity: ActivityLog?
    private let drawsBar: Bool
    private let isSilent: Bool
    private let clock = ContinuousClock()
    private var drawn: ContinuousClock.Instant?
    private var hasBar = false
    private var size = RunSize(epochs: 0, stepsPerEpoch: 0, examples: 0)
    /// Seconds and examples of the epochs before this one.
    private var past = (seconds: 0.0, examples: 0)

    /// What has changed in this epoch, by layer.
    private var units: [String: (before: Int, now: Int)] = [:]

    init(_ style: ProgressStyle, console: Console, activity: ActivityLog? = nil) {
        self.console = console
        self.activity = activity
        drawsBar = style == .bar || (style == .auto && console.canRedraw(.messages))
        isSilent = style == .none
    }

    func started(_ run: RunSize) {
        size = run
        past = (run.doneSeconds, run.doneExamples)
    }

    func stepped(_ step: StepReport) {
        guard isTimeToDraw() else { return }
        let seconds = past.seconds + step.seconds, done = past.examples + step.examples
        let left = size.epochs * size.examples - done
        let secondsLeft = done > 0 ? seconds / Double(done) * Double(left) : 0
        draw { ProgressText.bar(step, size, secondsLeft: secondsLeft, width: $0) }
    }

    func pretrained(_ step: PretrainStepReport) {
        guard isTimeToDraw() else { return }
        draw { ProgressText.pretraining(step, width: $0) }
    }

    func finishedPretraining(_ report: PretrainEpochReport) {
        guard !isSilent else { return }
        show(ProgressText.pretraining(report))
        showUnits()
    }

    private func isTimeToDraw() -> Bool {
        guard drawsBar else { return false }
        let now = clock.now
        if let drawn, now - drawn < .milliseconds(100) { return false }
        drawn = now
        return true
    }

    private func draw(_ line: (_ width: Int) -> String) {
        // The last column stays free: some terminals wrap when it is written.
        console.write("\r\(line(max(console.width(.messages) - 1, 1)))\u{1B}[K", to: .messages)
        hasBar = true
    }

    func evaluated(_ report: EvaluationReport) {
        guard !isSilent else { return }
        show("step \(report.step)  \(ProgressText.text(report.split, report.scores))")
    }

    func finishedEpoch(_ report: EpochReport) {
        past.seconds += report.seconds
        past.examples += report.examples
        guard !isSilent else { return }
        show(ProgressText.epoch(report, of: size.epochs))
        for (name, activity) in activity?.layers ?? [] { show("  \(name): \(activity.text)") }
        showUnits()
    }

    private func showUnits() {
        guard !units.isEmpty else { return }
        let changes = units.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.before) -> \($0.value.now)" }
        show("  units: \(changes.joined(separator: ", "))")
        units = [:]
    }

    func reshaped(_ report: ReshapeReport) {
        if !isSilent { for note in report.notes { show("  \(note)") } }
        for width in report.widths { units[width.name, default: (width.before, width.before)].now = width.after }
    }

    func checkpoint(_ snapshot: TrainingSnapshot) { clear() }
    func save(_ occasion: SaveOccasion, epoch: Int, step: Int) { clear() }

    /// Takes the bar away, so that what is written next stands on a line of its own.
    func clear() {
        if hasBar { console.write("\r\u{1B}[K", to: .messages) }
        hasBar = false
    }

    private func show(_ line: String) {
        clear()
        console.write(line + "\n", to: .messages)
    }
}
