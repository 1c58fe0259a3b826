import Diagnostics

/// The checked fields of a policy, for the policy's own file to read.
///
/// Each reader gives the value of the file, else the default of the schema, and nil where there is neither.
public struct PolicyFields: Sendable {
    let object: CheckedObject

    init(_ object: CheckedObject) { self.object = object }

    public func integer(_ name: String) -> Int? { object.integer(name) }
    public func number(_ name: String) -> Double? { object.number(name) }
    public func flag(_ name: String) -> Bool? { object.flag(name) }
    public func span(_ name: String) -> Span? { object.span(name) }
    public func amount(_ name: String) -> Amount? { object.amount(name) }
    public func text(_ name: String) -> String? { object.text(name) }
    public func word<Word: RawRepresentable>(_ name: String, _ type: Word.Type = Word.self) -> Word? where Word.RawValue == String { object.word(name) }
    public func object(_ name: String) -> PolicyFields? { object.object(name).map(PolicyFields.init) }

    /// Whether the file gives a value.
    public func isGiven(_ name: String) -> Bool { object[name] != nil }

    /// The place of a value, or of the policy where the value is left to its default.
    public func location(_ name: String) -> Location { object.location(name) }
}
