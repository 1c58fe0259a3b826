import Diagnostics
import Syntax

// The value of a `--set` argument is parsed from a text of its own, in which the path is blanked out; here its places go
// back to the argument as it was given.

extension SourceRange {
    func moved(from old: SourceText, to new: SourceText) -> SourceRange {
        source === old ? SourceRange(new, start, end) : self
    }
}

extension Location {
    func moved(from old: SourceText, to new: SourceText) -> Location {
        if case .range(let range) = self { .range(range.moved(from: old, to: new)) } else { self }
    }
}

extension Node {
    func moved(from old: SourceText, to new: SourceText) -> Node {
        let range = range.moved(from: old, to: new)
        switch content {
        case .scalar, .invalid: return Node(content, range)
        case .sequence(let nodes): return Node(.sequence(nodes.map { $0.moved(from: old, to: new) }), range, isIncomplete: isIncomplete)
        case .mapping(let entries):
            return Node(.mapping(entries.map { Entry(key: $0.key.moved(from: old, to: new), value: $0.value.moved(from: old, to: new)) }), range)
        }
    }
}

extension Diagnostic {
    func moved(from old: SourceText, to new: SourceText) -> Diagnostic {
        Diagnostic(
            kind, message, at: location.moved(from: old, to: new), label: label,
            related: related.map { RelatedPlace($0.location.moved(from: old, to: new), $0.message) }, help: help,
            fix: fix.map { Fix($0.range.moved(from: old, to: new), $0.replacement) })
    }
}
