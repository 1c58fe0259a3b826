import Diagnostics
import Estimate
import Foundation
import Lowering
import Model
import TestSupport
import Testing

@testable import Driver

/// What is said of policies before they run, and that it is true by the same estimate.
@Suite struct AdviceTests {
    private func prepared(_ source: SourceText, measured: Bool = true) throws -> PreparedModel {
        let prepared = try #require(checkModel(source, threads: 2).prepared)
        return measured ? try prepared.on(Pace(try MachineProfile(readingFile: storedProfile), threads: 2)) : prepared
    }

    private func prepared(_ text: String, measured: Bool = true) throws -> PreparedModel { try prepared(SourceText(path: "m.yaml", text: text), measured: measured) }

    private func network(_ layers: String, batch: Int = 64, input: String = "[200]") -> String {
        """
        version: 1
        model:
          input: { shape: \(input) }
          layers:
        \(layers)
            - { name: out, type: dense, units: 10, activation: softmax }
        train: { epochs: 5, batch_size: \(batch), loss: cross_entropy, optimizer: adam }
        """
    }

    private func hidden(_ units: Int, _ policy: String) -> String { "    - { name: h, type: dense, units: \(units), activation: relu, policy: { \(policy) } }" }

    /// All that is advised on for the files in `models/`, on one measured machine: what a change of a policy, a pass or the profile does to it is seen in its diff.
    /// `NNC_UPDATE_GOLDEN=1 swift test --filter AdviceTests` writes it anew.
    @Test func adviceOnModelsIsAsCommitted() throws {
        var text = ""
        for name in TrainingTests.models {
            let advice = try prepared(try readModelSource(modelPath(name))).advice.map(AdviceRecord.init)
            text += "\(name)\(advice.isEmpty ? ": nothing" : "")\n"
            for advice in advice {
                text += "  \(advice.severity)[\(advice.id)] at \(advice.line ?? 0):\(advice.column ?? 0): \(advice.message)\n"
                text += advice.help.map { "    = \($0)\n" }.joined()
            }
        }
        let path = Program.root + "/Tests/Golden/Advice/models.txt"
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    /// The width that is named pays, and two thirds of it do not.
    @Test(arguments: ["backward: { type: topk, k: 95%, per: example }", "backward: { type: topk, k: 15, per: example }", "forward: { type: hash_gather, function: simhash, hashes: 4, tables: 200, active: 20%, per: example }"])
    func widthPays(policy: String) throws {
        func warning(_ units: Int) throws -> Diagnostic? { try prepared(network(hidden(units, policy), input: "[784]")).advice.first { $0.severity == .warning } }
        let narrow = try #require(try [16, 32, 64].lazy.compactMap(warning).first)
        let words = narrow.help.compactMap { $0.firstMatch(of: /from about ([0-9,]+) units on/)?.1 }
        guard let width = words.first.flatMap({ Int($0.replacing(",", with: "")) }) else {
            #expect(narrow.help.contains { $0.contains("no width up to 16,384 units") })
            #expect(try warning(16_000) != nil)
            return
        }
        #expect(width > 16)
        #expect(try warning(width) == nil, "\(width) units")
        #expect(try warning(2 * width / 3) != nil, "\(2 * width / 3) units")
    }

    /// The same of policies under which units come and go: of the run, and for all their layers together.
    @Test(arguments: ["apoptosis, every: 10 steps, probe: 2000", "shrink_recall, keep: 60%, every: 20 steps, recall: 1 step, probe: 2000"]) func widthPaysForUnitsThatGo(policy: String) throws {
        func warning(_ units: Int) throws -> Diagnostic? {
            try prepared("""
                version: 1
                data: { format: synthetic, synthetic: { generator: blobs, classes: 5, features: 50, train: 4000, test: 100 } }
                defaults: { dense: { activation: relu, policy: { neurons: { type: \(policy) } } } }
                model:
                  layers:
                    - { name: a, type: dense, units: \(units) }
                    - { name: b, type: dense, units: \(units) }
                    - { name: out, type: dense, units: 5, activation: softmax }
                train: { epochs: 3, batch_size: 32, loss: cross_entropy, optimizer: sgd }
                """).advice.first { $0.severity == .warning }
        }
        let narrow = try #require(try warning(16))
        let width = try #require(narrow.help.compactMap { $0.firstMatch(of: /from about ([0-9,]+) units on in each of these layers/)?.1 }.first.flatMap { Int($0.replacing(",", with: "")) })
        #expect(try warning(width) == nil, "\(width) units")
        // Between what costs time and what saves 2 % of it lie widths of which neither is said.
        #expect(try warning(max(16, width / 2)) != nil, "\(width / 2) units")
    }

    /// What a changed file is said to cost is what the changed file costs.
    @Test func settingsAreCostedAsWritten() throws {
        let text = try String(contentsOfFile: Program.root + "/Tests/Golden/Diagnostics/advice/NNC0432-tables.yaml", encoding: .utf8), first = try prepared(text)
        let notes = first.advice.filter { $0.kind == .settingSavesMore }
        #expect(notes.count == 2)
        for note in notes {
            let match = try #require(note.message.firstMatch(of: /^`(\w+): (\w+)` would save .* a step of (.+) instead of (.+)$/))
            let old = match.1 == "per" ? "per: example" : "tables: 200"
            let changed = try #require(Adviser(try prepared(text.replacing(old, with: "\(match.1): \(match.2)"))))
            let own = try #require(Adviser(first))
            #expect(Readable.time(changed.own.total) == match.3 && Readable.time(own.own.total) == match.4)
            #expect(changed.own.total <= 0.9 * own.own.total)
            #expect(note.help.count == 1)
        }
    }

    /// No setting of a policy saves more than its note says it can.
    @Test(arguments: ["backward: { type: topk, k: 1, per: batch }", "backward: { type: sampled, k: 1 }", "forward: { type: hash_gather, function: sketch, dimensions: 4, active: 1, per: batch }"])
    func noMoreThanTheShare(policy: String) throws {
        let layers = """
                - { name: small, type: dense, units: 2000, activation: relu }
                - { name: big, type: dense, units: 2000, activation: relu }
                - { name: h, type: dense, units: 100, activation: relu, policy: { \(policy) } }
            """
        let file = try prepared(network(layers)), note = try #require(file.advice.first { $0.kind == .littleToSave }, "\(file.advice)")
        let share = try #require(note.message.firstMatch(of: /more than ([0-9.]+) %/).flatMap { Double($0.1) })
        let adviser = try #require(Adviser(file))
        #expect(share > 0 && share < 25)
        #expect(1 - adviser.own.total / adviser.dense.total < share / 100 + 0.0005)
        #expect(note.help.contains { $0.contains("`big`") })
    }

    @Test func withoutAMeasurementItSaysSo() throws {
        let file = try prepared(network(hidden(8, "backward: { type: topk, k: 4, per: example }")), measured: false)
        let warning = try #require(file.advice.first { $0.kind == .policyDoesNotPay })
        #expect(warning.help.contains { $0.contains("nnc calibrate") })
    }

    @Test func nothingWithoutPolicies() throws {
        #expect(try prepared(network("    - { name: h, type: dense, units: 8 }")).advice.isEmpty)
        #expect(try prepared(network(hidden(2000, "backward: { type: topk, k: 5% }"), batch: 128, input: "[2000]")).advice.isEmpty)
    }

    @Test func commandsSayIt() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", network(hidden(16, "forward: { type: hash_gather, function: simhash, tables: 400, active: 20% }"), input: "[784]"))
        let estimate = try Program.run(["estimate", file, "--profile", storedProfile])
        #expect(estimate.code == 0 && estimate.messages.contains("warning[NNC0431]") && estimate.output.contains("Peak memory"))
        let json = try Program.run(["estimate", file, "--profile", storedProfile, "--format", "json"])
        let record = try JSONText.decode(EstimateRecord.self, from: json.output)
        #expect(record.advice?.map(\.id).contains("NNC0431") == true && record.advice?.first?.line == 5)
        #expect(!json.messages.contains("NNC0431"))
        let check = try Program.run(["check", file])
        #expect(check.code == 0 && check.output.contains("fine") && check.messages.contains("NNC0431"))
    }
}
