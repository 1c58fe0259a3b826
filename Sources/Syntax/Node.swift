import Diagnostics

/// One node of a parsed file, with the place it stands in. Knows YAML, and no keyword of the language.
public struct Node: Sendable {
    public indirect enum Content: Sendable {
        case scalar(Scalar)
        case sequence([Node])
        case mapping([Entry])
        /// What stands here could not be read, and that has been reported: a checker stays silent about it.
        case invalid
    }

    /// One `key: value`, in the order of the file.
    public struct Entry: Sendable {
        public let key: Node
        public let value: Node
        public init(key: Node, value: Node) {
            self.key = key
            self.value = value
        }
    }

    public let content: Content
    public let range: SourceRange
    /// A line within this mapping or list could not be read and is not in it: that a key is missing is then no further mistake.
    public let isIncomplete: Bool

    public init(_ content: Content, _ range: SourceRange, isIncomplete: Bool = false) {
        self.content = content
        self.range = range
        self.isIncomplete = isIncomplete
    }

    /// Other content in the same place.
    public func with(_ content: Content) -> Node { Node(content, range, isIncomplete: isIncomplete) }

    public var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }
    public var elements: [Node]? { if case .sequence(let nodes) = content { nodes } else { nil } }
    public var entries: [Entry]? { if case .mapping(let entries) = content { entries } else { nil } }
    public var isInvalid: Bool { if case .invalid = content { true } else { false } }
    public var location: Location { .range(range) }

    /// The value of a key, or nil where this is no mapping or has no such key.
    public subscript(key: String) -> Node? {
        entries?.first { $0.key.scalar?.text == key }?.value
    }
}
