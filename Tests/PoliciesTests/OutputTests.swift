import Diagnostics
import Foundation
import Kernels
import Runtime
import Testing
import TestSupport

@testable import Driver
@testable import Estimate

/// Output layers of which some units are computed.
@Suite struct OutputTests {
    /// 120 classes of 25 examples each, told apart by 24 features.
    static func text(_ policy: String, epochs: Int = 12, optimizer: String = "{ type: adam, learning_rate: 5e-3 }", train: String = "") -> String {
        let on = policy.isEmpty ? "" : ", policy: { forward: { \(policy) } }"
        return modelText(
            """
                - { name: h, type: dense, units: 32, activation: relu }
                - { name: out, type: dense, units: 120, activation: softmax\(on) }
            """, optimizer: optimizer, epochs: epochs, shape: "[24]", data: "{ generator: blobs, train: 3000, test: 600, features: 24, classes: 120, noise: 0.3 }"
        ) + train
    }

    static let policies = [
        "type: sampled, active: 40%", "type: sampled, active: 40%, distribution: popularity", "type: sampled, active: 20%, per: example",
        "type: sampled, active: 20%, per: example, distribution: popularity",
        "type: hash_gather, active: 40%, per: batch, inference: dense", "type: hash_gather, active: 30%, inference: hash",
        "type: hash_gather, function: simhash, hashes: 3, tables: 20, active: 50%, per: batch, inference: hash, fill: popularity",
        "type: hash_gather, function: wta, window: 4, tables: 20, active: 40%, inference: hash",
    ]

    private func test(_ outcome: TrainingOutcome, _ measure: Measure) throws -> Double {
        try #require(outcome.result.scores.first { $0.split == .test }?.scores[measure])
    }

    @Test("learns about as well as with all outputs, with the products that were predicted", arguments: policies)
    func learns(_ policy: String) throws {
        let dense = try trained(Self.text("")), outcome = try trained(Self.text(policy))
        let work = try #require(outcome.record.work)
        for slot in [work.total.forward, work.total.backwardInput, work.total.backwardWeights] {
            #expect(slot.multiplications.predicted == slot.multiplications.counted)
            #expect(try #require(slot.multiplications.counted) < slot.multiplications.dense)
        }
        let own = try test(outcome, .accuracy), whole = try test(dense, .accuracy)
        #expect(whole > 0.9)
        #expect(own > whole - 0.12, "\(own) of \(whole)")
        // In training the loss alone is known.
        #expect(outcome.result.epochs.last?.train.entries.map(\.measure) == [.loss])
        #expect(try test(outcome, .loss).isFinite)
    }

    @Test("all of the outputs are the dense network, to the bit", arguments: ["type: sampled, active: 100%", "type: hash_gather, active: 100%"])
    func neutral(_ policy: String) throws {
        let whole = try trained(Self.text("", epochs: 2)), outcome = try trained(Self.text(policy, epochs: 2))
        #expect(outcome.bits == whole.bits)
        #expect(try test(outcome, .accuracy) == test(whole, .accuracy))
        #expect(abs(try test(outcome, .loss) - test(whole, .loss)) < 1e-4)
    }

    @Test("the same bits on any number of threads", arguments: policies)
    func threads(_ policy: String) throws {
        let text = Self.text(policy, epochs: 2)
        #expect(try trained(text, threads: 1).bits == trained(text, threads: 3).bits)
    }

    @Test("with every optimizer", arguments: optimizers)
    func everyOptimizer(_ optimizer: String) throws {
        for policy in Self.policies.prefix(3) {
            let outcome = try trained(Self.text(policy, epochs: 3, optimizer: optimizer))
            let losses = outcome.result.epochs.compactMap { $0.train[.loss] }
            #expect(try #require(losses.last) < losses[0], "\(policy)")
        }
    }

    @Test("workers that do not wait for each other sample too")
    func asynchronous() throws {
        let outcome = try trained(Self.text("type: sampled, active: 40%, distribution: popularity").replacing("threads: 2 }", with: "threads: 2, mode: asynchronous }"))
        #expect(try test(outcome, .accuracy) > 0.8)
    }

