import CKernels

/// A convolution and the max pooling right after it, for the way back: only the cell that won its window has a cotangent,
/// so both backward products have as many terms as there are pooled cells, not pixels. Exact, not an approximation.
public struct PooledConv2DShape: Sendable, Hashable {
    public var conv: Conv2DShape
    /// Its input is the convolution's output.
    public var pool: Pool2DShape

    public init(conv: Conv2DShape, pool: Pool2DShape) {
        precondition(pool.height == conv.outHeight && pool.width == conv.outWidth && pool.channels == conv.filters)
        self.conv = conv
        self.pool = pool
    }

    private var paddedHeight: Int { (conv.outHeight - 1) * conv.strideHeight + conv.kernelHeight }
    private var paddedWidth: Int { (conv.outWidth - 1) * conv.strideWidth + conv.kernelWidth }
    fileprivate var paddedCount: Int { paddedHeight * paddedWidth * conv.channels }
    private var pixels: Int { conv.outHeight * conv.outWidth }
    /// Pooled cells of one image over all filters: the terms of both products, per weight of a filter.
    fileprivate var entries: Int { pool.outHeight * pool.outWidth * conv.filters }
    fileprivate var windowCount: Int { conv.kernelHeight * conv.kernelWidth * conv.channels }

    /// Where a row of the window is too short for a vector, windows are copied out, in rows of this many floats.
    fileprivate var patch: Int { conv.kernelWidth * conv.channels < 16 ? (windowCount + 7) / 8 * 8 : 0 }
    fileprivate var imageFloats: Int { paddedCount + (patch == 0 ? 0 : pixels * patch) }
    fileprivate var sumsPerFilter: Int { patch == 0 ? windowCount : patch }
    /// Weights' sums of one shard, and the bias's.
    fileprivate var sumCount: Int { conv.filters * (sumsPerFilter + 1) }

    /// By the shape alone: sums over the batch are added shard by shard.
    fileprivate var shards: Int { min(conv.batch, 8) }

    private static func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
    /// Per thread: a padded image with its patches, offsets and values of the cotangents, and the starts by pixel.
    fileprivate var threadScratch: Int { Self.lines(imageFloats) + 2 * Self.lines(entries) + Self.lines(pixels + 2) }

    /// Floats of scratch memory for `conv2dPooledBackwardInput`.
    public func backwardInputScratch(threads: Int) -> Int {
        Self.lines(windowCount * conv.filters) + threads * threadScratch
    }

    /// Floats of scratch memory for `conv2dPooledBackwardWeights`.
    public func backwardWeightsScratch(threads: Int) -> Int { Self.lines(shards * sumCount) + threads * threadScratch }

    /// Whether all positions fit the 32-bit offsets of the kernel.
    public var fits: Bool {
        max(imageFloats, windowCount * conv.filters, entries) < Int(Int32.max)
    }

    fileprivate var image: nnc_pooled_conv {
        nnc_pooled_conv(
            channels: conv.channels, filters: conv.filters, kernelHeight: conv.kernelHeight, kernelWidth: conv.kernelWidth,
            paddedWidth: paddedWidth, rowStep: conv.strideHeight * paddedWidth * conv.channels,
            columnStep: conv.strideWidth * conv.channels, pooledHeight: pool.outHeight, pooledWidth: pool.outWidth,
            poolWidth: pool.poolWidth, poolStrideHeight: pool.strideHeight, poolStrideWidth: pool.strideWidth,
            poolPadTop: pool.padTop, poolPadLeft: pool.padLeft, outWidth: conv.outWidth)
    }

    /// The parts of one thread's scratch.
    fileprivate func parts(_ scratch: Floats) -> (image: Floats, offsets: UnsafeMutablePointer<Int32>, values: Floats, starts: UnsafeMutablePointer<Int32>) {
        let afterImage = Self.lines(imageFloats), list = Self.lines(entries)
        func ints(_ from: Int) -> UnsafeMutablePointer<Int32> { UnsafeMutableRawPointer(scratch.base + from).assumingMemoryBound(to: Int32.self) }
        return (
            scratch[0..<imageFloats], ints(afterImage), scratch[(afterImage + list)..<(afterImage + 2 * list)],
            ints(afterImage + 2 * list)
        )
    }

    fileprivate func pad(_ x: UnsafePointer<Float>, into padded: Floats) {
        nnc_pad_image(
            x, padded.base, conv.height, conv.width, conv.channels, paddedHeight, paddedWidth, conv.padTop, conv.padLeft)
    }

    /// The image out of a padded one; pixels that no window reads stay zero.
    fileprivate func unpad(_ padded: Floats, into dx: UnsafeMutablePointer<Float>) {
        let line = conv.width * conv.channels
        let copied = min(line, (paddedWidth - conv.padLeft) * conv.channels)
        for row in 0..<conv.height {
            let target = dx + row * line
            guard row + conv.padTop < paddedHeight else {
                target.update(repeating: 0, count: line)
                continue
            }
            target.update(from: padded.base + ((row + conv.padTop) * paddedWidth + conv.padLeft) * conv.channels, count: copied)
            (target + copied).update(repeating: 0, count: line - copied)
        }
    }
}

