import Diagnostics
import Syntax

/// The whole file as it is understood: bases, `set`, `--set` and `defaults:` put in, every key with a default written out.
///
/// The text is a model file of its own that checks and means the same. It needs a file that checks.
///
/// - Parameters:
///   - tree, policies, directory, environment: as for ``check(_:policies:directory:environment:diagnostics:)``.
///   - origins: whether each value is followed by a comment that tells where it comes from: a file and line, `--set`, or the default.
///   - workingDirectory: where relative paths are looked up. Paths come out absolute with it, so that the text can be
///     moved elsewhere; without it they stay as they are.
///   - strategies: by place in the list of layers: what was chosen where the file leaves it open, written as if it had said so.
/// - Returns: nil where the file has an error.
public func resolvedText(
    _ tree: Node, policies: [PolicySchema] = [], directory: String = "", environment: [String: String] = [:],
    origins: Bool = true, workingDirectory: String? = nil, strategies: [Int: Strategy] = [:]
) -> String? {
    let context = CheckContext(language: Language(policies: policies), environment: environment, mainSource: tree.range.source, directory: directory)
    guard let file = context.checkFile(tree), !context.diagnostics.hasErrors else { return nil }
    var writer = ResolvedWriter(directory: directory, workingDirectory: workingDirectory, layerDefaults: context.layerDefaults, strategies: strategies)
    writer.write(file)
    return writer.text(origins: origins)
}

private struct ResolvedWriter {
    let directory: String
    let workingDirectory: String?
    let layerDefaults: [String: [CheckedObject.Entry]]
    let strategies: [Int: Strategy]
    var lines: [(text: String, origin: String?)] = []

    init(directory: String, workingDirectory: String?, layerDefaults: [String: [CheckedObject.Entry]], strategies: [Int: Strategy]) {
        self.directory = directory
        self.strategies = strategies
        self.layerDefaults = layerDefaults
        self.workingDirectory = workingDirectory
    }

    mutating func write(_ file: CheckedObject) {
        for key in file.keys {
            if key.name == "defaults" {
                writeDefaults(file)
                continue
            }
            if case .dottedPaths = key.kind { continue }
            if key.name == "extends" { continue }
            if key.name == "name", file["name"] == nil {
                // It comes from the name of the file, and this text will have another.
                lines.append(("name: \(quoted(Path.stem(file.node.range.source.path)))", "default"))
            }
            write(key, of: file, indent: 0)
            if key.name == "output", file["output"] == nil, let schema = key.objectSchema {
                // Without the block, its defaults would be looked up beside the new file.
                writeBlock("output", CheckedObject(type: nil, keys: schema.keys, entries: [], node: file.node, anchor: .nowhere), indent: 0)
            }
        }
    }

    /// Of the defaults, the policies and strategies: given to a layer itself, one would be refused where as a default it is passed over. All other values
    /// stand on the layers.
    private mutating func writeDefaults(_ file: CheckedObject) {
        let kept = layerDefaults.sorted { $0.key < $1.key }.map { type, entries in (type, entries.filter { Self.staysDefault($0.key) }) }.filter { !$1.isEmpty }
        guard !kept.isEmpty else { return }
        lines.append(("defaults:", nil))
        for (type, entries) in kept {
            writeBlock(type, CheckedObject(type: nil, keys: entries.map(\.key), entries: entries, node: file.node, anchor: .nowhere), indent: 2)
        }
    }

    private static func staysDefault(_ key: Key) -> Bool { key.name == "policy" || key.name == "strategy" }

    /// Comments start in one column, where lines are not too long.
    func text(origins: Bool) -> String {
        guard origins else { return lines.map(\.text).joined(separator: "\n") + "\n" }
        let column = min(60, (lines.filter { $0.origin != nil }.map(\.text.count).max() ?? 0)) + 2
        return lines.map { line in
            guard let origin = line.origin else { return line.text }
            return line.text + String(repeating: " ", count: max(2, column - line.text.count)) + "# " + origin
        }.joined(separator: "\n") + "\n"
    }

    private mutating func write(_ key: Key, of object: CheckedObject, indent: Int, prefix: String = "") {
        let lead = String(repeating: " ", count: indent) + prefix
        guard let entry = object.entry(key.name) else {
            guard let text = key.defaultText, key.isSupported else { return }
            if let condition = key.condition, !condition.words.contains(object.text(condition.key) ?? "") { return }
            if case .variant(let schema) = key.kind, let variant = schema.variant(text) {
                let made = CheckedObject(type: Located(text, .nowhere), keys: variant.keys, entries: [], node: object.node, anchor: .nowhere)
                writeBlock(key.name, made, indent: indent, lead: lead)
                return
            }
            var value = text
            if case .path = key.kind { value = quoted(absolute(Path.join(directory, text))) }
            lines.append(("\(lead)\(key.name): \(value)", "default"))
            return
        }
        let checked = entry.checked
        let from = origin(checked.location)
        switch checked.value {
        case .object(let inner): writeBlock(key.name, inner, indent: indent, lead: lead, origin: from)
        case .map(let entries):
            lines.append(("\(lead)\(key.name):\(entries.isEmpty ? " {}" : "")", nil))
            for (name, value) in entries {
                guard let inner = value.object else { continue }
                writeBlock(name.value, inner, indent: indent + 2)
            }
        case .list(let items) where items.contains { $0.object != nil }:
            lines.append(("\(lead)\(key.name):", nil))
            for (place, item) in items.enumerated() {
                if let object = item.object { writeItem(object, indent: indent + 2, strategy: key.name == "layers" ? strategies[place] : nil) }
            }
        default:
            guard let text = inline(checked, key.kind) else { return }
            lines.append(("\(lead)\(key.name): \(text)", from))
        }
    }

