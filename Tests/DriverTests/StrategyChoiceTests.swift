import Diagnostics
import Estimate
import Foundation
import Lowering
import Model
import Runtime
import TestSupport
import Testing

@testable import Driver

/// What is chosen by the profile of a machine that is kept with the tests, so that it is the same everywhere.
@Suite struct StrategyChoiceTests {
    private func text(_ policy: String, units: Int, batch: Int = 128, inputs: Int = 1000, extra: String = "", optimizer: String = "{ type: adam, learning_rate: 1e-3 }") -> String {
        """
        version: 1
        seed: 3
        data: { format: synthetic, synthetic: { generator: blobs, train: 400, test: 100, features: \(inputs), classes: 5, noise: 0.5 } }
        model:
          layers:
            - { name: h, type: dense, units: \(units), activation: relu, policy: { \(policy) }\(extra) }
            - { name: out, type: dense, units: 5, activation: softmax }
        train: { epochs: 2, batch_size: \(batch), loss: cross_entropy, optimizer: \(optimizer), metrics: [accuracy], threads: 2 }
        """
    }

    private func chosen(_ text: String) throws -> PreparedModel {
        let checked = checkModel(SourceText(path: "m.yaml", text: text), threads: 2)
        return try #require(checked.prepared, "\(checked.diagnostics.map(\.message))").on(Pace(try MachineProfile(readingFile: storedProfile), threads: 2))
    }

    /// Cases with clear margins.
    static let cases: [(policy: String, units: Int, batch: Int, taken: String)] = [
        ("forward: { type: hash_gather, active: 1%, per: example }", 8000, 128, "example"),
        ("forward: { type: hash_gather, active: 60%, per: example }", 1000, 128, "example_dense"),
        ("forward: { type: hash_gather, active: 5% }", 2000, 256, "batch"),
        ("forward: { type: hash_gather, active: 5%, per: batch }", 2000, 128, "batch"),
        ("backward: { type: topk, k: 1%, per: example }", 2000, 128, "example"),
        ("backward: { type: topk, k: 60%, per: example }", 1000, 128, "example_dense"),
        ("backward: { type: topk, k: 10% }", 1000, 128, "batch"),
        ("backward: { type: random, k: 10% }", 1000, 128, "batch"),
    ]

