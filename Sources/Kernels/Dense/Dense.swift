import CKernels

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
    if let tiles = DenseTiles(s, pool) { return tiles.forward(x, w, bias, y, activation) }
    DenseProducts(s, pool).forward(x, w, bias, y, activation)
}

/// `dx = (dy · w) ⊙ derivative(y)`; the last factor where the layer below applied `through` and left `below`,
/// its output (its input where the derivative needs that).
public func denseBackwardInput(
    _ dy: Floats, _ w: Floats, _ dx: Floats, _ s: DenseShape, through: ActivationFunction, below: Floats?, _ pool: WorkerPool
) {
    precondition(dx.count == s.batch * s.inputs && w.count == s.units * s.inputs && dy.count == s.batch * s.units)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    guard s.batch > 0 && s.inputs > 0 else { return }
    if let tiles = DenseTiles(s, pool) { return tiles.backwardInput(dy, w, dx, through, below) }
    DenseProducts(s, pool).backwardInput(dy, w, dx, through, below)
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
    if let tiles = DenseTiles(s, pool), beta == 0 || beta == 1 { return tiles.backwardWeights(x, dy, dw, dbias, alpha, beta) }
    DenseProducts(s, pool).backwardWeights(x, dy, dw, dbias, alpha, beta)
}
