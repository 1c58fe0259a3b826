/// Changes the network while it trains: takes units away, and gives the interpreter the plans of what is left.
public protocol Reshaping: AnyObject {
    /// The number of steps done at which it wants to look next; nil for never again.
    var nextStep: Int? { get }

    /// Looks, and changes what it has to.
    func reshape(_ interpreter: Interpreter, step: Int) throws -> Reshape
}

/// What one look has changed.
public struct Reshape: Sendable {
    public struct Width: Sendable, Hashable {
        /// In `Graph.layers`.
        public var layer: Int
        public var name: String
        public var before: Int
        public var after: Int
        /// The units that went, as the untrained network numbers them.
        public var left: [Int]
        /// Those that came back.
        public var returned: [Int]

        public init(layer: Int, name: String, before: Int, after: Int, left: [Int] = [], returned: [Int] = []) {
            self.layer = layer
            self.name = name
            self.before = before
            self.after = after
            self.left = left
            self.returned = returned
        }
    }

    public var widths: [Width]
    public var resetsOptimizer: Bool
    /// What was found, a line each.
    public var notes: [String]

    public init(widths: [Width] = [], resetsOptimizer: Bool = false, notes: [String] = []) {
        self.widths = widths
        self.resetsOptimizer = resetsOptimizer
        self.notes = notes
    }
}

/// Layers that have other numbers of units since the last step.
public struct ReshapeReport: Sendable {
    public let epoch: Int
    /// Of the run, from 1.
    public let step: Int
    public let widths: [Reshape.Width]
    public let notes: [String]
}
