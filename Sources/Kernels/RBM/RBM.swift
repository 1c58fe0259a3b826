import CKernels

/// `y` is 1 with probability `p` and 0 otherwise, by the choices of `stream`. A probability that is no number gives 0.
public func sampleBernoulli(_ p: Floats, _ y: Floats, stream: RandomStream, _ pool: WorkerPool) {
    precondition(p.count == y.count)
    pool.run(Pieces.elements(p.count, pool)) { range in
        stream.withWords { counter, key in
            nnc_bernoulli(p.base + range.lowerBound, y.base + range.lowerBound, range.count, range.lowerBound, counter, key)
        }
    }
}

/// `y = activation(x + bias)`, row by row: `x` and `y` are [rows, columns], `bias` is [columns]. `y` may be `x`.
public func visibleUnits(_ x: Floats, _ bias: Floats, _ y: Floats, _ activation: ActivationFunction, rows: Int, _ pool: WorkerPool) {
    let columns = bias.count
    precondition(x.count == rows * columns && y.count == x.count)
    pool.run(Pieces.rows(rows, width: columns, pool)) { r in
        let from = r.lowerBound * columns
        if x.base != y.base { (y.base + from).update(from: x.base + from, count: r.count * columns) }
        nnc_bias_activation(activation.code, bias.base, y.base + from, r.count, columns, columns)
    }
}

/// The gradient of contrastive divergence, averaged over the batch: what the chain has made of the data minus the data,
/// `dw = (hₖᵀ · vₖ - h₀ᵀ · v₀) / batch`, and the same for the sums of the units, `dhidden` and `dvisible`.
///
/// `v0` and `vk` are [batch, inputs], `h0` and `hk` are [batch, units], `dw` is [units, inputs].
public func contrastiveGradient(
    _ v0: Floats, _ h0: Floats, _ vk: Floats, _ hk: Floats, _ dw: Floats, dvisible: Floats, dhidden: Floats?, _ s: DenseShape, _ pool: WorkerPool
) {
    precondition(dvisible.count == s.inputs)
    let scale = 1 / Float(max(s.batch, 1))
    denseBackwardWeights(vk, hk, dw, dhidden, s, alpha: scale, beta: 0, pool)
    denseBackwardWeights(v0, h0, dw, dhidden, s, alpha: -scale, beta: 1, pool)
    pool.run(Pieces(of: s.inputs, grain: max(16, Pieces.elementGrain / max(1, s.batch)), multiple: 16, pool)) { r in
        let from = r.lowerBound
        nnc_column_sums(vk.base + from, dvisible.base + from, s.batch, r.count, s.inputs, scale, 0)
        nnc_column_sums(v0.base + from, dvisible.base + from, s.batch, r.count, s.inputs, -scale, 1)
    }
}
