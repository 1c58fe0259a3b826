import Estimate
import Foundation
import TestSupport
import Testing

@testable import Driver

@Suite struct BenchTests {
    private static let model = sampleModel(
        layers: "- { name: h1, type: dense, units: 40, activation: relu, policy: { backward: { type: topk, k: 25% } } }\n    - { name: out, type: dense, units: 3, activation: softmax }",
        train: "epochs: 3\n  batch_size: 16\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 0.01 }\n  metrics: [accuracy]")

    @Test func stepsInTurns() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model)
        let record = try #require(try bench(BenchOptions(files: [file], threads: 2, steps: 30, profile: .file(storedProfile))).first)
        let dense = try #require(record.dense)
        #expect(record.network.steps == 30 && dense.steps == 30 && record.measured == nil)
        #expect(record.network.secondsPerStep.median > 0 && record.network.secondsPerStep.slices >= 20)
        #expect(record.network.multiplicationsPerStep < dense.multiplicationsPerStep)
        #expect(dense.multiplicationsPerStep == dense.predictedMultiplicationsPerStep)
        #expect(record.predictedSpeedUp ?? 0 > 0 && record.speedUp ?? 0 > 0)
        let table = BenchRecord.table([record], width: 200)
        #expect(table.contains("policies") && table.contains("dense") && table.contains("predicted"))
    }

    /// Each network of a bench trains as it does alone, to the bit.
    @Test func theyDoNotDisturbEachOther() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model)
        let record = try #require(try bench(BenchOptions(files: [file], threads: 2, epochs: 3)).first)
        func alone(_ overrides: [String]) throws -> Double? { try trained(file, overrides, threads: 1).record.metrics["test"]?["accuracy"] }
        #expect(record.measured == "test accuracy")
        #expect(try record.network.score == alone([]))
        #expect(try record.dense?.score == alone(["model.layers.h1.policy=none"]))
        #expect(record.network.course.count == 3 && record.network.predictedPerStep == nil)
        let chart = BenchRecord.chart([record])
        #expect(chart.hasPrefix("<svg") && chart.hasSuffix("</svg>\n") && chart.components(separatedBy: "<polyline").count == 5)
    }

    /// Rounds are one training each, of which the medians are kept; a profile of another machine has no place in them.
    @Test func rounds() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model)
        let record = try #require(try bench(BenchOptions(files: [file], threads: 1, steps: 10, rounds: 2)).first)
        #expect(record.rounds == 2 && record.network.secondsPerStep.slices == 2 && record.dense?.secondsPerStep.slices == 2)
        #expect(record.network.predictedPerStep ?? 0 > 0 && record.predictedSpeedUp ?? 0 > 0)
        #expect(BenchRecord.table([record], width: 200).contains("10 steps each, 2 rounds"))
        #expect(try Program.run(["bench", file, "--rounds", "2", "--profile", storedProfile]).code == 64)
        #expect(try Program.run(["bench", file, "--rounds", "0"]).code == 64)
    }

    @Test func asACommand() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", sampleModel())
        let done = try Program.run(["bench", file, "--steps", "10", "--json", "--profile", storedProfile])
        #expect(done.code == 0, "\(done.messages)")
        let records = try JSONText.decode([BenchRecord].self, from: done.output)
        #expect(records.count == 1 && records[0].dense == nil && records[0].network.steps == 10)
        let operations = try Program.run(["bench", file, "--steps", "5", "--operations", "--profile", storedProfile])
        #expect(operations.code == 0 && operations.output.contains("dense_update"), "\(operations.output)")
        #expect(try Program.run(["bench", file, "--chart", folder.path("c.svg")]).code == 64)
        let chart = try Program.run(["bench", file, "--epochs", "1", "--chart", folder.path("c.svg"), "--profile", storedProfile])
        #expect(chart.code == 0 && FileManager.default.fileExists(atPath: folder.path("c.svg")), "\(chart.messages)")
        #expect(try Program.run(["bench", folder.path("none.yaml"), "--profile", storedProfile]).code == 2)
    }
}
