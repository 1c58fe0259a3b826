import CKernels

/// `y = f(x)`; `y` may be `x`.
public func activationForward(_ function: ActivationFunction, _ x: Floats, _ y: Floats, _ pool: WorkerPool) {
    precondition(x.count == y.count)
    pool.run(Pieces.elements(x.count, pool)) { range in
        nnc_activation(function.code, x.base + range.lowerBound, y.base + range.lowerBound, range.count)
    }
}

/// `dx = dy · f'`, from the function's output, or from its input where `derivativeFromOutput` is false. `dx` may be `dy`.
public func activationBackward(_ function: ActivationFunction, _ saved: Floats, _ dy: Floats, _ dx: Floats, _ pool: WorkerPool) {
    precondition(saved.count == dy.count && dx.count == dy.count)
    pool.run(Pieces.elements(dy.count, pool)) { range in
        let from = range.lowerBound
        nnc_activation_gradient(function.code, saved.base + from, dy.base + from, dx.base + from, range.count)
    }
}

/// `c = a + b`; `c` may be either.
public func add(_ a: Floats, _ b: Floats, into c: Floats, _ pool: WorkerPool) {
    precondition(a.count == b.count && c.count == b.count)
    pool.run(Pieces.elements(c.count, pool)) { range in
        let from = range.lowerBound
        nnc_add(a.base + from, b.base + from, c.base + from, range.count)
    }
}

/// Copies `columns` columns of each of `rows` rows: from column `fromOffset` of rows of `fromColumns`
/// to column `toOffset` of rows of `toColumns`. Concatenation, and its gradient.
public func copyColumns(
    _ from: Floats, fromColumns: Int, fromOffset: Int, _ to: Floats, toColumns: Int, toOffset: Int, columns: Int, rows: Int,
    _ pool: WorkerPool
) {
    precondition(from.count >= rows * fromColumns && to.count >= rows * toColumns)
    precondition(fromOffset >= 0 && toOffset >= 0 && fromOffset + columns <= fromColumns && toOffset + columns <= toColumns)
    pool.run(Pieces.rows(rows, width: columns, pool)) { range in
        for row in range {
            (to.base + row * toColumns + toOffset).update(from: from.base + row * fromColumns + fromOffset, count: columns)
        }
    }
}

/// `y = keep ? x / (1 - rate) : 0`, with the choices of `stream`; the same call on `dy` is the gradient.
/// `rate` is in [0, 1); `y` may be `x`.
public func dropout(_ x: Floats, _ y: Floats, rate: Float, stream: RandomStream, _ pool: WorkerPool) {
    precondition(x.count == y.count && rate >= 0 && rate < 1)
    let limit = UInt64(Double(rate) * 4_294_967_296)
    let scale = 1 / (1 - rate)
    pool.run(Pieces.elements(x.count, pool)) { range in
        stream.withWords { counter, key in
            nnc_dropout(x.base + range.lowerBound, y.base + range.lowerBound, range.count, range.lowerBound, counter, key, limit, scale)
        }
    }
}
