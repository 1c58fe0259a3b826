import Calibration
import Diagnostics
import Estimate
import Foundation
import Graph
import TestSupport
import Testing

@testable import Driver

/// A machine that was measured once: Zen 4, two cores.
let storedProfile = Program.root + "/Tests/Golden/Machines/zen4.json"

@Suite struct ProfileTests {
    @Test func roundTrip() throws {
        let folder = try TemporaryFolder(), path = folder.path("p.json")
        let profile = try MachineProfile(readingFile: storedProfile)
        #expect(profile.problem == nil)
        try profile.write(to: path)
        #expect(try MachineProfile(readingFile: path) == profile)
        #expect(profile.table(width: 100).contains("Matrix products"))
    }

    /// What a file may have in place of what it should.
    static let damages: [(what: String, with: String, words: String)] = [
        ("\"version\":2", "\"version\":3", "version 3"),
        ("\"version\":2", "\"version\":\"one\"", "no JSON with a `version`"),
        ("\"rates\":{\"additions\":", "\"rates\":{\"additions\":-", "no machine"),
        ("\"rates\":{\"additions\":", "\"rates\":{\"additions\":null,\"x\":", "rates"),
        ("\"gemm\":", "\"gemm\":-7,\"x\":", "size"),
        ("\"call\":", "\"call\":1e9,\"x\":", "no machine"),
        ("\"call\":", "\"call\":NaN,\"x\":", "no JSON"),
        ("\"threads\":", "\"threads\":0,\"x\":", "threads"),
        ("\"one\":", "\"one\":-1,\"x\":", "no machine"),
        ("\"operations\":", "\"others\":", "operations"),
        ("\"points\":[", "\"points\":[],\"x\":[", "0 points"),
        ("\"batch\":", "\"batch\":0,\"x\":", "size"),
    ]

    @Test(arguments: damages.indices) func filesThatCannotBeUsed(index: Int) throws {
        let folder = try TemporaryFolder(), damage = Self.damages[index]
        let whole = try String(contentsOfFile: storedProfile, encoding: .utf8)
        let range = try #require(whole.range(of: damage.what))
        let path = try folder.write("bad.json", whole.replacingCharacters(in: range, with: damage.with))
        try refuses(path, damage.words)
    }

    @Test func filesThatAreNone() throws {
        let folder = try TemporaryFolder()
        try refuses(folder.path("none.json"), "no such file")
        try refuses(folder.path, "not a regular file")
        try refuses(try folder.write("empty.json", ""), "no JSON")
        try refuses(try folder.write("half.json", String(try String(contentsOfFile: storedProfile, encoding: .utf8).prefix(2000))), "no JSON")
        let failed = try Program.run(["estimate", "models/quickstart.yaml", "--profile", folder.path("none.json")])
        #expect(failed.code == 2 && failed.messages.contains("NNC0646") && failed.messages.contains("none.json"))
    }

    private func refuses(_ path: String, _ words: String) throws {
        let error = #expect(throws: DiagnosticError.self) { _ = try MachineProfile(readingFile: path) }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.kind.id == "NNC0646")
        #expect(diagnostic.message.contains(path) && diagnostic.message.contains(words), "\(diagnostic.message)")
    }

    @Test func cacheThatCannotBeWritten() throws {
        let profile = try MachineProfile(readingFile: storedProfile)
        #expect(profile.keep(["XDG_CACHE_HOME": "/proc"])?.kind.id == "NNC0647")
        #expect(profile.keep([:]) == nil)
        let folder = try TemporaryFolder()
        #expect(profile.keep(["HOME": folder.path]) == nil)
        #expect(try MachineProfile(readingFile: try #require(MachineProfile.cachePath(["HOME": folder.path]))) == profile)
    }

    /// On a machine of today two threads do that much in less than five seconds.
    @Test func calibrationIsSmall() throws {
        let work = try calibrationWork(threads: 2)
        #expect(work < 42_000_000_000)
    }

