import CAllocationCounter

/// Whose allocations are counted.
public enum AllocationScope: Sendable {
    /// All threads, worker threads included. Other tests run beside a test in one process, so measure in an exit test:
    /// `await #expect(processExitsWith: .success) { #expect(allocations { … } == 0) }`.
    case process
    /// The calling thread alone: safe beside other tests, blind to worker threads.
    case thisThread
}

/// How often `body` allocated memory from the heap: calls of malloc, calloc, realloc, aligned_alloc, memalign and
/// posix_memalign, those of the Swift runtime and of linked libraries included. Growing the stack and mapping pages do not count.
public func allocations(_ scope: AllocationScope = .process, during body: () throws -> Void) rethrows -> Int {
    let count = scope == .process ? allocation_count_of_process : allocation_count_of_thread
    let before = count()
    try body()
    return Int(count() - before)
}
