/// Changes the network while it trains: takes units away, and gives the interpreter the plans of what is left.
public protocol Reshaping: AnyObject {
    /// The number of steps done at which it wants to look next; nil for never again.
    var nextStep: Int? { get }

    /// Looks, and changes what it has to.
    func reshape(_ interpreter: Interpreter, step: Int) throws -> Reshape

    /// The same for the pre-training of a layer, `index` in `Schedule.pretraining`, in steps of that.
    func nextStep(pretraining index: Int) -> Int?
    func reshape(_ interpreter: Interpreter, pretraining index: Int, step: Int) throws -> Reshape
    /// The layer is done, or the run ends in the middle of it: brings back what was put aside.
    func finish(_ interpreter: Interpreter, pretraining index: Int) throws -> Reshape
    /// All layers are done: no plan of pre-training is needed any more.
    func endPretraining()
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
    /// The layer that is being pre-trained, in whose epochs and steps the change is dated; nil in the run itself.
    public let pretraining: String?
    public let epoch: Int
    /// Steps done, of the run.
    public let step: Int
    public let widths: [Reshape.Width]
    public let notes: [String]
}
