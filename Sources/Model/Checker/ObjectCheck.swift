import Diagnostics
import Syntax

extension CheckContext {
    /// Checks a mapping with a fixed set of keys. Nil where it is none.
    ///
    /// - Parameters:
    ///   - anchor: where to point when a key is missing: the key that the mapping stands under.
    ///   - partial: whether required keys may be missing, as in `defaults:`.
    func checkObject(_ node: Node, _ schema: ObjectSchema, anchor: Location, partial: Bool = false) -> CheckedObject? {
        guard let entries = node.entries else {
            reportMapping(node, noun: schema.noun, keys: schema.keys)
            return nil
        }
        return checkEntries(
            entries, of: node, keys: schema.keys, otherNames: schema.otherNames, noun: schema.noun, anchor: anchor, fallback: [],
            partial: partial)
    }

    /// Checks a mapping whose `type` decides its keys, or the bare word that stands for one. Nil where the type is not known.
    func checkVariant(_ node: Node, _ schema: VariantSchema, anchor: Location, isLayer: Bool = false) -> CheckedObject? {
        if node.entries == nil {
            guard schema.allowsBareWord, let scalar = node.scalar, case .string(let word) = scalar.value else {
                reportMapping(node, noun: schema.noun.withArticle, keys: [typeKey(schema)])
                return nil
            }
            guard let variant = checkType(word, node, schema) else { return nil }
            var object = CheckedObject(type: Located(word, node.location), keys: variant.keys, entries: [], node: node, anchor: anchor)
            reportMissing(&object, noun: "\(word) \(schema.noun)".withArticle, suggested: [])
            return object
        }
        guard let entries = node.entries else { return nil }
        guard let typeEntry = entries.first(where: { $0.key.scalar?.text == "type" }) else {
            reportMissingType(node, schema, anchor: anchor)
            return nil
        }
        if typeEntry.value.isInvalid { return nil }
        guard let scalar = typeEntry.value.scalar, case .string(let word) = scalar.value else {
            report(.wrongType, "`type` of \(schema.noun.withArticle) is a word, not \(typeEntry.value.described)", at: typeEntry.value.location,
                help: ["it is one of \(schema.words.supported.quotedList)"])
            return nil
        }
        let others = entries.filter { $0.key.scalar?.text != "type" }
        guard let variant = checkType(word, typeEntry.value, schema) else {
            // One mistake shall not hide the next: the other keys are read as those of the type that was most likely meant.
            // A policy of another slot is no misspelling.
            let isElsewhere = language.schemas.contains { $0.keyword == word }
            if !isElsewhere, let meant = schema.words.meant(by: word), let variant = schema.variant(meant), variant.word.isSupported {
                _ = checkEntries(
                    others, of: node, keys: variant.keys, otherNames: variant.otherNames, noun: "\(meant) \(schema.noun)".withArticle,
                    anchor: typeEntry.value.location, fallback: [], partial: true, siblings: schema.variants)
            }
            return nil
        }
        let fallback = isLayer ? layerDefaults[word] ?? [] : []
        var object = checkEntries(
            others, of: node, keys: variant.keys, otherNames: variant.otherNames,
            noun: "\(word) \(schema.noun)".withArticle, anchor: typeEntry.value.location, fallback: fallback, partial: false,
            siblings: schema.variants)
        object.type = Located(word, typeEntry.value.location)
        return object
    }

    private func typeKey(_ schema: VariantSchema) -> Key {
        Key("type", .choice(schema.words), required: true, "Which \(schema.noun).")
    }

    private func reportMissingType(_ node: Node, _ schema: VariantSchema, anchor: Location) {
        // `Type:` or `kind:` is most likely meant to be it.
        for entry in node.entries ?? [] {
            guard let name = entry.key.scalar?.text else { continue }
            if ["kind", "class", "layer", "name_"].contains(name) || nearest(name, in: ["type"]) != nil {
                report(.unknownKey, "unknown key `\(name)` in \(schema.noun.withArticle)", at: entry.key.location, help: ["did you mean `type`?"],
                    fix: Fix(entry.key.range, "type"))
                return
            }
        }
        // The parser has reported the line in which it perhaps stood.
        if node.isIncomplete { return }
        let place = node.entries?.first?.key.location ?? node.location
        report(.missingKey, "\(schema.noun.withArticle) needs a `type`", at: place, help: ["it is one of \(schema.words.supported.quotedList)"])
    }

