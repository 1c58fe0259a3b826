import Foundation
import Graph
import Lowering
import Model
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Layers at the beginning of a network that training does not change run once for each example.
@Suite struct FrozenFrontTests {
    /// Everything that a front may hold, and behind it what training changes.
    static func model(head: String = dense, train: String = "", policies: String = "") -> String {
        """
        version: 1
        name: front
        seed: 7
        data: { format: synthetic, synthetic: { generator: rectangles, train: 200, test: 50 }, validation: 20% }
        \(policies)
        model:
          layers:
            - { name: c1, type: conv2d, filters: 4, kernel_size: 5, strides: 2, activation: relu, trainable: false }
            - { name: norm, type: batch_normalization, trainable: false }
            - { type: max_pooling2d, pool_size: 2 }
            - { type: activation, activation: tanh }
            - { type: flatten }
            - { name: d1, type: dense, units: 24, activation: gelu, trainable: false }
        \(head)
        train:
          epochs: 3
          batch_size: 32
          loss: cross_entropy
          optimizer: { type: adam, learning_rate: 1e-2 }
          metrics: [accuracy]
          evaluate: { every: 2 steps }
        \(train)
        """
    }

    static let dense = """
            - { type: dropout, rate: 0.25 }
            - { name: h1, type: dense, units: 40, activation: relu }
            - { name: out, type: dense, units: 2, activation: softmax }
        """

    /// The same file with what the front puts out kept, and without.
    static func outcomes(_ file: String, threads: Int = 1, output: String? = nil) throws -> (kept: TrainingOutcome, plain: TrainingOutcome) {
        func run(_ freeMemory: Int?, _ output: String?) throws -> TrainingOutcome {
            var options = TrainingOptions(file: file, threads: threads, output: output, dryRunSteps: output == nil ? 1_000_000_000 : nil, progress: .none)
            options.freeMemory = freeMemory
            return try train(options)
        }
        return (try run(nil, output), try run(0, output.map { $0 + "-plain" }))
    }

    static func bits(_ outcome: TrainingOutcome) -> [String: [UInt32]] {
        Dictionary(outcome.interpreter.savedValues.map { value in (value.name, (0..<value.numbers.count).map { value.numbers[$0].bitPattern }) }) { $1 }
    }

    static let hashed = """
            - { name: h1, type: dense, units: 60, activation: relu, policy: some }
            - { name: out, type: dense, units: 2, activation: softmax }
        """

    static let cases: [(String, String)] = [
        ("dense", model()),
        ("branches", model(head: """
                - { name: h1, type: dense, units: 40, activation: relu, inputs: [d1] }
                - { name: sum, type: concatenate, inputs: [d1, h1] }
                - { name: out, type: dense, units: 2, activation: softmax }
            """)),
        ("forward", model(head: hashed, policies: "policies: { some: { forward: { type: hash_gather, function: simhash, hashes: 3, tables: 6, active: 12 } } }").replacing(
            "evaluate: { every: 2 steps }", with: "evaluate: { every: 2 steps, with: [policy, dense] }")),
        ("backward", model(head: hashed, policies: "policies: { some: { backward: { type: topk, k: 10, per: example } } }")),
        ("later", model(head: hashed, policies: "policies: { some: { backward: { type: topk, k: 10, per: batch }, start: 1 epoch } }")),
        ("units", model(head: hashed, policies: "policies: { some: { backward: { type: topk, k: 10, per: example }, neurons: { type: simplify, drop_below: 10%, every: 2 steps } } }")),
        ("small last steps", model().replacing("train: 200, test: 50", with: "train: 208, test: 42")),
        ("sparse input", """
            version: 1
            name: front
            data:
              format: synthetic
              synthetic: { generator: labels, features: 300, labels: 60, train: 200, test: 50 }
              validation: 20%
            model:
              layers:
                - { name: h, type: dense, units: 12, activation: relu, trainable: false }
                - { name: d1, type: dense, units: 16, activation: tanh, trainable: false }
                - { name: out, type: dense, units: 60, activation: softmax }
            train: { epochs: 2, batch_size: 32, loss: cross_entropy, optimizer: { type: adam, learning_rate: 1e-2 }, metrics: [precision_at_1] }
            """),
        ("curriculum", model(train: "  curriculum: { classes: [1], for: 1 epoch }")),
    ]

