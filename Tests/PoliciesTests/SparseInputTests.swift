import Diagnostics
import Lowering
import Syntax
import Testing

@testable import Driver

/// Policies on a layer that reads sparse input mean units, and its weights are stored by input: they are refused there, and nowhere else.
@Suite struct SparseInputTests {
    private func problems(_ text: String) throws -> [Diagnostic] {
        let checked = checkModel(SourceText(path: "test.yaml", text: text), threads: 1)
        let prepared = try #require(checked.prepared, "\(checked.diagnostics.map(\.message))")
        var facts = prepared.description.facts
        facts.sparse = DataFacts.SparseInput(longest: 6, average: 4.5)
        var diagnostics: [Diagnostic] = []
        do {
            _ = try lower(prepared.model, facts: facts, options: prepared.options, diagnostics: &diagnostics)
            return []
        } catch let error as DiagnosticError {
            return error.diagnostics
        }
    }

    private func text(first: String = "", second: String = "", policies: String = "") -> String {
        modelText(
            """
                - { name: h1, type: dense, units: 60, activation: relu\(first) }
                - { name: h2, type: dense, units: 60, activation: relu\(second) }
                - { name: out, type: dense, units: 5, activation: softmax }
            """, policies: policies)
    }

    static let policies = [
        "forward: { type: hash_gather, active: 20% }", "backward: { type: topk, k: 20% }", "neurons: { type: apoptosis }",
    ]

    @Test(arguments: policies) func onTheLayerItself(_ policy: String) throws {
        let found = try problems(text(first: ", policy: { \(policy) }"))
        #expect(found.map(\.kind) == [.notForThisLayer] && found.first?.message.contains("`h1` reads sparse input") == true)
    }

    @Test(arguments: policies) func onTheNextLayer(_ policy: String) throws {
        #expect(try problems(text(second: ", policy: { \(policy) }")) == [])
    }

    @Test func onWhatItIsAddedTo() throws {
        let layers = """
                - { name: h1, type: dense, units: 60, activation: relu }
                - { name: h2, type: dense, units: 60, activation: relu, policy: { neurons: { type: apoptosis } } }
                - { name: sum, type: add, inputs: [h1, h2] }
                - { name: out, type: dense, units: 5, activation: softmax }
            """
        #expect(try problems(modelText(layers)).map(\.kind) == [.notForThisLayer])
    }
}
