import CKernels

/// The products of a dense layer by OpenBLAS, each thread a piece of the result.
struct DenseProducts {
    private let s: DenseShape
    private let pool: WorkerPool

    init(_ shape: DenseShape, _ pool: WorkerPool) {
        s = shape
        self.pool = pool
    }

    func forward(_ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ activation: ActivationFunction) {
        let cut = ProductCut(columns: s.units, rows: s.batch, depth: s.inputs, pool)
        pool.run(pieces: cut.count) { piece, _ in
            let (rows, units) = cut[piece]
            guard !rows.isEmpty && !units.isEmpty else { return }
            let out = y.base + rows.lowerBound * s.units + units.lowerBound
            product(
                rows.count, units.count, s.inputs, 1, x.base + rows.lowerBound * s.inputs, s.inputs, .plain,
                w.base + units.lowerBound * s.inputs, s.inputs, .transposed, 0, out, s.units)
            // While the piece is still in this thread's cache.
            nnc_bias_activation(activation.code, bias.map { $0.base + units.lowerBound }, out, rows.count, units.count, s.units)
        }
    }

    func backwardInput(_ dy: Floats, _ w: Floats, _ dx: Floats, _ through: ActivationFunction, _ below: Floats?) {
        let cut = ProductCut(columns: s.inputs, rows: s.batch, depth: s.units, pool)
        pool.run(pieces: cut.count) { piece, _ in
            let (rows, inputs) = cut[piece]
            guard !rows.isEmpty && !inputs.isEmpty else { return }
            let from = rows.lowerBound * s.inputs + inputs.lowerBound
            product(
                rows.count, inputs.count, s.units, 1, dy.base + rows.lowerBound * s.units, s.units, .plain,
                w.base + inputs.lowerBound, s.inputs, .plain, 0, dx.base + from, s.inputs)
            guard let below else { return }
            nnc_activation_gradient_rows(through.code, below.base + from, dx.base + from, rows.count, inputs.count, s.inputs)
        }
    }

    func backwardWeights(_ x: Floats, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ alpha: Float, _ beta: Float) {
        // Wide layers are cut by units, so that a piece of the weights is a run of memory; narrow ones by inputs.
        let byUnits = s.units >= 2 * ProductCut.leastWidth || s.inputs < s.units
        let cut = Pieces(of: byUnits ? s.units : s.inputs, count: ProductCut.pieces(
            width: byUnits ? s.units : s.inputs, products: s.batch * s.inputs * s.units, pool), multiple: 16)
        pool.run(pieces: cut.count) { piece, _ in
            let units = byUnits ? cut[piece] : 0..<s.units
            let inputs = byUnits ? 0..<s.inputs : cut[piece]
            if !units.isEmpty && !inputs.isEmpty {
                product(
                    units.count, inputs.count, s.batch, alpha, dy.base + units.lowerBound, s.units, .transposed,
                    x.base + inputs.lowerBound, s.inputs, .plain, beta, dw.base + units.lowerBound * s.inputs + inputs.lowerBound, s.inputs)
            }
            guard let dbias, byUnits || piece == 0 else { return }
            nnc_column_sums(dy.base + units.lowerBound, dbias.base + units.lowerBound, s.batch, units.count, s.units, alpha, beta)
        }
    }
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
