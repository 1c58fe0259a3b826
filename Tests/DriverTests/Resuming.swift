import Estimate
import Foundation
import Runtime
import Synchronization
import Testing

@testable import Driver

/// Asks for a stop when it has been asked so often: a trainer asks after every step.
final class StopAfter: Sendable {
    private let left: Atomic<Int>

    init(_ steps: Int) { left = Atomic(steps) }

    func ask() -> Bool { left.subtract(1, ordering: .relaxed).newValue <= 0 }
}

/// A run in as many processes as it takes, of so many steps each, as far as its states are concerned. Returns the last one.
func trainedInParts(_ first: TrainingOptions, run: String, steps: (_ part: Int) -> Int) throws -> TrainingOutcome {
    var options = first, part = 0
    options.output = run
    while true {
        let stop = StopAfter(steps(part))
        options.isStopRequested = { stop.ask() }
        let outcome = try train(options)
        guard case .interrupted = outcome.result.ending else { return outcome }
        #expect(outcome.exitCode == 130 && outcome.record.status == .interrupted)
        options = TrainingOptions(resume: run, threads: first.threads, progress: .none)
        part += 1
    }
}

/// Everything that must be the same, to the bit, however often a run was stopped.
func expectSameRun(_ a: String, _ b: String, files: Bool = true, from place: SourceLocation = #_sourceLocation) throws {
    let first = RunDirectory(path: a), second = RunDirectory(path: b)
    func names(_ run: RunDirectory) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: run.checkpointsPath).sorted() }
    if files { #expect(try names(first) == names(second), sourceLocation: place) }
    for name in try names(first) where name.hasSuffix(".safetensors") && (files || !name.contains("step-")) {
        let same = FileManager.default.contents(atPath: "\(first.checkpointsPath)/\(name)") == FileManager.default.contents(atPath: "\(second.checkpointsPath)/\(name)")
        #expect(same, "\(name)", sourceLocation: place)
    }
    func lines(_ run: RunDirectory) -> [MetricsLine] {
        run.metricsLines.map { line in
            var line = line
            line.seconds = nil
            line.examplesPerSecond = nil
            return line
        }
    }
    #expect(lines(first) == lines(second), sourceLocation: place)
    let one = try first.readRecord(), other = try second.readRecord()
    #expect(one.status == other.status, sourceLocation: place)
    #expect(one.work == other.work, sourceLocation: place)
    #expect(one.metrics == other.metrics, sourceLocation: place)
    #expect(one.steps == other.steps && one.epochs.map(\.examples) == other.epochs.map(\.examples), sourceLocation: place)
    #expect(one.layers == other.layers && one.parameters == other.parameters && one.activity == other.activity, sourceLocation: place)
    #expect(one.front?.multiplications == other.front?.multiplications && one.weights == other.weights, sourceLocation: place)
    for (before, after) in zip(one.pretrain?.layers ?? [], other.pretrain?.layers ?? []) {
        #expect(before.steps == after.steps && before.reconstructionError == after.reconstructionError, sourceLocation: place)
        #expect(before.multiplications == after.multiplications && before.additions == after.additions, sourceLocation: place)
    }
    #expect(one.pretrain?.layers.count == other.pretrain?.layers.count, sourceLocation: place)
}
