import Graph

/// Peak memory of the process, by part, in bytes.
public struct PeakMemory: Sendable, Hashable {
    public var parts: MemoryParts
    /// The data set, as it stays in memory.
    public var data: Int
    /// What layers that never change put out for all examples.
    public var front: Int
    /// Weights and moments of units that are away and come back: held beside what trains.
    public var aside: Int
    /// What matrix products pack their operands into, one buffer a thread.
    public var packing: Int
    /// The program itself with its libraries.
    public var program: Int

    public var total: Int { [parts.total, data, front, aside, packing, program].reduce(0, Count.sum) }

    init(_ schedule: Schedule, dataBytes: Int, frontBytes: Int = 0, asideBytes: Int) {
        parts = schedule.memory
        data = dataBytes
        front = frontBytes
        aside = asideBytes
        program = Self.programBytes
        packing = Count.product(schedule.threads, Self.packingBytes)
    }

    /// Resident size of nnc beside all else that a run holds: program, Swift and BLAS libraries, and what saving a checkpoint takes. Measured
    /// on x86-64 Debian 12 as built for tests, 39 MiB; optimized it is some MiB less.
    static let programBytes = 37 << 20

    /// What one thread touches of it, in our own tiles or in OpenBLAS. Measured.
    static let packingBytes = 640 << 10
}
