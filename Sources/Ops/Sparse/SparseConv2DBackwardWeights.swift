import Graph
import Kernels

/// The gradient of a convolution's weights and bias from a few filters of each image: of the filters that any image kept,
/// also where all its values are zero. Behind the convolution there may have been max pooling.
///
/// Inputs: x f32[N,height,width,channels]; dy f32[N,height',width',k] (the pooled size where there was pooling); with
/// pooling the winners, u8 of that shape; and the filters' indices i32[N,k] (different, ascending).
/// Outputs: f32[kernel height,kernel width,channels,filters], f32[filters] if `withBias`, and the index set of the filters
/// touched, i32[1+filters]. Of the first two, as many places along the filters as the set has hold something.
public struct SparseConv2DBackwardWeights: Operation {
    var geometry: PooledConv2D
    public var isPooled: Bool
    public var filters: Int
    public var withBias: Bool

    /// - Parameter image: height and width of the convolution's input.
    public init(_ convolution: Conv2DBackwardWeights, image: [Int], filters: Int) {
        self.init(Conv2DPooledBackwardWeights(convolution, .eachCell, image: image), filters: filters)
        isPooled = false
    }

    public init(_ whole: Conv2DPooledBackwardWeights, filters: Int) {
        geometry = whole.geometry
        isPooled = true
        self.filters = filters
        withBias = whole.withBias
    }

    public var name: String { "sparse_conv2d_backward_weights" }
    public var attributes: [(key: String, value: String)] { [("filters", "\(filters)")] + geometry.attributes(isPooled: isPooled) }
    public var overwrites: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }
    public var mayReuse: [Int?] { withBias ? [nil, nil, nil] : [nil, nil] }

    /// The same product of all filters.
    public var whole: any Operation {
        let window = geometry.convolution
        return isPooled
            ? Conv2DPooledBackwardWeights(geometry, withBias: withBias)
            : Conv2DBackwardWeights(
                kernelHeight: window.height, kernelWidth: window.width, strideHeight: window.strideHeight, strideWidth: window.strideWidth, padding: window.padding, withBias: withBias)
    }

    private var indices: Int { isPooled ? 3 : 2 }
    private var touched: Int { withBias ? 2 : 1 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "cotangent"] + (isPooled ? ["winners"] : []) + ["indices"], of: name)
        let x = try inputs.image(0, of: name)
        guard x.height == geometry.height, x.width == geometry.width else {
            throw TypeError("\(name) is for images of \(geometry.height) × \(geometry.width), but its input is \(inputs[0].text)", operand: 0)
        }
        try inputs.expectKept(geometry, cotangent: 1, isPooled: isPooled, filters: filters, of: name)
        let kernel = [geometry.convolution.height, geometry.convolution.width, x.channels, filters]
        let weights = try TensorType(batched: false, kernel).checked(name)
        let bias = withBias ? [TensorType(batched: false, [filters])] : []
        return [weights] + bias + [TensorType(.int32, batched: false, [1 + filters])]
    }

    private func shape(_ dy: TensorType, _ dw: TensorType, batch: Int) -> PooledConv2DShape {
        geometry.shape(weights: dw.shape, kept: dy.shape[2], batch: batch)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let products = shape(o.inputs[1], o.outputs[0], batch: o.batch).products
        var work = Work(multiplications: products, additions: products, streamed: o.streamed)
        if withBias { work.additions = Count.sum(work.additions, o.inputCount(1)) }
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        shape(o.inputs[1], o.outputs[0], batch: o.batch).backwardWeightsScratch(threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        conv2dPooledBackwardWeights(
            c.input(0), c.input(1), isPooled ? c.inputBytes(2) : nil, keeping: c.inputInts(indices), c.output(0),
            withBias ? c.output(1) : nil, c.outputInts(touched), shape(c.inputTypes[1], c.outputTypes[0], batch: c.batch), c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let s = shape(c.inputs[1].type, c.outputs[0].type, batch: c.batch)
        let x = c.inputs[0].values, dy = c.inputs[1].values
        let set = Set(c.inputs[indices].ints).sorted()
        var row = Array(repeating: 0, count: filters)
        for (place, filter) in set.enumerated() { row[Int(filter)] = place }
        var weights = (0..<c.outputs[0].values.count).map { $0 % filters < set.count ? S.zero : S(.nan) }
        var bias = (0..<filters).map { $0 < set.count ? S.zero : S(.nan) }
        s.forEachKept(isPooled ? c.inputs[2].ints : nil, c.inputs[indices].ints) { cotangent, place, filter in
            for tap in s.conv.taps(place) {
                for channel in 0..<s.conv.channels {
                    let value = tap.pixel.map { x[$0 * s.conv.channels + channel] } ?? .zero
                    weights[(tap.index * s.conv.channels + channel) * filters + row[filter]] += dy[cotangent] * value
                }
            }
            if withBias { bias[row[filter]] += dy[cotangent] }
        }
        c.outputs[0].values = weights
        if withBias { c.outputs[1].values = bias }
        c.outputs[touched].ints = .indexSet(set, capacity: filters)
    }

    static let samples = [
        OperationSample(
            SparseConv2DBackwardWeights(
                Conv2DBackwardWeights(kernelHeight: 3, kernelWidth: 3, strideHeight: 1, strideWidth: 1, padding: .same, withBias: true),
                image: [5, 6], filters: 5),
            [.each(5, 6, 2), .each(5, 6, 2), .indices(2, of: 5)], slot: .backwardWeights),
        OperationSample(
            SparseConv2DBackwardWeights(
                Conv2DPooledBackwardWeights(
                    Conv2DBackwardWeights(kernelHeight: 3, kernelWidth: 3, strideHeight: 2, strideWidth: 2, padding: .valid, withBias: false),
                    MaxPooling2DGradient(height: 4, width: 4, of: .halving), image: [10, 9]), filters: 20),
            [.each(10, 9, 6), .each(2, 2, 2), .bytes(2, 2, 2, below: 4), .indices(2, of: 20)], slot: .backwardWeights),
    ]
}
