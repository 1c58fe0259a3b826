import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver
@testable import Estimate

/// Pre-training in a whole run: what is predicted, shown and recorded.
@Suite struct PretrainingTests {
    private func model(pretrain: String = "{ type: rbm, epochs: 2, batch_size: 50, learning_rate: 0.1 }", extra: String = "") -> String {
        sampleModel(
            data: "format: synthetic\n  synthetic: { generator: rectangles, train: 130, test: 40 }\n  \(extra)",
            layers: "- { type: flatten }\n    - { name: h1, type: dense, units: 24, activation: sigmoid }\n    - { name: h2, type: dense, units: 12, activation: sigmoid }\n    - { name: out, type: dense, units: 2, activation: softmax }",
            train: "epochs: 1\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: adam\n  pretrain: \(pretrain)")
    }

    @Test func recordAndFiles() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("m.yaml", model()), run = folder.path("run")
        let outcome = try trained(path, output: run)
        let pretrain = try #require(outcome.record.pretrain)
        #expect(pretrain.isExact && outcome.record.work?.isExact == true)
        #expect(pretrain.layers.map(\.name) == ["h1", "h2"])
        // 130 examples: two full steps and a small one, twice.
        #expect(pretrain.layers.map(\.steps) == [6, 6])
        #expect(pretrain.layers.allSatisfy { ($0.reconstructionError ?? 1) < 0.3 && $0.seconds > 0 })
        #expect(pretrain.multiplications.predicted > 0)
        let estimate = try #require(checkModel(path).prepared?.estimate)
        #expect(estimate.pretraining.map(\.run.total.allMultiplications) == pretrain.layers.map(\.multiplications.counted))
        #expect(estimate.pretraining.map(\.run.total.additions) == pretrain.layers.map(\.additions.counted))

