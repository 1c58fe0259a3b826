import Diagnostics
import Graph
import Model
import Runtime
import Syntax
import TestSupport
import Testing

@testable import Driver
@testable import Lowering
@testable import Policies

@Suite struct ApoptosisTests {
    static func policy(_ fields: String = "") throws -> Apoptosis {
        let text = mlp("neurons: { type: apoptosis\(fields.isEmpty ? "" : ", " + fields) }")
        let checked = checkModel(SourceText(path: "m.yaml", text: text), threads: 1)
        return try #require(checked.prepared?.options.policies.entries.first?.policy as? Apoptosis, "\(checked.diagnostics.map(\.message))")
    }

    static func clock(epochs: Int = 10, begin: Int = 0) -> RunClock { RunClock(stepsPerEpoch: 100, batch: 32, epochs: epochs, begin: begin) }

    @Test("it looks after each epoch, up to its share of the run")
    func schedule() throws {
        func looks(_ fields: String, _ clock: RunClock) throws -> [Int] {
            let policy = try Self.policy(fields)
            var steps: [Int] = [], step = clock.begin
            while let next = policy.nextLook(after: step, clock) {
                steps.append(next)
                step = next
            }
            return steps
        }
        #expect(try looks("", Self.clock()) == [100, 200, 300, 400, 500, 600])
        #expect(try looks("every: 30 steps, until: 10%", Self.clock()) == [30, 60, 90])
        #expect(try looks("", Self.clock(begin: 250)) == [350, 450, 550])
        // Behind the last step there is nothing left to gain.
        #expect(try looks("until: 100%", Self.clock(epochs: 3)) == [100, 200])
        #expect(try looks("every: 1 epoch", Self.clock(epochs: 1)) == [])
    }

    /// Thirty units: twenty that do not depend on each other, and ten copies of the first ten.
    static func look(copies: Int = 10, accuracy: Double? = nil) -> UnitLook {
        var noise = RedundancyTests.Noise(state: 4)
        let own = (0..<30 - copies).map { _ in noise.row(200) }
        let outgoing = (0..<30).map { _ in noise.row(5) }
        return UnitLook(
            step: 100, units: 30, examples: 3200, state: [:], outgoing: { [outgoing] }, activity: [RedundancyTests.activity(own + own.prefix(copies))],
            validationAccuracy: accuracy)
    }

    @Test("copies go by every criterion, but no more than may at a look", arguments: ["regression", "parallel", "all"])
    func criteria(_ criterion: String) throws {
        var memory: [String: Double] = [:]
        let decision = try Self.policy("criterion: \(criterion)").decide(Self.look(), &memory, Self.clock())
        #expect(decision.kept?.count == 20 && !decision.isFinal && decision.multiplications > 0)
        #expect(decision.note?.contains("30 -> 20 units") == true)
        #expect(Set(decision.folds.map(\.unit)).count == 10)
        let capped = try Self.policy("criterion: \(criterion), max_share: 10%").decide(Self.look(), &memory, Self.clock())
        #expect(capped.kept?.count == 27)
        let least = try Self.policy("criterion: \(criterion), min_units: 25").decide(Self.look(), &memory, Self.clock())
        #expect(least.kept?.count == 25)
    }

    @Test("it gives up after so many looks in a row at which nothing went")
    func patience() throws {
        let policy = try Self.policy("patience: 2")
        var memory: [String: Double] = [:]
        #expect(!policy.decide(Self.look(copies: 0), &memory, Self.clock()).isFinal)
        // A unit that goes begins the count anew.
        #expect(!policy.decide(Self.look(), &memory, Self.clock()).isFinal)
        #expect(!policy.decide(Self.look(copies: 0), &memory, Self.clock()).isFinal)
        #expect(policy.decide(Self.look(copies: 0), &memory, Self.clock()).isFinal)
        let after = policy.decide(Self.look(), &memory, Self.clock())
        #expect(after.isFinal && after.kept == nil)
    }

    @Test("a loss of accuracy beyond the bound halves the budget, once, or ends it")
    func loss() throws {
        var memory: [String: Double] = [:]
        let halve = try Self.policy("max_loss: 1%")
        #expect(halve.decide(Self.look(accuracy: 0.9), &memory, Self.clock()).note?.contains("halved") == false)
        #expect(halve.decide(Self.look(accuracy: 0.893), &memory, Self.clock()).note?.contains("halved") == false)
        #expect(halve.decide(Self.look(accuracy: 0.88), &memory, Self.clock()).note?.contains("halved") == true)
        #expect(halve.decide(Self.look(accuracy: 0.88), &memory, Self.clock()).note?.contains("halved") == false)
        #expect(memory["scale"] == 0.5)
        // Nothing to compare with.
        #expect(halve.decide(Self.look(), &memory, Self.clock()).kept?.count == 20)
        var other: [String: Double] = [:]
        let stop = try Self.policy("max_loss: 1%, on_loss: stop")
        #expect(stop.decide(Self.look(accuracy: 0.9), &other, Self.clock()).kept?.count == 20)
        let end = stop.decide(Self.look(accuracy: 0.88), &other, Self.clock())
        #expect(end.kept == nil && end.isFinal)
        #expect(stop.decide(Self.look(accuracy: 0.95), &other, Self.clock()).kept == nil)
    }

    @Test("the forecast goes down to min_units at the least, and stays at the most")
    func forecast() throws {
        func forecast(_ fields: String) throws -> [WidthForecast] {
            let text = mlp("neurons: { type: apoptosis, \(fields) }", units: 1000)
            let prepared = try #require(checkModel(SourceText(path: "m.yaml", text: text), threads: 1).prepared)
            let policy = try #require(prepared.options.policies.entries.first?.policy as? Apoptosis)
            return policy.forecast(PolicySite(model: prepared.model, layer: 0, spec: prepared.model.layers[0].policies[0]), Self.clock())
        }
        let widths = try forecast("budget: 0.05")
        #expect(widths.map(\.step) == [0, 100, 200, 300, 400, 500, 600])
        #expect(widths.map(\.units.lower) == [1000, 500, 250, 125, 63, 32, 16])
        #expect(widths.map(\.units.expected) == [1000, 500, 250, 250, 250, 250, 250])
        #expect(widths.allSatisfy { $0.units.upper == 1000 })
        #expect(try forecast("criterion: parallel").last?.units.expected == 1000)
        // Looks at which nothing more can change are not told apart.
        #expect(try forecast("every: 1 step").count < 20)
    }
}
