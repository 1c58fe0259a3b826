#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A JSON array with one object per diagnostic and line. Keys are never left out: what is unknown is null.
func renderJSON(_ diagnostics: [Diagnostic]) -> String {
    let objects = diagnostics.map { encoded(.diagnostic($0)) }
    return objects.isEmpty ? "[]\n" : "[\n" + objects.joined(separator: ",\n") + "\n]\n"
}

/// A JSON value. Objects are printed with their keys in alphabetical order.
indirect enum JSON: Encodable {
    case null
    case bool(Bool)
    case int(Int)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

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

func encoded(_ value: JSON, pretty: Bool = false) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    // Strings, integers and lists of them cannot fail to encode.
    guard let data = try? encoder.encode(value) else { return "null" }
    return String(decoding: data, as: UTF8.self)
}
