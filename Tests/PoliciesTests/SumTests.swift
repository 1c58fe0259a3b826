import Diagnostics
import Foundation
import Graph
import Lowering
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Policies of the slot `neurons` on layers whose units are added.
@Suite struct SumTests {
    /// Two blocks behind each other; the stream is read before, between and behind the sums. POLICY stands on the layer that begins it.
    static let blocks = """
            - { name: stem, type: dense, units: 24, activation: relu, policy: { POLICY } }
            - { name: i1, type: dense, units: 16, activation: relu }
            - { name: c1, type: dense, units: 24 }
            - { type: dropout, rate: 0.1 }
            - { name: s1, type: add, inputs: [stem, dropout_1] }
            - { name: n, type: batch_normalization }
            - { name: i2, type: dense, units: 12, activation: tanh }
            - { name: c2, type: dense, units: 24, use_bias: false }
            - { name: s2, type: add, inputs: [s1, c2] }
            - { name: r, type: activation, activation: relu }
            - { name: j, type: concatenate, inputs: [r, i1] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """

    /// The same of convolutions, with pooling behind the sum.
    static let images = """
            - { name: stem, type: conv2d, filters: 8, kernel_size: 5, strides: 3, activation: relu, policy: { POLICY } }
            - { name: i1, type: conv2d, filters: 6, kernel_size: 3, padding: same, activation: relu }
            - { name: c1, type: conv2d, filters: 8, kernel_size: 3, padding: same }
            - { name: n, type: batch_normalization }
            - { name: s, type: add, inputs: [stem, n] }
            - { name: r, type: activation, activation: relu }
            - { type: max_pooling2d, pool_size: 2 }
            - { name: i2, type: conv2d, filters: 6, kernel_size: 3, activation: relu }
            - { type: flatten }
            - { name: out, type: dense, units: 2, activation: softmax }
        """

    static func text(_ layers: String, _ policy: String, optimizer: String = "{ type: adam, learning_rate: 1e-2 }", epochs: Int = 6) -> String {
        let isImage = layers.contains("conv2d")
        return modelText(
            layers.replacing("POLICY", with: policy), optimizer: optimizer, epochs: epochs, shape: isImage ? "[28, 28, 1]" : "[20]",
            data: isImage ? "{ generator: rectangles, train: 300, test: 100 }" : SimplifyTests.blobs)
    }

    static let stream = ["stem", "c1", "c2"]

    static func widths(_ outcome: TrainingOutcome) -> [Int] {
        outcome.interpreter.units.filter { stream.contains($0.name) }.map(\.count)
    }

    // MARK: what is refused