    @Test(arguments: cases) func sameBitsAsWithout(name: String, text: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", text)
        var first: [String: [UInt32]]?
        for threads in [1, 3] {
            let (kept, plain) = try Self.outcomes(file, threads: threads)
            #expect(kept.interpreter.schedule.front != nil && plain.interpreter.schedule.front == nil)
            let front = try #require(kept.record.front)
            #expect(front.isInRange && (front.isExact || name == "sparse input") && front.examples == 250 && front.layers.last == "d1" && plain.record.front == nil)
            #expect(kept.result.scores.map(\.scores) == plain.result.scores.map(\.scores))
            let a = Self.bits(kept), b = Self.bits(plain)
            #expect(a.keys.sorted() == b.keys.sorted())
            for (name, numbers) in b { #expect(a[name] == numbers, "\(name) with \(threads) threads") }
            if let first { #expect(first == a) }
            first = a
            // The front is in none of the other numbers, and they are what was predicted.
            let work = try #require(kept.record.work)
            #expect(work.isInRange && work.layers.prefix { $0.name != "d1" }.allSatisfy { $0.slots.forward.multiplications.counted == 0 })
            #expect(work.layers.first?.parameters == (name == "sparse input" ? 12 * 300 + 12 : 4 * 25 + 4))
            #expect(kept.record.parameters == plain.record.parameters && kept.record.layers == plain.record.layers)
        }
    }

    /// What the front does once is what it did in every step: per example, the same multiplications.
    @Test func workIsThatOfOnePass() throws {
        let folder = try TemporaryFolder()
        let (kept, plain) = try Self.outcomes(try folder.write("m.yaml", Self.model()))
        let front = try #require(kept.record.front), layers = try #require(plain.record.work?.layers.prefix(6))
        let steps = layers.reduce(0) { $0 + ($1.slots.forward.multiplications.counted ?? 0) }
        // 160 training examples in each of three epochs; the normalization prepares its four channels in each of 15 steps, and of 9 of the front.
        #expect((steps - 15 * 8) * 250 == (front.multiplications.counted - 9 * 8) * 480)
    }

    @Test func runsAreReadAsOthers() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", Self.model())
        let run = folder.path("run")
        let (kept, plain) = try Self.outcomes(file, output: run)
        let scores = try evaluate(run)
        for split in [SplitName.validation, .test] {
            #expect(scores.first { $0.split == split }?.scores == kept.result.scores.first { $0.split == split }?.scores)
        }
        #expect(try evaluate(run + "-plain").map(\.scores) == scores.map(\.scores))
        #expect(kept.record.memory.predicted.front == 250 * 24 * 4 && plain.record.memory.predicted.front == nil)
        let record = try RunDirectory(path: run).readRecord()
        #expect(record.front == kept.record.front)
        #expect(kept.reportText(width: 100).contains("The frozen front, up to `d1`, ran once for 250 examples"))
        let inspected = try Program.run(["inspect", run])
        #expect(inspected.code == 0 && inspected.output.contains("d1"))
        let front = try Program.run(["graph", file, "--front"]), head = try Program.run(["graph", file])
        #expect(front.code == 0 && front.output.contains("c1.kernel") && !front.output.contains("h1"))
        #expect(head.output.contains("h1.kernel") && !head.output.contains("conv2d"))
        let none = try Program.run(["graph", modelPath("quickstart"), "--front"])
        #expect(none.code == 64, "\(none.messages)")
        let estimate = try Program.run(["estimate", file])
        #expect(estimate.output.contains("the frozen front, once for 250 examples"))
        #expect(estimate.output.contains("outputs of the frozen front"))
        #expect(try Program.run(["estimate", file, "--format", "json"]).output.contains("\"front\""))
        #expect(try Program.run(["estimate", file, "--explain", "c1"]).output.contains("conv2d"))
    }

    @Test func asynchronousTrainingLearns() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", Self.model(train: "  mode: asynchronous"))
        let outcome = try trained(file, threads: 2)
        #expect(outcome.interpreter.schedule.front != nil && outcome.exitCode == 0)
        #expect(outcome.record.work?.isInRange == true)
    }

    @Test func noteWhereItDoesNotFit() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", Self.model())
        let checked = checkModel(file, freeMemory: 1000)
        #expect(checked.diagnostics.map(\.kind.id) == ["NNC0643"] && checked.prepared?.schedule.front == nil)
        #expect(checkModel(file).diagnostics.isEmpty)
    }

    /// Where there is no front: the rest must read one layer of it, and something of it must have weights.
    @Test func networksWithoutOne() throws {
        let folder = try TemporaryFolder()
        func front(_ layers: String) throws -> [Int]? {
            let text = """
                version: 1
                name: m
                data: { format: synthetic, synthetic: { generator: blobs, features: 4, classes: 2, train: 50 } }
                model:
                  layers:
                \(layers.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
                train: { epochs: 1, batch_size: 10, loss: cross_entropy, optimizer: { type: sgd, learning_rate: 0.1 } }
                """
            let checked = checkModel(try folder.write("m.yaml", text))
            return try #require(checked.model, "\(checked.diagnostics.map(\.message))").frozenFront?.layers
        }
        let out = "- { name: out, type: dense, units: 2, activation: softmax }"
        #expect(try front(out) == nil)
        #expect(try front("- { type: flatten }\n" + out) == nil)
        #expect(try front("- { name: a, type: dense, units: 3, trainable: false }\n" + out) == [0])
        #expect(try front("- { name: a, type: dense, units: 3 }\n- { name: b, type: dense, units: 3, trainable: false }\n" + out) == nil)
        // The input is read again further up.
        #expect(try front("- { name: a, type: dense, units: 4, trainable: false }\n- { name: s, type: add, inputs: [a, input] }\n" + out) == [0, 1])
        #expect(try front("- { name: a, type: dense, units: 4, trainable: false }\n- { name: b, type: dense, units: 4 }\n- { name: s, type: add, inputs: [b, input] }\n" + out) == nil)
        // Two layers of it are read: only what is below both is the front.
        let two = "- { name: a, type: dense, units: 4, trainable: false }\n- { name: b, type: dense, units: 4, trainable: false }\n- { name: c, type: dense, units: 4 }\n- { name: s, type: add, inputs: [a, c] }\n"
        #expect(try front(two + out) == [0])
        let below = "- { name: a, type: dense, units: 4, trainable: false }\n- { name: b, type: dense, units: 4, trainable: false }\n- { name: c, type: dense, units: 4, inputs: [a] }\n- { name: s, type: add, inputs: [b, c] }\n"
        #expect(try front(below + out) == [0])
        #expect(try front("- { name: a, type: dense, units: 4, trainable: false }\n- { type: dropout, rate: 0.5 }\n" + out) == [0])
    }
}
