import Kernels

/// Where batches come from: a split of a data set, ready in memory.
public protocol ExampleSource: Sendable {
    /// Examples.
    var count: Int { get }

    /// Writes the examples at `indices` one after the other: features already normalized, and either class numbers
    /// or target numbers, whichever the plan has a place for. Allocates nothing.
    func assemble(_ indices: Ints, features: Floats, labels: Ints?, targets: Floats?, pool: WorkerPool)
}
