import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

/// A run that was stopped and goes on is the run that never stopped, to the bit.
@Suite struct ResumeTests {
    /// Stopped twice within an epoch: the weights, the metrics and the counted work are those of one process.
    @Test(arguments: TrainingTests.models) func models(name: String) throws {
        let prepared = try #require(checkModel(modelPath(name)).prepared)
        guard prepared.description.unavailable.isEmpty else { return }
        let folder = try TemporaryFolder(inMemory: true)
        // Three steps an epoch, the last of them smaller.
        var overrides = ["train.epochs=3", "train.checkpoint.every=2 steps", "train.checkpoint.keep=2", "data.limit=\(prepared.model.train.batchSize * 3 + 5)"]
        if prepared.description.counts.validation > 0 { overrides += ["data.validation=10%", "train.checkpoint.best=validation.loss"] }
        if prepared.model.train.pretrain != nil { overrides.append("train.pretrain.epochs=2") }
        let options = TrainingOptions(file: modelPath(name), overrides: overrides, threads: 2, output: folder.path("whole"), progress: .none)
        let whole = try train(options)
        let parts = try trainedInParts(options, run: folder.path("parts")) { [4, 3, 100][$0] }
        try expectSameRun(folder.path("whole"), folder.path("parts"))
        #expect(parts.result.steps == whole.result.steps)
        #expect(parts.record.resumed?.count == 2)
    }

    /// What one small network or another has to have kept.
    static let kinds: [(name: String, text: String)] = {
        func model(_ layers: String, train: String = "optimizer: { type: adam, learning_rate: 1e-2 }, metrics: [accuracy]", top: String = "", data: String = blobs) -> String {
            """
            version: 1
            seed: 3
            data: { \(data), validation: 20% }
            \(top)
            model:
              layers:
            \(layers)
            train: { epochs: 3, batch_size: 16, loss: cross_entropy, \(train), checkpoint: { every: 3 steps, keep: 2, best: validation.loss }, evaluate: { every: 2 steps } }

            """
        }
        func mlp(_ policy: String, activation: String = "relu", units: Int = 24) -> String {
            let on = policy.isEmpty ? "" : ", policy: { \(policy) }"
            return """
                    - { name: h1, type: dense, units: \(units), activation: \(activation)\(on) }
                    - { name: h2, type: dense, units: \(units), activation: \(activation)\(on) }
                    - { name: out, type: dense, units: 3, activation: softmax }
                """
        }
        let adam = "optimizer: { type: adam, learning_rate: 1e-2 }, metrics: [accuracy]"
        var kinds = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adamw"].map { ("optimizer \($0)", model(mlp(""), train: "optimizer: { type: \($0), learning_rate: 1e-2 }, metrics: [accuracy]")) }
        kinds += ["sketch", "simhash", "wta", "dwta", "random"].map { function in
            ("hash \(function)", model(mlp("start: 4 steps, forward: { type: hash_gather, function: \(function), active: 6\(function == "random" ? "" : ", rebuild: { every: 5 steps }") }")))
        }
        kinds += [
            ("hash per batch", model(mlp("forward: { type: hash_gather, function: sketch, active: 12, per: batch }"))),
            ("topk", model(mlp("backward: { type: topk, k: 5, per: batch }"))),
            ("sampled", model(mlp("backward: { type: sampled, k: 5 }"))),
            ("simplify", model(mlp("backward: { type: topk, k: 5 }, neurons: { type: simplify, drop_below: 30%, every: 2 steps, phases: { simplify: 1 epoch, recover: 1 epoch }, min_units: 3 }"))),
            ("apoptosis", model(mlp("neurons: { type: apoptosis, every: 3 steps, budget: 0.2, probe: 32, until: 90% }"))),
            ("shrink and recall", model(mlp("neurons: { type: shrink_recall, keep: 40%, every: 5 steps, recall: 2 steps, warm_up: 2 steps, final_recall: 2 steps, probe: 32 }"))),
            ("shrink by activity", model(mlp("neurons: { type: shrink_recall, keep: 40%, score: activity, every: 4 steps, recall: 1 steps, final_recall: 1 steps, probe: 32 }"))),
            ("mask", model(mlp("neurons: { type: mask, keep: 50% }"))),
            ("curriculum", model(mlp(""), train: adam + ", curriculum: { classes: [0, 2], for: 7 steps }")),
            ("area", model(mlp(""), train: "optimizer: sgd, metrics: [auc, accuracy]")),
            ("schedule", model(mlp(""), train: adam + ", learning_rate_schedule: { type: cosine, warm_up: 3 steps }, early_stopping: { monitor: validation.loss, patience: 2 }")),
            ("dropout and normalization", model("""
                    - { name: h1, type: dense, units: 24 }
                    - { type: batch_normalization }
                    - { type: activation, activation: relu }
                    - { type: dropout, rate: 0.3 }
                    - { name: out, type: dense, units: 3, activation: softmax }
                """)),
            ("pre-training", model(mlp("", activation: "sigmoid"), train: adam + ", pretrain: { type: rbm, epochs: 2, learning_rate: 0.05, batch_size: 20, visible: gaussian }", data: blobs + ", normalize: zscore")),
            ("pre-training that shrinks", model(
                mlp("neurons: { type: shrink_recall, keep: 40%, every: 3 steps, recall: 1 steps, final_recall: 1 steps, probe: 32 }", activation: "sigmoid"),
                train: adam + ", pretrain: { type: rbm, epochs: 2, learning_rate: 0.05, batch_size: 20, visible: gaussian }", data: blobs + ", normalize: zscore")),
            ("pre-training with a mask", model(
                mlp("neurons: { type: mask, keep: 50% }", activation: "sigmoid"),
                train: adam + ", pretrain: { type: rbm, epochs: 2, learning_rate: 0.05, batch_size: 20, visible: gaussian }", data: blobs + ", normalize: zscore")),
            ("many labels", model("""
                    - { name: h, type: dense, units: 8, activation: relu }
                    - { name: out, type: dense, units: 200, activation: softmax, policy: { forward: { type: sampled, active: 80, distribution: popularity } } }
                """, train: "optimizer: { type: adam, learning_rate: 1e-2 }, metrics: [precision_at_1]", data: "format: synthetic, synthetic: { generator: labels, train: 100, test: 20, features: 300, labels: 200 }")),
        ]
        return kinds
    }()

