import Foundation
import Testing

@testable import Driver

/// `train.mode: asynchronous`: workers that share weights without locks.
@Suite struct AsynchronousTests {
    static func asynchronous(_ policy: String = "") -> String { mlp(policy, epochs: 6).replacing("train: { epochs", with: "train: { mode: asynchronous, epochs") }

    @Test("one worker does what synchronous training does")
    func one() throws {
        let alone = try trained(Self.asynchronous(), threads: 1)
        #expect(try trained(mlp("", epochs: 6), threads: 1).bits == alone.bits)
    }

    @Test("several workers learn as well, and what they do is what was predicted", arguments: ["", "backward: { type: topk, k: 5, per: example }"])
    func several(_ policy: String) throws {
        let together = try trained(Self.asynchronous(policy), threads: 3)
        #expect(together.result.steps == 54 && together.interpreter.schedule.workers == 3)
        #expect(!together.record.deterministic)
        let work = try #require(together.record.work)
        if policy.isEmpty { #expect(work.isExact) }
        #expect(work.total.forward.multiplications.predicted == work.total.forward.multiplications.counted)
        let accuracy = try #require(together.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy])
        #expect(accuracy > 0.8)
    }

    @Test("workers do not take each other's examples")
    func ownExamples() throws {
        // Weights that stay as they are, and a validation split, so that the training split is a list of rows: each example's loss is known.
        func losses(_ mode: String) throws -> [Double] {
            let text = modelText(
                """
                    - { name: h, type: dense, units: 30, activation: relu }
                    - { name: out, type: dense, units: 5, activation: softmax }
                """, optimizer: "{ type: sgd, learning_rate: 1e-30 }", epochs: 20, batch: 8,
                data: "{ generator: blobs, train: 4000, test: 10, features: 20, classes: 5, noise: 0.5 }"
            ).replacing("train: { epochs", with: "train: { mode: \(mode), epochs")
            return try trained(text, threads: 4).result.epochs.map { $0.train[.loss] ?? .nan }
        }
        let expected = try losses("synchronous")
        for (own, loss) in zip(try losses("asynchronous"), expected) { #expect(abs(own - loss) < 1e-9 * loss) }
    }

    @Test("units may go at barriers, and a run may stop at any step")
    func barriers() throws {
        let shrinking = try trained(Self.asynchronous("neurons: { type: shrink_recall, keep: 40%, every: 3 epochs, probe: 64 }"), threads: 2)
        #expect(try #require(shrinking.record.work).isExact)
        #expect(try trained(Self.asynchronous(), threads: 2, steps: 7).result.steps == 7)
    }
}
