import Diagnostics
import Syntax

extension CheckContext {
    /// Checks one value against its kind. What is wrong is reported and comes back as `.invalid`.
    func checkValue(_ node: Node, _ kind: ValueKind, key: Key, keyNode: Node) -> Checked {
        Checked(value: read(node, kind, key, keyNode) ?? .invalid, node: node)
    }

    private func read(_ node: Node, _ kind: ValueKind, _ key: Key, _ keyNode: Node) -> Checked.Value? {
        // What the parser could not read has been reported.
        if node.isInvalid { return nil }
        switch kind {
        case .anything, .dottedPaths: return .invalid
        default: break
        }
        if let scalar = node.scalar, scalar.value == .null {
            report(.emptyValue, "`\(key.name)` has no value", at: node.range.start == node.range.end ? keyNode.location : node.location,
                help: [key.isRequired ? "write for instance `\(key.example ?? key.name)`" : "leave the key out to use its default"])
            return nil
        }
        switch kind {
        case .version: return version(node)
        case .text: return text(node, key, "a text").map { .text($0) }
        case .name: return name(node, key)
        case .path: return path(node, key)
        case .flag: return flag(node, key)
        case .integer(let range): return integer(node, key, range)
        case .integerOr(let range, let words):
            // A word is meant where letters stand; all else is to be a number.
            guard case .string(let word)? = node.scalar?.value, word.contains(where: \.isLetter) else { return integer(node, key, range) }
            return checkWord(word, node, words, what: "`\(key.name)`") ? .text(word) : nil
        case .number(let range): return number(node, key, range)
        case .choice(let words):
            guard let word = text(node, key, "one of \(words.supported.quotedList)") else { return nil }
            return checkWord(word, node, words, what: "`\(key.name)`") ? .text(word) : nil
        case .span: return span(node, key)
        case .duration: return duration(node, key)
        case .amount: return amount(node, key)
        case .monitor: return monitor(node, key)
        case .column: return column(node, key)
        case .size2d(let range): return size2d(node, key, range)
        case .list(let element, let count): return list(node, element, count, key, keyNode)
        case .paths:
            if node.elements != nil { return list(node, .path, 1...100_000, key, keyNode) }
            return path(node, key).map { .list([Checked(value: $0, node: node)]) }
        case .object(let schema):
            if node.scalar != nil, schema.noun == Language.fileSet.noun { return bareFile(node, key) }
            return checkObject(node, schema, anchor: keyNode.location).map { .object($0) }
        case .amountOr(let schema):
            if node.entries != nil { return checkObject(node, schema, anchor: keyNode.location).map { .object($0) } }
            return amount(node, key, isProper: true)
        case .variant(let schema):
            return checkVariant(node, schema, anchor: keyNode.location, isLayer: schema.noun == language.layer.noun).map { .object($0) }
        case .map(let element): return map(node, element, key)
        case .layerDefaults(let schema): return defaults(node, schema)
        case .policy(let schema): return policy(node, schema, key, keyNode)
        case .anything, .dottedPaths: return .invalid
        }
    }

    private func list(_ node: Node, _ kind: ValueKind, _ count: ClosedRange<Int>, _ key: Key, _ keyNode: Node) -> Checked.Value? {
        guard let elements = node.elements else {
            if node.scalar != nil {
                let fix = node.range.isOneLine ? Fix(node.range, "[\(node.range.text)]") : nil
                report(.keyIsNotAList, "`\(key.name)` is a list, not \(node.described)", at: node.location,
                    help: fix.map { ["write `\(key.name): \($0.replacement)`"] } ?? [], fix: fix)
            } else {
                report(.wrongType, "`\(key.name)` is a list, not \(node.described)", at: node.location, help: key.example.map { ["write for instance `\($0)`"] } ?? [])
            }
            return nil
        }
        if !count.contains(elements.count) {
            reportCount(elements.count, count, node, key, keyNode)
            return nil
        }
        let checked = elements.map { checkValue($0, kind, key: key, keyNode: $0) }
        // A list of layers is useful even where one of them is wrong; a shape is not.
        if case .variant = kind { return .list(checked) }
        return checked.contains(where: \.isInvalid) ? nil : .list(checked)
    }

