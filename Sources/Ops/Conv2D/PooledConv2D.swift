import Graph
import Kernels

/// The windows of a convolution and of the max pooling right behind it: the geometry that the three operations of
/// their joint backward pass share.
struct PooledConv2D: Sendable, Hashable {
    /// Height and width of the convolution's input.
    var height: Int
    var width: Int
    var convolution: Window2D
    var pooling: Window2D

    /// The pooled image's type, from the weights'.
    func pooled(filters: Int, of operation: String) throws(TypeError) -> TensorType {
        let (rows, columns) = try convolution.axes(imageHeight: height, imageWidth: width, of: operation)
        return try pooling.pooled([TensorType(batched: true, [rows.output, columns.output, filters])], of: operation)
    }

    /// - Parameters:
    ///   - weights: kernel height, kernel width, channels, filters.
    ///   - kept: how many filters of each image have a cotangent, if not all.
    func shape(weights: [Int], kept: Int? = nil, batch: Int) -> PooledConv2DShape {
        let conv = Conv2DShape(height: height, width: width, weights: weights, window: convolution, batch: batch)
        let pool = Pool2DShape(height: conv.outHeight, width: conv.outWidth, channels: conv.filters, window: pooling, batch: batch)
        return PooledConv2DShape(conv: conv, pool: pool, kept: kept)
    }

    var attributes: [(key: String, value: String)] {
        convolution.strideAttributes + [("pool", "\(pooling.height)x\(pooling.width)"), ("pool_strides", "\(pooling.strideHeight)x\(pooling.strideWidth)")]
    }
}

extension PooledConv2DShape {
    /// Multiplications of each backward product: one row of weights per pooled cell and filter.
    var products: Int {
        Count.product([pool.batch, pool.outHeight, pool.outWidth, kept, conv.kernelHeight, conv.kernelWidth, conv.channels])
    }

    /// Calls `body` for every pooled cell and filter: its place among the cotangents, the convolution's output pixel that
    /// won there, and the filter.
    func forEachWinner(_ winners: [Int32], _ body: (_ cotangent: Int, _ place: Conv2DShape.Place, _ filter: Int) -> Void) {
        pool.forEachWindow { output, cells in
            guard let cell = cells.first(where: { $0.inWindow == Int(winners[output]) }) else { return }
            let pixel = cell.input / conv.filters
            let place = Conv2DShape.Place(
                index: pixel, example: pixel / (conv.outHeight * conv.outWidth), row: pixel / conv.outWidth % conv.outHeight,
                column: pixel % conv.outWidth)
            body(output, place, cell.input % conv.filters)
        }
    }
}
