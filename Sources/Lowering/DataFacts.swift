/// What the lowering must know of the data: not the data itself.
public struct DataFacts: Sendable, Hashable {
    public enum Targets: Sendable, Hashable {
        /// Class numbers 0..<classes.
        case classes(Int)
        /// So many numbers per example.
        case vector(Int)
    }

    /// Of one example.
    public var shape: [Int]
    public var targets: Targets

    public init(shape: [Int], targets: Targets) {
        self.shape = shape
        self.targets = targets
    }

    public var targetCount: Int {
        switch targets {
        case .classes(let count), .vector(let count): count
        }
    }
}
