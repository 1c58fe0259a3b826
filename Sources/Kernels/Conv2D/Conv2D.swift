import CKernels

/// `y = activation(x * w + bias)`
public func conv2dForward(
    _ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ s: Conv2DShape, _ activation: ActivationFunction, _ scratch: Floats,
    _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.imageCount && w.count == s.weightCount && y.count == s.batch * s.outImageCount)
    precondition((bias.map { $0.count == s.filters } ?? true) && scratch.count >= s.forwardScratch(threads: pool.threads))
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: s.batch) { n, _ in
            let out = y.base + n * s.outImageCount
            nnc_conv2d_forward(x.base + n * s.imageCount, w.base, bias?.base, out, image)
            nnc_bias_activation(activation.code, nil, out, 1, s.outImageCount, s.outImageCount)
        }
    }
}

/// `dx`, times the derivative of `through` where the layer below applied that and left `below`,
/// its output (its input where the derivative needs that).
public func conv2dBackwardInput(
    _ dy: Floats, _ w: Floats, _ dx: Floats, _ s: Conv2DShape, through: ActivationFunction, below: Floats?, _ scratch: Floats,
    _ pool: WorkerPool
) {
    precondition(dx.count == s.batch * s.imageCount && w.count == s.weightCount && dy.count == s.batch * s.outImageCount)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    precondition(scratch.count >= s.backwardInputScratch(threads: pool.threads))
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: s.batch) { n, _ in
            let from = n * s.imageCount
            nnc_conv2d_backward_input(dy.base + n * s.outImageCount, w.base, dx.base + from, image)
            guard let below else { return }
            nnc_activation_gradient(through.code, below.base + from, dx.base + from, dx.base + from, s.imageCount)
        }
    }
}

/// `dw = alpha · gradient + beta · dw`, and the same for the sums of `dy`, `dbias`. Where `beta` is 0, what they held is not read.
public func conv2dBackwardWeights(
    _ x: Floats, _ dy: Floats, _ dw: Floats, _ dbias: Floats?, _ s: Conv2DShape, alpha: Float, beta: Float, _ scratch: Floats,
    _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.imageCount && dw.count == s.weightCount && dy.count == s.batch * s.outImageCount)
    precondition((dbias.map { $0.count == s.filters } ?? true) && scratch.count >= s.backwardWeightsScratch(threads: pool.threads))
    let images = Pieces(of: s.batch, count: s.shards)
    let shardCount = s.weightCount + s.filters
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: images.count) { shard, _ in
            let sums = scratch[shard * shardCount..<(shard + 1) * shardCount]
            sums.fill(0)
            for n in images[shard] {
                let out = dy.base + n * s.outImageCount
                nnc_conv2d_backward_weights(x.base + n * s.imageCount, out, sums.base, image)
                nnc_column_sums(out, sums.base + s.weightCount, s.outHeight * s.outWidth, s.filters, s.filters, 1, 1)
            }
        }
    }
    // Shard by shard in their order, whoever computed them.
    let shards = images.count
    pool.run(Pieces.rows(s.weightCount, width: shards, pool)) { range in
        nnc_column_sums(scratch.base + range.lowerBound, dw.base + range.lowerBound, shards, range.count, shardCount, alpha, beta)
    }
    guard let dbias else { return }
    nnc_column_sums(scratch.base + s.weightCount, dbias.base, shards, s.filters, shardCount, alpha, beta)
}
