import Graph
import Model

/// Who reads the units of a layer, and where among its inputs they stand.
public struct UnitReaders: Sendable {
    public struct Reader: Sendable {
        /// A dense or convolution layer.
        public var layer: Int
        /// By place along the last axis of its input: the unit that stands there, or nil where it is another layer's.
        public var units: [Int?]
    }

    public private(set) var readers: [Reader] = []
    /// The layer behind which the units are as all readers see them: the last of a chain that changes each unit by itself.
    public private(set) var seen: Int
    /// Whether what lies between there and the readers is linear, so that a unit's part can be given to another one.
    public private(set) var isLinear = true

    /// - Parameter layers: what each layer puts out.
    public init(_ model: ModelFile, layers: [LayerInfo], of layer: Int) {
        // Along the chain, as long as there is one way to go.
        seen = layer
        while true {
            let next = model.layers.indices.filter { model.layers[$0].inputs.contains { $0.value == .layer(seen) } }
            guard next.count == 1, model.layers[next[0]].kind.keepsUnits else { break }
            seen = next[0]
        }
        var units: [Int: [Int?]] = [seen: (0..<(layers[seen].output.shape.last ?? 0)).map { $0 }]
        for (index, reader) in model.layers.enumerated() where index > seen {
            let sources = reader.inputs.map { source -> Int? in if case .layer(let below) = source.value { below } else { nil } }
            guard sources.contains(where: { $0.map { units[$0] != nil } ?? false }) else { continue }
            let read = sources.first.flatMap { $0 }.flatMap { units[$0] } ?? []
            switch reader.kind {
            case .dense, .conv2d: readers.append(Reader(layer: index, units: read))
            case .flatten:
                let shape = sources.first.flatMap { $0 }.map { layers[$0].output.shape } ?? []
                units[index] = Array((0..<Count.product(Array(shape.dropLast()))).map { _ in read }.joined())
            case .concatenate:
                units[index] = Array(zip(reader.inputs, sources).map { input, source in
                    source.flatMap { units[$0] } ?? Array(repeating: nil, count: source.map { layers[$0].output.shape.last ?? 0 } ?? 0)
                }.joined())
            case .dropout: units[index] = read
            default:
                units[index] = read
                isLinear = false
            }
        }
    }
}
