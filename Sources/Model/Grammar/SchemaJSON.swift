/// The JSON Schema (draft-07) of a model file, for editors, made from the table of keys.
///
/// There is no `oneOf` and no `anyOf` in it, since editors explain their failures badly: what depends on `type` is written with
/// `if` and `then`, and where a value has several forms its keywords each speak of one of them. What a schema
/// cannot say (names, shapes, what goes together) is left to `nnc check`; whatever the checker accepts, the schema accepts.
public func schemaJSON(policies: [PolicySchema]) -> String {
    let language = Language(policies: policies)
    var entries: [(key: String, value: JSONText)] = [
        ("$schema", .string("http://json-schema.org/draft-07/schema#")),
        ("title", .string("nnc model file, version 1")),
    ]
    entries += objectEntries(language.file.keys, required: [])
    // A base file may bring the blocks that are missing here.
    entries.append(("if", .object([("required", .strings(["extends"]))])))
    entries.append(("then", .object([])))
    entries.append(("else", .object([("required", .strings(language.file.keys.filter(\.isRequired).map(\.name)))])))
    return JSONText.object(entries).text() + "\n"
}

private func schema(_ key: Key) -> JSONText {
    var description = key.summary
    if let condition = key.condition { description += " Only with \(condition.phrase)." }
    if let note = key.defaultNote { description += " Default: \(note)." }
    var entries: [(key: String, value: JSONText)] = [("description", .string(description))]
    entries += schemaEntries(key.kind)
    if let text = key.defaultText { entries.append(("default", defaultValue(text, key.kind))) }
    return .object(entries)
}

private func defaultValue(_ text: String, _ kind: ValueKind) -> JSONText {
    switch kind {
    case .integer, .number, .flag, .size2d, .version: return .literal(text)
    case .list:
        let words = text.dropFirst().dropLast().split(separator: ",").map { $0.drop { $0 == " " } }
        return .strings(words.map(String.init))
    default: return .string(text)
    }
}

/// The keywords of a mapping with fixed keys. They say nothing about values that are no mapping.
private func objectEntries(_ keys: [Key], required: [String], type: [(key: String, value: JSONText)] = [("type", .string("object"))], extra: [(key: String, value: JSONText)] = [])
    -> [(key: String, value: JSONText)]
{
    var entries = type
    entries.append(("properties", .object(extra + keys.filter(\.isSupported).map { ($0.name, schema($0)) })))
    entries.append(("patternProperties", .object([("^x-", .literal("true"))])))
    entries.append(("additionalProperties", .literal("false")))
    if !required.isEmpty { entries.append(("required", .strings(required))) }
    return entries
}

private func requiredNames(_ keys: [Key]) -> [String] { keys.filter { $0.isRequired && $0.isSupported }.map(\.name) }

