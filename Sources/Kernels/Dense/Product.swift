import COpenBLAS

enum Transposition { case plain, transposed }

// OpenBLAS's own threading is poor where the inner dimension is short, so every thread of the pool makes
// single-threaded calls on its own piece. The setting is one for the process.
private let singleThreaded: Void = openblas_set_num_threads(1)

/// `c = alpha · op(a) · op(b) + beta · c` with `c` [rows, columns] and an inner dimension of `depth`; all row-major.
@inline(__always)
func product(
    _ rows: Int, _ columns: Int, _ depth: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ aStride: Int, _ aForm: Transposition,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ bForm: Transposition, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cStride: Int
) {
    _ = singleThreaded
    // OpenBLAS returns at once where the inner dimension is 0, and leaves `c` as it was.
    if depth == 0 {
        if beta != 1 {
            for row in 0..<rows { for column in 0..<columns { c[row * cStride + column] = beta == 0 ? 0 : beta * c[row * cStride + column] } }
        }
        return
    }
    cblas_sgemm(
        CblasRowMajor, aForm == .plain ? CblasNoTrans : CblasTrans, bForm == .plain ? CblasNoTrans : CblasTrans,
        blasint(rows), blasint(columns), blasint(depth), alpha, a, blasint(max(1, aStride)), b, blasint(max(1, bStride)),
        beta, c, blasint(max(1, cStride)))
}

/// How the result of a product is cut: by its columns, each piece wide enough for a fast product, or, where
/// there are few columns, by its rows.
struct ProductCut {
    /// Fewer columns than this make a slow product.
    static let leastWidth = 64
    /// Fewer multiplications than this are done sooner than another thread is woken.
    static let leastProducts = 200_000

    private let cut: Pieces
    private let byColumns: Bool
    private let rows: Int
    private let columns: Int

    init(columns: Int, rows: Int, depth: Int, _ pool: WorkerPool) {
        self.rows = rows
        self.columns = columns
        let products = rows * columns * depth
        byColumns = columns >= 2 * Self.leastWidth
        cut = byColumns
            ? Pieces(of: columns, count: Self.pieces(width: columns, products: products, pool), multiple: 16)
            : Pieces(of: rows, count: Self.pieces(width: rows, products: products, pool), multiple: 4)
    }

    var count: Int { cut.count }

    subscript(piece: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        byColumns ? (0..<rows, cut[piece]) : (cut[piece], 0..<columns)
    }

    /// A power of two: one piece for about 250 columns, but two as soon as each has enough.
    static func pieces(width: Int, products: Int, _ pool: WorkerPool) -> Int {
        var count = width >= 2 * leastWidth || products >= 4 * leastProducts ? 2 : 1
        while count < 16 && width / (2 * count) >= 240 { count *= 2 }
        while count > 1 && products / count < leastProducts { count /= 2 }
        return max(1, min(count, width, pool.deterministic ? count : pool.threads))
    }
}
