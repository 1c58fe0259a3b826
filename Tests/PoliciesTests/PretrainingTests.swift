import Foundation
import Graph
import Testing
import TestSupport

@testable import Driver
@testable import Estimate

/// Policies while layers are trained one by one.
@Suite struct PretrainingTests {
    static let shrink = "neurons: { type: shrink_recall, keep: 40%, every: 3 epochs, recall: 1 epoch, probe: 64 }"

    /// 90 examples, 20 to a step of pre-training: five steps an epoch, and 30 units in each of two layers.
    static func model(_ policy: String, pretrain: String = "epochs: 5", train: String = "epochs: 1, batch_size: 32, optimizer: adam", layers: String? = nil) -> String {
        let on = policy.isEmpty ? "" : ", policy: { \(policy) }"
        return """
            version: 1
            seed: 3
            data: { format: synthetic, synthetic: { generator: rectangles, train: 100, test: 40 }, validation: 10% }
            model:
              input: { shape: [28, 28, 1] }
              layers:
                - { type: flatten }
            \(layers ?? """
                - { name: h1, type: dense, units: 30, activation: sigmoid\(on) }
                - { name: h2, type: dense, units: 30, activation: sigmoid\(on) }
            """)
                - { name: out, type: dense, units: 2, activation: softmax }
            train: { \(train), loss: cross_entropy, pretrain: { type: rbm, batch_size: 20, learning_rate: 0.1, \(pretrain) } }
            """
    }

    @Test("each layer shrinks and comes back in its own epochs; counted is predicted", arguments: ["activity", "norm", "random"])
    func shrinks(score: String) throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        let policy = Self.shrink.replacing("probe", with: "score: \(score), probe")
        let outcome = try trained(Self.model(policy, pretrain: "epochs: 7", train: "epochs: 7, batch_size: 32, optimizer: adam"), output: run)
        let pretrain = try #require(outcome.record.pretrain)
        #expect(pretrain.isExact && pretrain.isInRange && outcome.record.work?.isExact == true)
        #expect(pretrain.multiplications.lower == nil)
        let dense = try #require(pretrain.multiplications.dense)
        #expect(Double(pretrain.multiplications.counted) < 0.9 * Double(dense))
        #expect(outcome.interpreter.units.map(\.count) == [30, 30, 2])
        #expect(outcome.reportText(width: 150).components(separatedBy: "Of the dense network's").count == 3)