    private func checkType(_ word: String, _ node: Node, _ schema: VariantSchema) -> Variant? {
        if let policySlot = PolicySpec.Slot.allCases.first(where: { "\($0.rawValue) policy" == schema.noun }) {
            return checkPolicyType(word, node, schema, policySlot)
        }
        guard checkWord(word, node, schema.words, what: "\(schema.noun) type") else { return nil }
        return schema.variant(word)
    }

    private func reportMapping(_ node: Node, noun: String, keys: [Key]) {
        if node.isInvalid { return }
        let names = keys.filter(\.isSupported).map(\.name)
        report(.wrongType, "\(noun) is a mapping, not \(node.described)", at: node.location, help: ["its keys are \(names.quotedList)"])
    }

    private func checkEntries(
        _ entries: [Node.Entry], of node: Node, keys: [Key], otherNames: [String: String], noun: String, anchor: Location,
        fallback: [CheckedObject.Entry], partial: Bool, siblings: [Variant] = []
    ) -> CheckedObject {
        var object = CheckedObject(type: nil, keys: keys, entries: [], fallback: fallback, node: node, anchor: anchor)
        var suggested: [String] = []
        for entry in entries {
            // The parser has reported keys that are no words.
            guard let name = entry.key.scalar?.text, !name.hasPrefix("x-") else { continue }
            guard let key = keys.first(where: { $0.name == name }) else {
                if let right = reportUnknown(entry, name, keys: keys, otherNames: otherNames, noun: noun, siblings: siblings) { suggested.append(right) }
                continue
            }
            guard key.isSupported else {
                report(.keyNotSupported, "`\(name)` is not supported by this version of nnc", at: entry.key.location, help: ["take it out to go on without it"])
                continue
            }
            let checked = checkValue(entry.value, key.kind, key: key, keyNode: entry.key)
            object.entries.append(.init(key: key, keyLocation: entry.key.location, checked: checked))
        }
        if !partial { reportMissing(&object, noun: noun, suggested: suggested) }
        return object
    }

    private func reportMissing(_ object: inout CheckedObject, noun: String, suggested: [String]) {
        if object.node.isIncomplete { return }
        for key in object.keys where key.isRequired && object.entry(key.name) == nil && !suggested.contains(key.name) {
            if case .version = key.kind {
                reportMissingVersion(object.node)
            } else {
                report(.missingKey, "\(noun) needs `\(key.name)`", at: object.anchor, help: key.example.map { ["write for instance `\($0)`"] } ?? [key.summary])
            }
        }
    }

    /// The name that was most likely meant, if there is one.
    private func reportUnknown(
        _ entry: Node.Entry, _ name: String, keys: [Key], otherNames: [String: String], noun: String, siblings: [Variant]
    ) -> String? {
        let place = entry.key.location
        let allowed = keys.filter(\.isSupported).map(\.name)
        if let right = otherNames[name] ?? otherNames[name.lowercased()] {
            if right.isEmpty {
                report(.otherToolsName, "`\(name)` is not written in \(noun)", at: place,
                    help: [name.hasPrefix("in_") || name == "input_shape" ? "the size of the input follows from the layer above; take the key out" : "take the key out"],
                    fix: nil)
                return nil
            }
            let isHere = keys.contains { $0.name == right }
            report(.otherToolsName, "`\(name)` in \(noun) is \(right.contains(" ") ? right : "`\(right)`") here", at: place,
                help: [isHere ? "write `\(right)`" : "it stands in \(right.contains(" ") ? right : "`\(right)`")"],
                fix: isHere ? Fix(entry.key.range, right) : nil)
            return right
        }
        var help: [String] = []
        let near = nearest(name, in: allowed + (siblings.isEmpty ? [] : ["type"]))
        if let near {
            help = ["did you mean `\(near)`?"]
        } else {
            let owners = siblings.filter { $0.word.isSupported && $0.key(name) != nil }.map(\.word.word)
            if !owners.isEmpty { help = ["it is a key of \(owners.quotedList)"] }
            help.append(allowed.isEmpty ? "it has no keys beside `type`" : "the keys here are \(allowed.quotedList)")
        }
        report(.unknownKey, "unknown key `\(name)` in \(noun)", at: place, help: help, fix: near.map { Fix(entry.key.range, $0) })
        return near
    }

    private func reportMissingVersion(_ node: Node) {
        let start = node.entries?.first?.key.range ?? node.range
        let point = SourceRange(start.source, start.start, start.start)
        report(.wrongVersion, "the file does not say which version of the language it is written in", at: .range(start),
            help: ["begin it with `version: 1`"], fix: Fix(point, "version: 1\n"))
    }
}
