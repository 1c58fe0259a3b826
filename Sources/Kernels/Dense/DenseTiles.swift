import CKernels

/// The products of a dense layer in register tiles of our own, where the machine has them.
///
/// Each number of the result is one sum in the order of its terms, whatever tile it falls into, so the work can be cut
/// by the number of threads and the bits stay the same. Measured on one Zen 4 core, GFLOP/s, OpenBLAS's best
/// kernels beside: batch 128, 1000×1000: forward 114 and 101, to the input 113 and 108, weights 112 and 109;
/// batch 32, 2000×2000: forward 107 and 70, to the input 112 and 88, weights 104 and 96.
struct DenseTiles {
    private static let available = nnc_dense_has_tiles() != 0
    private static let lanes = Int(NNC_DENSE_LANES)
    /// Up to so many threads, each packs the small operand for itself rather than read what others wrote.
    private static let mostPacking = 4

    private let s: DenseShape
    private let pool: WorkerPool

    init?(_ shape: DenseShape, _ pool: WorkerPool) {
        // A panel holds 16 examples: with few of them, most of it is empty.
        guard Self.available, shape.batch >= 6, pool.memory(thread: 0) != nil else { return nil }
        s = shape
        self.pool = pool
    }

    func forward(_ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ activation: ActivationFunction) {
        let blocks = max(1, (s.inputs + Int(NNC_DENSE_DEPTH) - 1) / Int(NNC_DENSE_DEPTH))
        for first in stride(from: 0, to: s.batch, by: Int(NNC_DENSE_BATCH)) {
            let rows = min(Int(NNC_DENSE_BATCH), s.batch - first)
            let cut = TileCut(columns: s.units, rows: rows, depth: s.inputs, pool)
            for block in 0..<blocks {
                let from = s.inputs * block / blocks, depth = s.inputs * (block + 1) / blocks - from
                withPacked(cut, of: depth) { panel, packed in
                    let row = panel * Self.lanes
                    nnc_dense_pack_rows(
                        x.base + (first + row) * s.inputs + from, s.inputs, min(Self.lanes, rows - row), depth, packed)
                } use: { piece, packed, scratch in
                    let (rows, units) = cut[piece]
                    guard !rows.isEmpty && !units.isEmpty else { return }
                    let out = y.base + (first + rows.lowerBound) * s.units + units.lowerBound
                    nnc_dense_forward(
                        w.base + units.lowerBound * s.inputs + from, s.inputs, units.count, packed + rows.lowerBound * depth, rows.count,
                        depth, block > 0 ? 1 : 0, out, s.units, scratch)
                    guard block == blocks - 1 else { return }
                    // While the piece is still in this thread's cache.
                    nnc_bias_activation(activation.code, bias.map { $0.base + units.lowerBound }, out, rows.count, units.count, s.units)
                }
            }
        }
    }

    func backwardInput(_ dy: Floats, _ w: Floats, _ dx: Floats, _ through: ActivationFunction, _ below: Floats?) {
        let blocks = max(1, (s.units + Int(NNC_DENSE_DEPTH) - 1) / Int(NNC_DENSE_DEPTH))
        if s.units == 0 { dx.fill(0) }
        for first in stride(from: 0, to: s.batch, by: Int(NNC_DENSE_BATCH)) {
            let rows = min(Int(NNC_DENSE_BATCH), s.batch - first)
            let cut = TileCut(columns: s.inputs, rows: rows, depth: s.units, pool)
            for block in 0..<blocks {
                let from = s.units * block / blocks, depth = s.units * (block + 1) / blocks - from
                withPacked(cut, of: depth) { panel, packed in
                    let row = panel * Self.lanes
                    nnc_dense_pack_rows(dy.base + (first + row) * s.units + from, s.units, min(Self.lanes, rows - row), depth, packed)
                } use: { piece, packed, scratch in
                    let (rows, inputs) = cut[piece]
                    guard !rows.isEmpty && !inputs.isEmpty else { return }
                    let place = (first + rows.lowerBound) * s.inputs + inputs.lowerBound
                    if depth > 0 {
                        nnc_dense_backward_input(
                            packed + rows.lowerBound * depth, rows.count, w.base + from * s.inputs + inputs.lowerBound, s.inputs, depth,
                            inputs.count, block > 0 ? 1 : 0, dx.base + place, s.inputs, scratch)
                    }
                    guard let below, block == blocks - 1 else { return }
                    nnc_activation_gradient_rows(through.code, below.base + place, dx.base + place, rows.count, inputs.count, s.inputs)
                }
            }
        }
    }

