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