    @Test("evaluated with the policy and with all outputs, side by side", arguments: policies)
    func sideBySide(_ policy: String) throws {
        let outcome = try trained(Self.text(policy).replacing("metrics: [accuracy]", with: "metrics: [accuracy], evaluate: { with: [policy, dense] }"))
        let scores = try #require(outcome.result.scores.first { $0.split == .test }?.scores)
        let twin = try #require(scores.twin)
        #expect(twin.name == "dense")
        let dense = try #require(twin.entries.first { $0.measure == .accuracy }?.value), own = try #require(scores[.accuracy])
        #expect(dense > 0.85)
        if policy.contains("sampled") { #expect(own == dense) } else { #expect(own > dense - 0.12) }
    }

    @Test("a hashed output behind a hashed layer")
    func both() throws {
        let text = Self.text("type: hash_gather, active: 40%, inference: hash")
            .replacing("units: 32, activation: relu }", with: "units: 64, activation: relu, policy: { forward: { type: hash_gather, active: 40% } } }")
        #expect(try test(try trained(text), .accuracy) > 0.6)
    }

    @Test("a default policy leaves the output layer alone, and what is no classifier is refused")
    func refused() throws {
        func kinds(_ layers: String, _ loss: String = "cross_entropy", defaults: String = "") -> [String] {
            let text = modelText(layers).replacing("loss: cross_entropy", with: "loss: \(loss)") + defaults
            return checkModel(SourceText(path: "m.yaml", text: text), threads: 1).diagnostics.map(\.kind.id)
        }
        let hidden = "    - { name: h, type: dense, units: 40, activation: relu }\n"
        let policy = "policy: { forward: { type: sampled, active: 50% } }"
        #expect(kinds(hidden + "    - { name: out, type: dense, units: 5, activation: softmax, \(policy) }") == [])
        #expect(kinds(hidden + "    - { name: out, type: dense, units: 5, activation: sigmoid, \(policy) }", "binary_cross_entropy") == ["NNC0417"])
        #expect(kinds(hidden.replacing("relu }", with: "relu, \(policy) }") + "    - { name: out, type: dense, units: 5, activation: softmax }") == ["NNC0417"])
        #expect(kinds(hidden + "    - { name: out, type: dense, units: 5, activation: softmax }", defaults: "\ndefaults: { dense: { \(policy) } }") == [])
    }
}

/// What a sample stands for.
@Suite struct CandidateTests {
    @Test("over many samples, the corrected sum is that over all units", arguments: [CandidateSampling.Distribution.uniform, .popularity], [20, 150])
    func unbiased(_ distribution: CandidateSampling.Distribution, _ kept: Int) throws {
        let units = 200, pool = WorkerPool(threads: 2), sampling = CandidateSampling(units: units, kept: kept, distribution: distribution)
        let arena = try #require(Arena(byteCount: 4 << 20))
        var offset = 0
        func strip<Element: BitwiseCopyable>(_ count: Int) -> Strip<Element> {
            defer { offset += (count * 4 + 63) / 64 * 64 }
            return arena.strip(offset: offset, count: count)
        }
        let labels: Ints = strip(4), places: Ints = strip(kept), corrections: Floats = strip(kept), scratch: Floats = strip(sampling.scratch(threads: 2))
        let remembered = RememberedLabels(counts: strip(units), ring: strip(2 + CandidateSampling.remembered))
        remembered.counts.fill(0)
        remembered.ring.fill(0)
        for (index, label) in [7, 90, -1, -1].enumerated() { labels[index] = Int32(label) }
        for unit in 0..<units { for _ in 0..<unit % 17 { labels[0] = Int32(unit); remembered.remember(labels[0..<1]) } }
        labels[0] = 7
        let numbers = (0..<units).map { Double($0 * 37 % 101) / 101 }, truth = numbers.reduce(0, +)
        var sum = 0.0
        let times = 4000
        for iteration in 0..<times {
            func stream(_ index: UInt64) -> RandomStream { RandomStream(seed: 9, purpose: .sampling, index: index, iteration: UInt64(iteration)) }
            sampleCandidates(
                labels: labels, chosen: nil, remembered, places: places, corrections: corrections, rows: 1, sampling, stream: stream(1), second: stream(2),
                scratch: scratch, pool)
            for j in 0..<kept {
                if j > 0 { #expect(places[j] > places[j - 1]) }
                sum += numbers[Int(places[j])] * exp(Double(corrections[j]))
            }
        }
        #expect(abs(sum / Double(times) / truth - 1) < 0.02)
    }
}