    @Test("the cheapest way that the file allows is taken", arguments: cases.indices)
    func cheapest(_ index: Int) throws {
        let (policy, units, batch, taken) = Self.cases[index], prepared = try chosen(text(policy, units: units, batch: batch))
        let record = try #require(prepared.strategies.first)
        #expect(record.taken == taken && record.layer == "h", "\(record)")
        #expect(prepared.options.policies.entries[0].strategy?.taken.rawValue == taken)
        let all = try #require(try prepared.allStrategies().first)
        let least = try #require(all.ways.filter { $0.ruledOut == nil }.compactMap(\.step).min()), own = try #require(all.ways.first(where: \.taken)?.step)
        #expect(own <= 1.05 * least)
        // What is shown is what a step of the plan costs.
        #expect(abs(own / (try #require(prepared.estimate.seconds?.step.total)) - 1) < 1e-9)
        for way in all.ways where way.ruledOut != nil { #expect(policy.contains("per:") && way.strategy.hasPrefix("example") != policy.contains("per: example")) }
    }

    @Test("what the file pins is taken, whatever it costs", arguments: Strategy.allCases)
    func pinned(_ strategy: Strategy) throws {
        for policy in ["forward: { type: hash_gather, active: 20% }", "backward: { type: topk, k: 20% }"] {
            let prepared = try chosen(text(policy, units: 300, extra: ", strategy: \(strategy.rawValue)"))
            let record = try #require(prepared.strategies.first)
            #expect(record.taken == strategy.rawValue && record.reason == "pinned")
            let ways = try prepared.allStrategies()[0].ways
            #expect(ways.count >= 3 && ways.count { $0.ruledOut == nil } == 1)
        }
    }

    @Test("without a machine it is the usual way, and nobody is asked")
    func usual() throws {
        for (policy, usual) in [("forward: { type: hash_gather, active: 5% }", "example"), ("forward: { type: hash_gather, per: batch }", "batch"), ("backward: { type: topk, k: 5% }", "batch")] {
            let prepared = try #require(checkModel(SourceText(path: "m.yaml", text: text(policy, units: 200)), threads: 2).prepared).on(nil)
            #expect(prepared.strategies.isEmpty && prepared.options.policies.entries[0].strategy?.taken.rawValue == usual)
            #expect(try prepared.allStrategies()[0].reason == "unasked")
        }
    }

    @Test("a default that says nothing to a layer is passed over there, and copies do the same")
    func defaults() throws {
        let text = """
            version: 1
            data: { format: synthetic, synthetic: { generator: blobs, train: 400, features: 300, classes: 5, noise: 0.5 } }
            policies: { kept: { backward: { type: topk, k: 70%, per: example } } }
            defaults: { dense: { strategy: example_dense, activation: relu } }
            model:
              layers:
                - { name: h, type: dense, units: 300, repeat: 3, policy: kept }
                - { name: b, type: dense, units: 300, policy: { backward: { type: topk, k: 10%, per: batch } } }
                - { name: auto, type: dense, units: 300, policy: { backward: { type: topk, k: 70%, per: example } }, strategy: auto }
                - { name: out, type: dense, units: 5, activation: softmax }
            train: { epochs: 1, batch_size: 64, loss: cross_entropy, optimizer: sgd }
            """
        let prepared = try chosen(text)
        #expect(prepared.strategies.map(\.layer) == ["h_1 … h_3", "b", "auto"])
        #expect(prepared.strategies.map(\.taken) == ["example_dense", "batch", "example_dense"])
        #expect(prepared.takenStrategies == [0: .exampleDense, 1: .batch, 2: .exampleDense])
    }

    // MARK: runs

    @Test("a run names what it took, and goes on and is evaluated without asking any machine")
    func runs() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", text("backward: { type: topk, k: 60%, per: example }", units: 400, inputs: 300))
        func options(_ output: String, _ profile: ProfileChoice) -> TrainingOptions {
            TrainingOptions(file: file, threads: 2, output: folder.path(output), progress: .none, profile: profile)
        }
        let run = try train(options("a", .file(storedProfile))), again = try train(options("b", .file(storedProfile)))
        let resolved = try String(contentsOfFile: folder.path("a/model.resolved.yaml"), encoding: .utf8)
        #expect(resolved.contains("strategy: example_dense"))
        let strategies = try #require(try RunDirectory(path: folder.path("a")).readRecord().strategies)
        #expect(strategies.layers.first?.taken == "example_dense" && strategies.layers.first?.ways.isEmpty == false)
        #expect(strategies.machine == (try MachineProfile(readingFile: storedProfile)).machine && strategies.threads == 2)
        // The same file and profile: the same bits.
        func weights(_ outcome: TrainingOutcome) -> [[UInt32]] { outcome.interpreter.persistentValues.map { value in (0..<value.numbers.count).map { value.numbers[$0].bitPattern } } }
        #expect(weights(run) == weights(again))
        // The resolved file by itself means the same.
        let resumed = try #require(checkModel(folder.path("a/model.resolved.yaml"), threads: 2).prepared)
        #expect(resumed.options.policies.entries[0].strategy?.taken == .exampleDense)
        #expect(try train(TrainingOptions(file: folder.path("a/model.resolved.yaml"), threads: 2, dryRunSteps: 8, progress: .none)).record.work?.total.backwardInput.multiplications.counted
            == run.record.work?.total.backwardInput.multiplications.counted)
        let scores = try evaluate(folder.path("a"))
        #expect(scores.first { $0.split == .test }?.scores[.loss] == run.result.scores.first { $0.split == .test }?.scores[.loss])
        // Without a machine, the usual way is named.
        _ = try train(options("c", .none))
        let usual = try String(contentsOfFile: folder.path("c/model.resolved.yaml"), encoding: .utf8)
        #expect(usual.contains("strategy: example\n"))
        #expect(try RunDirectory(path: folder.path("c")).readRecord().strategies?.layers.first?.reason == "unasked")
    }

    @Test("a stopped run goes on as it began, whatever machine is asked then")
    func resumed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", text("backward: { type: topk, k: 60%, per: example }", units: 400, inputs: 300))
        func options(_ output: String) -> TrainingOptions {
            TrainingOptions(file: file, overrides: ["train.checkpoint.every=1 step"], threads: 2, output: folder.path(output), progress: .none, profile: .file(storedProfile))
        }
        let whole = try train(options("whole"))
        var stopped = options("stopped")
        let steps = Steps()
        stopped.isStopRequested = { steps.next() > 3 }
        _ = try train(stopped)
        let on = try train(TrainingOptions(resume: folder.path("stopped"), threads: 2, progress: .none))
        func weights(_ outcome: TrainingOutcome) -> [[UInt32]] { outcome.interpreter.persistentValues.map { value in (0..<value.numbers.count).map { value.numbers[$0].bitPattern } } }
        #expect(weights(on) == weights(whole))
    }

    // MARK: what commands say

    /// `NNC_UPDATE_GOLDEN=1 swift test --filter StrategyChoiceTests` writes them anew.
    @Test(arguments: ["hash-sketch", "mesimp", "meprop", "quickstart"]) func tablesAreAsCommitted(name: String) throws {
        let graph = GraphOptions(
            file: modelPath(name), overrides: [], after: "choose-strategies", isEvaluation: false, listsPasses: false, format: .text, profile: .file(storedProfile), threads: 2)
        let text = try #require(try graphText(graph, width: 160))
        let path = Program.root + "/Tests/Golden/Strategies/\(name).txt"
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil {
            try FileManager.default.createDirectory(atPath: Program.root + "/Tests/Golden/Strategies", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "what `nnc graph --after choose-strategies` says of \(name) has changed")
    }

    /// Counts stop at the largest number there is, and so does their mean over a run.
    @Test func countsOfHugeNetworksStop() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("huge.yaml", """
            version: 1
            data: { format: synthetic, synthetic: { generator: blobs, classes: 5, features: 20, train: 2000, test: 100 } }
            defaults: { dense: { policy: { neurons: { type: mask, keep: 50% } } } }
            model:
              layers:
                - { name: a, type: dense, units: 16777216 }
                - { name: b, type: dense, units: 16777216 }
                - { name: out, type: dense, units: 5, activation: softmax }
            train: { epochs: 1000000, batch_size: 1000000, loss: cross_entropy, optimizer: adam }
            """)
        let explained = try explainEstimate(EstimateOptions(file: file, threads: 2, profile: .file(storedProfile)), layer: "b")
        #expect(explained?.contains("compacted") ?? false)
    }

    @Test func everyFormHasThem() throws {
        let options = EstimateOptions(file: modelPath("hash-sketch"), threads: 2, profile: .file(storedProfile))
        let explained = try #require(try explainEstimate(options, layer: "h1", width: 200))
        #expect(explained.contains("example_dense") && explained.contains("the policy's `per` says otherwise") && explained.contains("(no policy)"))
        let record = try JSONText.decode(EstimateRecord.self, from: try estimateText(options, format: .json, width: 80))
        #expect(record.strategies?.map(\.layer) == ["h1", "h2"])
        #expect(record.strategies?.first?.ways.first?.seconds?["backward_input"] != nil)
        #expect(try estimateText(options, format: .table, width: 120).contains(StrategyTable.title))
        #expect(try estimateText(options, format: .markdown, width: 120).contains(StrategyTable.title))
        let graph = GraphOptions(
            file: modelPath("hash-sketch"), overrides: [], after: "choose-strategies", isEvaluation: false, listsPasses: false, format: .json, profile: .file(storedProfile), threads: 2)
        let json = try #require(try graphText(graph, width: 80))
        #expect(json.contains("\"strategies\"") && json.contains("\"multiplications\""))
    }
}

/// Counts calls, from any thread.
private final class Steps: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
