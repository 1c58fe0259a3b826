import Diagnostics
import Estimate
import Foundation
import Model
import Policies
import Syntax

@testable import Driver

let frontEndTargets = [
    Target(name: "yaml", seeds: modelFiles, words: keywords, run: { parseText($0) }),
    Target(name: "model", seeds: modelFiles, words: keywords, run: { try planModel($0) }),
]

@Sendable private func modelFiles() throws -> [[UInt8]] { try files(["models", "Tests/Golden/Diagnostics", "Tests/Export", "Tests/Peers/models"], ".yaml") }

/// All words that the reference puts in code.
@Sendable private func keywords() throws -> [String] {
    let text = try String(contentsOf: root.appendingPathComponent("grammar/reference.md"), encoding: .utf8)
    return text.matches(of: /`([a-z][a-z_0-9]+)`/).map { String($0.output.1) } + ["<<: ", "*a", "&a ", "%", " epochs", " steps", ".inf", ".nan", "0x", "1e", "---\n", "|\n", ">-\n", "? ", "!!str ", "${", "}"]
}

/// Places lie within the text, what is no tree has an error, and every form of the messages can be written.
private func parseText(_ bytes: [UInt8]) {
    let source = SourceText(path: "model.yaml", bytes: bytes)
    var diagnostics: [Diagnostic] = []
    let node = parse(source, diagnostics: &diagnostics)
    mustHold(node != nil || diagnostics.hasErrors, "no tree, and no error")
    checkPlaces(diagnostics)
}

private func checkPlaces(_ diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics {
        for case .range(let range) in [diagnostic.location] + diagnostic.related.map(\.location) {
            mustHold(range.start >= 0 && range.start <= range.end && range.end <= range.source.bytes.count, "\(diagnostic.kind.id) lies outside")
        }
    }
    for format in DiagnosticFormat.allCases { _ = render(diagnostics, format: format, width: 80) }
}

/// Everything that is done with a model file before anything is trained, without looking at other files.
private func planModel(_ bytes: [UInt8]) throws {
    let source = SourceText(path: Scratch.path + "/model.yaml", bytes: bytes)
    var diagnostics: [Diagnostic] = [], isAlone = true
    let tree = compose(
        main: source, sets: [], environment: [:],
        read: { path in
            isAlone = false
            return .failure(DiagnosticError(Diagnostic(.modelFileUnreadable, "no other file is read here", at: .file(path: path))))
        }, diagnostics: &diagnostics)
    let model = tree.flatMap { check($0, policies: allPolicies.map { $0.schema }, directory: Scratch.path, environment: [:], diagnostics: &diagnostics) }
    checkPlaces(diagnostics)
    guard let tree, model != nil, isAlone, !namesOtherPlaces(tree) else { return }
    let checked = checkModel(source, threads: 2, freeMemory: 1 << 30)
    checkPlaces(checked.diagnostics)
    mustHold((checked.prepared == nil) == checked.diagnostics.hasErrors, "neither refused nor planned")
    guard let prepared = checked.prepared else { return }
    let estimate = prepared.estimate, dense = prepared.denseEstimate
    _ = prepared.advice
    let report = EstimateReport(estimate, dense: dense, choices: prepared.unitChoices)
    _ = (report.table(width: 100), report.csv, report.markdown)
    _ = try report.json()
    mustHold(estimate.memory.total >= 0, "memory below zero")

    // With everything filled in it is the same model.
    guard let resolved = checked.resolved(origins: false) else { return mustHold(false, "it cannot be written down") }
    let again = checkModel(SourceText(path: source.path, bytes: Array(resolved.utf8)), threads: 2, freeMemory: 1 << 30)
    guard let same = again.prepared else { return mustHold(false, "what was written down is refused: \(again.diagnostics.map(\.message))\n\(resolved)") }
    mustHold(same.estimate.run == estimate.run && same.estimate.memory.total == estimate.memory.total, "what was written down is another model\n\(resolved)")
    _ = checked.resolved(origins: true)
}

/// Whether a text of it may be a path that leads out of the folder.
private func namesOtherPlaces(_ node: Syntax.Node) -> Bool {
    if let text = node.scalar?.text { return text.contains("/") || text.contains("$") }
    return node.elements?.contains(where: namesOtherPlaces) ?? false || node.entries?.contains { namesOtherPlaces($0.value) } ?? false
}