    func backwardWeights(_ x: Floats, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ alpha: Float, _ beta: Float) {
        let lanes = Self.lanes
        let panels = (s.inputs + lanes - 1) / lanes, together = Int(NNC_DENSE_DEPTH) / lanes
        let blocks = (panels + together - 1) / together
        for first in stride(from: 0, to: s.batch, by: Int(NNC_DENSE_BATCH)) {
            let rows = min(Int(NNC_DENSE_BATCH), s.batch - first), add: Int32 = beta == 1 || first > 0 ? 1 : 0
            for block in 0..<blocks {
                let from = panels * block / blocks * lanes, to = min(s.inputs, panels * (block + 1) / blocks * lanes)
                // Rows of this cut are inputs: a narrow layer is cut by them.
                let cut = TileCut(columns: s.units, rows: to - from, depth: rows, pool)
                withPacked(cut, of: rows) { panel, packed in
                    let column = from + panel * lanes
                    nnc_dense_pack_columns(
                        x.base + first * s.inputs + column, s.inputs, min(lanes, to - column), rows, alpha, packed)
                } use: { piece, packed, scratch in
                    let (inputs, units) = cut[piece]
                    guard !inputs.isEmpty && !units.isEmpty else { return }
                    nnc_dense_backward_weights(
                        dy.base + first * s.units + units.lowerBound, s.units, rows, units.count, packed + inputs.lowerBound * rows,
                        inputs.count, add, dw.base + units.lowerBound * s.inputs + from + inputs.lowerBound, s.inputs, scratch)
                }
            }
        }
        guard let dbias else { return }
        pool.run(Pieces.rows(s.units, width: s.batch, pool)) { units in
            nnc_column_sums(dy.base + units.lowerBound, dbias.base + units.lowerBound, s.batch, units.count, s.units, alpha, beta)
        }
    }

    /// Packs the panels that pieces of a result need, `depth` * 16 floats each, and uses them: each thread for itself,
    /// or all for all where there are many.
    private func withPacked(
        _ cut: TileCut, of depth: Int,
        pack: (_ panel: Int, _ to: UnsafeMutablePointer<Float>) -> Void,
        use: (_ piece: Int, _ packed: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        let size = depth * Self.lanes, pieces = cut.count
        if pieces <= Self.mostPacking {
            pool.run(pieces: pieces) { piece, thread in
                guard let memory = pool.memory(thread: thread) else { return }
                for panel in cut.panels(piece) { pack(panel, memory + panel * size) }
                use(piece, memory, memory + Int(NNC_DENSE_PACKED))
            }
            return
        }
        guard let shared = pool.memory(thread: 0) else { return }
        var all = cut.panels(0)
        for piece in 1..<pieces {
            let panels = cut.panels(piece)
            all = min(all.lowerBound, panels.lowerBound)..<max(all.upperBound, panels.upperBound)
        }
        pool.run(pieces: all.count) { place, _ in pack(all.lowerBound + place, shared + (all.lowerBound + place) * size) }
        pool.run(pieces: pieces) { piece, thread in
            guard let memory = pool.memory(thread: thread) else { return }
            use(piece, shared, memory + Int(NNC_DENSE_PACKED))
        }
    }
}

/// A result cut into as many pieces as there are threads: by its columns, or, where they are few, by panels of rows.
private struct TileCut {
    private static let lanes = Int(NNC_DENSE_LANES)

    let count: Int
    private let byColumns: Bool
    private let cut: Pieces
    private let rows: Int
    private let columns: Int

    init(columns: Int, rows: Int, depth: Int, _ pool: WorkerPool) {
        self.rows = rows
        self.columns = columns
        byColumns = columns >= 2 * ProductCut.leastWidth
        let most = byColumns ? columns / ProductCut.leastWidth : (rows + Self.lanes - 1) / Self.lanes
        count = max(1, min(pool.threads, most, rows * columns * depth / ProductCut.leastProducts))
        cut = byColumns ? Pieces(of: columns, count: count, multiple: Self.lanes) : Pieces(of: rows, count: count, multiple: Self.lanes)
    }

    subscript(piece: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        byColumns ? (0..<rows, cut[piece]) : (cut[piece], 0..<columns)
    }

    /// The panels of 16 rows that a piece needs.
    func panels(_ piece: Int) -> Range<Int> {
        let range = self[piece].rows
        return range.lowerBound / Self.lanes..<(range.upperBound + Self.lanes - 1) / Self.lanes
    }
}
