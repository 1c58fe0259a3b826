import CKernels

/// Each row becomes its softmax. `y` may be `x`.
public func softmax(_ x: Floats, _ y: Floats, rows: Int, columns: Int, _ pool: WorkerPool) {
    precondition(x.count == rows * columns && y.count == x.count)
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        nnc_softmax(x.base + r.lowerBound * columns, y.base + r.lowerBound * columns, r.count, columns)
    }
}

/// `dx = y (dy - y·dy)`, row by row. `dx` may be `dy`.
public func softmaxBackward(_ y: Floats, _ dy: Floats, _ dx: Floats, rows: Int, columns: Int, _ pool: WorkerPool) {
    precondition(y.count == rows * columns && dy.count == y.count && dx.count == y.count)
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let from = r.lowerBound * columns
        nnc_softmax_gradient(y.base + from, dy.base + from, dx.base + from, r.count, columns)
    }
}

/// The losses, one for each row, and the probabilities, without overflow for any logits. `probabilities` may be `logits`.
///
/// - Parameter labels: [rows, any], each in 0..<columns, and negative behind the last of a row.
public func softmaxCrossEntropyForward(
    _ logits: Floats, _ labels: Ints, _ losses: Floats, _ probabilities: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(logits.count == rows * columns && probabilities.count == logits.count && losses.count == rows)
    let most = labels.width(rows: rows)
    precondition(labels.allBelow(columns))
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let row = r.lowerBound, from = row * columns
        nnc_softmax_cross_entropy(logits.base + from, labels.base + row * most, most, losses.base + row, probabilities.base + from, r.count, columns)
    }
}

/// `dlogits = (p - the share of each label) · scale`, and 0 where a row has none; `dlogits` may be `probabilities`.
public func softmaxCrossEntropyBackward(
    _ probabilities: Floats, _ labels: Ints, scale: Float, _ dlogits: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(probabilities.count == rows * columns && dlogits.count == probabilities.count)
    let most = labels.width(rows: rows)
    precondition(labels.allBelow(columns))
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let row = r.lowerBound, from = row * columns
        nnc_softmax_cross_entropy_gradient(
            probabilities.base + from, labels.base + row * most, most, scale, dlogits.base + from, r.count, columns)
    }
}

/// Several labels at once: the mean over the columns of `log(1 + eˣ) - t·x`, without overflow, and the probabilities.
/// `probabilities` may be `logits`.
public func sigmoidCrossEntropyForward(
    _ logits: Floats, _ targets: Floats, _ losses: Floats, _ probabilities: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(logits.count == rows * columns && targets.count == logits.count && probabilities.count == logits.count)
    precondition(losses.count == rows)
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let row = r.lowerBound, from = row * columns
        nnc_sigmoid_cross_entropy(logits.base + from, targets.base + from, losses.base + row, probabilities.base + from, r.count, columns)
    }
}

/// `dlogits = (p - t) · scale / columns`; `dlogits` may be `probabilities`.
public func sigmoidCrossEntropyBackward(
    _ probabilities: Floats, _ targets: Floats, scale: Float, _ dlogits: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(probabilities.count == rows * columns && targets.count == probabilities.count && dlogits.count == targets.count)
    scaledDifference(probabilities, targets, scale / Float(max(1, columns)), dlogits, pool)
}

/// The mean over the columns of `(x - t)²`, one for each row.
public func meanSquaredErrorForward(
    _ x: Floats, _ targets: Floats, _ losses: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(x.count == rows * columns && targets.count == x.count && losses.count == rows)
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let row = r.lowerBound, from = row * columns
        nnc_mean_squared_error(x.base + from, targets.base + from, losses.base + row, r.count, columns)
    }
}

/// `dx = 2 (x - t) · scale / columns`; `dx` may be `x`.
public func meanSquaredErrorBackward(
    _ x: Floats, _ targets: Floats, scale: Float, _ dx: Floats, rows: Int, columns: Int, _ pool: WorkerPool
) {
    precondition(x.count == rows * columns && targets.count == x.count && dx.count == x.count)
    scaledDifference(x, targets, 2 * scale / Float(max(1, columns)), dx, pool)
}

private func scaledDifference(_ x: Floats, _ targets: Floats, _ scale: Float, _ d: Floats, _ pool: WorkerPool) {
    pool.run(Pieces.elements(d.count, pool)) { r in
        let from = r.lowerBound
        nnc_scaled_difference(x.base + from, targets.base + from, scale, d.base + from, r.count)
    }
}

extension Ints {
    fileprivate func allBelow(_ limit: Int) -> Bool {
        for i in 0..<count where Int(self[i]) >= limit { return false }
        return true
    }

    /// Places of a row.
    func width(rows: Int) -> Int {
        precondition(count % Swift.max(rows, 1) == 0)
        return count / Swift.max(rows, 1)
    }
}
