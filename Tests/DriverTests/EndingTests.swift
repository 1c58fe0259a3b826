import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Every way in which a run can end.
@Suite struct EndingTests {
    @Test func lossNotFinite() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("fashion.yaml", sampleModel(train: """
            epochs: 5
              batch_size: 32
              loss: mse
              optimizer: { type: sgd, learning_rate: 900 }
            """).replacing("activation: softmax", with: "activation: linear"))
        let run = folder.path("run")
        let result = try Program.run(["train", model, "--output", run, "--progress", "none"])
        #expect(result.code == 1, "\(result.messages)")
        #expect(result.messages.contains("NNC0590"))
        #expect(result.messages.contains("step "))
        #expect(result.messages.contains("fashion.yaml:"))
        // The step never reached the weights.
        let file = try Safetensors(path: run + "/checkpoints/final.safetensors")
        #expect(file.tensors.count == 4)
        let record = try String(contentsOfFile: run + "/run.json", encoding: .utf8)
        #expect(record.contains("\"failed\""))

        // Told to go on, it goes on.
        let careless = try Program.run(["train", model, "--set", "train.on_nan=continue", "--progress", "none"])
        #expect(careless.code == 0, "\(careless.messages)")
    }

    @Test func earlyStopping() throws {
        let folder = try TemporaryFolder()
        let train = """
            epochs: 50
              batch_size: 32
              loss: cross_entropy
              optimizer: { type: sgd, learning_rate: 1e-9 }
              metrics: [accuracy]
              early_stopping: { monitor: validation.accuracy, patience: 3 }
            """
        let outcome = try trained(try folder.write("m.yaml", sampleModel(train: train)))
        #expect(outcome.record.status == .earlyStopping)
        #expect(outcome.result.epochs.count == 4)
        #expect(outcome.record.work?.isExact == true)
    }

    @Test func maxTime() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        let outcome = try trained(model, ["train.epochs=1000000", "train.max_time=0.2 seconds"])
        #expect(outcome.record.status == .maxTime)
        #expect(outcome.record.work?.isExact == true)
    }

    @Test func interrupted() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = ["train", model, "--set", "train.epochs=1000000", "--output", folder.path("run"), "--progress", "none"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let metrics = folder.path("run/metrics.jsonl")
        for _ in 0..<200 where (FileManager.default.contents(atPath: metrics)?.count ?? 0) == 0 { usleep(50_000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        #expect(FileManager.default.fileExists(atPath: folder.path("run/checkpoints/final.safetensors")))
        #expect(try String(contentsOfFile: folder.path("run/run.json"), encoding: .utf8).contains("\"interrupted\""))
    }
}
