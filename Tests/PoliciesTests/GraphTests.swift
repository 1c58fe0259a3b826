import Diagnostics
import Foundation
import Graph
import Lowering
import Runtime
import TestSupport
import Testing

@testable import Driver

/// What policies make of the graph, kept in `Tests/Golden/Graphs`. `NNC_UPDATE_GOLDEN=1 swift test --filter PoliciesTests` writes them anew.
@Suite struct GraphTests {
    static let texts: [(name: String, text: String)] = [
        ("topk-batch", mlp("backward: { type: topk, k: 20% }")),
        ("topk-example", mlp("backward: { type: topk, k: 6, per: example }")),
        ("random", mlp("backward: { type: random, k: 6 }", optimizer: "{ type: sgd, learning_rate: 0.1 }")),
        ("topk-conv2d", cnn("backward: { type: topk, k: 2 }")),
        ("topk-conv2d-example", cnn("backward: { type: topk, k: 2, per: example }", pooled: false)),
        ("sampled", mlp("backward: { type: sampled, k: 20% }")),
        ("simplify", mlp("backward: { type: topk, k: 20% }, neurons: { type: simplify }")),
    ]

    private func prepared(_ text: String) throws -> PreparedModel {
        let checked = checkModel(SourceText(path: "test.yaml", text: text), threads: 1)
        return try #require(checked.prepared, "\(checked.diagnostics.map(\.message))")
    }

    @Test(arguments: texts.map(\.name)) func graphIsAsCommitted(_ name: String) throws {
        let prepared = try prepared(try #require(Self.texts.first { $0.name == name }).text)
        var text = ""
        for pass in ["rewrite-gradients", "eliminate-dead-nodes"] {
            var diagnostics: [Diagnostic] = []
            let (graph, _) = try lowerGraph(
                prepared.model, facts: prepared.description.facts, purpose: .training, policies: prepared.options.policies.entries,
                runner: PassRunner(last: pass), diagnostics: &diagnostics)
            text += "# \(name), training, after \(pass)\n" + graph.text + "\n"
        }
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Golden/Graphs/policy-\(name).txt").standardizedFileURL
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil { try Data(text.utf8).write(to: url) }
        #expect(try String(contentsOf: url, encoding: .utf8) == text, "the graph of \(name) has changed")
    }

    @Test("every optional pass may be left out", arguments: texts.map(\.name)) func passesAreOptional(_ name: String) throws {
        let prepared = try prepared(try #require(Self.texts.first { $0.name == name }).text)
        let optional = pipeline.filter(\.isOptional).map(\.name)
        for skip in optional.map({ Set([$0]) }) + [Set(optional)] {
            var options = prepared.options
            options.runner = PassRunner(skip: skip)
            var diagnostics: [Diagnostic] = []
            let plan = try #require(try lower(prepared.model, facts: prepared.description.facts, options: options, diagnostics: &diagnostics).schedule.phases.last).train
            // What is kept is kept whatever else is done.
            let full = try #require(prepared.schedule.phases.last).train
            func kept(_ plan: Plan) -> Int { plan.graph.nodes.filter { ["select_units", "sample_units"].contains($0.operation.name) }.count }
            #expect(kept(plan) == kept(full) && kept(full) > 0, "without \(skip)")
        }
    }

    @Test("every layer's numbers can be explained", arguments: texts.map(\.name)) func explained(_ name: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", try #require(Self.texts.first { $0.name == name }).text)
        let names = try #require(checkModel(file).model).layers.map(\.name.value)
        for layer in names { #expect(try explainEstimate(EstimateOptions(file: file, threads: 2), layer: layer) != nil) }
    }
}
