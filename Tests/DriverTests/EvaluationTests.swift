import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

@Suite struct EvaluationTests {
    @Test func sameScoresAsAfterTraining() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        let run = folder.path("run")
        let outcome = try trained(model, output: run)
        let scores = try evaluate(run)
        for split in [SplitName.validation, .test] {
            #expect(scores.first { $0.split == split }?.scores == outcome.result.scores.first { $0.split == split }?.scores)
        }
        let json = try Program.run(["eval", run, "--format", "json"])
        #expect(json.code == 0 && json.output.contains("\"accuracy\""), "\(json.messages)")
    }

    @Test func brokenRuns() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        #expect(try Program.run(["eval", folder.path("missing")]).messages.contains("NNC0635"))
        let run = folder.path("run")
        _ = try trained(model, output: run)

        let weights = run + "/checkpoints/final.safetensors"
        let good = try #require(FileManager.default.contents(atPath: weights))
        for bad in [Data(), good.prefix(20), good.dropLast(4), good + Data([0])] {
            try bad.write(to: URL(fileURLWithPath: weights))
            let result = try Program.run(["eval", run])
            #expect(result.code == 2 && result.messages.contains("NNC0636"), "\(result.messages)")
        }
        try good.write(to: URL(fileURLWithPath: weights))
        #expect(try Program.run(["eval", run, "--checkpoint", "nothing"]).messages.contains("NNC0636"))

        let resolved = try String(contentsOfFile: run + "/model.resolved.yaml", encoding: .utf8)
        #expect(resolved.contains("units: 16"))
        try folder.write("run/model.resolved.yaml", resolved.replacing("units: 16", with: "units: 17"))
        #expect(try Program.run(["eval", run]).messages.contains("NNC0636"))
        try folder.write("run/run.json", "{}")
        let result = try Program.run(["eval", run])
        #expect(result.code == 2 && result.messages.contains("NNC0635"))
    }
}