    /// What is not measured is predicted from the rates alone: nothing that a file in `models/` trains with.
    @Test(arguments: TrainingTests.models) func everyOperationWasMeasured(name: String) throws {
        let measured = Set(try MachineProfile(readingFile: storedProfile).operations.map(\.name))
        let schedule = try #require(checkModel(modelPath(name), threads: 2).prepared).schedule
        for phase in schedule.phases {
            let missing = phase.train.graph.nodes.filter { !($0.operation is any View) && !measured.contains($0.operation.name) }.map(\.operation.name)
            #expect(missing.isEmpty)
        }
    }

    // MARK: between what was measured

    private func step(units: Int, batch: Int, threads: Int) throws -> Double {
        let text = sampleModel(layers: "- { name: h1, type: dense, units: \(units), activation: relu }\n    - { name: h2, type: dense, units: \(units) }\n    - { name: out, type: dense, units: 3, activation: softmax }", train: "epochs: 1\n  batch_size: \(batch)\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 0.1 }")
        let prepared = try #require(checkModel(SourceText(path: "m.yaml", text: text), threads: threads).prepared)
        let plan = try #require(prepared.schedule.phases.first?.train)
        return Pace(try MachineProfile(readingFile: storedProfile), threads: threads).seconds(plan, batch: batch)
    }

    @Test func moreWorkTakesLonger() throws {
        for threads in [1, 2] {
            for batch in [1, 8, 50, 128, 700] {
                let steps = try [1, 10, 40, 160, 640, 2560, 10_240].map { try step(units: $0, batch: batch, threads: threads) }
                #expect(steps.allSatisfy { $0.isFinite && $0 > 0 })
                #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }, "\(batch): \(steps)")
            }
            let batches = try [1, 4, 16, 64, 256, 1024].map { try step(units: 300, batch: $0, threads: threads) }
            #expect(zip(batches, batches.dropFirst()).allSatisfy { $0 < $1 }, "\(batches)")
        }
    }

    @Test func noMoreThreadsThanWereMeasured() throws {
        let profile = try MachineProfile(readingFile: storedProfile)
        #expect(Pace(profile, threads: 64).threads == profile.machine.threads)
        #expect(Pace(.typical, threads: 64).threads == 64)
    }

    @Test func busyMachinesAreTold() throws {
        var profile = try MachineProfile(readingFile: storedProfile)
        #expect(!profile.isDisturbed)
        profile.presence = 0.5
        #expect(profile.isDisturbed)
    }

    // MARK: what commands say

    /// `NNC_UPDATE_GOLDEN=1 swift test --filter ProfileTests` writes them anew.
    @Test(arguments: ["quickstart", "meprop", "hash-sketch", "shrink-recall", "dbn"]) func secondsAreAsCommitted(name: String) throws {
        let text = try estimateText(EstimateOptions(file: modelPath(name), threads: 2, profile: .file(storedProfile)), format: .table, width: 160)
        let path = Program.root + "/Tests/Golden/Seconds/\(name).txt"
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil {
            try FileManager.default.createDirectory(atPath: Program.root + "/Tests/Golden/Seconds", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "the predicted seconds of \(name) have changed")
    }

    @Test func everyFormatHasThem() throws {
        let options = EstimateOptions(file: modelPath("meprop"), threads: 1, profile: .file(storedProfile))
        #expect(try estimateText(options, format: .csv, width: 80).contains("seconds_step"))
        #expect(try estimateText(options, format: .markdown, width: 80).contains("Time of the same step"))
        let record = try JSONText.decode(EstimateRecord.self, from: try estimateText(options, format: .json, width: 80))
        let seconds = try #require(record.seconds), run = try #require(seconds.predicted.run), dense = try #require(seconds.dense?.run)
        #expect(run > 0 && dense > run && seconds.threads == 1)
        #expect(!(try estimateText(EstimateOptions(file: modelPath("meprop")), format: .table, width: 80).contains("Time of")))
    }

    @Test func theRunRecordsThem() throws {
        let outcome = try train(TrainingOptions(file: modelPath("quickstart"), overrides: ["train.epochs=2"], threads: 1, dryRunSteps: 40, progress: .none, profile: .file(storedProfile)))
        let seconds = try #require(outcome.record.seconds), predicted = try #require(seconds.predicted)
        #expect(seconds.measured > 0 && predicted.predicted.run ?? 0 > 0 && predicted.machine.threads == 2)
        #expect(outcome.reportText(width: 100).contains("Predicted"))
    }
}
