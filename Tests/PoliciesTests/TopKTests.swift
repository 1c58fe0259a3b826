import Diagnostics
import Driver
import Testing

/// The laws of the policies of the slot `backward`.
@Suite struct TopKTests {
    static let granularities = ["batch", "example"]

    @Test("keeping every unit trains to the same bits as dense", arguments: granularities, optimizers)
    func neutral(per: String, optimizer: String) throws {
        let dense = try trained(mlp("", optimizer: optimizer)).bits
        let kept = try trained(mlp("backward: { type: topk, k: 100%, per: \(per) }", optimizer: optimizer)).bits
        #expect(dense == kept)
        #expect(try trained(mlp("backward: { type: sampled, k: 100% }", optimizer: optimizer)).bits == dense)
    }

    /// The last hidden layer's cotangent is that of the dense network in the first step, so its rows must be too, or untouched.
    @Test("the kept rows are the dense ones, the others are untouched", arguments: granularities, optimizers.filter { !$0.contains("weight_decay") })
    func rows(per: String, optimizer: String) throws {
        let start = try trained(mlp("", optimizer: "{ type: sgd, learning_rate: 1e-30 }"), steps: 1).bits
        let dense = try trained(mlp("", optimizer: optimizer), steps: 1)
        let sparse = try trained(mlp("backward: { type: topk, k: 4, per: \(per) }", optimizer: optimizer), steps: 1)
        let before = try #require(start["h2.kernel"]), whole = try #require(dense.bits["h2.kernel"]), part = try #require(sparse.bits["h2.kernel"])
        var touched = 0
        for unit in 0..<30 {
            let row = unit * 30..<(unit + 1) * 30
            guard part[row] != before[row] else { continue }
            touched += 1
            // Per example, a unit's sum runs over the examples that keep it. Plain descent adds without a gradient in memory, so it rounds otherwise.
            guard per == "batch" else { continue }
            if optimizer.contains("sgd") {
                let a = sparse.numbers("h2.kernel")[row], b = dense.numbers("h2.kernel")[row]
                #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
            } else {
                #expect(part[row] == whole[row])
            }
        }
        #expect(per == "batch" ? touched == 4 : touched > 4)
        for (name, bits) in sparse.bits where name.hasPrefix("h2.kernel.") && bits.count == 900 {
            for unit in 0..<30 where part[unit * 30..<(unit + 1) * 30] == before[unit * 30..<(unit + 1) * 30] {
                #expect(bits[unit * 30..<(unit + 1) * 30].allSatisfy { $0 == 0 }, "\(name) of unit \(unit)")
            }
        }
    }

    @Test("counted is predicted", arguments: granularities, ["topk", "random"])
    func counted(per: String, type: String) throws {
        for text in [mlp("backward: { type: \(type), k: 20%, per: \(per) }"), cnn("backward: { type: \(type), k: 2, per: \(per) }"), cnn("backward: { type: \(type), k: 3, per: \(per) }", pooled: false)] {
            let work = try #require(try trained(text).record.work)
            #expect(per == "batch" ? work.isExact : work.isInRange)
            let backward = work.total.backwardInput.multiplications
            #expect(backward.counted == backward.predicted && backward.predicted < backward.dense)
            #expect(work.total.backwardWeights.multiplications.predicted < work.total.backwardWeights.multiplications.dense)
            #expect(work.total.forward.multiplications.predicted == work.total.forward.multiplications.dense)
            #expect(work.total.overhead.comparisons.predicted > 0)
        }
    }

