import Diagnostics
import Foundation
import Testing
import TestSupport

@testable import Driver

/// Layers of which some units are computed.
@Suite struct HashGatherTests {
    static func hash(_ fields: String = "", active: String = "40%") -> String {
        "forward: { type: hash_gather, active: \(active), rebuild: { every: 4 steps }, tables: 12, hashes: 3, dimensions: 8\(fields.isEmpty ? "" : ", " + fields) }"
    }

    static let functions = ["sketch", "sketch, projection: random", "simhash", "wta", "dwta", "exact", "random"]

    static func text(_ fields: String, optimizer: String = "{ type: adam, learning_rate: 1e-2 }", epochs: Int = 6) -> String {
        mlp(hash(fields), optimizer: optimizer, epochs: epochs)
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
        let text = Self.text("function: \(function)", epochs: 8).replacing("train: { epochs", with: "train: { mode: asynchronous, epochs")
        let outcome = try trained(text, threads: 3)
        #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.7)
    }
}
