import Graph
import Model

/// The same network with fewer units in some layers, and what stays of everything that belongs to the others.
public struct Narrowing: Sendable {
    /// The model to lower.
    public let model: ModelFile
    private let kept: [Int: [Int]]
    /// By layer: the places that stay of what it reads, along the last axis; nil for all.
    private let inputs: [[Int]?]

    /// - Parameters:
    ///   - graph: of the model before the cut.
    ///   - kept: by layer, the units that stay, in ascending order; of layers whose units are added, the same.
    public init(_ model: ModelFile, graph: Graph, kept: [Int: [Int]]) {
        let flow = UnitFlow(model)
        var narrowed = model
        var stays: [Int: [Bool]] = [:]
        for (layer, survivors) in kept {
            narrowed.layers[layer].kind = model.layers[layer].kind.with(units: survivors.count)
            var flags = Array(repeating: false, count: graph.layers[layer].output.shape.last ?? 0)
            for unit in survivors { flags[unit] = true }
            stays[layer] = flags
        }
        let cut = Set(kept.keys)
        inputs = model.layers.map { layer in
            guard let source = layer.inputs.first?.value, layer.kind.hasInputs, flow.reads(source, anyOf: cut) else { return nil }
            let places = flow.places(of: source, graph)
            return places.indices.filter { place in places[place].map { stays[$0.maker]?[$0.unit] ?? true } ?? true }
        }
        self.model = narrowed
        self.kept = kept
    }

    /// For each axis of a value, the places that stay.
    public func survivors(layer: Int?, axes: [Axis]) -> [[Int]?] {
        axes.map { axis in
            guard let layer else { return nil }
            return switch axis {
            case .units: kept[layer]
            case .inputs: inputs[layer]
            case .fixed: nil
            }
        }
    }
}

extension LayerKind {
    /// Whether something that lasts runs along what the layer reads.
    fileprivate var hasInputs: Bool {
        switch self {
        case .dense, .conv2d, .batchNormalization: true
        default: false
        }
    }

    /// The same layer with another number of units or filters.
    public func with(units: Int) -> LayerKind {
        switch self {
        case .dense(_, let useBias, let kernel, let bias): .dense(units: units, useBias: useBias, kernel: kernel, bias: bias)
        case .conv2d(_, let size, let strides, let padding, let useBias, let kernel, let bias):
            .conv2d(filters: units, kernel: size, strides: strides, padding: padding, useBias: useBias, kernelInitializer: kernel, bias: bias)
        default: self
        }
    }
}