    @Test("the same bits on any number of threads", arguments: granularities)
    func threads(per: String) throws {
        for text in [mlp("backward: { type: topk, k: 5, per: \(per) }"), cnn("backward: { type: topk, k: 3, per: \(per) }")] {
            let one = try trained(text, threads: 1).bits
            for threads in [2, 3] { #expect(try trained(text, threads: threads).bits == one) }
        }
    }

    @Test("sampled: counted is predicted, and the same bits on any number of threads")
    func sampled() throws {
        let one = try trained(mlp("backward: { type: sampled, k: 20% }"), threads: 1)
        for threads in [2, 3] { #expect(try trained(mlp("backward: { type: sampled, k: 20% }"), threads: threads).bits == one.bits) }
        let work = try #require(one.record.work), backward = work.total.backwardInput.multiplications
        #expect(work.isInRange && backward.counted == backward.predicted && backward.predicted < backward.dense)
    }

    @Test("it learns", arguments: ["topk, per: batch", "topk, per: example", "sampled"])
    func learns(type: String) throws {
        let outcome = try trained(mlp("backward: { type: \(type), k: 40% }", epochs: 12))
        let scores = try #require(outcome.result.scores.first { $0.split.rawValue == "test" })
        #expect(try #require(scores.scores[.accuracy]) > 0.9)
    }

    @Test("before its start it is dense, and then it is not")
    func start() throws {
        let policy = "backward: { type: topk, k: 3 }, start: 5 steps"
        #expect(try trained(mlp(policy), steps: 5).bits.filter { !$0.key.hasSuffix(".last_update") } == (try trained(mlp(""), steps: 5).bits))
        let outcome = try trained(mlp(policy))
        #expect(outcome.bits["h1.kernel"] != (try trained(mlp("")).bits["h1.kernel"]))
        #expect(try #require(outcome.record.work).isExact)
        // A row that the policy has not touched yet has missed nothing before it began.
        let last = try #require(try trained(mlp(policy), steps: 6).bits["h1.kernel.last_update"])
        #expect(Set(last) == [5, 6])
    }

    @Test("the output layer stays whole unless it is asked for")
    func output() throws {
        let layers = { (extra: String) in
            modelText(
                """
                    - { name: h1, type: dense, units: 30, activation: relu }
                    - { name: out, type: dense, units: 5, activation: softmax, policy: { backward: { type: topk, k: 2\(extra) } } }
                """)
        }
        let plain = modelText(
            """
                - { name: h1, type: dense, units: 30, activation: relu }
                - { name: out, type: dense, units: 5, activation: softmax }
            """)
        #expect(try trained(layers("")).bits == (try trained(plain).bits))
        #expect(try trained(layers(", output_layer: true")).bits["out.kernel"] != (try trained(plain).bits["out.kernel"]))
    }

    @Test("in front of batch normalization, and in a graph with branches")
    func graphs() throws {
        let outcome = try trained(modelText(
            """
                - { name: a, type: dense, units: 24, policy: { backward: { type: topk, k: 6 } } }
                - { type: batch_normalization }
                - { name: r, type: activation, activation: relu }
                - { name: b, type: dense, units: 24, inputs: [r], activation: tanh, policy: { backward: { type: topk, k: 6, per: example } } }
                - { name: s, type: add, inputs: [r, b] }
                - { name: j, type: concatenate, inputs: [s, a] }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, epochs: 8))
        #expect(try #require(outcome.record.work).isInRange)
        #expect(try #require(outcome.result.scores.first { $0.split.rawValue == "test" }?.scores[.accuracy]) > 0.85)
    }

    @Test("where a policy cannot pay, the estimate says so")
    func advice() throws {
        func ids(_ units: Int, _ policy: String, batch: Int) -> [String] {
            let text = mlp("backward: { type: topk, \(policy) }", units: units, batch: batch)
            return checkModel(SourceText(path: "m.yaml", text: text), threads: 2).prepared?.advice.map(\.kind.id).filter { $0 == "NNC0410" } ?? ["no model"]
        }
        #expect(ids(8, "k: 2, per: example", batch: 32) == ["NNC0410", "NNC0410"])
        #expect(ids(1000, "k: 5%", batch: 128) == [])
        #expect(ids(1000, "k: 95%, per: example", batch: 128).contains("NNC0410"))
    }
}
