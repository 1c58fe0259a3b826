import Diagnostics
import Syntax

/// Puts a model file together: its text, its base files, its `set:` and the `--set` arguments, in this order, so that the
/// later one wins. Every node keeps the place it was written in. `extends` and `set` are used up.
///
/// - Parameters:
///   - main: the file itself; the path of a base file is relative to the file that names it.
///   - sets: the `--set` arguments, `path=value`.
///   - environment: for `${NAME}` in the path of a base file.
///   - read: the text of a base file; the place of its problem is replaced by that of the `extends`.
/// - Returns: nil where there is nothing to check. Problems are added to `diagnostics` in either case.
public func compose(
    main: SourceText, sets: [String] = [], environment: [String: String] = [:],
    read: (String) -> Result<SourceText, DiagnosticError>, diagnostics: inout [Diagnostic]
) -> Node? {
    var composition = Composition(environment: environment)
    defer { diagnostics += composition.diagnostics }
    guard var root = composition.load(main, chain: [], read: read) else { return nil }
    for argument in sets { composition.apply(argument, to: &root) }
    return root
}

struct Composition {
    let environment: [String: String]
    let language = Language(policies: [])
    var diagnostics: [Diagnostic] = []

    static let depthLimit = 16

    init(environment: [String: String]) { self.environment = environment }

    mutating func load(_ source: SourceText, chain: [String], read: (String) -> Result<SourceText, DiagnosticError>) -> Node? {
        guard let tree = parse(source, diagnostics: &diagnostics) else { return nil }
        guard let own = tree.entries else { return tree }
        var entries = own.filter { !["extends", "set"].contains($0.key.scalar?.text ?? "") }
        var isWhole = true
        if let path = tree["extends"] {
            let base = loadBase(path, chain: chain + [Path.normalized(source.path)], read: read)
            isWhole = base != nil
            entries = join(base ?? [], entries)
            // What the base would have brought is not missing a second time.
            if base == nil {
                for name in ["version", "model", "train"] where !entries.contains(where: { $0.key.scalar?.text == name }) {
                    entries.append(Node.Entry(key: Node(.scalar(Scalar(name)), path.range), value: Node(.invalid, path.range)))
                }
            }
        }
        var root = tree.with(.mapping(entries))
        if let set = tree["set"], isWhole { apply(set, to: &root) }
        return root
    }

    /// The entries of the base file, or nil where it could not be had.
    private mutating func loadBase(_ node: Node, chain: [String], read: (String) -> Result<SourceText, DiagnosticError>) -> [Node.Entry]? {
        if node.isInvalid { return nil }
        guard let scalar = node.scalar, case .string(let written) = scalar.value, !written.isEmpty else {
            report(.extendsNotPath, "`extends` is the path of one file, not \(node.described)", at: node.location, help: ["write for instance `extends: base.yaml`"])
            return nil
        }
        let expanded: String
        switch expandVariables(written, environment: environment, at: node.location) {
        case .success(let text): expanded = text
        case .failure(let error):
            diagnostics += error.diagnostics
            return nil
        }
        let path = Path.join(Path.directory(node.range.source.path), expanded)
        let normalized = Path.normalized(path)
        if let start = chain.firstIndex(of: normalized) {
            report(.extendsCycle, "`\(written)` extends itself\(start == chain.count - 1 ? "" : " by way of other files")", at: node.location,
                help: ["the circle is \((chain[start...] + [normalized]).joined(separator: " → "))"])
            return nil
        }
        guard chain.count <= Self.depthLimit else {
            report(.extendsTooDeep, "more than \(Self.depthLimit) base files below each other", at: node.location)
            return nil
        }
        switch read(path) {
        case .success(let source):
            guard let base = load(source, chain: chain, read: read) else { return nil }
            if let entries = base.entries { return entries }
            if !base.isInvalid {
                report(.notAModelFile, "a model file is a mapping of keys, not \(base.described)", at: base.location)
            }
            return nil
        case .failure(let error):
            for problem in error.diagnostics {
                diagnostics.append(Diagnostic(
                    problem.kind, problem.message, at: node.location, label: problem.label, related: problem.related, help: problem.help))
            }
            return nil
        }
    }

    /// The blocks of a base, replaced by those of the file that extends it; `defaults`, `policies` and `x-` keys join entry by entry.
    private func join(_ base: [Node.Entry], _ own: [Node.Entry]) -> [Node.Entry] {
        var result = base
        for entry in own {
            guard let name = entry.key.scalar?.text, let index = result.firstIndex(where: { $0.key.scalar?.text == name }) else {
                result.append(entry)
                continue
            }
            let joins = name == "defaults" || name == "policies" || name.hasPrefix("x-")
            if joins, let old = result[index].value.entries, let new = entry.value.entries {
                let kept = old.filter { earlier in !new.contains { $0.key.scalar?.text == earlier.key.scalar?.text } }
                result[index] = Node.Entry(key: entry.key, value: entry.value.with(.mapping(kept + new)))
            } else {
                result[index] = entry
            }
        }
        return result
    }

    mutating func report(_ kind: DiagnosticKind, _ message: String, at location: Location, help: [String] = []) {
        diagnostics.append(Diagnostic(kind, message, at: location, help: help))
    }
}

extension Path {
    /// Without `.` and with `a/../` taken out, so that one file has one path.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
