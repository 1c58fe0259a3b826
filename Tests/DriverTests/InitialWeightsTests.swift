import Diagnostics
import Foundation
import Kernels
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Weights that a run begins with instead of random ones.
@Suite struct InitialWeightsTests {
    /// Four features, a hidden layer, a normalization and an output of three classes.
    static func model(weights: String? = nil, hidden: String = "h1", frozen: Bool = false, output: String = "out") -> String {
        """
        version: 1
        name: begin
        seed: \(weights == nil ? 1 : 2)
        data: { format: synthetic, synthetic: { generator: blobs, features: 4, classes: 3, train: 200, test: 60 } }
        model:
          \(weights.map { "weights: \($0)" } ?? "x-weights: none")
          layers:
            - { name: \(hidden), type: dense, units: 16, activation: relu\(frozen ? ", trainable: false" : "") }
            - { name: norm, type: batch_normalization\(frozen ? ", trainable: false" : "") }
            - { name: \(output), type: dense, units: 3, activation: softmax }
        train:
          epochs: 2
          batch_size: 50
          loss: cross_entropy
          optimizer: { type: sgd, learning_rate: 0.1 }
          metrics: [accuracy]
        """
    }

    static func bits(_ outcome: TrainingOutcome) -> [String: [UInt32]] {
        Dictionary(outcome.interpreter.savedValues.map { value in (value.name, (0..<value.numbers.count).map { value.numbers[$0].bitPattern }) }) { $1 }
    }

    @Test(arguments: ["run", "run/checkpoints/final.safetensors"]) func weightsOfARun(source: String) throws {
        let folder = try TemporaryFolder()
        let first = try trained(try folder.write("first.yaml", Self.model()), output: folder.path("run"))
        let file = try folder.write("second.yaml", Self.model(weights: source, frozen: true, output: "new"))
        let second = try trained(file, output: folder.path("second"))
        let before = Self.bits(first), after = Self.bits(second)
        // What is not trained stays as it was loaded, moving averages included.
        for name in ["h1.kernel", "h1.bias", "norm.gamma", "norm.beta", "norm.moving_mean", "norm.moving_variance"] { #expect(after[name] == before[name], "\(name)") }
        let weights = try #require(second.record.weights)
        #expect(weights.loaded == ["h1.kernel", "h1.bias", "norm.gamma", "norm.beta", "norm.moving_mean", "norm.moving_variance"])
        #expect(weights.random == ["new.kernel", "new.bias"])
        #expect(weights.unused == ["out.bias", "out.kernel"])
        #expect(weights.sha256.count == 64)
        #expect(weights.path == folder.path(source) && weights.file == folder.path("run/checkpoints/final.safetensors"))
        #expect(second.reportText(width: 100).contains("Began with `h1.kernel`"))

        // The run stands on its own: what it began with may be gone.
        try FileManager.default.removeItem(atPath: folder.path("run"))
        let scores = try evaluate(folder.path("second"))
        #expect(scores.first { $0.split == .test }?.scores == second.result.scores.first { $0.split == .test }?.scores)
        #expect(try Program.run(["inspect", folder.path("second")]).code == 0)
        let again = try Program.run(["train", file])
        #expect(again.code == 2 && again.messages.contains("NNC0639"), "\(again.messages)")
        #expect(try Program.run(["estimate", file]).code == 0)
    }

    /// A layer begins with what the file has of it, and the others as they would without it.
    @Test func onlyWhatTheFileHas() throws {
        let folder = try TemporaryFolder()
        _ = try trained(try folder.write("first.yaml", Self.model()), output: folder.path("run"))
        let loaded = try trained(try folder.write("second.yaml", Self.model(weights: "run", hidden: "other")), ["train.optimizer.learning_rate=1e-30"])
        let random = try trained(try folder.write("third.yaml", Self.model(hidden: "other")), ["seed=2", "train.optimizer.learning_rate=1e-30"])
        let a = Self.bits(loaded), b = Self.bits(random)
        #expect(a["other.kernel"] == b["other.kernel"] && a["out.kernel"] != b["out.kernel"])
        #expect(loaded.record.weights?.unused == ["h1.bias", "h1.kernel"])
    }

    /// What was exported for PyTorch comes back to the bit: filters, the columns behind a flattened image, normalizations, names that Python has taken.
    @Test func weightsInTorchsLayout() throws {
        let folder = try TemporaryFolder(), run = try ExportTests.run(folder)
        let exported = try exportRun(ExportOptions(run: run, format: .safetensors)).path, own = try Safetensors(path: run + "/checkpoints/final.safetensors")
        // Of the five units three are left.
        let text = ExportTests.images.replacing("seed: 4", with: "seed: 5").replacing("model:", with: "model:\n  weights: \(exported)")
        let narrow = text.replacing("units: 5, activation: gelu, policy: { neurons: { type: mask, keep: 3 } }", with: "units: 3, activation: gelu, trainable: false")
        let prepared = try #require(checkModel(try folder.write("again.yaml", narrow), threads: 1, readsWeights: true).prepared)
        let weights = try #require(prepared.initialWeights), interpreter = try prepared.makeInterpreter(pool: WorkerPool(threads: 1))
        try weights.load(into: interpreter)
        #expect(weights.random.isEmpty && weights.unused.isEmpty && weights.loaded.count == own.tensors.count)
        for value in interpreter.savedValues {
            let numbers = try own.numbers(try #require(own[value.name]))
            #expect((0..<value.numbers.count).allSatisfy { value.numbers[$0] == numbers[$0] }, "\(value.name)")
        }
        // A layer of another size is named with the shape that it should have there.
        let wide = checkModel(try folder.write("wide.yaml", text.replacing(", policy: { neurons: { type: mask, keep: 3 } }", with: "")), threads: 1, readsWeights: true)
        #expect(wide.diagnostics.contains { $0.kind == .initialWeightsShapeDiffers && $0.message.contains("`h.weight` is [5, 27] in this network, and [3, 27] there") }, "\(wide.diagnostics.map(\.message))")
    }

    @Test func nothingIsWrittenBeforeTheWeightsAreFound() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", Self.model(weights: "missing"))
        #expect(try Program.run(["train", file, "--output", folder.path("run")]).code == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
        #expect(try Program.run(["check", file]).messages.contains("NNC0639"))
    }
}
