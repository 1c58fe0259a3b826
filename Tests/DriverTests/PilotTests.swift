import Estimate
import Foundation
import Graph
import TestSupport
import Testing

@testable import Driver
@testable import Ops

/// A pilot sees on any data what the estimate else has from other data: how alike examples choose.
@Suite struct PilotTests {
    /// Twelve classes in 64 dimensions: nothing that varieties were counted on.
    private static func model(_ policy: String) -> String {
        sampleModel(
            data: "format: synthetic\n  synthetic: { generator: blobs, classes: 12, features: 64, train: 4000, test: 100, noise: 0.5 }",
            layers: ["h1", "h2"].map { "- { name: \($0), type: dense, units: 300, activation: relu, policy: { \(policy) } }\n    " }.joined() + "- { name: out, type: dense, units: 12, activation: softmax }",
            train: "epochs: 4\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 1e-3 }")
    }

    private static func estimated(_ file: String, pilot: Int? = nil) throws -> EstimateRecord {
        try JSONText.decode(EstimateRecord.self, from: estimateText(EstimateOptions(file: file, threads: 2, pilot: pilot), format: .json, width: 80))
    }

    @Test(arguments: [
        "forward: { type: hash_gather, function: sketch, active: 5%, per: example }", "forward: { type: hash_gather, function: wta, active: 10%, per: example }",
        "backward: { type: topk, k: 5%, per: example }", "backward: { type: sampled, k: 10% }",
    ])
    func itPredictsWhatIsCounted(policy: String) throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model(policy))
        let work = try #require(try trained(file, threads: 2).record.work), counted = Double(Slot.allCases.reduce(0) { $0 + (work.total[$1].multiplications.counted ?? 0) })
        func ratio(_ record: EstimateRecord) throws -> Double { Double(try #require(record.totals.run).multiplications) / counted }
        let without = try Self.estimated(file), with = try Self.estimated(file, pilot: 100), pilot = try #require(with.pilot)
        #expect(without.pilot == nil && pilot.steps == 100 && pilot.layers.map(\.name) == ["h1", "h2"])
        for layer in pilot.layers { #expect(layer.seen >= Double(layer.perExample) && layer.seen <= Double(layer.units)) }
        let (before, after) = (try ratio(without), try ratio(with))
        #expect(abs(after - 1) <= 0.03, "\(before) without a pilot, \(after) with it")
        // Of the whole run there is nothing left to expect.
        let whole = try ratio(Self.estimated(file, pilot: 10_000))
        #expect(abs(whole - 1) <= 0.005, "\(whole)")
        // The same seed shows the same.
        #expect(try Self.estimated(file, pilot: 100).pilot?.layers == pilot.layers)
    }

    @Test func itIsSaidWhereThereIsNothingToSee() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model("backward: { type: topk, k: 5%, per: batch }"))
        let done = try Program.run(["estimate", file, "--pilot", "100", "--profile", storedProfile])
        #expect(done.code == 0 && done.messages.contains("nothing to see") && !done.output.contains("pilot"))
        let seen = try Program.run(["estimate", try folder.write("n.yaml", Self.model("backward: { type: topk, k: 5%, per: example }")), "--pilot", "100", "--profile", storedProfile])
        #expect(seen.code == 0 && seen.output.contains("seen in a pilot of 100 steps"), "\(seen.output)")
        #expect(try Program.run(["estimate", file, "--pilot", "99"]).code == 64)
        // The data are what it is about.
        let absent = try folder.write("a.yaml", sampleModel(
            data: "format: csv\n  train: { features: nowhere.csv }",
            layers: "- { name: h, type: dense, units: 30, policy: { backward: { type: topk, k: 5%, per: example } }, strategy: example }\n    - { name: out, type: dense, units: 3, activation: softmax }",
            train: "epochs: 1\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: adam"
        ).replacing("model:\n", with: "model:\n  input: { shape: [4] }\n"))
        let refused = try Program.run(["estimate", absent, "--pilot", "100", "--profile", storedProfile])
        #expect(refused.code == 2 && refused.messages.contains("nowhere.csv"), "\(refused.messages)")
    }

    /// A training whose loss is no number shows nothing, and is said to be one: in a pilot and in a bench.
    @Test func divergence() throws {
        let folder = try TemporaryFolder()
        let text = Self.model("forward: { type: hash_gather, function: sketch, active: 5%, per: example }").replacing("{ type: adam, learning_rate: 1e-3 }", with: "{ type: momentum, learning_rate: 1000 }")
        let file = try folder.write("m.yaml", text)
        for words in [["estimate", file, "--pilot", "100"], ["bench", file, "--steps", "100"]] {
            let done = try Program.run(words + ["--profile", storedProfile])
            #expect(done.code == 1 && done.output.isEmpty && done.messages.contains("the loss is not a number in step"), "\(words): \(done.output)\(done.messages)")
        }
    }

    @Test func varietyIsTheInverseOfTheUnion() {
        for variety in [2.0, 11, 80, 400] {
            let rows = TouchedRows.union(perExample: 50, variety: variety).range(capacity: 1000, batch: 64).expected
            let back = TouchedRows.variety(rows: Double(rows), perExample: 50, capacity: 1000, batch: 64)
            #expect(abs(back / variety - 1) < 0.03, "\(variety) came back as \(back)")
        }
        #expect(TouchedRows.variety(rows: 1000, perExample: 50, capacity: 1000, batch: 64) > 1e3)
        #expect(TouchedRows.variety(rows: 1000, perExample: 1000, capacity: 1000, batch: 64) > 1e3)
    }
}
