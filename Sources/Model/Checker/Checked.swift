import Diagnostics
import Syntax

/// A value that fits its kind, with the node it was read from.
struct Checked: Sendable {
    indirect enum Value: Sendable {
        case flag(Bool)
        case integer(Int)
        case number(Double)
        /// Also the word of an enumeration, a name, and a path that is already put together.
        case text(String)
        case span(Span)
        case seconds(Double)
        case amount(Amount)
        case monitor(MonitoredMetric)
        case list([Checked])
        case object(CheckedObject)
        /// Names and objects, in the order of the file.
        case map([(name: Located<String>, value: Checked)])
        /// Something is wrong with it, and has been said.
        case invalid
    }

    var value: Value
    var node: Node

    var location: Location { node.location }
    var isInvalid: Bool { if case .invalid = value { true } else { false } }
    var object: CheckedObject? { if case .object(let object) = value { object } else { nil } }
    var list: [Checked]? { if case .list(let list) = value { list } else { nil } }
    var text: String? { if case .text(let text) = value { text } else { nil } }
}

/// A mapping whose keys are known and whose values were checked one by one.
struct CheckedObject: Sendable {
    struct Entry: Sendable {
        var key: Key
        var keyLocation: Location
        var checked: Checked
    }

    /// The word of `type`, for those that have one.
    var type: Located<String>?
    var keys: [Key]
    var entries: [Entry]
    /// From `defaults:`, used where the mapping itself is silent.
    var fallback: [Entry] = []
    var node: Node
    /// Where to point when something is missing.
    var anchor: Location

    func entry(_ name: String) -> Entry? {
        entries.first { $0.key.name == name } ?? fallback.first { $0.key.name == name }
    }

    subscript(name: String) -> Checked? { entry(name)?.checked }

    /// The place of a value, or of the mapping where the value is left to its default.
    func location(_ name: String) -> Location { self[name]?.location ?? anchor }

    // Each reader gives the value of the file, else the default of the table, and nil where there is neither or the value is wrong.

    func integer(_ name: String) -> Int? {
        if let given = self[name] { if case .integer(let value) = given.value { return value } else { return nil } }
        return defaultText(name).flatMap { Int($0) }
    }

    func number(_ name: String) -> Double? {
        if let given = self[name] { if case .number(let value) = given.value { return value } else { return nil } }
        return defaultText(name).flatMap { Double($0) }
    }

    func flag(_ name: String) -> Bool? {
        if let given = self[name] { if case .flag(let value) = given.value { return value } else { return nil } }
        return defaultText(name).flatMap { Bool($0) }
    }

    func text(_ name: String) -> String? {
        if let given = self[name] { return given.text }
        return defaultText(name)
    }

    func span(_ name: String) -> Span? {
        if let given = self[name] { if case .span(let value) = given.value { return value } else { return nil } }
        return defaultText(name).flatMap { try? Span.read($0).get() }
    }

    func amount(_ name: String) -> Amount? {
        if let given = self[name] { if case .amount(let value) = given.value { return value } else { return nil } }
        return defaultText(name).flatMap { Amount($0) }
    }

    func word<Word: RawRepresentable>(_ name: String, _ type: Word.Type = Word.self) -> Word? where Word.RawValue == String {
        text(name).flatMap { Word(rawValue: $0) }
    }

    /// Height and width.
    func size2d(_ name: String) -> [Int]? {
        if let given = self[name] {
            switch given.value {
            case .integer(let both): return [both, both]
            case .list(let sizes):
                let values = sizes.compactMap { if case .integer(let value) = $0.value { value } else { nil } }
                return values.count == 2 ? values : nil
            default: return nil
            }
        }
        return defaultText(name).flatMap { Int($0) }.map { [$0, $0] }
    }

    func object(_ name: String) -> CheckedObject? { self[name]?.object }

    private func defaultText(_ name: String) -> String? { keys.first { $0.name == name }?.defaultText }
}
