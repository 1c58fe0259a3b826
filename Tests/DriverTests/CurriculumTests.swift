import Foundation
import Kernels
import Model
import TestSupport
import Testing

@testable import Driver
@testable import Runtime

@Suite struct CurriculumTests {
    static let data = "format: synthetic\n  synthetic: { generator: blobs, train: 203, test: 300, features: 4, classes: 5, noise: 0.02 }\n  validation: 10%"

    func model(_ curriculum: String, epochs: Int = 4) -> String {
        sampleModel(
            data: Self.data, layers: "- { name: h1, type: dense, units: 16, activation: relu }\n    - { name: out, type: dense, units: 5, activation: softmax }",
            train: "epochs: \(epochs)\n  batch_size: 20\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 0.01 }\n  metrics: [accuracy]\n  \(curriculum)")
    }

    func order(_ examples: [Int32], steps: Int, count: Int = 95, batch: Int = 10) throws -> EpochOrder {
        var settings = TrainingSettings(
            epochs: 3, batchSize: batch, seed: 4, learningRate: LearningRate(base: 0.1), measures: [.loss], truth: .classNumbers, evaluateEvery: 10)
        settings.curriculum = Curriculum(examples: examples, steps: steps)
        return try EpochOrder(count: count, settings)
    }

    func list(_ order: EpochOrder) -> [Int] { (0..<order.order.count).map { Int(order.order[$0]) } }

    @Test("an epoch of a curriculum goes through the allowed examples again and again, each time in another order")
    func repeats() throws {
        let allowed = (0..<30).map { Int32(3 * $0) }
        let order = try order(allowed, steps: 20)
        order.prepare(epoch: 1, step: 0)
        let first = list(order)
        let wanted = Set(allowed.map { Int($0) })
        #expect(first.count == 95 && Set(first) == wanted)
        for pass in 0..<3 { #expect(Set(first[30 * pass..<30 * (pass + 1)]).count == 30) }
        #expect(Set(first[90...]).count == 5)
        #expect(Array(first[0..<30]) != Array(first[30..<60]))
        order.prepare(epoch: 2, step: 10)
        let second = list(order)
        #expect(second != first && Set(second) == Set(first))
        order.prepare(epoch: 3, step: 20)
        #expect(list(order).sorted() == Array(0..<95))
        // A function of the seed and the epoch.
        order.prepare(epoch: 1, step: 0)
        #expect(list(order) == first)
    }

    @Test("it may end inside an epoch, and without one nothing changes")
    func endsAnywhere() throws {
        let order = try order([1, 2, 3], steps: 13)
        order.prepare(epoch: 2, step: 10)
        let mixed = list(order)
        #expect(Set(mixed[..<30]) == [1, 2, 3] && Set(mixed[30...]).count == 65)
        order.prepare(epoch: 3, step: 20)
        let late = list(order)
        let plain = try self.order([], steps: 1000)
        plain.prepare(epoch: 3, step: 0)
        #expect(list(plain) == late)
        #expect(Array(mixed[30...]) != Array(late[30...]))
    }

    @Test("steps, estimate and counted work are those of a run without one")
    func steps() throws {
        let folder = try TemporaryFolder()
        let with = try trained(try folder.write("a.yaml", model("curriculum: { classes: [0, 1], for: 2 epochs }")))
        let without = try trained(try folder.write("b.yaml", model("")))
        #expect(with.result.steps == without.result.steps)
        #expect(with.record.work == without.record.work && with.record.work?.isExact == true)
        #expect(with.result.epochs.map(\.examples) == without.result.epochs.map(\.examples))
    }

    @Test("only these classes are learnt at first; the test split has all of them")
    func learns() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", model("curriculum: { classes: [0, 3], for: 20 epochs }", epochs: 30))
        let early = try trained(file, steps: 20 * 10)
        let accuracy = try #require(early.result.scores.first { $0.split == .test }?.scores[.accuracy])
        #expect(abs(accuracy - 0.4) < 0.01, "\(accuracy)")
        #expect(try #require(early.result.epochs.last?.train[.accuracy]) > 0.99)
        let whole = try trained(file)
        #expect(try #require(whole.result.scores.first { $0.split == .test }?.scores[.accuracy]) > 0.9)
        #expect(try trained(file, threads: 1).record.metrics == whole.record.metrics)
    }

    @Test("classes that the training set does not have")
    func noExample() throws {
        let folder = try TemporaryFolder()
        // Three units, so three classes, and examples of two.
        try folder.write("x.csv", "a,b,label\n" + (0..<40).map { "\($0),1.5,\($0 % 2)\n" }.joined())
        let text = sampleModel(
            data: "format: csv\n  train: { features: x.csv }", train: "epochs: 2\n  batch_size: 8\n  loss: cross_entropy\n  optimizer: sgd\n  curriculum: { classes: [2], for: 1 epoch }")
        let result = try Program.run(["train", try folder.write("m.yaml", text), "--dry-run", "1"])
        #expect(result.code == 2 && result.messages.contains("NNC0554"), "\(result.messages)")
    }
}