    static let refused: [(layers: String, words: [String])] = [
        ("""
            - { name: a, type: dense, units: 20, policy: { POLICY } }
            - { name: s, type: add, inputs: [a, input] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, ["`a`", "the network's input"]),
        ("""
            - { name: a, type: dense, units: 8, policy: { POLICY } }
            - { name: b, type: dense, units: 8 }
            - { name: s, type: add, inputs: [a, b] }
            - { name: c, type: dense, units: 8, policy: { neurons: { type: mask, keep: 30% } } }
            - { name: s2, type: add, inputs: [s, c] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, ["`c`", "`a`", "one policy"]),
        ("""
            - { name: a, type: dense, units: 8 }
            - { name: b, type: dense, units: 8, policy: { POLICY } }
            - { name: c, type: dense, units: 8, inputs: [a], trainable: false }
            - { name: s, type: add, inputs: [b, c] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, ["`b`", "`c`", "trainable: false"]),
        ("""
            - { name: a, type: dense, units: 5, policy: { POLICY } }
            - { name: b, type: dense, units: 5 }
            - { name: s, type: add, inputs: [a, b] }
            - { name: out, type: activation, activation: softmax }
        """, ["`a`", "the network's outputs"]),
        ("""
            - { name: a, type: dense, units: 5, policy: { POLICY } }
            - { name: b, type: dense, units: 5, inputs: [input] }
            - { name: h, type: dense, units: 7, inputs: [a] }
            - { name: c, type: dense, units: 5, inputs: [h] }
            - { name: s, type: add, inputs: [a, c] }
            - { name: s2, type: add, inputs: [s, b] }
            - { name: t, type: dense, units: 5 }
            - { name: u, type: add, inputs: [t, b] }
            - { type: activation, activation: softmax }
        """, ["`a`", "`t`", "the network's outputs"]),
        ("""
            - { name: a, type: dense, units: 4, policy: { POLICY } }
            - { name: b, type: dense, units: 4, inputs: [input] }
            - { name: j, type: concatenate, inputs: [a, b] }
            - { name: c, type: dense, units: 8 }
            - { name: s, type: add, inputs: [j, c] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, ["`a`", "`b`, `c`", "not one by one"]),
    ]

    @Test("a group that cannot lose units is refused with the reason", arguments: refused.indices)
    func refusals(_ index: Int) {
        let (layers, words) = Self.refused[index]
        let text = Self.text(layers, "neurons: { type: mask, keep: 50% }")
        let checked = checkModel(SourceText(path: "m.yaml", text: text), threads: 1)
        #expect(checked.diagnostics.map(\.kind.id) == ["NNC0409"], "\(checked.diagnostics.map(\.message))")
        for word in words { #expect(checked.diagnostics.first?.message.contains(word) == true, "\(checked.diagnostics.map(\.message))") }
    }

    @Test("one policy for all of them, a default among them, is one decision")
    func shared() throws {
        let layers = """
                - { name: stem, type: dense, units: 24, activation: relu, policy: lean }
                - { name: i, type: dense, units: 16, activation: relu }
                - { name: c1, type: dense, units: 24, policy: lean }
                - { name: s1, type: add, inputs: [stem, c1] }
                - { name: out, type: dense, units: 5, activation: softmax }
            """
        func policies(_ text: String) throws -> [String] {
            let checked = checkModel(SourceText(path: "m.yaml", text: text), threads: 1)
            let prepared = try #require(checked.prepared, "\(checked.diagnostics.map(\.message))")
            return prepared.options.policies.entries.map { "\(prepared.model.layers[$0.layer].name.value) \($0.group)" }
        }
        let lean = "policies: { lean: { neurons: { type: mask, keep: 50% } } }"
        #expect(try policies(modelText(layers, policies: lean)) == ["stem [0, 2]"])
        let defaults = "defaults: { dense: { policy: lean } }\n\(lean)"
        #expect(try policies(modelText(layers.replacing(", policy: lean", with: ""), policies: defaults)) == ["stem [0, 2]", "i [1]"])
        // What a layer says itself goes before a default.
        let own = layers.replacing("units: 24, policy: lean", with: "units: 24, policy: { neurons: { type: mask, keep: 25% } }").replacing(", policy: lean", with: "")
        #expect(try policies(modelText(own, policies: defaults)) == ["i [1]", "c1 [0, 2]"])
    }

    // MARK: runs

    @Test("shrunk and recalled together; counted is predicted", arguments: ["activity", "norm", "random"])
    func shrink(score: String) throws {
        let policy = "neurons: { type: shrink_recall, keep: 25%, score: \(score), every: 3 epochs, recall: 1 epoch, probe: 64 }"
        for layers in [Self.blocks, Self.images] {
            let folder = try TemporaryFolder()
            let outcome = try trained(Self.text(layers, policy, epochs: 7), output: folder.path("run"))
            #expect(try #require(outcome.record.work).isExact)
            #expect(outcome.record.parameters.after == outcome.record.parameters.before)
            let inspection = try RunInspection(RunDirectory(path: folder.path("run")))
            let names = Self.stream.filter { layers.contains("name: \($0),") }
            #expect(Set(inspection.changes.map(\.layer)) == Set(names))
            for step in Set(inspection.changes.map(\.step)) {
                let left = inspection.changes.filter { $0.step == step }.map(\.left)
                #expect(left.count == names.count && Set(left).count == 1)
            }
        }
    }

    @Test("the same bits on any number of threads, with every optimizer", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        for policy in ["neurons: { type: shrink_recall, keep: 25%, every: 2 epochs, recall: 1 epoch, probe: 64 }", ApoptosisRunTests.policy] {
            let one = try trained(Self.text(Self.blocks, policy, optimizer: optimizer, epochs: 4), threads: 1)
            #expect(try trained(Self.text(Self.blocks, policy, optimizer: optimizer, epochs: 4), threads: 3).bits == one.bits)
            #expect(one.result.epochs.last?.train[.loss]?.isFinite == true)
        }
    }

    @Test("masked together, and saved as they are", arguments: ["random", "weight_norm"])
    func mask(pick: String) throws {
        for layers in [Self.blocks, Self.images] {
            let folder = try TemporaryFolder()
            let outcome = try trained(Self.text(layers, "neurons: { type: mask, keep: 50%, pick: \(pick) }"), output: folder.path("run"))
            #expect(Set(Self.widths(outcome)) == [layers == Self.blocks ? 12 : 4])
            #expect(try #require(outcome.record.work).isExact)
            let again = try #require(try evaluate(folder.path("run")).first { $0.split == .test })
            #expect(again.scores[.accuracy] == outcome.result.scores.first { $0.split == .test }?.scores[.accuracy])
        }
    }

    @Test("units of a sum go by apoptosis, and the network still learns", arguments: ["regression", "all"])
    func apoptosis(_ criterion: String) throws {
        let policy = "neurons: { type: apoptosis, probe: 300, budget: 0.1, min_units: 3, criterion: \(criterion) }"
        for (layers, accuracy) in [(Self.blocks, 0.85), (Self.images, 0.7)] {
            let outcome = try trained(Self.text(layers, policy, epochs: 10))
            #expect(outcome.record.parameters.after < outcome.record.parameters.before)
            #expect(Set(Self.widths(outcome)).count == 1)
            #expect(try #require(outcome.record.work).isInRange)
            #expect(try #require(outcome.result.scores.first { $0.split == .test }?.scores[.accuracy]) > accuracy)
        }
    }

    @Test("seldom kept in all layers that keep part of their gradient: simplified together")
    func simplify() throws {
        let backward = "backward: { type: topk, k: 20% }"
        let neurons = "neurons: { type: simplify, drop_below: 20%, every: 3 steps, phases: { simplify: 1 epoch, recover: 9 epochs } }"
        let one = try trained(Self.text(Self.blocks, "\(backward), \(neurons)"))
        let both = try trained(Self.text(Self.blocks.replacing("name: c1, type: dense, units: 24", with: "name: c1, type: dense, units: 24, policy: { \(backward) }"), "\(backward), \(neurons)"))
        for outcome in [one, both] {
            #expect(Set(Self.widths(outcome)).count == 1 && Self.widths(outcome)[0] < 24)
            #expect(try #require(outcome.record.work).isInRange)
        }
        // A unit that one of them keeps stays.
        #expect(Self.widths(both)[0] >= Self.widths(one)[0])
        #expect(both.interpreter.persistentValues.contains { $0.name == "c1.activity" })
    }

    @Test("keeping all of it trains to the same bits as dense")
    func neutral() throws {
        for layers in [Self.blocks, Self.images] {
            let dense = try trained(Self.text(layers.replacing(", policy: { POLICY }", with: ""), "", epochs: 3)).bits
            for policy in ["shrink_recall, keep: 100%, every: 2 epochs, probe: 64", "mask, keep: 100%", "apoptosis, budget: 1e-9, probe: 300, criterion: regression"] {
                #expect(try trained(Self.text(layers, "neurons: { type: \(policy) }", epochs: 3)).bits == dense, "\(policy)")
            }
        }
    }

    @Test("the file of a residual network runs with each of them")
    func modelFile() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let data = "data={ format: synthetic, synthetic: { generator: rectangles, train: 300, test: 100 }, validation: 10% }"
        for policy in ["apoptosis", "shrink_recall", "mask, keep: 50%"] {
            let overrides = [
                data, "model.layers.out.units=2", "train.metrics=[accuracy]", "train.epochs=3", "model.layers.stem.policy={ neurons: { type: \(policy) } }",
            ]
            let outcome = try train(TrainingOptions(
                file: root.appendingPathComponent("models/residual.yaml").path, overrides: overrides, dryRunSteps: 1_000_000_000, progress: .none))
            #expect(try #require(outcome.record.work).isInRange)
            let counts = Dictionary(outcome.interpreter.units.map { ($0.name, $0.count) }) { $1 }
            #expect(counts["stem"] == counts["change"])
        }
    }
}
