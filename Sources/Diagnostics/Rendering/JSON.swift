/// A JSON array with one object per diagnostic and line. Keys are never left out: what is unknown is null.
func renderJSON(_ diagnostics: [Diagnostic]) -> String {
    let objects = diagnostics.map { encoded(.diagnostic($0)) }
    return objects.isEmpty ? "[]\n" : "[\n" + objects.joined(separator: ",\n") + "\n]\n"
}

/// A JSON value. Objects are printed with their keys in alphabetical order.
indirect enum JSON {
    case null
    case int(Int)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    static func optional(_ value: Int?) -> JSON { value.map(JSON.int) ?? .null }

    /// file, line, column, endLine, endColumn
    static func fields(of location: Location) -> [String: JSON] {
        let region = Region(location)
        return [
            "file": region.map { .string($0.file) } ?? .null,
            "line": .optional(region?.line), "column": .optional(region?.column),
            "endLine": .optional(region?.endLine), "endColumn": .optional(region?.endColumn),
        ]
    }

    static func diagnostic(_ diagnostic: Diagnostic) -> JSON {
        var object = fields(of: diagnostic.location)
        object["id"] = .string(diagnostic.kind.id)
        object["severity"] = .string(diagnostic.severity.rawValue)
        object["message"] = .string(diagnostic.message)
        object["label"] = diagnostic.label.map(JSON.string) ?? .null
        object["help"] = .array(diagnostic.help.map(JSON.string))
        object["related"] = .array(diagnostic.related.map {
            .object(fields(of: $0.location).merging(["message": .string($0.message)]) { a, _ in a })
        })
        object["fix"] = diagnostic.fix.map {
            .object(fields(of: .range($0.range)).merging(["replacement": .string($0.replacement)]) { a, _ in a })
        } ?? .null
        return .object(object)
    }
}

/// A value as JSON text: on one line, or indented by two spaces a level.
func encoded(_ value: JSON, pretty: Bool = false) -> String {
    var text = ""
    write(value, pretty ? 0 : nil, to: &text)
    return text
}

private func write(_ value: JSON, _ level: Int?, to text: inout String) {
    func newLine(_ more: Int) {
        if let level { text += "\n" + String(repeating: "  ", count: level + more) }
    }
    switch value {
    case .null: text += "null"
    case .int(let value): text += String(value)
    case .string(let value): writeString(value, to: &text)
    case .array(let values):
        text += "["
        for (index, value) in values.enumerated() {
            if index > 0 { text += "," }
            newLine(1)
            write(value, level.map { $0 + 1 }, to: &text)
        }
        if !values.isEmpty { newLine(0) }
        text += "]"
    case .object(let values):
        text += "{"
        for (index, key) in values.keys.sorted().enumerated() {
            if index > 0 { text += "," }
            newLine(1)
            writeString(key, to: &text)
            text += level == nil ? ":" : ": "
            write(values[key] ?? .null, level.map { $0 + 1 }, to: &text)
        }
        if !values.isEmpty { newLine(0) }
        text += "}"
    }
}

private func writeString(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        // Line separators too, so that each object stays on one line for every reader.
        case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }
    text += "\""
}
