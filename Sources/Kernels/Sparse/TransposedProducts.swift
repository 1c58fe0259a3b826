import CKernels

/// The three products of a layer of which all units are wanted, from a few numbers of each example: with the weights transposed, they are
/// the sums of scaled rows and the dot products that other sparse products are, many units at a time.
///
/// Measured on one Zen 4 core for 128 examples of 50 numbers among 1000, and 1000 units: a fifth of the time that picking each weight takes.
struct TransposedProducts {
    /// Units whose gradients are turned back at a time.
    private static let together = 16

    private let s: SparseGatheredShape

    /// Nil where so few products are to be made that picking each weight is sooner done.
    init?(_ shape: SparseGatheredShape, allUnits: Bool) {
        // Batches smaller than the one that memory was made for come too.
        guard allUnits, shape.units >= 32, shape.batch * shape.keptInputs >= shape.inputs else { return nil }
        s = shape
    }

    /// Examples are rows of outputs here, and each picks some of the inputs.
    private var shape: DenseShape { DenseShape(batch: s.batch, inputs: s.units, units: s.inputs) }
    private var matrix: Int { (s.units * s.inputs + 15) / 16 * 16 }

    /// Floats of scratch memory for any of the products.
    func scratch(threads: Int) -> Int {
        let entries = s.batch * s.keptInputs
        let forward = sparseDenseBackwardInputScratch(units: s.inputs, batch: s.batch, threads: threads)
        let input = gatheredDenseScratch(units: s.inputs, entries: entries)
        let weights = sparseDenseBackwardWeightsScratch(units: s.inputs, entries: entries, batch: s.batch, threads: threads)
        return matrix + max(forward, input, threads * Self.together * s.inputs + weights)
    }

    func forward(
        _ values: Floats, _ indices: Ints, _ w: Floats, _ bias: Floats?, _ y: Floats, _ activation: ActivationFunction, _ scratch: Floats,
        _ pool: WorkerPool
    ) {
        let turned = transposed(w, scratch, pool)
        sparseDenseBackwardInput(values, indices, turned, y, shape, through: .linear, below: nil, scratch[matrix..<scratch.count], pool)
        guard bias != nil || activation != .linear else { return }
        pool.run(Pieces.rows(s.batch, width: s.units, pool)) { rows in
            nnc_bias_activation(activation.code, bias?.base, y.base + rows.lowerBound * s.units, rows.count, s.units, s.units)
        }
    }

    func backwardInput(
        _ dy: Floats, _ w: Floats, _ indices: Ints, _ dx: Floats, through: ActivationFunction, below: Floats?, _ scratch: Floats,
        _ pool: WorkerPool
    ) {
        let turned = transposed(w, scratch, pool)
        gatheredDense(dy, turned, nil, indices, dx, shape, .linear, scratch[matrix..<scratch.count], pool)
        guard let below else { return }
        pool.run(Pieces.elements(dx.count, pool)) {
            nnc_activation_gradient_rows(through.code, below.base + $0.lowerBound, dx.base + $0.lowerBound, 1, $0.count, $0.count)
        }
    }

    /// `dw` becomes the gradient times `alpha`, or has it added.
    func backwardWeights(
        _ values: Floats, _ indices: Ints, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, alpha: Float, adding: Bool, _ scratch: Floats,
        _ pool: WorkerPool
    ) {
        let gradient = scratch.prefix(s.units * s.inputs), rest = matrix + pool.threads * Self.together * s.inputs
        sparseDenseRows(dy, values, indices, gradient, shape, alpha: alpha, adding: false, scratch[rest..<scratch.count], pool)
        pool.run(pieces: (s.units + Self.together - 1) / Self.together) { block, thread in
            let units = block * Self.together..<min(s.units, (block + 1) * Self.together), rows = dw.base + units.lowerBound * s.inputs
            let copy = adding ? scratch.base + matrix + thread * Self.together * s.inputs : rows
            nnc_transpose(gradient.base + units.lowerBound, s.units, s.inputs, units.count, copy, s.inputs)
            if adding { nnc_add(rows, copy, rows, units.count * s.inputs) }
        }
        guard let dbias else { return }
        nnc_column_sums(dy.base, dbias.base, s.batch, s.units, s.units, alpha, adding ? 1 : 0)
    }

    /// The weights [units, inputs] as [inputs, units], at the start of `scratch`.
    private func transposed(_ w: Floats, _ scratch: Floats, _ pool: WorkerPool) -> Floats {
        let turned = scratch.prefix(s.units * s.inputs)
        let pieces = Pieces(of: s.inputs, grain: max(16, Pieces.elementGrain / s.units), multiple: 16, pool)
        pool.run(pieces) { inputs in
            nnc_transpose(w.base + inputs.lowerBound, s.inputs, s.units, inputs.count, turned.base + inputs.lowerBound * s.units, s.units)
        }
        return turned
    }
}
