import Diagnostics
import Foundation
import Testing
import TestSupport

@testable import Driver

/// Masks, and shrinking with recall.
@Suite struct ShrinkTests {
    @Test("a run is evaluated whose policy is a default of all layers, the output's not meant")
    func evaluatedWithDefaults() throws {
        let folder = try TemporaryFolder()
        let text = modelText(
            """
                - { name: h, type: dense, units: 30, activation: relu }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, policies: "defaults: { dense: { policy: { neurons: { type: shrink_recall, keep: 40% } } } }", epochs: 3)
        let outcome = try trained(text, output: folder.path("run"))
        let before = try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.loss])
        let after = try #require(try evaluate(folder.path("run")).first { $0.split.rawValue == "test" }?.scores[.loss])
        #expect(abs(after - before) < 1e-6)
    }

    static let shrink = "neurons: { type: shrink_recall, keep: 40%, every: 3 epochs, recall: 1 epoch, probe: 64 }"

    @Test("the course is known beforehand: counted is predicted, and all units are there at the end", arguments: ["activity", "norm", "random"])
    func counted(score: String) throws {
        for text in [mlp(Self.shrink.replacing("probe", with: "score: \(score), probe"), epochs: 7), mlp(Self.shrink + ", backward: { type: topk, k: 5 }", epochs: 7)] {
            let outcome = try trained(text)
            let work = try #require(outcome.record.work)
            #expect(work.isExact)
            #expect(work.total.forward.multiplications.predicted < work.total.forward.multiplications.dense)
            #expect(outcome.interpreter.units.map(\.count) == [30, 30, 5])
            #expect(outcome.record.parameters.after == outcome.record.parameters.before)
        }
        let images = try trained(cnn(Self.shrink, epochs: 5))
        #expect(try #require(images.record.work).isExact)
    }

    /// Two epochs of nine steps: the first warms up, the second is shrunk, and a recall at its end forces all units back.
    @Test("what is put aside comes back as it was, moments included")
    func recall() throws {
        let folder = try TemporaryFolder()
        let policy = "neurons: { type: shrink_recall, keep: 40%, every: 2 epochs, recall: 0 epochs, final_recall: 1 step, probe: 64 }"
        let warm = try trained(mlp(policy, epochs: 2), steps: 8)
        let end = try trained(mlp(policy, epochs: 2), output: folder.path("run"))
        let metrics = try String(contentsOfFile: folder.path("run/metrics.jsonl"), encoding: .utf8)
        #expect(metrics.contains("\"h1\":12") && metrics.contains("\"h1\":30"))
        // Units that are away from the ninth step to the seventeenth move in the ninth and the last only, by a hundredth or so each.
        let before = warm.numbers("h1.kernel"), after = end.numbers("h1.kernel")
        let moved: [Float] = (0..<30).map { unit in
            var most: Float = 0
            for place in unit * 20..<(unit + 1) * 20 { most = max(most, abs(before[place] - after[place])) }
            return most
        }
        #expect(moved.filter { $0 < 0.025 }.count >= 18)
        #expect(moved.filter { $0 > 0.03 }.count >= 6)
    }

    @Test("what is held of units that are away is in the estimate", arguments: optimizers)
    func held(_ optimizer: String) throws {
        let policy = "neurons: { type: shrink_recall, keep: 25%, warm_up: 1 step, every: 3 steps, recall: 1 step, final_recall: 1 step, probe: 64 }"
        let wide = modelText(
            """
                - { name: a, type: dense, units: 24 }
                - { name: b, type: dense, units: 30, policy: { \(policy), backward: { type: topk, k: 5 } } }
                - { type: batch_normalization }
                - { name: c, type: dense, units: 12, activation: relu }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, optimizer: optimizer)
        for (text, cut) in [(mlp(policy, optimizer: optimizer), ["h1", "h2", "out"]), (wide, ["b", "batch_normalization_1", "c"]), (SumTests.text(SumTests.blocks, policy, optimizer: optimizer), [])] {
            let network = try StandingNetwork(text)
            let course = try #require(network.course), interpreter = network.interpreter
            let whole = interpreter.persistentValues.filter { value in
                cut.contains { value.name.hasPrefix($0 + ".") } && !(value.name.hasPrefix("c.bias") || value.name.hasPrefix("out.bias"))
            }
            network.step()
            #expect(network.heldBytes() == 0)
            _ = try course.reshape(interpreter, step: 1)
            #expect(network.heldBytes() == network.prepared.estimate.memory.aside && network.heldBytes() > 0)
            if !cut.isEmpty { #expect(network.heldBytes() == whole.reduce(0) { $0 + 4 * $1.numbers.count }) }
            _ = try course.reshape(interpreter, step: 2)
            #expect(network.heldBytes() == 0)
            // What was away is there again, and what was not cut has gone on.
            network.step()
            _ = try course.reshape(interpreter, step: 3)
            #expect(network.heldBytes() == network.prepared.estimate.memory.aside)
        }
        #expect(try StandingNetwork(mlp("neurons: { type: mask, keep: 50% }")).prepared.estimate.memory.aside == 0)
    }

    @Test("a recall takes a step at the least, so that units are chosen among all")
    func shortRecall() throws {
        let folder = try TemporaryFolder()
        let policy = "neurons: { type: shrink_recall, keep: 40%, every: 1 epoch, recall: 0 epochs, probe: 64 }"
        let outcome = try trained(mlp(policy, epochs: 6), output: folder.path("run"))
        #expect(try #require(outcome.record.work).isExact)
        let changes = try RunInspection(RunDirectory(path: folder.path("run"))).changes
        #expect(Set(changes.map(\.unitsAfter)) == [12, 30] && changes.count > 12)
    }

    @Test("the same bits on any number of threads, with every optimizer", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        let text = mlp(Self.shrink, optimizer: optimizer, epochs: 5)
        let one = try trained(text, threads: 1)
        #expect(try trained(text, threads: 3).bits == one.bits)
        #expect(one.result.epochs.last?.train[.loss]?.isFinite == true)
    }

    @Test("behind normalization, and in front of a concatenation")
    func graphs() throws {
        let outcome = try trained(modelText(
            """
                - { name: a, type: dense, units: 24, policy: { \(Self.shrink) } }
                - { type: batch_normalization }
                - { name: r, type: activation, activation: relu }
                - { name: b, type: dense, units: 24, inputs: [r], activation: tanh, policy: { \(Self.shrink) } }
                - { name: j, type: concatenate, inputs: [b, r] }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, epochs: 8))
        #expect(try #require(outcome.record.work).isExact)
        #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.85)
    }

    @Test("without a recall at the end the network stays small")
    func staysSmall() throws {
        let outcome = try trained(mlp("neurons: { type: shrink_recall, keep: 40%, every: 9 epochs, final_recall: 0 epochs, probe: 64 }", epochs: 4))
        #expect(try #require(outcome.record.work).isExact)
        #expect(outcome.interpreter.units.map(\.count) == [12, 12, 5])
        #expect(outcome.record.parameters.after < outcome.record.parameters.before)
    }

    @Test("keeping all of it trains to the same bits as dense")
    func neutral() throws {
        let dense = try trained(mlp("", epochs: 4)).bits
        #expect(try trained(mlp("neurons: { type: shrink_recall, keep: 100%, every: 2 epochs }", epochs: 4)).bits == dense)
        #expect(try trained(mlp("neurons: { type: mask, keep: 100% }", epochs: 4)).bits == dense)
    }

    @Test("masked units are not there: not computed, not saved, on either side", arguments: ["random", "weight_norm", "file"])
    func mask(pick: String) throws {
        let folder = try TemporaryFolder()
        let list = try folder.write("units.txt", "0 1 2\n5 7 11 13 17 19 23 29\n3")
        let policy = pick == "file" ? "neurons: { type: mask, pick: file, file: \(list) }" : "neurons: { type: mask, keep: 40%, pick: \(pick) }"
        let outcome = try trained(mlp(policy, epochs: 6))
        #expect(outcome.interpreter.units.map(\.count) == [12, 12, 5])
        #expect(outcome.record.parameters.after == 12 * 21 + 12 * 13 + 5 * 13)
        let work = try #require(outcome.record.work)
        #expect(work.isExact)
        let forward = work.layers[1].slots.forward.multiplications
        #expect(Double(forward.counted ?? 0) < 0.17 * Double(forward.dense))
        #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.7)
    }

    @Test("a list that cannot be used is refused with its place")
    func lists() throws {
        let folder = try TemporaryFolder()
        for (text, word) in [("1 2\n30", "`30`"), ("1 x", "`x`"), ("", "no unit")] {
            let list = try folder.write("units.txt", text)
            let checked = checkModel(SourceText(path: "m.yaml", text: mlp("neurons: { type: mask, pick: file, file: \(list) }")), threads: 1)
            #expect(checked.diagnostics.contains { $0.kind.id == "NNC0418" && $0.message.contains(word) }, "\(checked.diagnostics.map(\.message))")
        }
    }
}
