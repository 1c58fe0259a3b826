import CKernels

// Sums over the rows are taken in fixed shards and added in their order.
private func shards(_ rows: Int) -> Int { max(1, min(64, rows / 256)) }

/// Floats of scratch memory that the two kernels over a whole batch need.
public func batchNormScratch(rows: Int, channels: Int) -> Int { (2 * shards(rows) + 3) * channels }

/// Normalizes each channel of x [rows, channels] by the batch's own mean and (biased) variance, then scales by `gamma` and
/// shifts by `beta` (Ioffe and Szegedy 2015). Leaves the mean and 1 / √(variance + epsilon), and moves the moving
/// statistics: `moving = moving · momentum + batch · (1 - momentum)`, unless those of the batch are not finite. `y` may be `x`.
public func batchNormForward(
    _ x: Floats, _ gamma: Floats, _ beta: Floats, _ movingMean: Floats, _ movingVariance: Floats, _ y: Floats, _ mean: Floats,
    _ inverseDeviation: Floats, rows: Int, channels: Int, momentum: Float, epsilon: Float, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(x.count == rows * channels && y.count == x.count && gamma.count == channels && beta.count == channels)
    precondition(movingMean.count == channels && movingVariance.count == channels && mean.count == channels)
    precondition(inverseDeviation.count == channels && scratch.count >= batchNormScratch(rows: rows, channels: channels))
    guard rows > 0 && channels > 0 else { return }
    let cut = Pieces(of: rows, count: shards(rows))
    let count = cut.count
    let sums = scratch.base, squares = sums + count * channels
    let scale = squares + count * channels, shift = scale + channels, origin = shift + channels
    // Moments about the first row, kept aside because y may be x: close to the mean, so their difference does not cancel.
    origin.update(from: x.base, count: channels)
    pool.run(pieces: count) { piece, _ in
        let range = cut[piece]
        nnc_shifted_moments(
            x.base + range.lowerBound * channels, origin, sums + piece * channels, squares + piece * channels, range.count, channels)
    }
    for c in 0..<channels {
        var sum = 0.0, square = 0.0
        for piece in 0..<count {
            sum += Double(sums[piece * channels + c])
            square += Double(squares[piece * channels + c])
        }
        let offset = sum / Double(rows)
        let difference = square / Double(rows) - offset * offset
        let variance = difference < 0 ? 0 : difference
        let inverse = Float(1 / (variance + Double(epsilon)).squareRoot())
        let center = Float(Double(origin[c]) + offset)
        mean[c] = center
        inverseDeviation[c] = inverse
        // One bad batch must not spoil what is saved: its loss stops the step, but only after this.
        if center.isFinite, variance.isFinite {
            movingMean[c] = movingMean[c] * momentum + center * (1 - momentum)
            movingVariance[c] = movingVariance[c] * momentum + Float(variance) * (1 - momentum)
        }
        scale[c] = gamma[c] * inverse
        shift[c] = beta[c] - center * gamma[c] * inverse
    }
    scaleAndShift(x, scale, shift, y, rows: rows, channels: channels, pool)
}

/// The same with the moving statistics.
public func batchNormInference(
    _ x: Floats, _ gamma: Floats, _ beta: Floats, _ movingMean: Floats, _ movingVariance: Floats, _ y: Floats, rows: Int, channels: Int,
    epsilon: Float, _ pool: WorkerPool
) {
    precondition(x.count == rows * channels && y.count == x.count && gamma.count == channels && beta.count == channels)
    precondition(movingMean.count == channels && movingVariance.count == channels)
    pool.run(Pieces.rows(rows, width: channels, pool)) { r in
        nnc_batch_norm_inference(
            x.base + r.lowerBound * channels, gamma.base, beta.base, movingMean.base, movingVariance.base, epsilon,
            y.base + r.lowerBound * channels, r.count, channels)
    }
}

/// The gradients through the batch's own statistics. `dx` may be `dy`.
public func batchNormBackward(
    _ x: Floats, _ dy: Floats, _ gamma: Floats, _ mean: Floats, _ inverseDeviation: Floats, _ dx: Floats, _ dgamma: Floats, _ dbeta: Floats,
    rows: Int, channels: Int, _ scratch: Floats, _ pool: WorkerPool
) {
    precondition(x.count == rows * channels && dy.count == x.count && dx.count == x.count && gamma.count == channels)
    precondition(mean.count == channels && inverseDeviation.count == channels && dgamma.count == channels && dbeta.count == channels)
    precondition(scratch.count >= batchNormScratch(rows: rows, channels: channels))
    guard rows > 0 && channels > 0 else {
        dgamma.fill(0)
        dbeta.fill(0)
        return
    }
    let cut = Pieces(of: rows, count: shards(rows))
    let count = cut.count
    let sums = scratch.base, products = sums + count * channels
    let a = products + count * channels, b = a + channels, c0 = b + channels
    pool.run(pieces: count) { piece, _ in
        let range = cut[piece], from = range.lowerBound * channels
        nnc_batch_norm_sums(
            x.base + from, dy.base + from, mean.base, sums + piece * channels, products + piece * channels, range.count, channels)
    }
    for c in 0..<channels {
        var sum = 0.0, product = 0.0
        for piece in 0..<count {
            sum += Double(sums[piece * channels + c])
            product += Double(products[piece * channels + c])
        }
        let inverse = Double(inverseDeviation[c]), scale = Double(gamma[c]) * inverse, n = Double(rows)
        dbeta[c] = Float(sum)
        dgamma[c] = Float(product * inverse)
        // dx = scale (dy - mean(dy) - (x - mean) inverse² mean(dy (x - mean))), as a dy + b x + c.
        let slope = -scale * inverse * inverse * product / n
        a[c] = Float(scale)
        b[c] = Float(slope)
        c0[c] = Float(-scale * sum / n - slope * Double(mean[c]))
    }
    pool.run(Pieces.rows(rows, width: channels, pool)) { r in
        let from = r.lowerBound * channels
        nnc_batch_norm_gradient(x.base + from, dy.base + from, a, b, c0, dx.base + from, r.count, channels)
    }
}

private func scaleAndShift(
    _ x: Floats, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>, _ y: Floats, rows: Int, channels: Int, _ pool: WorkerPool
) {
    pool.run(Pieces.rows(rows, width: channels, pool)) { r in
        nnc_scale_shift(x.base + r.lowerBound * channels, scale, shift, y.base + r.lowerBound * channels, r.count, channels)
    }
}
