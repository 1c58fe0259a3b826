import Diagnostics
import Foundation
import Graph
import Ops
import Testing
import TestSupport

@testable import Driver
@testable import Estimate
import Runtime

/// Layers of which some units are computed.
@Suite struct HashGatherTests {
    static func hash(_ fields: String = "", active: String = "40%") -> String {
        "forward: { type: hash_gather, active: \(active), rebuild: { every: 4 steps }, tables: 12, hashes: 3, dimensions: 8\(fields.isEmpty ? "" : ", " + fields) }"
    }

    static let functions = ["sketch", "sketch, projection: random", "simhash", "wta", "dwta", "exact", "random",
        "simhash, pool: 3, fill: popularity, always_include: 2", "wta, pool: 2, window: 4, select: union, fill: popularity", "sketch, always_include: 3"]

    static func text(_ fields: String, optimizer: String = "{ type: adam, learning_rate: 1e-2 }", epochs: Int = 6) -> String {
        mlp(hash(fields), optimizer: optimizer, epochs: epochs)
    }

    @Test("of weights and gradients, as many rows are read and written as the update is expected to meet; what is multiplied does not depend on it")
    func sharedRows() throws {
        let text = mlp("forward: { type: hash_gather, active: 5%, per: example }", units: 1000, batch: 64)
        let prepared = try #require(checkModel(SourceText(path: "m.yaml", text: text), threads: 1).prepared), plan = prepared.schedule.phases[0].train
        func work(_ change: (any SharesRows) -> TouchedRows?) -> Work {
            plan.graph.nodes.reduce(into: Work()) { sum, node in
                guard var product = node.operation as? any SharesRows, node.layer == 0 else { return }
                product.rows = change(product)
                sum += product.work(plan.graph.workOperands(node, batch: 64)).total
            }
        }
        let own = work { $0.rows }, all = work { _ in nil }, few = work { _ in .counted(60) }
        #expect(own.allMultiplications == all.allMultiplications && few.allMultiplications == all.allMultiplications && own.allMultiplications > 0)
        #expect(few.streamed < own.streamed && own.streamed < all.streamed)
        for layer in 0..<2 {
            let nodes = plan.graph.nodes.filter { $0.layer == layer }
            let update = try #require(nodes.lazy.compactMap { $0.operation as? any RowUpdate }.first), products = nodes.compactMap { $0.operation as? any SharesRows }
            #expect(products.count >= 2 && products.allSatisfy { $0.rows == update.rows })
        }
    }

