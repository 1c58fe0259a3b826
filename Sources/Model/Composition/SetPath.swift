import Diagnostics
import Syntax

// `set:` and `--set`: single values by dotted path. Whether the keys exist is for the checker to say, which points at the
// part of the path; here only what leads nowhere at all is reported.
extension Composition {
    struct Step {
        var name: String
        var range: SourceRange
    }

    /// A `set:` mapping of a file.
    mutating func apply(_ set: Node, to root: inout Node) {
        if set.isInvalid { return }
        guard let entries = set.entries else {
            report(.setNotMapping, "`set` is a mapping of dotted paths, not \(set.described)", at: set.location, help: ["write for instance `set: { train.epochs: 5 }`"])
            return
        }
        for entry in entries {
            guard let path = entry.key.scalar?.text, !path.hasPrefix("x-") else { continue }
            // In quotes the first byte of the range is the quote.
            let first = entry.key.range.start + (entry.key.scalar?.style == .plain ? 0 : 1)
            guard let steps = steps(path, in: entry.key.range.source, from: first, whole: entry.key.range) else { continue }
            if let changed = change(root, steps[...], [], entry.value) { root = changed }
        }
    }

    /// A `--set` argument.
    mutating func apply(_ argument: String, to root: inout Node) {
        let source = SourceText(path: commandLineSource, text: argument)
        let all = SourceRange(source, 0, source.bytes.count)
        guard let equals = source.bytes.firstIndex(of: UInt8(ascii: "=")), equals > 0 else {
            report(.setArgument, "`\(argument.shortened)` is not a path and a value", at: .range(all), help: ["write for instance `--set train.epochs=5`"])
            return
        }
        let path = String(decoding: source.bytes[..<equals], as: UTF8.self)
        guard let steps = steps(path, in: source, from: 0, whole: SourceRange(source, 0, equals)) else { return }
        guard let value = value(of: source, after: equals + 1) else { return }
        if let changed = change(root, steps[...], [], value) { root = changed }
    }

    /// The part of an argument behind the equals sign, read as YAML.
    private mutating func value(of source: SourceText, after start: Int) -> Node? {
        let rest = source.bytes[start...]
        if rest.allSatisfy({ $0 == UInt8(ascii: " ") }) { return Node(.scalar(Scalar("")), SourceRange(source, start, source.bytes.count)) }
        // Blanks in place of the path: so every place in the value is that in the argument.
        let blank = SourceText(path: source.path, bytes: [UInt8](repeating: UInt8(ascii: " "), count: start) + rest)
        var found: [Diagnostic] = []
        let node = parse(blank, diagnostics: &found)
        diagnostics += found.map { $0.moved(from: blank, to: source) }
        return node?.moved(from: blank, to: source)
    }

