public enum Severity: String, Sendable, Comparable {
    case note, warning, error

    public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
    private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
}

/// A kind of problem, with its stable id and what `nnc explain` prints about it.
///
/// The kinds stand in `Catalogue/`, one file per group of ids.
public struct DiagnosticKind: Sendable, Hashable {
    /// `NNC0102`: two digits of group, two of number. Never reused.
    public let id: String
    public let severity: Severity
    /// One line: what is wrong.
    public let title: String
    /// What it means and why it is an error: a few sentences.
    public let explanation: String
    /// A short piece of a model file (or a command) that shows the mistake.
    public let wrong: String
    /// The same, put right.
    public let right: String

    public init(_ id: String, _ severity: Severity = .error, title: String, explanation: String, wrong: String, right: String) {
        self.id = id
        self.severity = severity
        self.title = title
        self.explanation = explanation
        self.wrong = wrong
        self.right = right
    }

    public static func == (a: DiagnosticKind, b: DiagnosticKind) -> Bool { a.id == b.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Another place that has to do with a problem: the layer that made the shape, the first of two equal keys.
public struct RelatedPlace: Sendable, Hashable {
    public let location: Location
    public let message: String

    public init(_ location: Location, _ message: String) {
        self.location = location
        self.message = message
    }
}

/// An edit that puts a problem right, offered only where it is sure.
public struct Fix: Sendable, Hashable {
    public let range: SourceRange
    public let replacement: String

    public init(_ range: SourceRange, _ replacement: String) {
        self.range = range
        self.replacement = replacement
    }
}

/// One problem, as a value: collected, never thrown, and rendered at the edge.
public struct Diagnostic: Sendable, Hashable {
    public let kind: DiagnosticKind
    public let message: String
    public let location: Location
    /// Printed after the caret, where it says more than the message.
    public let label: String?
    public let related: [RelatedPlace]
    public let help: [String]
    public let fix: Fix?

    public init(
        _ kind: DiagnosticKind, _ message: String, at location: Location, label: String? = nil,
        related: [RelatedPlace] = [], help: [String] = [], fix: Fix? = nil
    ) {
        self.kind = kind
        self.message = message
        self.location = location
        self.label = label
        self.related = related
        self.help = help
        self.fix = fix
    }

    public var severity: Severity { kind.severity }
}

/// What a failing stage throws when it cannot go on: the problems it found, at least one of them an error.
public struct DiagnosticError: Error, Sendable {
    public let diagnostics: [Diagnostic]
    public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
    public init(_ diagnostic: Diagnostic) { diagnostics = [diagnostic] }
}

extension Sequence<Diagnostic> {
    public var hasErrors: Bool { contains { $0.severity == .error } }
}
