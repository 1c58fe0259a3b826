import Diagnostics

/// Parses one YAML document to located nodes.
///
/// Adds every problem of the file to `diagnostics`, in the order of the file. Where YAML itself is broken, the unreadable part is
/// skipped: it becomes an `invalid` node, and the rest can be checked. Nil where nothing could be read.
public func parse(_ source: SourceText, diagnostics: inout [Diagnostic]) -> Node? {
    var found: [Diagnostic] = []
    let node = parseRecovering(source, &found)
    if node == nil, !found.hasErrors {
        found.append(Diagnostic(
            .emptyFile, "the file is empty", at: .file(path: source.path), help: ["`nnc init` writes a model file to start from"]))
    }
    diagnostics += found.enumerated().sorted { (offset($0.element), $0.offset) < (offset($1.element), $1.offset) }.map(\.element)
    return node
}

private func offset(_ diagnostic: Diagnostic) -> Int {
    if case .range(let range) = diagnostic.location { range.start } else { -1 }
}

private func parseRecovering(_ source: SourceText, _ diagnostics: inout [Diagnostic]) -> Node? {
    guard let checked = CheckedText(source, &diagnostics) else { return nil }
    var recovery = Recovery(source, checked.bytes)
    while true {
        var builder = NodeBuilder(source, text: recovery.text, blanks: recovery.blanks, lostAnchors: recovery.lostAnchors)
        switch builder.build(YAMLEvents(recovery.text, from: checked.base)) {
        case .finished(let root):
            diagnostics += builder.diagnostics
            guard let root else { return nil }
            let isEmpty = root.scalar.map { $0.text.isEmpty && $0.style == .plain } ?? false
            return isEmpty ? nil : root
        case .abandoned:
            diagnostics += builder.diagnostics
            return nil
        case .stopped(let problem, let flow):
            let explained = SyntaxProblem(problem, flow: flow, source, recovery.text)
            guard recovery.skip(explained, &diagnostics) else {
                diagnostics += builder.diagnostics
                return nil
            }
        }
    }
}