/// `dx` of a convolution from the cotangent of the pooled output and the winners that max pooling recorded, times the
/// derivative of `through` where the layer below applied that and left `below`, its output.
public func conv2dPooledBackwardInput(
    _ dy: Floats, _ winners: Bytes, _ w: Floats, _ dx: Floats, _ s: PooledConv2DShape, through: ActivationFunction, below: Floats?,
    _ scratch: Floats, _ pool: WorkerPool
) {
    let conv = s.conv, imageCount = conv.height * conv.width * conv.channels
    precondition(dy.count == conv.batch * s.entries && winners.count == dy.count && dx.count == conv.batch * imageCount)
    precondition(w.count == s.windowCount * conv.filters && scratch.count >= s.backwardInputScratch(threads: pool.threads) && s.fits)
    precondition(below.map { $0.count == dx.count } ?? (through == .linear))
    // Filter by filter, as the sums walk over them.
    let weights = scratch.prefix(w.count), threads = scratch[((w.count + 15) / 16 * 16)..<scratch.count]
    pool.run(Pieces.rows(conv.filters, width: s.windowCount, pool)) { filters in
        for k in 0..<s.windowCount { for f in filters { weights.base[f * s.windowCount + k] = w.base[k * conv.filters + f] } }
    }
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: conv.batch) { n, thread in
            let (padded, offsets, values, starts) = s.parts(threads[thread * s.threadScratch..<(thread + 1) * s.threadScratch])
            nnc_winners_by_pixel(dy.base + n * s.entries, winners.base + n * s.entries, image, conv.outHeight, starts, offsets, values.base)
            padded.fill(0)
            nnc_pooled_conv_input(weights.base, padded.base, image, conv.outHeight, starts, offsets, values.base)
            let out = dx.base + n * imageCount
            s.unpad(padded, into: out)
            guard let below else { return }
            nnc_activation_gradient(through.code, below.base + n * imageCount, out, out, imageCount)
        }
    }
}

/// `dw = alpha · gradient + beta · dw` of a convolution from the cotangent of the pooled output, and the same for the
/// bias. Where `beta` is 0, what they held is not read.
public func conv2dPooledBackwardWeights(
    _ x: Floats, _ dy: Floats, _ winners: Bytes, _ dw: Floats, _ dbias: Floats?, _ s: PooledConv2DShape, alpha: Float, beta: Float,
    _ scratch: Floats, _ pool: WorkerPool
) {
    let conv = s.conv, imageCount = conv.height * conv.width * conv.channels, cells = s.entries / conv.filters
    precondition(dy.count == conv.batch * s.entries && winners.count == dy.count && x.count == conv.batch * imageCount)
    precondition(dw.count == s.windowCount * conv.filters && scratch.count >= s.backwardWeightsScratch(threads: pool.threads) && s.fits)
    let images = Pieces(of: conv.batch, count: s.shards)
    let allSums = scratch.prefix(s.shards * s.sumCount)
    let threads = scratch[((allSums.count + 15) / 16 * 16)..<scratch.count]
    let weightSums = conv.filters * s.sumsPerFilter
    var image = s.image
    withUnsafePointer(to: &image) { image in
        pool.run(pieces: images.count) { shard, thread in
            let (padded, offsets, values, _) = s.parts(threads[thread * s.threadScratch..<(thread + 1) * s.threadScratch])
            let sums = allSums[shard * s.sumCount..<(shard + 1) * s.sumCount]
            sums.fill(0)
            for n in images[shard] {
                s.pad(x.base + n * imageCount, into: padded.prefix(s.paddedCount))
                var source = padded.base
                if s.patch > 0 {
                    source += s.paddedCount
                    nnc_patches(padded.base, source, image, conv.outHeight, s.patch)
                }
                nnc_winners_by_filter(dy.base + n * s.entries, winners.base + n * s.entries, image, s.patch, offsets, values.base)
                nnc_pooled_conv_weights(source, sums.base, image, s.patch, offsets, values.base)
                for f in 0..<conv.filters {
                    var sum = sums[weightSums + f]
                    for cell in 0..<cells { sum += values[f * cells + cell] }
                    sums[weightSums + f] = sum
                }
            }
        }
    }
    // Shard by shard in their order, and from filters × window to window × filters.
    let shards = images.count
    pool.run(Pieces.rows(s.windowCount, width: conv.filters * shards, pool)) { range in
        for f in 0..<conv.filters {
            for k in range {
                var sum: Float = 0
                for shard in 0..<shards { sum += allSums.base[shard * s.sumCount + f * s.sumsPerFilter + k] }
                let place = dw.base + (k * conv.filters + f)
                place.pointee = beta == 0 ? alpha * sum : alpha * sum + beta * place.pointee
            }
        }
    }
    guard let dbias else { return }
    nnc_column_sums(allSums.base + weightSums, dbias.base, shards, conv.filters, s.sumCount, alpha, beta)
}