    private func reportCount(_ found: Int, _ count: ClosedRange<Int>, _ node: Node, _ key: Key, _ keyNode: Node) {
        if key.name == "inputs" {
            let wanted = count.upperBound == 1 ? "reads one layer, not \(found)" : "joins at least two layers, not \(found)"
            report(.wrongInputCount, "a layer of this type \(wanted)", at: node.location,
                help: count.upperBound == 1 ? ["join them first: `- { type: concatenate, inputs: [\((node.elements ?? []).compactMap { $0.scalar?.text }.joined(separator: ", "))] }`"] : [])
            return
        }
        let wanted = count.lowerBound == count.upperBound ? "\(count.lowerBound)" : found < count.lowerBound ? "at least \(count.lowerBound)" : "at most \(count.upperBound)"
        report(.wrongCount, "`\(key.name)` takes \(wanted) \(count.lowerBound == 1 ? "entry" : "entries"), not \(found)", at: found == 0 ? keyNode.location : node.location,
            help: key.example.map { ["write for instance `\($0)`"] } ?? [])
    }

    private func size2d(_ node: Node, _ key: Key, _ range: ClosedRange<Int>) -> Checked.Value? {
        guard let elements = node.elements else { return integer(node, key, range) }
        guard elements.count == 2 else {
            report(.wrongCount, "`\(key.name)` takes one size for both directions or [height, width], not \(elements.count) entries", at: node.location,
                help: key.example.map { ["write for instance `\($0)`"] } ?? [])
            return nil
        }
        let sizes = elements.map { Checked(value: integer($0, key, range) ?? .invalid, node: $0) }
        return sizes.contains(where: \.isInvalid) ? nil : .list(sizes)
    }

    private func bareFile(_ node: Node, _ key: Key) -> Checked.Value? {
        let fix = node.range.isOneLine ? Fix(node.range, "{ features: \(node.range.text) }") : nil
        report(.bareFile, "`\(key.name)` is a mapping of files, not \(node.described)", at: node.location,
            help: fix.map { ["write `\(key.name): \($0.replacement)`"] } ?? [], fix: fix)
        return nil
    }

    private func map(_ node: Node, _ kind: ValueKind, _ key: Key) -> Checked.Value? {
        guard let entries = node.entries else {
            report(.wrongType, "`\(key.name)` is a mapping of names, not \(node.described)", at: node.location, help: key.example.map { ["write for instance `\($0)`"] } ?? [])
            return nil
        }
        var result: [(name: Located<String>, value: Checked)] = []
        for entry in entries {
            guard let name = entry.key.scalar?.text, !name.hasPrefix("x-") else { continue }
            if !isName(name) || name == "none" { reportName(name, entry.key) }
            result.append((Located(name, entry.key.location), checkValue(entry.value, kind, key: key, keyNode: entry.key)))
        }
        return .map(result)
    }

    /// `defaults:`; what it holds is kept for the layers.
    private func defaults(_ node: Node, _ schema: VariantSchema) -> Checked.Value? {
        guard let entries = node.entries else {
            report(.wrongType, "`defaults` is a mapping from layer types to values, not \(node.described)", at: node.location,
                help: ["write for instance `defaults: { dense: { activation: relu } }`"])
            return nil
        }
        var result: [(name: Located<String>, value: Checked)] = []
        for entry in entries {
            guard let word = entry.key.scalar?.text, !word.hasPrefix("x-") else { continue }
            guard checkWord(word, entry.key, schema.words, what: "layer type"), let variant = schema.variant(word) else { continue }
            // What belongs to one layer alone can have no default.
            let own = ["name", "inputs", "repeat"]
            let object = ObjectSchema(
                "the defaults of \(word)", "", otherNames: variant.otherNames, keys: variant.keys.filter { !own.contains($0.name) })
            guard let checked = checkObject(entry.value, object, anchor: entry.key.location, partial: true) else { continue }
            layerDefaults[word] = checked.entries
            result.append((Located(word, entry.key.location), Checked(value: .object(checked), node: entry.value)))
        }
        return .map(result)
    }

    private func policy(_ node: Node, _ schema: ObjectSchema, _ key: Key, _ keyNode: Node) -> Checked.Value? {
        if node.entries != nil { return checkObject(node, schema, anchor: keyNode.location).map { .object($0) } }
        return text(node, key, "the name of a policy, a policy in place, or `none`").map { .text($0) }
    }
}

extension SourceRange {
    /// The bytes of the range as text.
    var text: String {
        let end = min(end, source.bytes.count)
        guard start < end else { return "" }
        return String(decoding: source.bytes[start..<end], as: UTF8.self)
    }

    var isOneLine: Bool { !text.contains("\n") }
}
