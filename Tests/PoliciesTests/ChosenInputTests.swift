import Runtime
import Testing

@testable import Driver

/// Layers that keep part of their gradient, above layers of which one set of units is computed for the batch: columns and rows are both a part.
@Suite struct ChosenInputTests {
    private static func text(_ policy: String, units: Int = 30) -> String {
        modelText(
            """
                - { name: h1, type: dense, units: 24, activation: relu, kernel_initializer: he_normal, policy: { forward: { type: hash_gather, function: exact, active: 50%, per: batch } } }
                - { name: h2, type: dense, units: \(units), activation: relu, kernel_initializer: he_normal\(policy.isEmpty ? "" : ", policy: { backward: { \(policy) } }") }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, optimizer: "{ type: sgd, learning_rate: 0.05 }")
    }

    @Test("counted is predicted", arguments: ["type: topk, k: 30%, per: batch", "type: topk, k: 2, per: example", "type: random, k: 3, per: batch", "type: sampled, k: 4"])
    func counted(_ policy: String) throws {
        for optimizer in ["sgd", "adam"] {
            let outcome = try trained(Self.text(policy).replacing("type: sgd, learning_rate: 0.05", with: "type: \(optimizer)"))
            let work = try #require(outcome.record.work)
            #expect(work.isInRange)
        }
    }

    /// Of a relu layer about half of the units have no gradient for an example, so 27 of 30 are all that have one.
    @Test("what is kept goes to the rows that it belongs to")
    func rows() throws {
        let whole = try trained(Self.text("")), kept = try trained(Self.text("type: topk, k: 27, per: example"))
        for name in ["h1.kernel", "h2.kernel", "h2.bias", "out.kernel"] {
            let a = whole.numbers(name), b = kept.numbers(name)
            #expect(!a.isEmpty && zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 }, "\(name)")
        }
    }
}
