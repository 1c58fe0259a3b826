import Kernels

/// Where batches come from: a split of a data set, ready in memory.
public protocol ExampleSource: Sendable {
    /// Examples.
    var count: Int { get }

    /// Writes the examples at `indices` one after the other, whichever parts of them the plan has a place for. Allocates nothing.
    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool)
}

/// Where a plan wants a batch of n examples.
public struct BatchStrips: Sendable {
    /// [n, shape], already normalized. Of sparse examples the numbers that are not zero, [n, K], with zeros behind the last of a row. Nil where only
    /// the answers are wanted.
    public var features: Floats?
    /// Of sparse examples: which feature each number is, [n, K], ascending in each row, with -1 behind the last.
    public var places: Ints?
    /// Class numbers, [n]; or the labels of each example, [n, M], ascending, with -1 behind the last.
    public var labels: Ints?
    /// Target numbers, [n, width].
    public var targets: Floats?

    public init(features: Floats?, places: Ints? = nil, labels: Ints? = nil, targets: Floats? = nil) {
        self.features = features
        self.places = places
        self.labels = labels
        self.targets = targets
    }
}
