import CKernels

/// A convolution and the max pooling right after it, for the way back: only the cell that won its window has a cotangent,
/// so both backward products have as many terms as there are pooled cells, not pixels. Exact, not an approximation.
public struct PooledConv2DShape: Sendable, Hashable {
    public var conv: Conv2DShape
    /// Its input is the convolution's output.
    public var pool: Pool2DShape
    /// Filters of each image that have a cotangent: all, or a few, which then differ from image to image.
    public var kept: Int

    public init(conv: Conv2DShape, pool: Pool2DShape, kept: Int? = nil) {
        precondition(pool.height == conv.outHeight && pool.width == conv.outWidth && pool.channels == conv.filters)
        self.conv = conv
        self.pool = pool
        self.kept = kept ?? conv.filters
    }

    private var paddedHeight: Int { (conv.outHeight - 1) * conv.strideHeight + conv.kernelHeight }
    private var paddedWidth: Int { (conv.outWidth - 1) * conv.strideWidth + conv.kernelWidth }
    var paddedCount: Int { paddedHeight * paddedWidth * conv.channels }
    private var pixels: Int { conv.outHeight * conv.outWidth }
    /// Pooled cells of one image over the filters it keeps: the terms of both products, per weight of a filter.
    var entries: Int { pool.outHeight * pool.outWidth * kept }
    var windowCount: Int { conv.kernelHeight * conv.kernelWidth * conv.channels }

    /// Where a row of the window is too short for a vector, windows are copied out, in rows of this many floats.
    var patch: Int { conv.kernelWidth * conv.channels < 16 ? (windowCount + 7) / 8 * 8 : 0 }
    var imageFloats: Int { paddedCount + (patch == 0 ? 0 : pixels * patch) }
    var sumsPerFilter: Int { patch == 0 ? windowCount : patch }
    /// Weights' sums of one shard, and behind them the bias's.
    var weightSums: Int { conv.filters * sumsPerFilter }
    var sumCount: Int { conv.filters * (sumsPerFilter + 1) }

    /// By the shape alone: sums over the batch are added shard by shard.
    var shards: Int { min(conv.batch, 8) }

    private static func lines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
    /// Per thread: a padded image with its patches, offsets and values of the cotangents, and the starts by pixel.
    var threadScratch: Int { Self.lines(imageFloats) + 2 * Self.lines(entries) + Self.lines(pixels + 2) }

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

    var image: nnc_pooled_conv {
        nnc_pooled_conv(
            channels: conv.channels, filters: kept, kernelHeight: conv.kernelHeight, kernelWidth: conv.kernelWidth,
            paddedWidth: paddedWidth, rowStep: conv.strideHeight * paddedWidth * conv.channels,
            columnStep: conv.strideWidth * conv.channels, pooledHeight: pool.outHeight, pooledWidth: pool.outWidth,
            poolWidth: pool.poolWidth, poolStrideHeight: pool.strideHeight, poolStrideWidth: pool.strideWidth,
            poolPadTop: pool.padTop, poolPadLeft: pool.padLeft, outWidth: conv.outWidth)
    }

    /// The parts of one thread's scratch.
    func parts(_ scratch: Floats) -> (image: Floats, offsets: UnsafeMutablePointer<Int32>, values: Floats, starts: UnsafeMutablePointer<Int32>) {
        let afterImage = Self.lines(imageFloats), list = Self.lines(entries)
        func ints(_ from: Int) -> UnsafeMutablePointer<Int32> { UnsafeMutableRawPointer(scratch.base + from).assumingMemoryBound(to: Int32.self) }
        return (
            scratch[0..<imageFloats], ints(afterImage), scratch[(afterImage + list)..<(afterImage + 2 * list)],
            ints(afterImage + 2 * list)
        )
    }

    func pad(_ x: UnsafePointer<Float>, into padded: Floats) {
        nnc_pad_image(
            x, padded.base, conv.height, conv.width, conv.channels, paddedHeight, paddedWidth, conv.padTop, conv.padLeft)
    }