private func schemaEntries(_ kind: ValueKind) -> [(key: String, value: JSONText)] {
    func types(_ names: String...) -> (key: String, value: JSONText) { ("type", names.count == 1 ? .string(names[0]) : .strings(names)) }
    func bounds(_ range: ClosedRange<Int>) -> [(key: String, value: JSONText)] {
        [("minimum", .literal("\(range.lowerBound)"))] + (range.upperBound == .max ? [] : [("maximum", .literal("\(range.upperBound)"))])
    }
    switch kind {
    case .version: return [("const", .literal("1"))]
    case .text, .path: return [types("string", "number"), ("minLength", .literal("1"))]
    case .name: return [types("string"), ("pattern", .string(namePattern))]
    case .flag: return [types("boolean")]
    case .integer(let range): return [types("integer")] + bounds(range)
    case .integerOr(let range, let words):
        return [types("string", "integer"), ("pattern", .string("^(\(words.supported.joined(separator: "|")))$"))] + bounds(range)
    case .number(let range):
        var entries = [types("number")]
        if let minimum = range.minimum { entries.append((range.excludesMinimum ? "exclusiveMinimum" : "minimum", .literal(plain(minimum)))) }
        if let maximum = range.maximum { entries.append((range.excludesMaximum ? "exclusiveMaximum" : "maximum", .literal(plain(maximum)))) }
        return entries
    case .choice(let words): return [("enum", .strings(words.supported))]
    case .span: return [types("string"), ("pattern", .string(Span.pattern))]
    case .duration: return [types("string"), ("pattern", .string(Duration.pattern))]
    case .amount: return [types("string", "integer"), ("pattern", .string(Share.pattern)), ("minimum", .literal("1"))]
    case .monitor: return [types("string"), ("pattern", .string(monitorPattern))]
    case .column: return [types("string", "integer"), ("minimum", .literal("0"))]
    case .size2d(let range):
        return [types("integer", "array")] + bounds(range) + [
            ("items", .object([types("integer")] + bounds(range))), ("minItems", .literal("2")), ("maxItems", .literal("2")),
        ]
    case .list(of: let element, count: let count):
        var entries: [(key: String, value: JSONText)] = [types("array"), ("items", .object(schemaEntries(element))), ("minItems", .literal("\(count.lowerBound)"))]
        if count.upperBound < 1_000_000 { entries.append(("maxItems", .literal("\(count.upperBound)"))) }
        return entries
    case .paths: return [types("string", "array"), ("items", .object([types("string")])), ("minItems", .literal("1"))]
    case .object(let object): return objectEntries(object.keys, required: requiredNames(object.keys))
    case .amountOr(let object):
        return objectEntries(object.keys, required: requiredNames(object.keys), type: [types("string", "integer", "object"), ("pattern", .string(Share.properPattern)), ("minimum", .literal("1"))])
    case .policy(let object): return objectEntries(object.keys, required: [], type: [types("string", "object")])
    case .variant(let variant): return variantEntries(variant)
    case .map(of: let element):
        return [
            types("object"), ("propertyNames", .object([("pattern", .string(namePattern))])),
            ("patternProperties", .object([("^x-", .literal("true")), ("^(?!x-)", .object(schemaEntries(element)))])),
        ]
    case .layerDefaults(let variant):
        let keys = variant.variants.filter(\.word.isSupported).map { layer in
            let own = ["name", "inputs", "repeat"]
            return Key(layer.word.word, .object(ObjectSchema(layer.word.word, "", keys: layer.keys.filter { !own.contains($0.name) }.map(\.optional))), layer.word.summary)
        }
        return objectEntries(keys, required: [])
    case .dottedPaths: return [types("object")]
    case .anything: return []
    }
}

/// `type` decides the other keys. Of a layer only what cannot stand under `defaults:` is required.
private func variantEntries(_ schema: VariantSchema) -> [(key: String, value: JSONText)] {
    let variants = schema.variants.filter(\.word.isSupported)
    let typeEntry: (key: String, value: JSONText) = ("type", .object([("description", .string("Which \(schema.noun).")), ("enum", .strings(schema.words.supported))]))
    var entries: [(key: String, value: JSONText)] = [("type", schema.allowsBareWord ? .strings(["string", "object"]) : .string("object"))]
    entries.append(("properties", .object([typeEntry])))
    entries.append(("required", .strings(["type"])))
    if schema.allowsBareWord {
        let bare = variants.filter { requiredNames($0.keys).isEmpty }.map(\.word.word)
        entries.append(("if", .object([("type", .string("string"))])))
        entries.append(("then", .object([("enum", .strings(bare))])))
    }
    if !variants.isEmpty {
        entries.append(("allOf", .array(variants.map { variant in
            let isLayer = schema.noun == "layer"
            let required = requiredNames(variant.keys).filter { !isLayer || $0 == "inputs" }
            let condition = JSONText.object([
                ("properties", .object([("type", .object([("const", .string(variant.word.word))]))])), ("required", .strings(["type"])),
            ])
            let type: (key: String, value: JSONText) = ("type", .object([("description", .string(variant.word.summary))]))
            return .object([("if", condition), ("then", .object(objectEntries(variant.keys, required: required, type: [], extra: [type])))])
        })))
    }
    return entries
}

let namePattern = "^[A-Za-z_][A-Za-z0-9_-]*$"

private let monitorPattern =
    "^(\(MonitoredMetric.Split.allCases.map(\.rawValue).joined(separator: "|")))\\.(\(Metric.allCases.map(\.rawValue).joined(separator: "|")))$"

extension Key {
    fileprivate var optional: Key {
        var key = self
        key.isRequired = false
        return key
    }
}
