import Foundation

/// How nnc writes JSON: keys sorted and in snake_case, so that equal values give equal bytes.
public enum JSONText {
    public static func pretty(_ value: some Encodable) throws -> String { try text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) }

    /// On one line, for files with one object a line.
    public static func line(_ value: some Encodable) throws -> String { try text(value, [.sortedKeys, .withoutEscapingSlashes]) }

    public static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
