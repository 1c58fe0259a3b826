import CKernels
import COpenBLAS

/// Sizes of a dense layer: `batch` rows of `inputs` numbers become `batch` rows of `units`.
@frozen public struct DenseShape: Sendable, Hashable {
    public var batch: Int
    public var inputs: Int
    public var units: Int

    @inlinable public init(batch: Int, inputs: Int, units: Int) {
        self.batch = batch
        self.inputs = inputs
        self.units = units
    }
}

/// `y = activation(x · wᵀ + bias)`; `x` is [batch, inputs], `w` is [units, inputs], `y` is [batch, units].
public func denseForward(
    _ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ s: DenseShape, _ activation: ActivationFunction, _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.inputs && w.count == s.units * s.inputs && y.count == s.batch * s.units)
    precondition(bias.map { $0.count == s.units } ?? true)
    guard s.batch > 0 && s.units > 0 else { return }
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

/// `dx = (dy · w) ⊙ derivative(y)`; the last factor where the layer below applied `through` and left `below`,
/// its output (its input where the derivative needs that).
public func denseBackwardInput(
    _ dy: Floats, _ w: Floats, _ dx: Floats, _ s: DenseShape, through: ActivationFunction, below: Floats?, _ pool: WorkerPool
) {
    precondition(dx.count == s.batch * s.inputs && w.count == s.units * s.inputs && dy.count == s.batch * s.units)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    guard s.batch > 0 && s.inputs > 0 else { return }
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

/// `dw = alpha · dyᵀ · x + beta · dw`, and the same for the sums of `dy` over the batch, `dbias`.
///
/// With `dw` the weights themselves, `alpha` = -learning rate and `beta` = 1 this is the whole step of plain
/// gradient descent, without a gradient in memory. Where `beta` is 0, what `dw` held is not read.
public func denseBackwardWeights(
    _ x: Floats, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ s: DenseShape, alpha: Float, beta: Float, _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.inputs && dw.count == s.units * s.inputs && dy.count == s.batch * s.units)
    precondition(dbias.map { $0.count == s.units } ?? true)
    guard s.units > 0 else { return }
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
