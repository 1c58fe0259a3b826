import Diagnostics
import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Apoptosis in whole runs.
@Suite struct ApoptosisRunTests {
    static let policy = "neurons: { type: apoptosis, probe: 300, budget: 0.1 }"

    @Test("units go, accuracy stays, the run is within its estimate, and the saved network is the small one", arguments: ["regression", "all"])
    func shrinks(_ criterion: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(mlp("neurons: { type: apoptosis, probe: 300, budget: 0.1, criterion: \(criterion) }", units: 80, epochs: 10), output: folder.path("run"))
        let dense = try trained(mlp("", units: 80, epochs: 10))
        let parameters = outcome.record.parameters
        #expect(parameters.before == dense.record.parameters.after && parameters.after < parameters.before / 3)
        #expect(try #require(outcome.record.work).isInRange)
        let widths = outcome.interpreter.units.map(\.count)
        #expect(parameters.after == widths[0] * 21 + widths[1] * (widths[0] + 1) + 5 * (widths[1] + 1))
        func accuracy(_ outcome: TrainingOutcome) throws -> Double {
            try #require(outcome.result.scores.first { $0.split == .test }?.scores[.accuracy])
        }
        #expect(try accuracy(outcome) > accuracy(dense) - 0.03)
        let file = try Safetensors(path: folder.path("run/checkpoints/final.safetensors"))
        #expect(file.tensors.reduce(0) { $0 + $1.count } == parameters.after)
        let again = try #require(try evaluate(folder.path("run")).first { $0.split == .test })
        #expect(again.scores[.accuracy] == (try accuracy(outcome)))
    }

    @Test("with every optimizer, and to the same bits on any number of threads", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        let one = try trained(mlp(Self.policy, units: 60, optimizer: optimizer, epochs: 4), threads: 1)
        #expect(one.record.parameters.after < one.record.parameters.before)
        #expect(one.result.epochs.last?.train[.loss]?.isFinite == true)
        #expect(try trained(mlp(Self.policy, units: 60, optimizer: optimizer, epochs: 4), threads: 3).bits == one.bits)
    }

    @Test("where nothing can go, it trains to the same bits as dense")
    func neutral() throws {
        let kept = try trained(mlp("neurons: { type: apoptosis, probe: 300, budget: 1e-9 }", units: 12))
        #expect(kept.bits == (try trained(mlp("", units: 12)).bits))
    }

    /// What may stand between a layer and those that read it.
    static let surroundings: [String: String] = [
        "chain": """
                - { name: a, type: dense, units: 24, activation: relu, policy: { POLICY } }
                - { name: b, type: dense, units: 16, activation: tanh, policy: { POLICY } }
                - { name: out, type: dense, units: 5, activation: softmax }
            """,
        "normalized": """
                - { name: a, type: dense, units: 24, policy: { POLICY } }
                - { type: batch_normalization }
                - { name: r, type: activation, activation: relu }
                - { type: dropout, rate: 0.2 }
                - { name: b, type: dense, units: 16, activation: sigmoid, policy: { POLICY } }
                - { name: out, type: dense, units: 5, activation: softmax }
            """,
        "branches": """
                - { name: a, type: dense, units: 24, activation: relu, policy: { POLICY } }
                - { name: b, type: dense, units: 16, activation: relu, inputs: [a] }
                - { name: c, type: dense, units: 16, activation: relu, inputs: [a] }
                - { name: s, type: add, inputs: [b, c] }
                - { name: j, type: concatenate, inputs: [s, a] }
                - { name: out, type: dense, units: 5, activation: softmax }
            """,
    ]

    @Test("behind normalization and dropout, and in a graph with branches, it learns within its estimate", arguments: surroundings.keys.sorted())
    func inGraphs(_ name: String) throws {
        let layers = try #require(Self.surroundings[name]).replacing("POLICY", with: Self.policy)
        let outcome = try trained(modelText(layers, epochs: 8))
        #expect(outcome.record.parameters.after < outcome.record.parameters.before)
        #expect(try #require(outcome.record.work).isInRange)
        #expect(try #require(outcome.result.scores.first { $0.split == .test }?.scores[.accuracy]) > 0.85)
    }

