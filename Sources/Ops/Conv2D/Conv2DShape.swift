import Graph
import Kernels

extension Conv2DShape {
    /// - Parameter weights: kernel height, kernel width, channels, filters.
    init(height: Int, width: Int, weights: [Int], window: Window2D, batch: Int) {
        let (rows, columns) = window.knownAxes(imageHeight: height, imageWidth: width)
        self.init(
            batch: batch, height: height, width: width, channels: weights[2], outHeight: rows.output, outWidth: columns.output,
            filters: weights[3], kernelHeight: window.height, kernelWidth: window.width, strideHeight: window.strideHeight,
            strideWidth: window.strideWidth, padTop: rows.padBefore, padLeft: columns.padBefore)
    }

    /// Multiplications of each of the three products of a training step, those with the padding's zeros included.
    var products: Int { Count.product([batch, outHeight, outWidth, filters, kernelHeight, kernelWidth, channels]) }

    /// A pixel of the output.
    struct Place {
        var index: Int
        var example: Int
        var row: Int
        var column: Int
    }

    var outputPlaces: [Place] {
        (0..<batch * outHeight * outWidth).map {
            Place(index: $0, example: $0 / (outHeight * outWidth), row: $0 / outWidth % outHeight, column: $0 % outWidth)
        }
    }

    /// The cells of the kernel over an output pixel, each with the input pixel under it: nil in the padding.
    func taps(_ place: Place) -> [(index: Int, pixel: Int?)] {
        (0..<kernelHeight * kernelWidth).map { index in
            let row = place.row * strideHeight - padTop + index / kernelWidth
            let column = place.column * strideWidth - padLeft + index % kernelWidth
            let isInside = (0..<height).contains(row) && (0..<width).contains(column)
            return (index, isInside ? (place.example * height + row) * width + column : nil)
        }
    }
}
