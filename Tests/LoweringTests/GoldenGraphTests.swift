import Diagnostics
import Foundation
import Graph
import Lowering
import Testing

/// The printed graphs are kept in `Tests/Golden/Graphs`: what a change of a pass does is then seen in its diff.
/// `NNC_UPDATE_GOLDEN=1 swift test --filter GoldenGraphTests` writes them anew.
@Suite struct GoldenGraphTests {
    @Test(arguments: ["mlp", "cnn", "dag"], ["build", "fuse-activations", "eliminate-dead-nodes"])
    func graphIsAsCommitted(name: String, pass: String) throws {
        let model = try Networks.model(Networks.all.first { $0.0 == name }!.1)
        var text = ""
        for purpose in [Purpose.training, .evaluation] {
            var diagnostics: [Diagnostic] = []
            let (graph, _) = try lowerGraph(
                model, facts: Networks.facts(model), purpose: purpose, runner: PassRunner(last: pass), diagnostics: &diagnostics)
            text += "# \(name), \(purpose.rawValue), after \(pass)\n" + graph.text + "\n"
        }
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Golden/Graphs/\(name).\(pass).txt").standardizedFileURL
        if ProcessInfo.processInfo.environment["NNC_UPDATE_GOLDEN"] != nil {
            try Data(text.utf8).write(to: url)
        }
        let expected = try String(contentsOf: url, encoding: .utf8)
        #expect(text == expected, "the graph of \(name) after \(pass) has changed")
    }
}
