import Diagnostics

/// At first only examples of some classes.
public struct CurriculumSpec: Sendable {
    public var classes: [Int]
    public var length: Span
    public var location: Location

    public init(classes: [Int], length: Span, location: Location) {
        self.classes = classes
        self.length = length
        self.location = location
    }
}
