/// A short projection of a layer's rows, by which its units are scored: `score = (x − mean) · Pᵀ · Sᵀ + level`, where `S = W · Pᵀ`
/// and `level = W · mean + bias`, in place of `x · Wᵀ + bias`.
public struct Sketch {
    public var units: Int
    public var inputs: Int
    /// Rows of the projection.
    public var dimensions: Int
    /// Whether the projection follows the data. If not, it stays as it was drawn, with rows of length one.
    public var followsData: Bool
    /// The share of the old average that stays, of the mean and of the directions in which the data spread.
    public var memory: Float

    public init(units: Int, inputs: Int, dimensions: Int, followsData: Bool, memory: Float) {
        self.units = units
        self.inputs = inputs
        self.dimensions = dimensions
        self.followsData = followsData
        self.memory = memory
    }

    /// How much of a direction stays at least, of the first one's spread, and what it begins with.
    public static let floor: Float = 1e-4, firstFloor: Float = 1e-6

    /// Floats of scratch memory of a refresh.
    public func scratch(batch: Int) -> Int { units * (dimensions + 1) + (followsData ? (batch + inputs) * dimensions : 0) }
}

/// What lasts of a sketch from step to step.
public struct SketchState {
    /// [dimensions, inputs], rows at right angles.
    public var projection: Floats
    /// [dimensions]: `−P · mean`.
    public var shift: Floats
    /// [inputs]
    public var mean: Floats
    /// [dimensions]: how far the data spread along each row; 0 before the first refresh.
    public var spread: Floats
    /// [units, dimensions]: S.
    public var rows: Floats
    /// [units]
    public var level: Floats

    public init(projection: Floats, shift: Floats, mean: Floats, spread: Floats, rows: Floats, level: Floats) {
        self.projection = projection
        self.shift = shift
        self.mean = mean
        self.spread = spread
        self.rows = rows
        self.level = level
    }
}

/// Brings a sketch up to date with the weights and with a batch of the layer's input.
///
/// The projection tracks the leading directions of the input's covariance: one step of orthogonal iteration on an average that
/// forgets. With as many dimensions as the data need, scores are those of the whole rows.
///
/// All of it is made apart and then put in place at once: another worker may score its units at any time.
///
/// - Parameters:
///   - x: [batch, inputs], overwritten.
///   - w: [units, inputs].
public func refreshSketch(_ x: Floats, _ w: Floats, bias: Floats?, _ state: SketchState, _ s: Sketch, batch: Int, _ scratch: Floats, _ pool: WorkerPool) {
    precondition(x.count == batch * s.inputs && w.count == s.units * s.inputs && state.projection.count == s.dimensions * s.inputs)
    precondition(batch > 0 && state.rows.count == s.units * s.dimensions && state.level.count == s.units)
    let isFirst = !(state.spread[0] > 0)
    updateMean(x, state.mean, keep: isFirst ? 0 : s.memory, batch: batch, inputs: s.inputs)
    let rows = scratch.prefix(s.units * s.dimensions), level = scratch[rows.count..<rows.count + s.units]
    var projection = state.projection
    if s.followsData {
        let rest = scratch[rows.count + level.count..<s.scratch(batch: batch)]
        let query = rest.prefix(batch * s.dimensions), moved = rest[query.count..<rest.count]
        for row in 0..<batch { subtract(state.mean, from: x.base + row * s.inputs, s.inputs) }
        let shape = DenseShape(batch: batch, inputs: s.inputs, units: s.dimensions)
        denseForward(x, state.projection, nil, query, shape, .linear, pool)
        denseBackwardWeights(x, query, moved, nil, shape, alpha: 1, beta: 0, pool)
        // No direction is ever lost for good, even where a batch spreads along fewer than there are rows.
        let floor = Sketch.floor * state.spread[0] + (isFirst ? Sketch.firstFloor : 0), fresh = (1 - s.memory) / Float(batch)
        for row in 0..<s.dimensions {
            let keep = s.memory * state.spread[row] + floor
            let own = state.projection.base + row * s.inputs, change = moved.base + row * s.inputs
            for i in 0..<s.inputs { change[i] = keep * own[i] + fresh * change[i] }
        }
        orthogonalize(moved, lengths: state.spread, s)
        projection = moved
    } else {
        state.spread[0] = 1
    }
    denseForward(w, projection, nil, rows, DenseShape(batch: s.units, inputs: s.inputs, units: s.dimensions), .linear, pool)
    denseForward(w, state.mean, nil, level, DenseShape(batch: s.units, inputs: s.inputs, units: 1), .linear, pool)
    if let bias { for unit in 0..<s.units { level[unit] += bias[unit] } }
    if s.followsData { state.projection.copy(from: projection) }
    state.rows.copy(from: rows)
    state.level.copy(from: level)
    for row in 0..<s.dimensions { state.shift[row] = -dot(state.projection.base + row * s.inputs, state.mean.base, s.inputs) }
}

private func updateMean(_ x: Floats, _ mean: Floats, keep: Float, batch: Int, inputs: Int) {
    let fresh = (1 - keep) / Float(batch)
    for i in 0..<inputs { mean[i] *= keep }
    for row in 0..<batch { for i in 0..<inputs { mean.base[i] += fresh * x.base[row * inputs + i] } }
}

private func subtract(_ mean: Floats, from x: UnsafeMutablePointer<Float>, _ count: Int) { for i in 0..<count { x[i] -= mean.base[i] } }

private func dot(_ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD16<Float>.zero, rest: Float = 0, i = 0
    while i + 16 <= count {
        sums += UnsafeRawPointer(a + i).loadUnaligned(as: SIMD16<Float>.self) * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD16<Float>.self)
        i += 16
    }
    while i < count {
        rest += a[i] * b[i]
        i += 1
    }
    return sums.sum() + rest
}

/// Gram and Schmidt's way: each row against those before it.
private func orthogonalize(_ rows: Floats, lengths: Floats, _ s: Sketch) {
    for row in 0..<s.dimensions {
        let own = rows.base + row * s.inputs
        for earlier in 0..<row {
            let other = rows.base + earlier * s.inputs, share = dot(own, other, s.inputs)
            for i in 0..<s.inputs { own[i] -= share * other[i] }
        }
        let length = dot(own, own, s.inputs).squareRoot()
        let inverse = length > 0 && length.isFinite ? 1 / length : 0
        for i in 0..<s.inputs { own[i] *= inverse }
        lengths[row] = length
    }
}
