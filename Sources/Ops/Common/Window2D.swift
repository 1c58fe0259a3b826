import Graph

/// What a window does at the edge of an image.
public enum WindowPadding: String, Sendable, CaseIterable {
    /// Zeros around the image, so that the output has ceil(input / stride) rows and columns.
    case same
    /// No window reaches over the edge.
    case valid
}

/// A window that moves over an image: the geometry that convolution and pooling share.
struct Window2D: Sendable, Hashable {
    var height: Int
    var width: Int
    var strideHeight: Int
    var strideWidth: Int
    var padding: WindowPadding

    /// One axis: how many places the window takes, and how far the first reaches over the edge.
    struct Axis: Sendable, Hashable {
        var input: Int
        var window: Int
        var stride: Int
        var output: Int
        var padBefore: Int

        /// TensorFlow's rule: where the padding is odd, the larger half comes after.
        init(input: Int, window: Int, stride: Int, padding: WindowPadding) {
            self.input = input
            self.window = window
            self.stride = stride
            switch padding {
            case .same:
                output = (input - 1) / stride + 1
                padBefore = max((output - 1) * stride + window - input, 0) / 2
            case .valid:
                output = (input - window) / stride + 1
                padBefore = 0
            }
        }

        /// The cells of the window's place `index` that lie inside the image.
        func inside(_ index: Int) -> Range<Int> {
            let start = index * stride - padBefore
            let first = min(max(0, start), input)
            return first..<max(first, min(input, start + window))
        }

        /// Cells inside the image, over all places of the window. Only places at the edges are looked at one by one.
        var cells: Int {
            let before = min(output, (padBefore + stride - 1) / stride)
            // The first place that reaches over the far edge.
            let room = input + padBefore - window
            let after = min(output, max(before, room < 0 ? 0 : room / stride + 1))
            var cells = Count.product(max(0, after - before), window)
            for index in 0..<before { cells = Count.sum(cells, inside(index).count) }
            for index in after..<output { cells = Count.sum(cells, inside(index).count) }
            return cells
        }
    }

    /// The two axes for an image of this size, or why the window does not go with it.
    func axes(imageHeight: Int, imageWidth: Int, of operation: String) throws(TypeError) -> (rows: Axis, columns: Axis) {
        let largest = 1 << 20
        guard [height, width, strideHeight, strideWidth].allSatisfy({ (1...largest).contains($0) }) else {
            throw TypeError(
                "\(operation) has a window of \(height) × \(width) and strides of \(strideHeight) × \(strideWidth); each has to be between 1 and \(largest)")
        }
        guard imageHeight > 0, imageWidth > 0 else {
            throw TypeError("\(operation) needs an image, but its input is empty (\(imageHeight) × \(imageWidth))", operand: 0)
        }
        if padding == .valid, height > imageHeight || width > imageWidth {
            throw TypeError(
                "a window of \(height) × \(width) does not fit into an image of \(imageHeight) × \(imageWidth); use a smaller one, or padding: same",
                operand: 0)
        }
        return (
            Axis(input: imageHeight, window: height, stride: strideHeight, padding: padding),
            Axis(input: imageWidth, window: width, stride: strideWidth, padding: padding)
        )
    }

    /// The same for operands whose types have been inferred.
    func knownAxes(imageHeight: Int, imageWidth: Int) -> (rows: Axis, columns: Axis) {
        (
            Axis(input: imageHeight, window: height, stride: strideHeight, padding: padding),
            Axis(input: imageWidth, window: width, stride: strideWidth, padding: padding)
        )
    }

    var attributes: [(key: String, value: String)] {
        [("window", "\(height)x\(width)")] + strideAttributes
    }

    var strideAttributes: [(key: String, value: String)] {
        [("strides", "\(strideHeight)x\(strideWidth)"), ("padding", padding.rawValue)]
    }
}