    private mutating func writeBlock(_ name: String, _ object: CheckedObject, indent: Int, lead: String? = nil, origin: String? = nil) {
        let lead = lead ?? String(repeating: " ", count: indent)
        let start = lines.count
        lines.append(("\(lead)\(name):", nil))
        if let type = object.type { lines.append((String(repeating: " ", count: indent + 2) + "type: \(type.value)", self.origin(type.location))) }
        for key in object.keys { write(key, of: object, indent: indent + 2) }
        if lines.count == start + 1 { lines[start] = ("\(lead)\(name): {}", origin) }
    }

    /// One layer: the dash stands before its first key.
    private mutating func writeItem(_ object: CheckedObject, indent: Int, strategy: Strategy?) {
        let start = lines.count
        if let type = object.type { lines.append((String(repeating: " ", count: indent + 2) + "type: \(type.value)", origin(type.location))) }
        for key in object.keys {
            let own = object.entries.first { $0.key.name == key.name }
            if key.name == "strategy", let strategy, own.map({ $0.checked.text == "auto" }) ?? true {
                lines.append((String(repeating: " ", count: indent + 2) + "strategy: \(strategy.rawValue)", "chosen"))
            } else if !Self.staysDefault(key) || own != nil {
                write(key, of: object, indent: indent + 2)
            }
        }
        guard start < lines.count else { return }
        let blank = String(repeating: " ", count: indent)
        lines[start].text = blank + "- " + lines[start].text.dropFirst(indent + 2)
    }

    private func inline(_ checked: Checked, _ kind: ValueKind) -> String? {
        switch checked.value {
        case .list(let items):
            let element: ValueKind
            switch kind {
            case .list(of: let inner, _): element = inner
            case .paths: element = .path
            default: element = kind
            }
            return "[" + items.compactMap { inline($0, element) }.joined(separator: ", ") + "]"
        case .text(let text):
            switch kind {
            case .path, .paths: return quoted(absolute(text))
            case .column:
                // A position is a number, a name that looks like one is quoted.
                if case .int? = checked.node.scalar?.value { return text }
                return quoted(text)
            default: return quoted(text)
            }
        case .integer(let value): return "\(value)"
        case .flag(let value): return "\(value)"
        case .invalid, .object, .map: return nil
        // Numbers, lengths of time, shares and metrics as they were written: nothing is lost by rounding.
        case .number, .span, .seconds, .amount, .monitor: return checked.node.scalar?.text
        }
    }

    /// On one line, in braces.
    func braces(_ object: CheckedObject) -> String {
        let fields = object.keys.compactMap { key -> String? in
            if let entry = object.entry(key.name) {
                let text = entry.checked.object.map(braces) ?? inline(entry.checked, key.kind)
                return text.map { "\(key.name): \($0)" }
            }
            if let condition = key.condition, !condition.words.contains(object.text(condition.key) ?? "") { return nil }
            return key.defaultText.map { "\(key.name): \($0)" }
        }
        return "{ \(((object.type.map { ["type: \($0.value)"] } ?? []) + fields).joined(separator: ", ")) }"
    }

    private func absolute(_ path: String) -> String {
        guard let workingDirectory else { return path }
        return Path.normalized(Path.join(workingDirectory, path))
    }

    /// In quotes where a plain scalar would mean something else.
    private func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (byte | 32) >= 97 && (byte | 32) <= 122 || (byte >= 48 && byte <= 57) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "/")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
        if isPlain, case .string(let same) = Scalar(text).value, same == text, text.first != "-", text.first != "." { return text }
        return JSONText.string(text).text()
    }

    private func origin(_ location: Location) -> String {
        guard case .range(let range) = location else { return "default" }
        if range.source.path == commandLineSource { return commandLineSource }
        return "\(range.source.path):\(range.source.line(at: range.start) + 1)"
    }
}

extension PolicyFields {
    /// The policy as it may stand in a model file, with all fields that have a value: `{ type: topk, k: 5%, per: batch }`.
    public var text: String { ResolvedWriter(directory: "", workingDirectory: nil, layerDefaults: [:], strategies: [:]).braces(object) }
}

extension Key {
    fileprivate var objectSchema: ObjectSchema? { if case .object(let schema) = kind { schema } else { nil } }
}