    /// The image out of a padded one; pixels that no window reads stay zero.
    func unpad(_ padded: Floats, into dx: UnsafeMutablePointer<Float>) {
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
/// derivative of `through` where the layer below applied that and left `below`.
///
/// Where images keep a few filters only, `dy` and `winners` have just these, and `indices`, [batch, kept], says which.
/// Without pooling there are no winners, and every window of the pooling is one cell.
public func conv2dPooledBackwardInput(
    _ dy: Floats, _ winners: Bytes?, keeping indices: Ints? = nil, _ w: Floats, _ dx: Floats, _ s: PooledConv2DShape,
    through: ActivationFunction, below: Floats?, _ scratch: Floats, _ pool: WorkerPool
) {
    let conv = s.conv, imageCount = conv.height * conv.width * conv.channels
    s.check(dy, winners, indices)
    precondition(dx.count == conv.batch * imageCount && w.count == s.windowCount * conv.filters)
    precondition(scratch.count >= s.backwardInputScratch(threads: pool.threads))
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
            nnc_winners_by_pixel(
                dy.base + n * s.entries, winners.map { $0.base + n * s.entries }, indices.map { $0.base + n * s.kept }, image,
                conv.outHeight, starts, offsets, values.base)
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
    precondition(dw.count == s.windowCount * s.conv.filters)
    s.sumShards(x, dy, winners, nil, scratch, pool)
    s.reduce(scratch, dw, rows: s.conv.filters, alpha: alpha, beta: beta, pool) { $0 }
    guard let dbias else { return }
    nnc_column_sums(scratch.base + s.weightSums, dbias.base, s.shards, s.conv.filters, s.sumCount, alpha, beta)
}

/// The gradients of the filters that any image keeps, the first along the filters' axis of `dw` and `dbias`; `touched`
/// says how many these are and, ascending, which. Nothing is written behind them.
public func conv2dPooledBackwardWeights(
    _ x: Floats, _ dy: Floats, _ winners: Bytes?, keeping indices: Ints, _ dw: Floats, _ dbias: Floats?, _ touched: Ints,
    _ s: PooledConv2DShape, _ scratch: Floats, _ pool: WorkerPool
) {
    let filters = s.conv.filters
    precondition(dw.count == s.windowCount * filters && touched.count == 1 + filters && dbias.map { $0.count == filters } ?? true)
    s.sumShards(x, dy, winners, indices, scratch, pool)
    // First a mark for each filter, then their list in the same places: it never gets ahead of the marks.
    touched.fill(0)
    for i in 0..<indices.count { touched[1 + Int(indices.base[i])] = 1 }
    var count = 0
    for filter in 0..<filters where touched[1 + filter] == 1 {
        count += 1
        touched[count] = Int32(truncatingIfNeeded: filter)
    }
    touched[0] = Int32(truncatingIfNeeded: count)
    s.reduce(scratch, dw, rows: count, alpha: 1, beta: 0, pool) { Int(touched.base[1 + $0]) }
    guard let dbias else { return }
    for row in 0..<count {
        dbias[row] = s.sum(scratch, at: s.weightSums + Int(touched[1 + row]))
    }
}

extension PooledConv2DShape {
    fileprivate func check(_ dy: Floats, _ winners: Bytes?, _ indices: Ints?) {
        precondition(dy.count == conv.batch * entries && winners.map { $0.count == dy.count } ?? (pool.poolHeight * pool.poolWidth == 1))
        precondition(indices.map { $0.count == conv.batch * kept } ?? (kept == conv.filters))
        precondition(fits)
    }

    /// The gradients of each shard's images: for each filter its weights, then the bias of each filter.
    fileprivate func sumShards(_ x: Floats, _ dy: Floats, _ winners: Bytes?, _ indices: Ints?, _ scratch: Floats, _ workers: WorkerPool) {
        let imageCount = conv.height * conv.width * conv.channels, cells = pool.outHeight * pool.outWidth
        check(dy, winners, indices)
        precondition(x.count == conv.batch * imageCount && scratch.count >= backwardWeightsScratch(threads: workers.threads))
        let images = Pieces(of: conv.batch, count: shards)
        let allSums = scratch.prefix(shards * sumCount)
        let threads = scratch[((allSums.count + 15) / 16 * 16)..<scratch.count]
        var image = self.image
        withUnsafePointer(to: &image) { image in
            workers.run(pieces: images.count) { shard, thread in
                let (padded, offsets, values, _) = parts(threads[thread * threadScratch..<(thread + 1) * threadScratch])
                let sums = allSums[shard * sumCount..<(shard + 1) * sumCount]
                sums.fill(0)
                for n in images[shard] {
                    pad(x.base + n * imageCount, into: padded.prefix(paddedCount))
                    var source = padded.base
                    if patch > 0 {
                        source += paddedCount
                        nnc_patches(padded.base, source, image, conv.outHeight, patch)
                    }
                    let filters = indices.map { $0.base + n * kept }
                    nnc_winners_by_filter(
                        dy.base + n * entries, winners.map { $0.base + n * entries }, image, patch, offsets, values.base)
                    nnc_pooled_conv_weights(source, sums.base, filters, image, patch, offsets, values.base)
                    for f in 0..<kept {
                        let place = weightSums + (filters.map { Int($0[f]) } ?? f)
                        var sum = sums[place]
                        for cell in 0..<cells { sum += values[f * cells + cell] }
                        sums[place] = sum
                    }
                }
            }
        }
    }

    /// One number's sums, shard by shard in their order.
    @inline(__always)
    fileprivate func sum(_ sums: Floats, at place: Int) -> Float {
        var sum: Float = 0
        for shard in 0..<shards { sum += sums.base[shard * sumCount + place] }
        return sum
    }

    /// Adds the shards, and turns filters × window into window × filters, of these the first `rows`.
    @inline(__always)
    fileprivate func reduce(
        _ sums: Floats, _ dw: Floats, rows: Int, alpha: Float, beta: Float, _ workers: WorkerPool, filter: (_ row: Int) -> Int
    ) {
        workers.run(Pieces.rows(windowCount, width: rows * shards, workers)) { range in
            for row in 0..<rows {
                let from = filter(row) * sumsPerFilter
                for k in range {
                    let total = sum(sums, at: from + k)
                    let place = dw.base + (k * conv.filters + row)
                    place.pointee = beta == 0 ? alpha * total : alpha * total + beta * place.pointee
                }
            }
        }
    }
}
