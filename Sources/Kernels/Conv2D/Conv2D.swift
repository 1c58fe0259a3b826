import CKernels

/// `y = activation(x * w + bias)`
public func conv2dForward(
    _ x: Floats, _ w: Floats, _ bias: Floats?, _ y: Floats, _ s: Conv2DShape, _ activation: ActivationFunction, _ scratch: Floats,
    _ pool: WorkerPool
) {
    precondition(x.count == s.batch * s.imageCount && w.count == s.weightCount && y.count == s.batch * s.outImageCount)
    precondition((bias.map { $0.count == s.filters } ?? true) && scratch.count >= s.forwardScratch(threads: pool.threads))
    guard y.count > 0 else { return }
    let packed = scratch.base, biases = packed + s.packedCount, padded = biases + nnc_conv2d_padded(s.filters)
    let paddedCount = s.paddedInputCount
    biases.update(repeating: 0, count: nnc_conv2d_padded(s.filters))
    if let bias { biases.update(from: bias.base, count: s.filters) }
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: s.kernelHeight) { ky, _ in nnc_conv2d_pack(w.base, packed, image, ky) }
        pool.run(pieces: s.batch) { n, thread in
            let out = y.base + n * s.outImageCount
            nnc_conv2d_forward(
                x.base + n * s.imageCount, packed, biases, activation == .relu ? 1 : 0, out, padded + thread * paddedCount, image)
            guard activation != .relu else { return }
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
    guard dx.count > 0 else { return }
    let packed = scratch.base, zeros = packed + s.turnedCount, padded = zeros + nnc_conv2d_padded(s.channels)
    let paddedCount = s.paddedGradientCount
    zeros.update(repeating: 0, count: nnc_conv2d_padded(s.channels))
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: s.kernelHeight) { ky, _ in nnc_conv2d_pack_turned(w.base, packed, image, ky) }
        pool.run(pieces: s.batch) { n, thread in
            let from = n * s.imageCount
            nnc_conv2d_backward_input(
                dy.base + n * s.outImageCount, packed, zeros, dx.base + from, padded + thread * paddedCount, image)
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
    guard s.filters > 0 else { return }
    let images = Pieces(of: s.batch, count: s.shards)
    let shards = images.count, shardCount = s.shardCount, panels = s.panels
    let paddedCount = s.paddedInputCount, partialCount = s.partialGradientCount
    let ownMemory = scratch.base + shards * shardCount
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: shards * panels) { piece, thread in
            let shard = piece / panels, from = piece % panels * 32, to = min(s.filters, from + 32)
            let sums = scratch.base + shard * shardCount
            let padded = ownMemory + thread * (paddedCount + partialCount)
            for row in 0..<s.weightCount / s.filters { (sums + row * s.filters + from).update(repeating: 0, count: to - from) }
            (sums + s.weightCount + from).update(repeating: 0, count: to - from)
            for n in images[shard] {
                let out = dy.base + n * s.outImageCount
                nnc_conv2d_backward_weights(
                    x.base + n * s.imageCount, out, sums, from, to, padded, padded + paddedCount, image)
                nnc_column_sums(out + from, sums + s.weightCount + from, s.outHeight * s.outWidth, to - from, s.filters, 1, 1)
            }
        }
    }
    // Shard by shard in their order, whoever computed them.
    pool.run(Pieces.rows(s.weightCount, width: shards, pool)) { range in
        nnc_column_sums(scratch.base + range.lowerBound, dw.base + range.lowerBound, shards, range.count, shardCount, alpha, beta)
    }
    guard let dbias else { return }
    nnc_column_sums(scratch.base + s.weightCount, dbias.base, shards, s.filters, shardCount, alpha, beta)
}
