import CKernels

/// Sizes of a pooling layer: x is [batch, height, width, channels], y is [batch, outHeight, outWidth, channels].
public struct Pool2DShape: Sendable, Hashable {
    public var batch: Int
    public var height: Int
    public var width: Int
    public var channels: Int
    public var outHeight: Int
    public var outWidth: Int
    public var poolHeight: Int
    public var poolWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var padTop: Int
    public var padLeft: Int

    public init(
        batch: Int, height: Int, width: Int, channels: Int, outHeight: Int, outWidth: Int, poolHeight: Int, poolWidth: Int,
        strideHeight: Int, strideWidth: Int, padTop: Int, padLeft: Int
    ) {
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        self.outHeight = outHeight
        self.outWidth = outWidth
        self.poolHeight = poolHeight
        self.poolWidth = poolWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padTop = padTop
        self.padLeft = padLeft
    }

    var imageCount: Int { height * width * channels }
    var outImageCount: Int { outHeight * outWidth * channels }

    fileprivate var image: nnc_pool2d {
        nnc_pool2d(
            height: height, width: width, channels: channels, outHeight: outHeight, outWidth: outWidth, poolHeight: poolHeight,
            poolWidth: poolWidth, strideHeight: strideHeight, strideWidth: strideWidth, padTop: padTop, padLeft: padLeft)
    }

    /// Runs `body` for every image, some images to a piece.
    fileprivate func forEachImage(_ pool: WorkerPool, _ body: (_ n: Int, _ image: UnsafePointer<nnc_pool2d>) -> Void) {
        var image = self.image
        withUnsafePointer(to: &image) { image in
            pool.run(Pieces.rows(batch, width: imageCount, pool)) { images in
                for n in images { body(n, image) }
            }
        }
    }
}

/// The maximum of each window, and in `indices` its place there, row * poolWidth + column: the first of equal ones,
/// the first that is not a number if there is any. Padding never wins. Windows have at most 255 places.
public func maxPoolForward(_ x: Floats, _ y: Floats, _ indices: Bytes?, _ s: Pool2DShape, _ pool: WorkerPool) {
    precondition(x.count == s.batch * s.imageCount && y.count == s.batch * s.outImageCount)
    precondition(indices.map { $0.count == y.count && s.poolHeight * s.poolWidth <= 255 } ?? true)
    s.forEachImage(pool) { n, image in
        nnc_max_pool(
            x.base + n * s.imageCount, y.base + n * s.outImageCount, indices.map { $0.base + n * s.outImageCount }, image)
    }
}

/// Gives each entry of `dy` to the place that was its window's maximum. Writes all of `dx`.
public func maxPoolBackward(_ dy: Floats, _ indices: Bytes, _ dx: Floats, _ s: Pool2DShape, _ pool: WorkerPool) {
    precondition(dx.count == s.batch * s.imageCount && dy.count == s.batch * s.outImageCount && indices.count == dy.count)
    s.forEachImage(pool) { n, image in
        nnc_max_pool_gradient(dy.base + n * s.outImageCount, indices.base + n * s.outImageCount, dx.base + n * s.imageCount, image)
    }
}

/// The mean of those places of each window that lie inside the image.
public func averagePoolForward(_ x: Floats, _ y: Floats, _ s: Pool2DShape, _ pool: WorkerPool) {
    precondition(x.count == s.batch * s.imageCount && y.count == s.batch * s.outImageCount)
    s.forEachImage(pool) { n, image in nnc_average_pool(x.base + n * s.imageCount, y.base + n * s.outImageCount, image) }
}

/// Spreads each entry of `dy` over its window. Writes all of `dx`.
public func averagePoolBackward(_ dy: Floats, _ dx: Floats, _ s: Pool2DShape, _ pool: WorkerPool) {
    precondition(dx.count == s.batch * s.imageCount && dy.count == s.batch * s.outImageCount)
    s.forEachImage(pool) { n, image in
        nnc_average_pool_gradient(dy.base + n * s.outImageCount, dx.base + n * s.imageCount, image)
    }
}