    @Test("channels of a convolution go too, in front of pooling and of another convolution")
    func channels() throws {
        let outcome = try trained(modelText(
            """
                - { name: c1, type: conv2d, filters: 12, kernel_size: 5, strides: 2, activation: relu, policy: { \(Self.policy), backward: { type: topk, k: 50% } } }
                - { name: c2, type: conv2d, filters: 16, kernel_size: 3, activation: relu, policy: { \(Self.policy) } }
                - { type: max_pooling2d, pool_size: 2 }
                - { type: flatten }
                - { name: h, type: dense, units: 16, activation: relu }
                - { name: out, type: dense, units: 2, activation: softmax }
            """, epochs: 6, shape: "[28, 28, 1]", data: "{ generator: rectangles, train: 300, test: 100 }"))
        let widths = outcome.interpreter.units.map(\.count)
        #expect(widths[0] < 12 || widths[1] < 16)
        #expect(try #require(outcome.record.work).isInRange)
        #expect(try #require(outcome.result.scores.first { $0.split == .test }?.scores[.accuracy]) > 0.8)
    }

    static let exactPolicy = "neurons: { type: apoptosis, criterion: parallel, probe: 300, every: 1 step, until: 100%, min_units: 1 }"

    /// Of the first layer's units 1 is made parallel to 0, 3 parallel or opposite to 2, 4 dead or constant, and 5 constant.
    static let exactCases: [(layers: String, shape: String, data: String, kept: Int)] = [
        ("""
            - { name: a, type: dense, units: 12, activation: relu, policy: { POLICY } }
            - { name: b, type: dense, units: 8, activation: relu }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", SimplifyTests.blobs, 9),
        // The constant one stays where nobody can take its part.
        ("""
            - { name: a, type: dense, units: 12, activation: relu, policy: { POLICY } }
            - { name: b, type: dense, units: 8, activation: relu, use_bias: false }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", SimplifyTests.blobs, 10),
        ("""
            - { name: a, type: dense, units: 12, activation: tanh, policy: { POLICY } }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", SimplifyTests.blobs, 9),
        ("""
            - { name: a, type: dense, units: 12, policy: { POLICY } }
            - { name: n, type: batch_normalization }
            - { name: r, type: activation, activation: sigmoid }
            - { name: b, type: dense, units: 6 }
            - { name: j, type: concatenate, inputs: [b, r] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", SimplifyTests.blobs, 9),
        ("""
            - { name: a, type: conv2d, filters: 12, kernel_size: 5, strides: 2, activation: relu, policy: { POLICY } }
            - { type: max_pooling2d, pool_size: 2 }
            - { name: b, type: conv2d, filters: 4, kernel_size: 3, activation: relu }
            - { type: flatten }
            - { name: out, type: dense, units: 2, activation: softmax }
        """, "[28, 28, 1]", SimplifyTests.images, 9),
        ("""
            - { name: a, type: conv2d, filters: 12, kernel_size: 5, strides: 4, activation: relu, policy: { POLICY } }
            - { type: flatten }
            - { name: out, type: dense, units: 2, activation: softmax }
        """, "[28, 28, 1]", SimplifyTests.images, 9),
        // Read before and behind something that is not linear: each reader gets a part of its own.
        ("""
            - { name: a, type: dense, units: 12, policy: { POLICY } }
            - { name: t, type: activation, activation: tanh }
            - { name: d, type: dropout, rate: 0.2, inputs: [a] }
            - { name: b, type: dense, units: 6, inputs: [d] }
            - { name: j, type: concatenate, inputs: [b, t, input] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", SimplifyTests.blobs, 9),
    ]

    @Test("what the rules take out leaves the outputs as they were", arguments: exactCases.indices)
    func exact(_ index: Int) throws {
        let (layers, shape, data, kept) = Self.exactCases[index]
        let policy = Self.exactPolicy
        let text = modelText(layers.replacing("POLICY", with: policy), shape: shape, data: data)
        let network = try StandingNetwork(text)
        let interpreter = network.interpreter, isRectified = layers.contains("relu")
        network.forEachUnit(of: network.prepared.options.policies.entries[0].group) { layer, value, places, isBias in
            func set(_ unit: Int, _ other: Int, _ factor: Float) { for (i, j) in zip(places(unit), places(other)) { value[i] = factor * value[j] } }
            set(1, 0, isRectified ? 2 : 1)
            set(3, 2, isRectified ? 0.5 : -1)
            for (unit, bias) in [(4, Float(-1)), (5, 0.75)] { for i in places(unit) { value[i] = isBias ? bias : 0 } }
        }
        let before = network.outputs()
        let course = try #require(network.course)
        let change = try course.reshape(interpreter, step: 1)
        #expect(change.widths.first?.before == 12 && change.widths.first?.after ?? 12 <= kept, "\(change.notes)")
        #expect(change.notes.contains { $0.contains("logits") })
        let after = network.outputs()
        #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(Set(before).count > 5)
    }
}
