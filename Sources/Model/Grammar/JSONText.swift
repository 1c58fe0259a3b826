/// JSON whose keys keep the order in which they were written, so that a generated file changes only where its source does.
indirect enum JSONText {
    case string(String)
    /// As it stands in the text.
    case literal(String)
    case array([JSONText])
    case object([(key: String, value: JSONText)])

    static func strings(_ texts: [String]) -> JSONText { .array(texts.map { .string($0) }) }

    /// Objects one key a line, lists of plain values on one line.
    func text(indent: Int = 0) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .string(let text): return Self.quoted(text)
        case .literal(let text): return text
        case .array(let values):
            if values.allSatisfy(\.isPlain) { return "[" + values.map { $0.text() }.joined(separator: ", ") + "]" }
            return "[\n" + values.map { inner + $0.text(indent: indent + 2) }.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let entries):
            if entries.isEmpty { return "{}" }
            if entries.count == 1, entries[0].value.isPlain { return "{ \(Self.quoted(entries[0].key)): \(entries[0].value.text()) }" }
            return "{\n" + entries.map { "\(inner)\(Self.quoted($0.key)): \($0.value.text(indent: indent + 2))" }.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    private var isPlain: Bool {
        switch self {
        case .string, .literal: true
        case .array, .object: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                if scalar.value < 32 { result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16) } else { result.unicodeScalars.append(scalar) }
            }
        }
        return result + "\""
    }
}
