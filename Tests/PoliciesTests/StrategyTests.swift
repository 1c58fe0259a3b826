import Diagnostics
import Estimate
import Foundation
import Graph
import Kernels
import Lowering
import Model
import TestSupport
import Testing

@testable import Driver

/// A work of one policy, done in several ways.
@Suite struct StrategyTests {
    static let policies = [
        "backward: { type: topk, k: 9, per: PER }", "backward: { type: random, k: 60%, per: PER }", "forward: { type: hash_gather, active: 12, per: PER }",
        "forward: { type: hash_gather, function: exact, active: 60%, per: PER }", "forward: { type: hash_gather, function: wta, tables: 12, active: 10, per: PER }",
    ]
    /// Those that make a small gradient a small step: of others, the last bit of a gradient near zero turns a step around.
    static let smooth = [
        "{ type: sgd, learning_rate: 0.05 }", "{ type: sgd, learning_rate: 0.05, weight_decay: 1e-2 }", "{ type: momentum, learning_rate: 0.02 }",
        "{ type: nesterov, learning_rate: 0.02 }",
    ]

    static func text(_ policy: String, _ strategy: String, per: String, optimizer: String, epochs: Int = 1) -> String {
        let on = "policy: { \(policy.replacing("PER", with: per)) }" + (strategy.isEmpty ? "" : ", strategy: \(strategy)")
        return modelText(
            """
                - { name: h1, type: dense, units: 30, activation: relu, kernel_initializer: he_normal, \(on) }
                - { name: h2, type: dense, units: 30, activation: tanh, \(on) }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, optimizer: optimizer, epochs: epochs)
    }

    @Test("a dense way makes the numbers of the sparse one, and touches the same rows", arguments: policies, ["example", "batch"])
    func same(_ policy: String, _ per: String) throws {
        for optimizer in Self.smooth {
            for steps in [1, 3] {
                let sparse = try trained(Self.text(policy, per, per: per, optimizer: optimizer), steps: steps)
                let dense = try trained(Self.text(policy, per + "_dense", per: per, optimizer: optimizer), steps: steps)
                // The last bits of an input decide on directions of a sketch in which nothing varies.
                for value in sparse.interpreter.persistentValues where value.type.dtype == .float32 && !value.name.contains("sketch_") {
                    let a = sparse.numbers(value.name), b = dense.numbers(value.name)
                    let largest = a.reduce(1e-3) { max($0, abs($1)) }
                    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(value.name) with \(optimizer) after \(steps) steps")
                }
            }
        }
        let adam = "{ type: adam, learning_rate: 1e-2 }"
        let start = try trained(Self.text(policy, per, per: per, optimizer: "{ type: sgd, learning_rate: 1e-30 }"), steps: 1).bits
        let sparse = try trained(Self.text(policy, per, per: per, optimizer: adam), steps: 1).bits, dense = try trained(Self.text(policy, per + "_dense", per: per, optimizer: adam), steps: 1).bits
        #expect(Set(sparse.keys) == Set(dense.keys))
        let before = try #require(start["h2.kernel"]), a = try #require(sparse["h2.kernel"]), b = try #require(dense["h2.kernel"])
        for unit in 0..<30 {
            let row = unit * 30..<(unit + 1) * 30
            #expect((a[row] == before[row]) == (b[row] == before[row]), "row \(unit)")
        }
        #expect(sparse["h2.kernel.last_update"] == dense["h2.kernel.last_update"])
    }

    @Test("of outputs too, hashed ones and sampled ones")
    func outputs() throws {
        func text(_ policy: String, _ strategy: String) -> String {
            modelText(
                """
                    - { name: h, type: dense, units: 20, activation: relu }
                    - { name: out, type: dense, units: 40, activation: softmax, policy: { forward: { \(policy) } }, strategy: \(strategy) }
                """, optimizer: Self.smooth[2], data: "{ generator: blobs, train: 300, test: 100, features: 20, classes: 40, noise: 0.5 }")
        }
        for policy in ["type: sampled, active: 30", "type: hash_gather, active: 34"] {
            let sparse = try trained(text(policy, "example"), steps: 3), dense = try trained(text(policy, "example_dense"), steps: 3)
            for name in ["h.kernel", "out.kernel", "out.bias"] {
                #expect(zip(sparse.numbers(name), dense.numbers(name)).allSatisfy { abs($0 - $1) <= 1e-4 }, "\(name), \(policy)")
            }
            #expect(try #require(sparse.record.work).total.forward.multiplications.predicted < #require(dense.record.work).total.forward.multiplications.predicted)
        }
    }

    @Test("counted is predicted, the bits do not depend on threads, and evaluation is the same", arguments: policies, ["example_dense", "batch_dense"])
    func counted(_ policy: String, _ strategy: String) throws {
        let per = strategy.replacing("_dense", with: ""), adam = "{ type: adam, learning_rate: 1e-2 }"
        let text = Self.text(policy, strategy, per: "auto", optimizer: adam, epochs: 2), one = try trained(text, threads: 1)
        #expect(try trained(text, threads: 3).bits == one.bits)
        let work = try #require(one.record.work), total = work.total
        #expect(work.isInRange)
        for slot in [total.forward, total.backwardInput, total.backwardWeights] { #expect(slot.multiplications.predicted == slot.multiplications.counted) }
        let plain = try #require(try trained(Self.text(policy, per, per: "auto", optimizer: adam, epochs: 2), threads: 1).record.work).total
        // The batch's gradient is made of packed columns in any case.
        #expect(total.backwardInput.multiplications.predicted > plain.backwardInput.multiplications.predicted)
    }

    @Test("gradients are kept behind a layer of whose units the batch computes some", arguments: ["batch", "example", "batch_dense", "example_dense"])
    func behindHashed(_ strategy: String) throws {
        for optimizer in [Self.smooth[0], Self.smooth[2]] {
            func weights(_ policy: String, _ below: String) throws -> [Float] {
                try trained(modelText(
                    """
                        - { name: a, type: dense, units: 24, activation: relu, policy: { forward: { type: hash_gather, active: 50%, per: batch } }, strategy: \(below) }
                        - { name: b, type: dense, units: 16, activation: relu\(policy) }
                        - { name: out, type: dense, units: 5, activation: softmax }
                    """, optimizer: optimizer), steps: 1).numbers("b.kernel")
            }
            let start = try weights(", trainable: false", "batch"), all = try weights("", "batch")
            for below in ["batch", "batch_dense"] {
                let kept = try weights(", policy: { backward: { type: topk, k: 4 } }, strategy: \(strategy)", below)
                var touched = 0
                for unit in 0..<16 {
                    let row = unit * 24..<(unit + 1) * 24
                    guard zip(kept[row], start[row]).contains(where: { $0 != $1 }) else { continue }
                    touched += 1
                    // Of the batch's set, the whole row; examples leave some of theirs out.
                    if strategy.hasPrefix("batch") { #expect(zip(kept[row], all[row]).allSatisfy { abs($0 - $1) < 1e-4 }, "row \(unit)") }
                }
                #expect(strategy.hasPrefix("batch") ? touched == 4 : touched > 4)
            }
        }
    }

    private static func images(_ policy: String, _ strategy: String, optimizer: String, epochs: Int = 1) -> String {
        let on = "policy: { \(policy) }, strategy: \(strategy)"
        return modelText(
            """
                - { name: c1, type: conv2d, filters: 9, kernel_size: 5, strides: 2, padding: same, activation: relu, \(on) }
                - { name: p1, type: max_pooling2d, pool_size: 2 }
                - { name: c2, type: conv2d, filters: 20, kernel_size: 3, activation: tanh, \(on) }
                - { name: c3, type: conv2d, filters: 7, kernel_size: 3, activation: relu, \(on) }
                - { name: p3, type: max_pooling2d, pool_size: 2 }
                - { name: f, type: flatten }
                - { name: out, type: dense, units: 2, activation: softmax }
            """, optimizer: optimizer, epochs: epochs, batch: 16, shape: "[28, 28, 1]", data: "{ generator: rectangles, train: 60, test: 20 }")
    }

    @Test("of convolutions too, in front of max pooling and elsewhere", arguments: ["topk, k: 3", "random, k: 40%"], ["example", "batch"])
    func convolutions(_ policy: String, _ per: String) throws {
        for optimizer in Self.smooth {
            let policy = "backward: { type: \(policy), per: \(per) }"
            let sparse = try trained(Self.images(policy, per, optimizer: optimizer), steps: 3), dense = try trained(Self.images(policy, per + "_dense", optimizer: optimizer), steps: 3)
            for value in sparse.interpreter.persistentValues where value.type.dtype == .float32 {
                let a = sparse.numbers(value.name), b = dense.numbers(value.name), largest = a.reduce(1e-3) { max($0, abs($1)) }
                #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(value.name) with \(optimizer)")
            }
            for name in ["c1", "c2", "c3"] { #expect(sparse.bits["\(name).kernel.last_update"] == dense.bits["\(name).kernel.last_update"]) }
            let work = try #require(dense.record.work), total = work.total, plain = try #require(sparse.record.work).total
            #expect(work.isInRange)
            for slot in [total.forward, total.backwardInput, total.backwardWeights] { #expect(slot.multiplications.predicted == slot.multiplications.counted) }
            #expect(total.backwardInput.multiplications.predicted > plain.backwardInput.multiplications.predicted)
            #expect(try trained(Self.images(policy, per + "_dense", optimizer: optimizer), threads: 1, steps: 3).bits == dense.bits)
        }
    }

    @Test("of gradients that are drawn, of which each example has another number")
    func drawn() throws {
        for optimizer in Self.smooth {
            for steps in [1, 3] {
                func run(_ strategy: String, threads: Int = 2) throws -> TrainingOutcome {
                    try trained(Self.text("backward: { type: sampled, k: 20% }", strategy, per: "", optimizer: optimizer), threads: threads, steps: steps)
                }
                let sparse = try run("example"), dense = try run("example_dense")
                for value in sparse.interpreter.persistentValues where value.type.dtype == .float32 {
                    let a = sparse.numbers(value.name), b = dense.numbers(value.name), largest = a.reduce(1e-3) { max($0, abs($1)) }
                    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest }, "\(value.name) with \(optimizer) after \(steps) steps")
                }
                #expect(sparse.bits["h2.kernel.last_update"] == dense.bits["h2.kernel.last_update"])
                #expect(try run("example_dense", threads: 3).bits == dense.bits)
                let work = try #require(dense.record.work)
                #expect(work.isInRange && work.total.backwardInput.multiplications.predicted == work.total.backwardInput.multiplications.counted)
            }
        }
    }

    @Test("all layers may be done in ways of their own, whatever stands between them")
    func mixed() throws {
        let ways = Strategy.allCases.map(\.rawValue)
        for first in ways {
            for second in ways {
                let outcome = try trained(modelText(
                    """
                        - { name: a, type: dense, units: 24, activation: relu, policy: { forward: { type: hash_gather, active: 50% } }, strategy: \(first) }
                        - { name: d, type: dropout, rate: 0.1 }
                        - { name: b, type: dense, units: 24, activation: relu, policy: { forward: { type: hash_gather, active: 30% } }, strategy: \(second) }
                        - { name: c, type: dense, units: 12, activation: relu, policy: { backward: { type: topk, k: 4 } }, strategy: \(first) }
                        - { name: out, type: dense, units: 5, activation: softmax }
                    """, epochs: 2))
                #expect(try #require(outcome.record.work).isInRange, "\(first), \(second)")
                #expect(outcome.result.epochs.last?.train[.loss]?.isFinite == true)
            }
        }
    }
}