        let changes = try RunInspection(RunDirectory(path: run)).changes
        for name in ["h1", "h2"] {
            let own = changes.filter { $0.pretraining == name }
            #expect(own.allSatisfy { $0.layer == name })
            #expect(own.map(\.step) == [5, 10, 15, 25] && own.map(\.unitsAfter) == [12, 30, 12, 30])
        }
        #expect(changes.contains { $0.pretraining == nil })
    }

    /// Trains a second epoch of each layer with 12 units, and then nothing: the learning rate of the training is too small to change a number.
    @Test("what is put aside comes back as it was, at the latest when its layer is done")
    func recall() throws {
        let still = "epochs: 1, batch_size: 32, optimizer: { type: sgd, learning_rate: 1e-20 }"
        let policy = "neurons: { type: shrink_recall, keep: 40%, recall: 0 epochs, final_recall: 0 epochs }"
        let warm = try trained(Self.model("", pretrain: "epochs: 1", train: still)), end = try trained(Self.model(policy, pretrain: "epochs: 2", train: still))
        #expect(end.record.pretrain?.isExact == true)
        #expect(end.interpreter.units.map(\.count) == [30, 30, 2])
        let before = warm.numbers("h1.kernel"), after = end.numbers("h1.kernel")
        let moved = (0..<30).filter { before[$0 * 784..<($0 + 1) * 784] != after[$0 * 784..<($0 + 1) * 784] }
        #expect(moved.count == 12)
        let biases = (warm.numbers("h1.bias"), end.numbers("h1.bias"))
        #expect((0..<30).filter { biases.0[$0] != biases.1[$0] } == moved)
        // The first epoch of the second layer had other data below it, so it is not as it was anywhere.
        #expect(warm.numbers("h2.kernel") != end.numbers("h2.kernel"))
    }

    @Test("masked units are in none of the plans, and they are those that a run without pre-training leaves out", arguments: ["random", "weight_norm"])
    func mask(pick: String) throws {
        let policy = "neurons: { type: mask, keep: 40%, pick: \(pick) }", folder = try TemporaryFolder()
        let outcome = try trained(Self.model(policy), output: folder.path("run"))
        let pretrain = try #require(outcome.record.pretrain)
        #expect(pretrain.isExact && outcome.record.work?.isExact == true)
        #expect(outcome.interpreter.units.map(\.count) == [12, 12, 2])
        // Five products of 784 × 12 instead of 784 × 30; and in the layer above, 12 × 12 and the forward pass below.
        #expect(pretrain.layers.allSatisfy { Double($0.multiplications.counted) < 0.5 * Double($0.multiplications.dense ?? 0) })
        let changes = try RunInspection(RunDirectory(path: folder.path("run"))).changes
        #expect(changes.map(\.layer) == ["h1", "h2"] && changes.allSatisfy { $0.pretraining == "h1" && $0.step == 0 })
        let plain = Self.model(policy).replacing(#/, pretrain: \{.*?\}/#, with: "")
        _ = try trained(plain, output: folder.path("plain"))
        let other = try RunInspection(RunDirectory(path: folder.path("plain"))).changes
        #expect(changes.map(\.left) == other.map(\.left))
    }

    @Test("a layer that is masked and one that shrinks; a frozen layer; a dropout between")
    func mixed() throws {
        let outcome = try trained(Self.model("", pretrain: "epochs: 5, cd: 2", layers: """
                - { name: f, type: dense, units: 40, activation: sigmoid, trainable: false, policy: { neurons: { type: mask, keep: 50% } } }
                - { name: h1, type: dense, units: 30, activation: sigmoid, use_bias: false, policy: { \(Self.shrink), backward: { type: topk, k: 5 } } }
                - { type: dropout, rate: 0.2 }
                - { name: h2, type: dense, units: 30, activation: sigmoid, policy: { neurons: { type: mask, keep: 20% } } }
                - { name: h3, type: dense, units: 20, activation: sigmoid, policy: { \(Self.shrink) } }
            """))
        #expect(outcome.record.pretrain?.layers.map(\.name) == ["h1", "h2", "h3"])
        #expect(outcome.record.pretrain?.isExact == true)
        #expect(outcome.interpreter.units.map(\.count) == [20, 30, 6, 20, 2])
    }

    /// The first look is at a network that is there in no plan, or in which masked units are missing already.
    @Test("shrinking from the first step on", arguments: ["", ", policy: { neurons: { type: mask, keep: 50% } }"])
    func fromTheStart(below: String) throws {
        let policy = Self.shrink.replacing("probe", with: "warm_up: 0 epochs, probe")
        let outcome = try trained(Self.model("", train: "epochs: 5, batch_size: 32, optimizer: adam", layers: """
                - { name: h1, type: dense, units: 40, activation: sigmoid\(below) }
                - { name: h2, type: dense, units: 30, activation: sigmoid, policy: { \(policy) } }
                - { name: h3, type: dense, units: 30, activation: sigmoid, policy: { \(policy) } }
            """))
        #expect(outcome.record.pretrain?.isExact == true && outcome.record.work?.isExact == true)
        #expect(try #require(trained(mlp(policy, epochs: 5)).record.work).isExact)
    }

    @Test("the same bits on any number of threads; and keeping all of it trains to the same bits as dense")
    func bits() throws {
        let one = try trained(Self.model(Self.shrink), threads: 1)
        #expect(try trained(Self.model(Self.shrink), threads: 3).bits == one.bits)
        let dense = try trained(Self.model("")).bits
        #expect(try trained(Self.model(Self.shrink.replacing("40%", with: "100%"))).bits == dense)
        #expect(try trained(Self.model("neurons: { type: mask, keep: 100% }")).bits == dense)
        #expect(one.bits != dense)
    }

    /// It has no backward pass; and what begins later than the run is not there yet.
    @Test("policies that have nothing to do in it leave it as it is", arguments: [
        "backward: { type: topk, k: 3 }", "neurons: { type: apoptosis, probe: 50 }", "backward: { type: topk, k: 3 }, neurons: { type: simplify }",
        "start: 1 epoch, neurons: { type: mask, keep: 40% }", "start: 1 epoch, neurons: { type: shrink_recall }",
    ])
    func elsewhere(policy: String) throws {
        let outcome = try trained(Self.model(policy, train: "epochs: 2, batch_size: 32, optimizer: adam"))
        let pretrain = try #require(outcome.record.pretrain)
        #expect(pretrain.isExact && pretrain.multiplications.dense == pretrain.multiplications.predicted)
        let errors = try #require(try trained(Self.model("")).record.pretrain).layers.map(\.reconstructionError)
        #expect(pretrain.layers.map(\.reconstructionError) == errors)
        #expect(outcome.record.work?.isInRange == true)
    }

    @Test("a run that ends in the middle of it has all units")
    func ends() throws {
        let policy = "neurons: { type: shrink_recall, keep: 40%, every: 1000000 epochs }"
        // Nine steps of each layer: the shrinking is behind the fifth.
        let tried = try trained(Self.model(policy, pretrain: "epochs: 50"), steps: 9)
        #expect(tried.record.pretrain?.layers.map(\.steps) == [9, 9])
        #expect(tried.record.pretrain?.isExact == true)
        #expect(tried.interpreter.units.map(\.count) == [30, 30, 2])
        let late = try trained(Self.model(policy, pretrain: "epochs: 1000000", train: "epochs: 1, batch_size: 32, optimizer: adam, max_time: 1 seconds"))
        #expect(late.record.status == .maxTime && late.record.pretrain?.isExact == true)
        #expect(late.interpreter.units.map(\.count) == [30, 30, 2])
    }

    @Test("the estimate has the widths, and a range where there is one")
    func estimated() throws {
        let folder = try TemporaryFolder()
        let options = EstimateOptions(file: try folder.write("m.yaml", Self.model(Self.shrink)), threads: 2)
        let table = try estimateText(options, format: .table, width: 150)
        #expect( table.contains("30 → 12 → 30 → 12 → 30") && table.components(separatedBy: "\n").contains { $0.hasPrefix("pre-training ") && $0.hasSuffix("%") }, "\(table)")
        let record = try JSONText.decode(EstimateRecord.self, from: estimateText(options, format: .json, width: 80))
        #expect(record.pretrain?.layers.map(\.units) == [[30, 12, 30, 12, 30], [30, 12, 30, 12, 30]])
        #expect(record.pretrain?.layers.allSatisfy { $0.runLower == nil } == true)

        // No policy has a range there, but the tables have a place for one.
        let wide = try #require(checkModel(options.file).prepared), narrow = try #require(checkModel(options.file, overrides: ["model.layers.h1.units=10"]).prepared)
        let courses = wide.schedule.pretraining.indices.map { index in
            func stretch(_ prepared: PreparedModel) -> [Stretch] {
                let phase = prepared.schedule.pretraining[index]
                return [Stretch(start: 0, train: phase.plan, evaluate: [phase.plan])]
            }
            return Courses(lower: stretch(narrow), expected: stretch(wide), upper: stretch(wide))
        }
        let ranged = estimateRun(wide.schedule, pretraining: courses, length: wide.estimate.length, dataBytes: 0)
        #expect(ranged.pretraining.allSatisfy { !$0.isExact && $0.lower.total.allMultiplications < $0.run.total.allMultiplications && $0.run == $0.upper })
        #expect(EstimateReport(ranged).table(width: 200).contains("pre-training before the run, at the least"))
        #expect(EstimateRecord(ranged).pretrain?.layers.allSatisfy { $0.runLower != nil } == true)
    }
}
