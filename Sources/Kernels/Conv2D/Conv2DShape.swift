import CKernels

/// Sizes of a convolution: x is [batch, height, width, channels], y is [batch, outHeight, outWidth, filters],
/// the weights are [kernelHeight, kernelWidth, channels, filters]. What is padded below and to the right
/// follows from the output's size.
public struct Conv2DShape: Sendable, Hashable {
    public var batch: Int
    public var height: Int
    public var width: Int
    public var channels: Int
    public var outHeight: Int
    public var outWidth: Int
    public var filters: Int
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var strideHeight: Int
    public var strideWidth: Int
    public var padTop: Int
    public var padLeft: Int

    public init(
        batch: Int, height: Int, width: Int, channels: Int, outHeight: Int, outWidth: Int, filters: Int, kernelHeight: Int,
        kernelWidth: Int, strideHeight: Int, strideWidth: Int, padTop: Int, padLeft: Int
    ) {
        self.batch = batch
        self.height = height
        self.width = width
        self.channels = channels
        self.outHeight = outHeight
        self.outWidth = outWidth
        self.filters = filters
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.strideHeight = strideHeight
        self.strideWidth = strideWidth
        self.padTop = padTop
        self.padLeft = padLeft
    }

    var imageCount: Int { height * width * channels }
    var outImageCount: Int { outHeight * outWidth * filters }
    var weightCount: Int { kernelHeight * kernelWidth * channels * filters }

    var image: nnc_conv2d {
        nnc_conv2d(
            height: height, width: width, channels: channels, outHeight: outHeight, outWidth: outWidth, filters: filters,
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, strideHeight: strideHeight, strideWidth: strideWidth,
            padTop: padTop, padLeft: padLeft)
    }

    /// Groups of filters that are worked on apart, 32 in each.
    var panels: Int { (filters + 31) / 32 }

    /// Into how many shards the batch is cut for sums over it, by the shape alone: with the panels enough pieces
    /// for eight threads, and no more, because each shard is one more set of weights to add up.
    var shards: Int { max(1, min(batch, 8 / max(1, panels))) }

    /// Floats, rounded up to a cache line.
    private func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    var packedCount: Int { kernelHeight * kernelWidth * channels * nnc_conv2d_padded(filters) }
    var turnedCount: Int { kernelHeight * kernelWidth * filters * nnc_conv2d_padded(channels) }
    var paddedInputCount: Int { withUnsafePointer(to: image) { lines(nnc_conv2d_padded_input($0)) } }
    var paddedGradientCount: Int { withUnsafePointer(to: image) { lines(nnc_conv2d_padded_gradient($0)) } }
    var partialGradientCount: Int { withUnsafePointer(to: image) { lines(nnc_conv2d_partial_gradient($0)) } }
    var shardCount: Int { lines(weightCount + filters) }

    /// Floats of scratch memory for `conv2dForward`.
    public func forwardScratch(threads: Int) -> Int {
        packedCount + nnc_conv2d_padded(filters) + threads * paddedInputCount
    }

    /// Floats of scratch memory for `conv2dBackwardInput`.
    public func backwardInputScratch(threads: Int) -> Int {
        turnedCount + nnc_conv2d_padded(channels) + threads * paddedGradientCount
    }

    /// Floats of scratch memory for `conv2dBackwardWeights`.
    public func backwardWeightsScratch(threads: Int) -> Int {
        shards * shardCount + threads * (paddedInputCount + partialGradientCount)
    }
}