    private static let blobs = "format: synthetic, synthetic: { generator: blobs, train: 100, test: 30, features: 6, classes: 3, noise: 0.4 }"

    /// Stopped after every single step.
    @Test(arguments: kinds.map(\.name)) func everyStep(kind: String) throws {
        let folder = try TemporaryFolder(inMemory: true)
        let text = try #require(Self.kinds.first { $0.name == kind }).text
        let options = TrainingOptions(file: try folder.write("m.yaml", text), threads: 2, output: folder.path("whole"), progress: .none)
        let whole: TrainingOutcome
        do { whole = try train(options) } catch {
            Issue.record("\(CommandFailure(error).diagnostics.map(\.message))")
            return
        }
        let parts: TrainingOutcome
        do { parts = try trainedInParts(options, run: folder.path("parts")) { _ in 1 } } catch {
            Issue.record("\(CommandFailure(error).diagnostics.map { [$0.message] + $0.help })")
            return
        }
        try expectSameRun(folder.path("whole"), folder.path("parts"))
        let pretraining = whole.result.pretraining.reduce(0) { $0 + $1.steps }
        #expect(parts.record.resumed?.count == whole.result.steps + pretraining)
    }

    /// The layers below run anew for all examples, and are counted once.
    @Test func frozenFront() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", FrozenFrontTests.model())
        let options = TrainingOptions(file: file, threads: 1, output: folder.path("whole"), progress: .none)
        _ = try train(options)
        _ = try trainedInParts(options, run: folder.path("parts")) { _ in 4 }
        try expectSameRun(folder.path("whole"), folder.path("parts"), files: false)
    }

    /// Workers that race do not give the same bits twice, but a run of theirs goes on and counts as one.
    @Test func asynchronous() throws {
        let folder = try TemporaryFolder()
        let text = sampleModel(train: "epochs: 4\n  batch_size: 16\n  loss: cross_entropy\n  optimizer: sgd\n  metrics: [accuracy]\n  mode: asynchronous\n  checkpoint: { every: 5 steps }")
        let options = TrainingOptions(file: try folder.write("m.yaml", text), threads: 2, output: folder.path("whole"), progress: .none)
        let whole = try train(options)
        let parts = try trainedInParts(options, run: folder.path("parts")) { $0 == 0 ? 2 : 3 }
        #expect(parts.result.steps == whole.result.steps && parts.record.work == whole.record.work)
        #expect(parts.record.epochs.map(\.examples) == whole.record.epochs.map(\.examples))
        #expect((parts.record.resumed?.count ?? 0) > 2)
    }

    /// From the checkpoint that was due last, as after a crash: what was written since is dropped.
    @Test func fromAnOlderCheckpoint() throws {
        let folder = try TemporaryFolder()
        let text = sampleModel(train: "epochs: 4\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: adam\n  metrics: [accuracy]\n  checkpoint: { every: 4 steps, keep: 10 }")
        let options = TrainingOptions(file: try folder.write("m.yaml", text), threads: 1, output: folder.path("whole"), progress: .none)
        _ = try train(options)
        let run = RunDirectory(path: folder.path("parts"))
        let stop = StopAfter(19)
        var first = options
        first.output = run.path
        first.isStopRequested = { stop.ask() }
        _ = try train(first)
        #expect(run.checkpointNames.map(\.text) == ["step-4", "step-8", "step-12", "step-16", "step-19"])
        run.removeCheckpoint(try #require(CheckpointName("step-19")))
        try OutputFile.append("{\"epoch\":", to: run.metricsPath)
        try Data("x".utf8).write(to: URL(fileURLWithPath: run.checkpointsPath + "/step-20.safetensors.77.partial"))
        _ = try train(TrainingOptions(resume: run.path, progress: .none))
        try expectSameRun(folder.path("whole"), run.path)
    }

    /// On another number of threads it is still the same run.
    @Test func onOtherThreads() throws {
        let folder = try TemporaryFolder()
        let options = TrainingOptions(file: try folder.write("m.yaml", sampleModel()), threads: 1, output: folder.path("whole"), progress: .none)
        _ = try train(options)
        var first = options
        first.output = folder.path("parts")
        let stop = StopAfter(7)
        first.isStopRequested = { stop.ask() }
        _ = try train(first)
        let last = try train(TrainingOptions(resume: folder.path("parts"), threads: 3, progress: .none))
        #expect(last.record.resumed?.map(\.threads) == [3])
        try expectSameRun(folder.path("whole"), folder.path("parts"), files: false)
    }
}
