import Diagnostics
import Foundation
import Graph
import Kernels
import Lowering
import Runtime
import TestSupport
import Testing

@testable import Driver

/// The policies that take units away, and what taking units away must not change.
@Suite struct SimplifyTests {
    static let policy = "backward: { type: topk, k: 30% }, neurons: { type: simplify, drop_below: 20%, every: 3 steps, phases: { simplify: 1 epoch, recover: 1 epoch } }"

    @Test("units go, the run is within its estimate, and the saved network is the small one")
    func shrinks() throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(mlp(Self.policy.replacing("recover: 1 epoch", with: "recover: 9 epochs"), units: 60, epochs: 10), output: folder.path("run"))
        let after = outcome.record.parameters.after
        #expect(after < outcome.record.parameters.before / 2)
        #expect(try #require(outcome.record.work).isInRange)
        let widths = outcome.interpreter.units
        #expect(widths.map(\.name) == ["h1", "h2", "out"])
        #expect(widths[0].count < 60 && widths[1].count < 60 && widths[2].count == 5)
        #expect(after == widths[0].count * 21 + widths[1].count * (widths[0].count + 1) + 5 * (widths[1].count + 1))
        // The weights on disk are those of the small network, and evaluation gets the same scores from them.
        let file = try Safetensors(path: folder.path("run/checkpoints/final.safetensors"))
        #expect(file.tensors.reduce(0) { $0 + $1.count } == after)
        let again = try #require(try evaluate(folder.path("run")).first { $0.split == .test })
        let before = try #require(outcome.result.scores.first { $0.split == .test })
        #expect(again.scores[.accuracy] == before.scores[.accuracy] && again.scores[.loss] == before.scores[.loss])
        #expect(try #require(before.scores[.accuracy]) > 0.85)
        // The widths as they moved are in the metrics file.
        let metrics = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
        #expect(metrics.contains("\"units\":{"))
    }

    @Test("with every optimizer, with the optimizer reset, and to the same bits on any number of threads", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        let reset = Self.policy.replacing("drop_below", with: "reset_optimizer: true, drop_below")
        for policy in [Self.policy, reset] {
            let one = try trained(mlp(policy, units: 40, optimizer: optimizer, epochs: 3), threads: 1)
            #expect(one.record.parameters.after < one.record.parameters.before)
            #expect(one.result.epochs.last?.train[.loss]?.isFinite == true)
            #expect(try trained(mlp(policy, units: 40, optimizer: optimizer, epochs: 3), threads: 3).bits == one.bits)
        }
    }

    @Test("nothing dropped trains to the same bits as no policy for units")
    func neutral() throws {
        let only = try trained(mlp("backward: { type: topk, k: 30% }")).bits
        let kept = try trained(mlp("backward: { type: topk, k: 30% }, neurons: { type: simplify, drop_below: 0.0001%, every: 3 steps, phases: { simplify: 1 epoch, recover: 1 epoch } }"))
        #expect(kept.bits.filter { !$0.key.hasSuffix(".activity") } == only)
    }

    @Test("so many units stay in any case")
    func leastUnits() throws {
        let outcome = try trained(mlp(
            "backward: { type: topk, k: 10% }, neurons: { type: simplify, drop_below: 90%, every: 2 steps, phases: { simplify: 1 epoch, recover: 1 epoch }, min_units: 7 }",
            units: 40, epochs: 2))
        #expect(outcome.interpreter.units.map(\.count) == [7, 7, 5])
    }

    @Test("a unit that puts out nothing can be cut out anywhere without changing what the network puts out", arguments: cases)
    func cut(_ layers: String, shape: String, data: String, kept: [Int]) throws {
        let outcome = try trained(modelText(layers, epochs: 1, shape: shape, data: data))
        let interpreter = outcome.interpreter
        let folder = try TemporaryFolder()
        let prepared = try #require(checkModel(try folder.write("m.yaml", modelText(layers, epochs: 1, shape: shape, data: data))).prepared)
        let loaded = try loadData(prepared, console: Console())
        let test = try #require(loaded.test)
        let count = min(test.count, 32)
        let memory = try #require(Arena(byteCount: 4 * count))
        let indices: Ints = memory.strip(offset: 0, count: count)
        for i in 0..<count { indices[i] = Int32(i) }

        // Layer 0: its units outside `kept` put out 0 from now on.
        let units = try #require(prepared.model.layers[0].kind.units)
        for value in interpreter.persistentValues where value.layer == 0 {
            guard case .parameter = value.role, let axis = value.axes.firstIndex(of: .units) else { continue }
            let inner = value.type.shape[(axis + 1)...].reduce(1, *)
            for i in 0..<value.numbers.count where !kept.contains(i / inner % units) { value.numbers[i] = 0 }
        }
        interpreter.evaluateStep(source: test, indices: indices)
        let before = (0..<count * interpreter.outputCount).map { interpreter.evaluationOutput(count)[$0] }
        let narrowing = Narrowing(prepared.model, graph: interpreter.schedule.phases[0].train.graph, kept: [0: kept])
        var diagnostics = prepared.description.unavailable
        let lowered = try lower(narrowing.model, facts: prepared.description.facts, options: prepared.options, diagnostics: &diagnostics)
        try interpreter.adopt(lowered.schedule, values: interpreter.persistentValues.map(\.saved).map { $0.keeping(narrowing.survivors(layer: $0.layer, axes: $0.axes)) })
        interpreter.evaluateStep(source: test, indices: indices)
        let after = (0..<count * interpreter.outputCount).map { interpreter.evaluationOutput(count)[$0] }
        #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(Set(before).count > 5)
    }

    static let blobs = "{ generator: blobs, train: 300, test: 100, features: 20, classes: 5, noise: 0.5 }"
    static let images = "{ generator: rectangles, train: 100, test: 50 }"
    /// What may stand behind a layer whose units go.
    static let cases: [(String, String, String, [Int])] = [
        ("""
            - { name: a, type: dense, units: 8, activation: relu }
            - { name: b, type: dense, units: 6, activation: relu }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", blobs, [1, 4, 5]),
        // Normalization of a unit that is always zero gives its shift, which is zero where nothing has been learnt.
        ("""
            - { name: a, type: dense, units: 8, use_bias: false }
            - { name: n, type: batch_normalization, trainable: false }
            - { name: r, type: activation, activation: relu }
            - { name: d, type: dropout, rate: 0.2 }
            - { name: b, type: dense, units: 6, inputs: [d] }
            - { name: j, type: concatenate, inputs: [b, r, a] }
            - { name: out, type: dense, units: 5, activation: softmax }
        """, "[20]", blobs, [0, 7]),
        ("""
            - { name: a, type: conv2d, filters: 5, kernel_size: 5, strides: 3, activation: relu }
            - { name: b, type: conv2d, filters: 4, kernel_size: 3, padding: same, activation: relu }
            - { type: flatten }
            - { name: out, type: dense, units: 2, activation: softmax }
        """, "[28, 28, 1]", images, [0, 2, 4]),
        ("""
            - { name: a, type: conv2d, filters: 5, kernel_size: 5, strides: 2, activation: relu }
            - { type: max_pooling2d, pool_size: 2 }
            - { type: average_pooling2d, pool_size: 2 }
            - { type: flatten }
            - { name: out, type: dense, units: 2, activation: softmax }
        """, "[28, 28, 1]", images, [3]),
    ]

    @Test("where the batch chooses, as many units as it chooses are expected to be left")
    func expected() throws {
        func end(_ backward: String, _ units: Int = 500) throws -> Int {
            let text = mlp("backward: { \(backward) }, neurons: { type: simplify, drop_below: 10%, every: 1 step }", units: units, epochs: 10)
            let prepared = try #require(checkModel(SourceText(path: "m.yaml", text: text), threads: 1).prepared)
            let entry = try #require(prepared.options.policies.entries.first { $0.policy is any NeuronsPolicy }), policy = try #require(entry.policy as? any NeuronsPolicy)
            let specs = prepared.model.layers[0].policies, spec = try #require(specs.first { $0.slot == .neurons })
            let widths = policy.forecast(PolicySite(model: prepared.model, layer: 0, spec: spec), ApoptosisTests.clock())
            #expect(widths.allSatisfy { $0.units.upper == units && $0.units.lower <= $0.units.expected } && zip(widths, widths.dropFirst()).allSatisfy { $0.units.expected >= $1.units.expected })
            return try #require(widths.last?.units.expected)
        }
        #expect(try end("type: topk, k: 160") == 160)
        #expect(try end("type: topk, k: 160, per: batch") == 160)
        #expect(try end("type: topk, k: 600", 500) == 500)
        // Of a share of those that are left, of each example's choices, and of drawn ones, no such end is known.
        for other in ["type: topk, k: 32%", "type: topk, k: 160, per: example", "type: sampled, k: 160"] { #expect(try end(other) == 163) }
    }

    @Test("what cannot be cut is refused")
    func refused() throws {
        func problems(_ layers: String) -> [String] {
            checkModel(SourceText(path: "m.yaml", text: modelText(layers)), threads: 1).diagnostics.map(\.kind.id)
        }
        #expect(problems("    - { name: out, type: dense, units: 5, activation: softmax, policy: { \(Self.policy) } }") == ["NNC0411", "NNC0409"])
        #expect(problems(
            """
                - { name: a, type: dense, units: 8, policy: { neurons: { type: simplify } } }
                - { name: out, type: dense, units: 5, activation: softmax }
            """) == ["NNC0407"])
    }
}