        let lines = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
            .map { try JSONText.decode(MetricsLine.self, from: String($0)) }
        #expect(lines.map(\.pretrain?.layer) == ["h1", "h1", "h2", "h2", nil])
        #expect(lines.map(\.epoch) == [1, 2, 1, 2, 1])
        #expect(lines.map(\.step) == [3, 6, 3, 6, 5])
        let text = try String(contentsOfFile: run + "/run.json", encoding: .utf8)
        #expect(text.contains("\"reconstruction_error\""))
        #expect(try JSONText.pretty(JSONText.decode(RunRecord.self, from: text)) == text)
        #expect(outcome.reportText(width: 200).contains("Work of pre-training"))
        #expect(outcome.reportText(width: 200).contains("Pre-training took"))
        // The saved network has nothing of it, and is evaluated without it.
        #expect(try Safetensors(path: run + "/checkpoints/final.safetensors").tensors.count == 6)
        let scores = try evaluate(run)
        #expect(scores.first { $0.split == .test }?.scores == outcome.result.scores.first { $0.split == .test }?.scores)
    }

    @Test func progressIsShown() throws {
        let folder = try TemporaryFolder()
        let run = try Program.run(["train", folder.write("m.yaml", model()), "--output", folder.path("run"), "--progress", "plain"])
        #expect(run.code == 0, "\(run.messages)")
        let lines = run.messages.split(separator: "\n").filter { $0.hasPrefix("pretrain ") }
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.contains("reconstruction error 0.") })
        #expect(lines[0].hasPrefix("pretrain h1 epoch 1/2  ") && lines[3].hasPrefix("pretrain h2 epoch 2/2  "))
        let step = PretrainStepReport(
            layer: "h1", epoch: 2, epochs: 5, stepOfEpoch: 3, stepsPerEpoch: 4, examples: 300, seconds: 0.5, reconstructionError: 0.01234)
        #expect(ProgressText.pretraining(step, width: 100) == "pretrain h1 epoch 2/5  75%  600 examples/s  reconstruction error 0.0123")
        for width in 1...100 { #expect(ProgressText.pretraining(step, width: width).count <= width) }
    }

    @Test func dryRunTriesEachLayer() throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(folder.write("m.yaml", model()), steps: 2)
        #expect(outcome.record.pretrain?.layers.map(\.steps) == [2, 2])
        #expect(outcome.record.pretrain?.isExact == true)
        #expect(outcome.result.steps == 2)
        // Ends in the second epoch, behind the small step of the first.
        let longer = try trained(folder.write("n.yaml", model()), steps: 4)
        #expect(longer.record.pretrain?.layers.map(\.steps) == [4, 4])
        #expect(longer.record.pretrain?.isExact == true)
    }

    @Test func sameSeedSameBits() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("m.yaml", model())
        func bits(_ outcome: TrainingOutcome) -> [[UInt32]] {
            // The numbers lie in the interpreter's memory.
            withExtendedLifetime(outcome) {
                outcome.interpreter.savedValues.map { value in (0..<value.numbers.count).map { value.numbers[$0].bitPattern } }
            }
        }
        let first = try bits(trained(path, threads: 1))
        for threads in 2...3 {
            let isSame = try bits(trained(path, threads: threads)) == first
            #expect(isSame, "\(threads) threads")
        }
        let isOther = try bits(trained(path, ["seed=99"])) != first
        #expect(isOther)
    }

    @Test func errorThatIsNoNumber() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("m.yaml", model(pretrain: "{ type: rbm, visible: gaussian, learning_rate: 1000, momentum: 0.99, epochs: 100 }", extra: "normalize: zscore"))
        let run = try Program.run(["train", path, "--output", folder.path("run"), "--progress", "none"])
        #expect(run.code == 1, "\(run.messages)")
        #expect(run.messages.contains("NNC0590") && run.messages.contains("train.pretrain.learning_rate"), "\(run.messages)")
        #expect(try String(contentsOfFile: folder.path("run/run.json"), encoding: .utf8).contains("\"failed\""))
    }

    @Test func timeRunsOutInIt() throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(
            folder.write("m.yaml", model(pretrain: "{ type: rbm, epochs: 1000000 }")), ["train.max_time=1 seconds"], output: folder.path("run"))
        #expect(outcome.record.status == .maxTime)
        #expect(outcome.result.steps == 0 && outcome.result.epochs.isEmpty)
        #expect(outcome.record.pretrain?.layers.count == 1)
        #expect(outcome.record.pretrain?.isExact == true)
    }

    @Test func plansCanBeSeen() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", model())
        let graph = try Program.run(["graph", file, "--pretrain", "h2"])
        #expect(graph.code == 0 && graph.output.contains("contrastive_gradient") && graph.output.contains("h2.visible_bias"), "\(graph.messages)")
        let wrong = try Program.run(["graph", file, "--pretrain", "out"])
        #expect(wrong.code != 0 && wrong.messages.contains("no layer `out` is pre-trained"))
        #expect(try Program.run(["graph", file, "--pretrain", "h2", "--passes"]).code != 0)
        let text = try #require(try explainEstimate(EstimateOptions(file: file), layer: "h1"))
        #expect(text.contains("one training step with N = 32") && text.contains("one step of pre-training with N = 50") && text.contains("940,800 = 50 × 24 × 784"))
        #expect(try explainEstimate(EstimateOptions(file: file), layer: "out")?.contains("pre-training") == false)
    }

    @Test func estimateHasLinesOfItsOwn() throws {
        let folder = try TemporaryFolder()
        let options = EstimateOptions(file: try folder.write("m.yaml", model()), threads: 2)
        #expect(try estimateText(options, format: .table, width: 120).contains("Pre-training, layer by layer: 2 epochs each, 50 examples a step"))
        #expect(try estimateText(options, format: .markdown, width: 80).contains("## Pre-training, layer by layer"))
        #expect(try estimateText(options, format: .csv, width: 80).split(separator: "\n").count { $0.contains(",pretrain,") } == 10)
        let record = try JSONText.decode(EstimateRecord.self, from: estimateText(options, format: .json, width: 80))
        let pretrain = try #require(record.pretrain)
        #expect(pretrain.epochs == 2 && pretrain.batch == 50)
        #expect(pretrain.run?.multiplications == pretrain.layers.reduce(0) { $0 + ($1.run?.multiplications ?? 0) })
        // By hand: a step of CD-1 on h1 has five products of 50 × 784 × 24.
        let products = 5 * 50 * 784 * 24, weights = 784 * 24, units = 24, inputs = 784
        let elementwise = 50 * (2 * units + inputs) + 50 * inputs + 50
        #expect(pretrain.layers[0].step.multiplications == products + elementwise + 3 * (weights + units + inputs))
    }
}
