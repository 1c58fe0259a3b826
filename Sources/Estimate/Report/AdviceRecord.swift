/// An advice, as `nnc estimate --format json` gives it. A stable interface: keys are added, never renamed.
public struct AdviceRecord: Codable, Sendable, Hashable {
    /// `nnc explain` knows it.
    public var id: String
    /// `note` or `warning`.
    public var severity: String
    /// In the model file, from 1; nil where it is about no place.
    public var line: Int?
    public var column: Int?
    public var message: String
    public var help: [String]

    public init(id: String, severity: String, line: Int?, column: Int?, message: String, help: [String]) {
        self.id = id
        self.severity = severity
        self.line = line
        self.column = column
        self.message = message
        self.help = help
    }
}
