import Graph
import Model

/// Who reads the units of a layer and of those that are added to it, and where among its inputs they stand.
public struct UnitReaders: Sendable {
    /// The units as some of their readers see them: all that lies between is linear.
    public struct View: Sendable {
        /// The layer that puts them out.
        public var layer: Int
        /// As often as they stand there, by unit: the place along the last axis.
        public var places: [[Int]]
        /// Of the image that the layer puts out.
        public var pixels: Int
        /// Of its last axis.
        public var width: Int
        /// Whether all readers can take a constant.
        public var takesConstants: Bool

        /// Of an image, so many places are looked at in each of so many examples that no more than `rows` come together, and at least one.
        public func sampledPixels(examples: Int, rows: Int) -> Int { max(1, min(pixels, rows / max(examples, 1))) }

        /// Where they are: spread over the image, and elsewhere in the next example.
        public func pixel(_ place: Int, of count: Int, example: Int) -> Int {
            guard count < pixels else { return place }
            // Multiples of the golden ratio are spread evenly, however many of them there are.
            let turn = UInt64(UInt32(truncatingIfNeeded: example) &* 2_654_435_769)
            let start = Int(truncatingIfNeeded: (turn &* UInt64(truncatingIfNeeded: pixels)) >> 32)
            return (start + Int((Double(place) * Double(pixels) / Double(count)).rounded(.down))) % pixels
        }
    }

    public struct Reader: Sendable {
        /// A dense or convolution layer.
        public var layer: Int
        /// In `views`.
        public var view: Int
        /// By place along the last axis of its input: the unit that stands there, or nil where it is another one's, or seen otherwise.
        public var units: [Int?]
    }

    /// In the order of their layers. There are several where units are read before and after something that is not linear, or before and
    /// after they are added.
    public private(set) var views: [View] = []
    public private(set) var readers: [Reader] = []
    /// Units of the layer.
    public let units: Int

    /// - Parameter graph: of the model as it is.
    public init(_ model: ModelFile, graph: Graph, of layer: Int) {
        let flow = UnitFlow(model), group = Set(flow.group(of: layer))
        var read: [(layer: Int, places: [UnitPlace?])] = []
        for (index, reader) in model.layers.enumerated() where reader.kind.units != nil {
            guard let source = reader.inputs.first?.value, flow.reads(source, anyOf: group) else { continue }
            read.append((index, flow.places(of: source, graph).map { $0.flatMap { group.contains($0.maker) ? $0 : nil } }))
        }
        let seen = Set(read.flatMap { $0.places.compactMap { $0?.seen } }).sorted()
        units = graph.layers[layer].output.shape.last ?? 0
        for view in seen {
            var places = Array(repeating: [Int](), count: units)
            for (place, unit) in flow.places(of: .layer(view), graph).enumerated() {
                if let unit, group.contains(unit.maker) { places[unit.unit].append(place) }
            }
            let times = places.map(\.count).min() ?? 0
            views.append(View(
                layer: view, places: (0..<times).map { time in places.map { $0[time] } },
                pixels: Count.product(Array(graph.layers[view].output.shape.dropLast())),
                width: graph.layers[view].output.shape.last ?? 0, takesConstants: true))
        }
        for (index, places) in read {
            for (view, layer) in seen.enumerated() where places.contains(where: { $0?.seen == layer }) {
                readers.append(Reader(layer: index, view: view, units: places.map { $0.flatMap { $0.seen == layer ? $0.unit : nil } }))
                views[view].takesConstants = views[view].takesConstants && model.layers[index].kind.takesConstants
            }
        }
    }

    /// By view: the number of weights by which one unit is read.
    public func weights(_ graph: Graph) -> [Int] {
        var sums = Array(repeating: 0, count: views.count)
        for reader in readers {
            let times = reader.units.count { $0 != nil } / max(units, 1)
            sums[reader.view] = Count.sum(sums[reader.view], Count.product(times, graph.windowedUnits(reader.layer)))
        }
        return sums
    }
}

extension Graph {
    /// Weights of a layer that belong to one place of its input.
    fileprivate func windowedUnits(_ layer: Int) -> Int {
        guard let kernel = values.first(where: { $0.layer == layer && $0.axes.contains(.inputs) && $0.axes.contains(.units) }) else { return 0 }
        return zip(kernel.type.shape, kernel.axes).reduce(1) { $1.1 == .inputs ? $0 : Count.product($0, $1.0) }
    }
}

extension LayerKind {
    /// Whether what a constant input adds is the same everywhere, and there is a bias to take it.
    var takesConstants: Bool {
        switch self {
        case .dense(_, let useBias, _, _): useBias
        case .conv2d(_, let kernel, _, let padding, let useBias, _, _): useBias && (padding == .valid || kernel.allSatisfy { $0 == 1 })
        default: false
        }
    }
}
