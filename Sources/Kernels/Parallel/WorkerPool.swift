import CKernels
import Foundation

/// The threads of a run. Work is cut into pieces by its shape and never by the number of threads, so that
/// every sum is added in the same order whatever the machine: the same seed gives the same bits.
///
/// A pool serves one caller at a time: its threads' packing memory is shared by all that it runs.
public final class WorkerPool: @unchecked Sendable {
    public let threads: Int
    /// If not, a kernel may cut its work by the number of threads instead of by its shape.
    public let deterministic: Bool
    private let pool: OpaquePointer?
    /// For what kernels copy to work on it; pages that no kernel touches take no memory.
    private let memory: UnsafeMutablePointer<Float>?

    /// Floats of memory that each thread has.
    static let memoryPerThread = Int(NNC_DENSE_PACKED + NNC_DENSE_SCRATCH)

    public init(threads: Int, deterministic: Bool = true) {
        let pool = nnc_pool_create(threads)
        self.pool = pool
        self.threads = pool.map { nnc_pool_threads($0) } ?? 1
        self.deterministic = deterministic
        var memory: UnsafeMutableRawPointer?
        let bytes = self.threads * Self.memoryPerThread * MemoryLayout<Float>.stride
        self.memory = posix_memalign(&memory, 4096, bytes) == 0 ? memory?.assumingMemoryBound(to: Float.self) : nil
    }

    deinit {
        nnc_pool_destroy(pool)
        free(memory)
    }

    /// The memory of one thread; nil where the system had none.
    func memory(thread: Int) -> UnsafeMutablePointer<Float>? { memory.map { $0 + thread * Self.memoryPerThread } }

    /// Runs `body(piece)` for every piece, some on other threads, and returns when all are done. Allocates nothing.
    @inline(__always)
    public func run(pieces: Int, _ body: (_ piece: Int) -> Void) {
        run(pieces: pieces) { piece, _ in body(piece) }
    }

    /// The same, where the body needs memory of its thread's own: `thread` is below `threads`.
    public func run(pieces: Int, _ body: (_ piece: Int, _ thread: Int) -> Void) {
        if pieces == 1 { return body(0, 0) }
        // The pointer alone would not keep the threads alive while they work.
        withExtendedLifetime(self) { dispatch(pool, pieces, body) }
    }
}

// C receives the closure as the function and the context that it is; an imported declaration cannot say that.
@_silgen_name("nnc_pool_run")
private func dispatch(_ pool: OpaquePointer?, _ pieces: Int, _ body: (_ piece: Int, _ thread: Int) -> Void)
