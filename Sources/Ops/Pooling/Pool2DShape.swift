import Graph
import Kernels

extension Pool2DShape {
    /// - Parameter image: height, width, channels.
    init(image: [Int], window: Window2D, batch: Int) {
        self.init(height: image[0], width: image[1], channels: image[2], window: window, batch: batch)
    }

    init(height: Int, width: Int, channels: Int, window: Window2D, batch: Int) {
        let (rows, columns) = window.knownAxes(imageHeight: height, imageWidth: width)
        self.init(
            batch: batch, height: height, width: width, channels: channels, outHeight: rows.output, outWidth: columns.output,
            poolHeight: window.height, poolWidth: window.width, strideHeight: window.strideHeight, strideWidth: window.strideWidth,
            padTop: rows.padBefore, padLeft: columns.padBefore)
    }

    /// Calls `body` for every number of the output, with its place and its window's cells inside the image: where
    /// each lies in the window and in the input.
    func forEachWindow(_ body: (_ output: Int, _ cells: [(inWindow: Int, input: Int)]) -> Void) {
        for output in 0..<batch * outHeight * outWidth * channels {
            let channel = output % channels, pixel = output / channels
            let example = pixel / (outHeight * outWidth)
            let top = pixel / outWidth % outHeight * strideHeight - padTop
            let left = pixel % outWidth * strideWidth - padLeft
            var cells: [(inWindow: Int, input: Int)] = []
            for row in 0..<poolHeight where (0..<height).contains(top + row) {
                for column in 0..<poolWidth where (0..<width).contains(left + column) {
                    let input = ((example * height + top + row) * width + left + column) * channels + channel
                    cells.append((row * poolWidth + column, input))
                }
            }
            body(output, cells)
        }
    }
}

extension Window2D {
    /// The cells inside the image, over all windows of a batch and all channels.
    func cells(image: [Int], batch: Int) -> Int {
        let (rows, columns) = knownAxes(imageHeight: image[0], imageWidth: image[1])
        return Count.product([batch, rows.cells, columns.cells, image[2]])
    }

    /// The pooled image.
    func pooled(_ inputs: [TensorType], of operation: String) throws(TypeError) -> TensorType {
        let image = try inputs.image(0, of: operation)
        let (rows, columns) = try axes(imageHeight: image.height, imageWidth: image.width, of: operation)
        return try TensorType(batched: true, [rows.output, columns.output, image.channels]).checked(operation)
    }
}
