/// How work of a shape is cut: by the shape alone, or, where bits may depend on the threads, into no more
/// pieces than there are threads.
struct Pieces {
    /// Element-wise work shorter than this is not worth waking a thread for.
    static let elementGrain = 16_384

    let total: Int
    let count: Int
    private let multiple: Int

    /// `total` items in pieces of at least `grain`, each but the last a multiple of `multiple`.
    init(of total: Int, grain: Int, atMost most: Int = 64, multiple: Int = 1, _ pool: WorkerPool) {
        let limit = pool.deterministic ? most : min(most, pool.threads)
        self.init(of: total, count: max(1, min(limit, total / max(1, grain))), multiple: multiple)
    }

    init(of total: Int, count: Int, multiple: Int = 1) {
        self.total = total
        self.count = count
        self.multiple = multiple
    }

    /// Floats of an array that is walked element by element, cut at cache lines.
    static func elements(_ count: Int, _ pool: WorkerPool) -> Pieces {
        Pieces(of: count, grain: elementGrain, multiple: 16, pool)
    }

    /// Rows of `width` numbers each.
    static func rows(_ count: Int, width: Int, _ pool: WorkerPool) -> Pieces {
        Pieces(of: count, grain: max(1, elementGrain / max(1, width)), pool)
    }

    subscript(piece: Int) -> Range<Int> {
        let from = total * piece / count / multiple * multiple
        let to = piece == count - 1 ? total : total * (piece + 1) / count / multiple * multiple
        return from..<to
    }
}

extension WorkerPool {
    @inline(__always)
    func run(_ pieces: Pieces, _ body: (Range<Int>) -> Void) {
        run(pieces: pieces.count) { piece, _ in body(pieces[piece]) }
    }
}
