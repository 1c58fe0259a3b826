import Graph
import Model

/// The same network with fewer units in some layers, and what stays of everything that belongs to the others.
public struct Narrowing: Sendable {
    /// The model to lower.
    public let model: ModelFile
    /// By layer: the places that stay of what it puts out and of what it reads, along the last axis; nil for all.
    private let outputs: [[Int]?]
    private let inputs: [[Int]?]

    /// - Parameters:
    ///   - layers: what each layer puts out before the cut.
    ///   - kept: by layer, the units that stay, in ascending order.
    public init(_ model: ModelFile, layers: [LayerInfo], kept: [Int: [Int]]) {
        var narrowed = model
        var outputs: [[Int]?] = [], inputs: [[Int]?] = []
        func width(_ input: LayerInput) -> Int {
            guard case .layer(let index) = input else { return 0 }
            return layers[index].output.shape.last ?? 0
        }
        for (index, layer) in model.layers.enumerated() {
            let sources = layer.inputs.map { source -> [Int]? in
                if case .layer(let below) = source.value { outputs[below] } else { nil }
            }
            let read = sources.first ?? nil
            inputs.append(read)
            switch layer.kind {
            case .dense, .conv2d:
                outputs.append(kept[index])
                if let count = kept[index]?.count { narrowed.layers[index].kind = layer.kind.with(units: count) }
            case .flatten:
                guard let read, case .layer(let below)? = layer.inputs.first?.value else {
                    outputs.append(nil)
                    continue
                }
                let shape = layers[below].output.shape, channels = shape.last ?? 1
                outputs.append((0..<Count.product(Array(shape.dropLast()))).flatMap { pixel in read.map { pixel * channels + $0 } })
            case .concatenate:
                guard sources.contains(where: { $0 != nil }) else {
                    outputs.append(nil)
                    continue
                }
                var joined: [Int] = [], offset = 0
                for (source, survivors) in zip(layer.inputs, sources) {
                    let count = width(source.value)
                    joined += (survivors ?? Array(0..<count)).map { offset + $0 }
                    offset += count
                }
                outputs.append(joined)
            default:
                // Each output is its input's, changed by itself; the summands of an `add` are cut alike.
                outputs.append(read)
            }
        }
        self.model = narrowed
        self.outputs = outputs
        self.inputs = inputs
    }

    /// For each axis of a value, the places that stay.
    public func survivors(layer: Int?, axes: [Axis]) -> [[Int]?] {
        axes.map { axis in
            guard let layer else { return nil }
            return switch axis {
            case .units: outputs[layer]
            case .inputs: inputs[layer]
            case .fixed: nil
            }
        }
    }
}

extension LayerKind {
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
