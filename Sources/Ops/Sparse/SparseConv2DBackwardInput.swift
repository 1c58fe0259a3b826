import Graph
import Kernels

/// The cotangent of a convolution's input from a few filters of each image, times the derivative of the activation below
/// if one is fused in. Behind the convolution there may have been max pooling.
///
/// Inputs: dy f32[N,height',width',k] (the pooled size where there was pooling); with pooling the winners, u8 of that
/// shape; the filters' indices i32[N,k] (different, ascending); w f32[kernel height,kernel width,channels,filters]; and
/// the output of the activation below, f32[N,height,width,channels], unless `through` is linear.
/// Output: f32[N,height,width,channels].
public struct SparseConv2DBackwardInput: Operation {
    var geometry: PooledConv2D
    public var isPooled: Bool
    public var through: ActivationFunction

    /// - Parameter kernel: height and width, then whatever else the weights' shape has.
    public init(_ convolution: Conv2DBackwardInput, kernel: [Int]) {
        self.init(Conv2DPooledBackwardInput(convolution, .eachCell, kernel: kernel))
        isPooled = false
    }

    public init(_ whole: Conv2DPooledBackwardInput) {
        geometry = whole.geometry
        isPooled = true
        through = whole.through
    }

    public var name: String { "sparse_conv2d_backward_input" }
    public var attributes: [(key: String, value: String)] {
        geometry.attributes(isPooled: isPooled) + (through == .linear ? [] : [("through", through.rawValue)])
    }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    /// The same product of all filters.
    public var whole: any Operation {
        isPooled
            ? Conv2DPooledBackwardInput(geometry, through: through)
            : Conv2DBackwardInput(
                height: geometry.height, width: geometry.width, strideHeight: geometry.convolution.strideHeight, strideWidth: geometry.convolution.strideWidth,
                padding: geometry.convolution.padding, through: through)
    }

    private var indices: Int { isPooled ? 2 : 1 }
    private var weights: Int { indices + 1 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let names = ["cotangent"] + (isPooled ? ["winners"] : []) + ["indices", "weights"]
        try inputs.expect(names + (through == .linear ? [] : ["output below"]), of: name)
        let w = inputs[weights]
        guard w.dtype == .float32, !w.batched, w.shape.count == 4 else {
            throw TypeError("weights should be [height, width, channels, filters], but are \(w.text)", operand: weights)
        }
        try inputs.expectKept(geometry, cotangent: 0, isPooled: isPooled, filters: w.shape[3], of: name)
        let dx = try TensorType(batched: true, [geometry.height, geometry.width, w.shape[2]]).checked(name)
        if through != .linear { try inputs.expect(weights + 1, is: dx, "the output below") }
        return [dx]
    }

    private func shape(_ inputs: [TensorType], batch: Int) -> PooledConv2DShape {
        geometry.shape(weights: inputs[weights].shape, kept: inputs[0].shape[2], batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs, batch: o.batch).products
        let work = Work(multiplications: products, additions: products, streamed: o.streamed)
        return SlotWork(o.slot, work + through.gradientWork(o.outputCount(0)))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { shape(o.inputs, batch: o.batch).backwardInputScratch(threads: threads) }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        conv2dPooledBackwardInput(
            c.input(0), isPooled ? c.inputBytes(1) : nil, keeping: c.inputInts(indices), c.input(weights), c.output(0),
            shape(c.inputTypes, batch: c.batch), through: through, below: through == .linear ? nil : c.input(weights + 1), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs.map(\.type), batch: c.batch)
        let dy = c.inputs[0].values, w = c.inputs[weights].values
        var dx = c.outputs[0].values
        // What falls on the padding is computed, and dropped.
        var dropped = S.zero
        s.forEachKept(isPooled ? c.inputs[1].ints : nil, c.inputs[indices].ints) { cotangent, place, filter in
            for tap in s.conv.taps(place) {
                for channel in 0..<s.conv.channels {
                    let product = dy[cotangent] * w[(tap.index * s.conv.channels + channel) * s.conv.filters + filter]
                    if let pixel = tap.pixel { dx[pixel * s.conv.channels + channel] += product } else { dropped += product }
                }
            }
        }
        if through != .linear {
            for i in dx.indices { dx[i] = through.backward(saved: c.inputs[weights + 1].values[i], dx[i]) }
        }
        c.outputs[0].values = dx
    }

    static let samples = [
        OperationSample(
            SparseConv2DBackwardInput(
                Conv2DBackwardInput(height: 5, width: 6, strideHeight: 1, strideWidth: 1, padding: .same), kernel: [3, 3]),
            [.each(5, 6, 2), .indices(2, of: 5), .whole(3, 3, 2, 5)], slot: .backwardInput),
        OperationSample(
            SparseConv2DBackwardInput(
                Conv2DPooledBackwardInput(
                    Conv2DBackwardInput(height: 10, width: 9, strideHeight: 2, strideWidth: 2, padding: .valid, through: .relu),
                    MaxPooling2DGradient(height: 4, width: 4, of: .halving), kernel: [3, 3])),
            [.each(2, 2, 3), .bytes(2, 2, 3, below: 4), .indices(3, of: 7), .whole(3, 3, 2, 7), .each(10, 9, 2)], slot: .backwardInput),
    ]
}

extension MaxPooling2DGradient {
    /// No pooling at all, seen as one: windows of one cell. The size does not matter.
    static let eachCell = MaxPooling2DGradient(
        height: 1, width: 1, of: MaxPooling2D(poolHeight: 1, poolWidth: 1, strideHeight: 1, strideWidth: 1, padding: .valid))
}

extension PooledConv2D {
    func attributes(isPooled: Bool) -> [(key: String, value: String)] { isPooled ? attributes : convolution.strideAttributes }
}

extension [TensorType] {
    /// Throws unless the operands from `cotangent` on are k filters of each image's cotangent, their winners where there was
    /// pooling, and their indices.
    func expectKept(
        _ geometry: PooledConv2D, cotangent: Int, isPooled: Bool, filters: Int, of operation: String
    ) throws(TypeError) {
        try expectKept(values: cotangent, indices: cotangent + (isPooled ? 2 : 1), axes: 3, units: filters, of: operation)
        let kept = self[cotangent]
        try expect(cotangent, is: geometry.pooled(filters: kept.shape[2], of: operation), "the cotangent")
        if isPooled { try expect(cotangent + 1, is: TensorType(.uint8, batched: true, kept.shape), "the winners") }
    }
}

extension PooledConv2DShape {
    /// Calls `body` for every pooled cell and filter that its image keeps: the place among the cotangents, the convolution's
    /// output pixel that won there, and the filter. Without winners, every pixel is its own cell.
    func forEachKept(_ winners: [Int32]?, _ indices: [Int32], _ body: (_ cotangent: Int, _ place: Conv2DShape.Place, _ filter: Int) -> Void) {
        for entry in 0..<pool.batch * pool.outHeight * pool.outWidth * kept {
            let cell = entry / kept, example = cell / (pool.outHeight * pool.outWidth), winner = Int(winners?[entry] ?? 0)
            let row = cell / pool.outWidth % pool.outHeight * pool.strideHeight - pool.padTop + winner / pool.poolWidth
            let column = cell % pool.outWidth * pool.strideWidth - pool.padLeft + winner % pool.poolWidth
            let place = Conv2DShape.Place(
                index: (example * conv.outHeight + row) * conv.outWidth + column, example: example, row: row, column: column)
            body(entry, place, Int(indices[example * kept + entry % kept]))
        }
    }
}