    @Test("each function learns, and the products are what was predicted", arguments: functions, ["example", "batch"])
    func learns(_ function: String, _ per: String) throws {
        let outcome = try trained(Self.text("function: \(function), per: \(per)"))
        let work = try #require(outcome.record.work)
        for slot in [work.total.forward, work.total.backwardInput, work.total.backwardWeights] {
            #expect(slot.multiplications.predicted == slot.multiplications.counted)
            #expect(try #require(slot.multiplications.counted) < slot.multiplications.dense)
        }
        let overhead = work.total.overhead.multiplications, counted = Double(overhead.counted ?? 0)
        #expect(abs(Double(overhead.predicted) - counted) <= 0.02 * counted)
        let accuracy = try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy])
        #expect(accuracy > (function == "random" ? 0.25 : 0.6), "\(function) per \(per): \(accuracy)")
    }

    @Test("computing all of it trains to the same bits as dense")
    func neutral() throws {
        #expect(try trained(mlp(Self.hash(active: "100%"), epochs: 3)).bits == trained(mlp("", epochs: 3)).bits)
    }

    @Test("the same bits on any number of threads, with every optimizer", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        for function in ["sketch", "simhash", "wta"] {
            let text = Self.text("function: \(function)", optimizer: optimizer, epochs: 3)
            let one = try trained(text, threads: 1)
            #expect(try trained(text, threads: 3).bits == one.bits, "\(function)")
            #expect(one.result.epochs.last?.train[.loss]?.isFinite == true)
        }
    }

    @Test("behind dropout, normalization, a concatenation and a layer that is whole")
    func graphs() throws {
        let on = "policy: { \(Self.hash()) }", perBatch = "policy: { \(Self.hash("per: batch")) }"
        for (first, second) in [(on, on), (on, perBatch), (perBatch, on), (perBatch, perBatch)] {
            let outcome = try trained(modelText(
                """
                    - { name: a, type: dense, units: 24, activation: relu, \(first) }
                    - { name: d, type: dropout, rate: 0.1 }
                    - { name: b, type: dense, units: 24, inputs: [d], activation: tanh, \(second) }
                    - { name: w, type: dense, units: 12, inputs: [d], activation: relu }
                    - { name: n, type: batch_normalization, inputs: [b] }
                    - { name: j, type: concatenate, inputs: [n, w] }
                    - { name: out, type: dense, units: 5, activation: softmax }
                """, epochs: 8))
            #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.7)
        }
    }

    @Test("the log says what was found, and what was never chosen")
    func activity() throws {
        func activity(_ function: String) throws -> LayerActivity {
            try #require(try trained(Self.text("function: \(function)")).record.activity?.first?.value)
        }
        let exact = try activity("exact"), random = try activity("random"), sketch = try activity("sketch"), tables = try activity("simhash")
        for one in [exact, random, sketch, tables] { #expect(one.shareActive == Double(one.active) / Double(one.units)) }
        #expect(exact.recall == 1)
        #expect(abs(try #require(random.recall) - random.shareActive) < 0.1)
        #expect(try #require(sketch.recall) > random.shareActive + 0.1)
        #expect(random.neverSelected == 0)
        #expect(sketch.buckets == nil)
        let buckets = try #require(tables.buckets)
        #expect(buckets.mean > 0 && buckets.largest >= 1 && buckets.shareEmpty < 1)
    }

    @Test("the units that are always included are computed for every example", arguments: ["sketch", "simhash", "random"])
    func alwaysIncluded(_ function: String) throws {
        let folder = try TemporaryFolder()
        _ = try trained(Self.text("function: \(function), always_include: 3", epochs: 1), output: folder.path("run"))
        let line = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
        #expect(line.contains("\"activity\"") && line.contains("never_selected"))
    }

    @Test("both networks are evaluated side by side, in training and later")
    func sideBySide() throws {
        let folder = try TemporaryFolder()
        func scores(_ inference: String, with: String, output: String? = nil) throws -> Scores {
            let text = Self.text("function: sketch, inference: \(inference)").replacing("train: { epochs", with: "train: { \(with)epochs")
            return try #require(try trained(text, output: output).result.scores.first { $0.split.rawValue == "test" }?.scores)
        }
        let dense = try scores("dense", with: ""), hashed = try scores("hash", with: "")
        let both = try scores("hash", with: "evaluate: { with: [policy, dense] }, ", output: folder.path("run"))
        #expect(both.entries == hashed.entries)
        let twin = try #require(both.twin)
        #expect(twin.name == "dense" && twin.entries == dense.entries)
        let other = try scores("hash", with: "evaluate: { with: [dense, policy] }, ")
        #expect(other.entries == dense.entries && other.twin?.entries == hashed.entries)
        let inspected = try inspectRun(folder.path("run"))
        #expect(inspected.contains("test, dense") && inspected.contains("Units that were computed") && inspected.contains("never chosen"))
        let later = try #require(try evaluate(folder.path("run")).first { $0.split.rawValue == "test" }?.scores)
        let losses = [(later[.loss], both[.loss]), (later.twin?.entries.first?.value, twin.entries.first?.value)]
        for (a, b) in losses { #expect(abs(try #require(a) - (try #require(b))) < 1e-6) }
    }

    @Test("the estimate says what choosing costs and what tables find")
    func estimated() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("model.yaml", Self.text("function: simhash, probes: 2"))
        let text = try estimateText(EstimateOptions(file: file), format: .table, width: 200)
        for words in ["Choosing units", "simhash, 12 tables of 3 codes, 2 more buckets of each", "saved", "choosing", "refreshing", "60°"] {
            #expect(text.contains(words), "\(words)")
        }
        let choices = try #require(try JSONText.decode(Choices.self, from: try estimateText(EstimateOptions(file: file), format: .json, width: 80)).choices)
        #expect(choices.allSatisfy { $0.saved.multiplications > 0 && $0.choosing.additions > 0 && $0.refreshing.additions > 0 })
    }

    private struct Choices: Codable { var choices: [ChoiceRecord]? }

    @Test("a saved network is evaluated as it was trained, chosen units and all, also where the policy started late")
    func evaluated() throws {
        for (function, inference) in [("sketch", "hash"), ("simhash", "hash"), ("wta", "hash"), ("sketch", "dense")] {
            let folder = try TemporaryFolder()
            let text = Self.text("function: \(function), inference: \(inference)")
            let late = text.replacing("policy: { forward", with: "policy: { start: 2 epochs, forward")
            for text in [text, late] {
                let outcome = try trained(text, output: folder.path("run"))
                let before = try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.loss])
                let after = try #require(try evaluate(folder.path("run")).first { $0.split.rawValue == "test" }?.scores[.loss])
                #expect(abs(after - before) < 1e-6, "\(function)")
                try FileManager.default.removeItem(atPath: folder.path("run"))
            }
        }
    }

    @Test("workers share tables and sketches", arguments: ["sketch", "simhash", "wta"])
    func asynchronous(_ function: String) throws {
        // Small steps: one that comes late, on a machine that does much else, is a push with a gradient of long ago.
        let text = Self.text("function: \(function)", optimizer: "{ type: adam, learning_rate: 3e-3 }", epochs: 24)
            .replacing("train: { epochs", with: "train: { mode: asynchronous, epochs")
        let outcome = try trained(text, threads: 3)
        #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.7)
    }
}
