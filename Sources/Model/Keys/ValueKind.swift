/// What a value may be. The checker, the JSON Schema and the reference are all read off these.
public indirect enum ValueKind: Sendable {
    /// Must be 1.
    case version
    case text
    /// A name that dotted paths can hold: letters, digits, `_` and `-`, not starting with a digit.
    case name
    /// A path, in which `${NAME}` and `${NAME:-default}` are replaced; relative to the file it stands in.
    case path
    case flag
    case integer(ClosedRange<Int>)
    /// A whole number, or one of some words.
    case integerOr(ClosedRange<Int>, ChoiceSet)
    case number(NumberRange)
    case choice(ChoiceSet)
    /// `1 epoch`, `50 steps`, `6400 examples`
    case span
    /// `90 seconds`, `30 minutes`, `2 hours`
    case duration
    /// `5%`, or `50`
    case amount
    /// `validation.accuracy`
    case monitor
    /// The name of a csv column, or its position from 0.
    case column
    /// `3`, or `[3, 3]`: height and width.
    case size2d(ClosedRange<Int>)
    case list(of: ValueKind, count: ClosedRange<Int>)
    /// One path, or a list of them.
    case paths
    case object(ObjectSchema)
    /// `5%`, `5000`, or a mapping.
    case amountOr(ObjectSchema)
    /// A mapping whose `type` decides which other keys it has.
    case variant(VariantSchema)
    /// Free names, each with a value of one kind.
    case map(of: ValueKind)
    /// Values per layer type.
    case layerDefaults(VariantSchema)
    /// A policy in place, the name of one under `policies:`, or `none`.
    case policy(ObjectSchema)
    /// Dotted paths with their values: the composition has used them up before the checker sees them.
    case dottedPaths
    /// What is not carried out yet, and so not read.
    case anything
}

/// A range of real numbers; nil is no bound.
public struct NumberRange: Sendable, Hashable {
    public var minimum: Double?
    public var maximum: Double?
    public var excludesMinimum: Bool
    public var excludesMaximum: Bool

    public static func positive(upTo maximum: Double? = nil) -> NumberRange {
        NumberRange(minimum: 0, maximum: maximum, excludesMinimum: true, excludesMaximum: false)
    }
    public static func closed(_ minimum: Double, _ maximum: Double? = nil) -> NumberRange {
        NumberRange(minimum: minimum, maximum: maximum, excludesMinimum: false, excludesMaximum: false)
    }
    /// minimum <= x < maximum
    public static func below(_ minimum: Double, _ maximum: Double) -> NumberRange {
        NumberRange(minimum: minimum, maximum: maximum, excludesMinimum: false, excludesMaximum: true)
    }

    public func contains(_ value: Double) -> Bool {
        if let minimum, excludesMinimum ? value <= minimum : value < minimum { return false }
        if let maximum, excludesMaximum ? value >= maximum : value > maximum { return false }
        return value.isFinite
    }

    /// `greater than 0 and at most 1`
    public var phrase: String {
        var parts: [String] = []
        if let minimum { parts.append("\(excludesMinimum ? "greater than" : "at least") \(plain(minimum))") }
        if let maximum { parts.append("\(excludesMaximum ? "less than" : "at most") \(plain(maximum))") }
        return parts.isEmpty ? "any number" : parts.joined(separator: " and ")
    }
}

/// A number as a person writes it: `1`, not `1.0`.
func plain(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return String(value)
}

/// The words of an enumeration.
public struct ChoiceSet: Sendable {
    public var choices: [Choice]

    public init(_ choices: [Choice]) { self.choices = choices }

    /// The words that this version can carry out.
    public var supported: [String] { choices.filter(\.isSupported).map(\.word) }
}

public struct Choice: Sendable {
    public var word: String
    public var summary: String
    /// False for a word of the language that this version of the program cannot carry out yet.
    public var isSupported: Bool
    /// What other tools call it. Writing one is an error that names the right word.
    public var otherNames: [String]

    public init(_ word: String, _ summary: String, isSupported: Bool = true, otherNames: [String] = []) {
        self.word = word
        self.summary = summary
        self.isSupported = isSupported
        self.otherNames = otherNames
    }
}

/// A mapping with a fixed set of keys.
public struct ObjectSchema: Sendable {
    /// With its article or quoted: "`train`", "a policy".
    public var noun: String
    public var summary: String
    public var keys: [Key]
    /// Names of other tools, each with the right one here.
    public var otherNames: [String: String]

    public init(_ noun: String, _ summary: String, otherNames: [String: String] = [:], keys: [Key]) {
        self.noun = noun
        self.summary = summary
        self.keys = keys
        self.otherNames = otherNames
    }

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// A mapping whose `type` decides its other keys: a layer, an optimizer, a policy.
public struct VariantSchema: Sendable {
    /// Without an article: "layer".
    public var noun: String
    public var summary: String
    /// Whether the bare word may stand for a mapping with only `type`.
    public var allowsBareWord: Bool
    public var variants: [Variant]

    public init(_ noun: String, _ summary: String, allowsBareWord: Bool, variants: [Variant]) {
        self.noun = noun
        self.summary = summary
        self.allowsBareWord = allowsBareWord
        self.variants = variants
    }

    public var words: ChoiceSet { ChoiceSet(variants.map(\.word)) }

    func variant(_ word: String) -> Variant? { variants.first { $0.word.word == word } }
}

public struct Variant: Sendable {
    public var word: Choice
    public var keys: [Key]
    public var otherNames: [String: String]
    /// A whole line of a model file.
    public var example: String?

    public init(
        _ word: String, _ summary: String, isSupported: Bool = true, aliases: [String] = [],
        otherNames: [String: String] = [:], example: String? = nil, keys: [Key]
    ) {
        self.word = Choice(word, summary, isSupported: isSupported, otherNames: aliases)
        self.keys = keys
        self.otherNames = otherNames
        self.example = example
    }

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// One key of a mapping.
public struct Key: Sendable {
    public var name: String
    public var kind: ValueKind
    public var isRequired: Bool
    /// As it would stand in the file; nil where leaving the key out means something that no value says.
    public var defaultText: String?
    /// What leaving it out means, where that is no plain value.
    public var defaultNote: String?
    public var summary: String
    /// A piece of a model file.
    public var example: String?
    /// False for a key of the language that this version of the program cannot carry out yet.
    public var isSupported: Bool
    /// Beside which words of another key it has an effect; nil where always.
    public var condition: KeyCondition?

    public init(
        _ name: String, _ kind: ValueKind, required: Bool = false, default defaultText: String? = nil,
        otherwise defaultNote: String? = nil, only condition: KeyCondition? = nil, isSupported: Bool = true, _ summary: String, example: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = required
        self.defaultText = defaultText
        self.defaultNote = defaultNote
        self.summary = summary
        self.example = example
        self.isSupported = isSupported
        self.condition = condition
    }
}

/// `format: csv`: what must stand beside a key for it to have an effect.
public struct KeyCondition: Sendable {
    public var key: String
    public var words: [String]

    public init(_ key: String, _ words: [String]) {
        self.key = key
        self.words = words
    }

    public var phrase: String { words.map { "`\(key): \($0)`" }.joined(separator: " or ") }
}