    private mutating func steps(_ path: String, in source: SourceText, from first: Int, whole: SourceRange) -> [Step]? {
        var steps: [Step] = []
        var start = first
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            if part.isEmpty || part.contains(where: { $0 == " " || $0 == "[" || $0 == "]" }) {
                report(.setMalformedPath, "`\(path.shortened)` is no dotted path", at: .range(whole), help: ["write for instance `model.layers.h1.units`"])
                return nil
            }
            steps.append(Step(name: String(part), range: SourceRange(source, start, start + part.utf8.count)))
            start += part.utf8.count + 1
        }
        return steps
    }

    /// The node with a value below it changed; nil where the path leads nowhere, which has been reported.
    private mutating func change(_ node: Node, _ steps: ArraySlice<Step>, _ above: [String], _ value: Node) -> Node? {
        guard let step = steps.first else { return value }
        let path = above.joined(separator: ".")
        switch node.content {
        case .invalid: return node
        case .mapping(let entries): return changeEntry(node, entries, step, steps, above, value)
        case .sequence(let elements): return changeElement(node, elements, step, steps, above, value)
        case .scalar(let scalar):
            if scalar.value == .null { return changeEntry(node, [], step, steps, above, value) }
            if case .string(let word) = scalar.value {
                switch language.kind(at: above) {
                // `optimizer: adam` is `optimizer: { type: adam }`, so there is something below it.
                case .variant(let schema)? where schema.allowsBareWord:
                    let type = Node.Entry(key: Node(.scalar(Scalar("type")), node.range), value: node)
                    return changeEntry(node, [type], step, steps, above, value)
                case .policy?:
                    report(.setThroughValue, "`\(path)` is the name of a policy", at: .range(step.range), help: ["change the policy itself: `policies.\(word).\(step.name)`"])
                    return nil
                default: break
                }
            }
            report(.setThroughValue, "`\(path)` is \(node.described), and has no key `\(step.name)`", at: .range(step.range))
            return nil
        }
    }

    private mutating func changeEntry(
        _ node: Node, _ entries: [Node.Entry], _ step: Step, _ steps: ArraySlice<Step>, _ above: [String], _ value: Node
    ) -> Node? {
        var entries = entries
        let rest = steps.dropFirst()
        if let index = entries.firstIndex(where: { $0.key.scalar?.text == step.name }) {
            guard let changed = change(entries[index].value, rest, above + [step.name], value) else { return nil }
            entries[index] = Node.Entry(key: entries[index].key, value: changed)
            return node.with(.mapping(entries))
        }
        if above == ["policies"], !rest.isEmpty {
            reportNoEntry("no policy is called `\(step.name)`", step, among: entries.compactMap { $0.key.scalar?.text })
            return nil
        }
        if above == ["model"], step.name == "layers", !rest.isEmpty {
            reportNoEntry("the model has no layers to change", step, among: [])
            return nil
        }
        // The key is new: what stands below it in the path is made.
        guard let made = change(Node(.mapping([]), step.range), rest, above + [step.name], value) else { return nil }
        entries.append(Node.Entry(key: Node(.scalar(Scalar(step.name)), step.range), value: made))
        return node.with(.mapping(entries))
    }

    private mutating func changeElement(
        _ node: Node, _ elements: [Node], _ step: Step, _ steps: ArraySlice<Step>, _ above: [String], _ value: Node
    ) -> Node? {
        let path = above.joined(separator: ".")
        guard above == ["model", "layers"] else {
            report(.setThroughValue, "`\(path)` is a list, which is set as a whole", at: .range(step.range), help: ["write for instance `--set '\(path)=[…]'`"])
            return nil
        }
        let names = layerNames(of: elements)
        guard let index = names.firstIndex(where: { $0.contains(step.name) }) else {
            reportNoEntry("no layer is called `\(step.name)`", step, among: names.flatMap { $0 })
            return nil
        }
        guard let changed = change(elements[index], steps.dropFirst(), above + [step.name], value) else { return nil }
        var elements = elements
        elements[index] = changed
        return node.with(.sequence(elements))
    }

    private mutating func reportNoEntry(_ message: String, _ step: Step, among names: [String]) {
        let right = nearest(step.name, in: names)
        let help = right.map { ["did you mean `\($0)`?"] } ?? (names.isEmpty || names.count > 20 ? [] : ["there are \(names.quotedList)"])
        diagnostics.append(Diagnostic(.setNoSuchEntry, message, at: .range(step.range), help: help, fix: right.map { Fix(step.range, $0) }))
    }

    /// What each layer can be called in a path: its name, or the one it gets by its type.
    private func layerNames(of layers: [Node]) -> [[String]] {
        let given = Set(layers.compactMap { $0["name"]?.scalar?.text })
        var counters: [String: Int] = [:]
        return layers.map { layer in
            if let name = layer["name"]?.scalar?.text { return [name] }
            guard let type = layer["type"]?.scalar?.text else { return [] }
            var copies = 1
            if case .int(let count)? = layer["repeat"]?.scalar?.value { copies = Swift.min(Swift.max(count, 1), 10_000) }
            return (0..<copies).map { _ in automaticName(type, &counters, given) }
        }
    }
}

extension Language {
    /// What stands at a dotted path; nil where the table has nothing there.
    func kind(at path: [String]) -> ValueKind? {
        var kind = ValueKind.object(file)
        for name in path {
            switch kind {
            case .object(let schema), .policy(let schema), .amountOr(let schema):
                guard let key = schema.key(name) else { return nil }
                kind = key.kind
            case .variant(let schema):
                guard let key = schema.variants.lazy.compactMap({ $0.key(name) }).first else { return nil }
                kind = key.kind
            case .list(of: let element, _): kind = element
            case .map(of: let element): kind = element
            case .layerDefaults(let schema):
                guard let variant = schema.variant(name) else { return nil }
                kind = .object(ObjectSchema(name, "", keys: variant.keys))
            default: return nil
            }
        }
        return kind
    }
}
