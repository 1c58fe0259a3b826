import Graph
import Model

/// Whose units stand along the last axis of what each layer puts out; from the model alone, before any shape is known.
///
/// Dense and convolution layers make units. Activations, normalization and pooling change each by itself, `flatten` repeats an image's for
/// each of its places, `concatenate` puts those of several layers side by side, and `add` makes one unit of one of each of them.
/// Layers whose units are added are a group: they have the same units, so they lose the same ones.
public struct UnitFlow: Sendable {
    /// A stretch of the last axis.
    indirect enum Part: Sendable {
        /// All units of a layer, as the layer `seen` puts them out. What lies behind it is linear.
        case units(of: Int, seen: Int)
        case input
        /// The same parts for each place of an image.
        case places([Part], of: LayerInput)

        /// As another layer puts them out.
        func seen(at layer: Int) -> Part {
            switch self {
            case .units(let maker, _): .units(of: maker, seen: layer)
            case .input: .input
            case .places(let parts, let image): .places(parts.map { $0.seen(at: layer) }, of: image)
            }
        }

        /// The layers whose units these are.
        var makers: [Int] {
            switch self {
            case .units(let maker, _): [maker]
            case .input: []
            case .places(let parts, _): parts.flatMap(\.makers)
            }
        }
    }

    /// Why the layers of a group cannot lose units.
    struct Obstacle: Sendable {
        enum Reason: Sendable {
            /// The network's input is among the summands.
            case input
            /// A unit of one layer is added to different units of another one.
            case order
        }

        var reason: Reason
        /// The `add` layer.
        var sum: Int
    }

    /// By layer; empty where it is not known.
    private(set) var parts: [[Part]] = []
    /// False where layers are joined so often that it was not followed to the end.
    private(set) var isWhole = true
    /// By layer: the first one of its group.
    private var first: [Int]
    private var members: [Int: [Int]] = [:]
    /// By the first layer of a group: the dense and convolution layers that read its units.
    private var readers: [Int: [Int]] = [:]
    private var obstacles: [Int: Obstacle] = [:]

    /// A network that joins its own layers again and again has more parts than anybody can follow.
    private static let mostParts = 1_000_000

    public init(_ model: ModelFile) {
        first = Array(model.layers.indices)
        var isImage: [Bool] = [], count = 0
        for (index, layer) in model.layers.enumerated() {
            let read = layer.inputs.map { source -> [Part] in
                switch source.value {
                case .input: [.input]
                case .layer(let below): parts[below]
                }
            }
            let readsImage = layer.inputs.first.map { if case .layer(let below) = $0.value { isImage[below] } else { true } } ?? false
            var own: [Part] = []
            switch layer.kind {
            case .dense, .conv2d: own = [.units(of: index, seen: index)]
            case .dropout: own = read.first ?? []
            case .flatten: own = readsImage ? layer.inputs.first.map { [.places(read[0], of: $0.value)] } ?? [] : read.first ?? []
            case .concatenate where read.reduce(count, { $0 + $1.count }) <= Self.mostParts: own = Array(read.joined())
            case .concatenate: isWhole = false
            case .add:
                join(read, at: index, model)
                own = (read.first ?? []).map { $0.seen(at: index) }
            case .activation, .batchNormalization, .maxPooling2d, .averagePooling2d: own = (read.first ?? []).map { $0.seen(at: index) }
            }
            count += own.count
            if count > Self.mostParts {
                isWhole = false
                own = []
            }
            parts.append(own)
            switch layer.kind {
            case .conv2d: isImage.append(true)
            case .dense, .flatten: isImage.append(false)
            default: isImage.append(readsImage)
            }
        }
        for layer in first.indices {
            first[layer] = root(layer)
            if first[layer] != layer { members[first[layer], default: [first[layer]]].append(layer) }
        }
        for (index, layer) in model.layers.enumerated() where layer.kind.units != nil {
            guard case .layer(let below)? = layer.inputs.first?.value else { continue }
            for group in Set(parts[below].flatMap(\.makers).map { first[$0] }) { readers[group, default: []].append(index) }
        }
    }

    /// The layers whose units are added to this one's, itself included, from the first to the last.
    public func group(of layer: Int) -> [Int] { members[first[layer]] ?? [layer] }

    /// The layers that read its units, in order.
    func readers(of layer: Int) -> [Int] { readers[first[layer]] ?? [] }

    func obstacle(of layer: Int) -> Obstacle? { obstacles[first[layer]] }

    /// The layers whose units are the network's outputs.
    var outputs: Set<Int> { Set((parts.last ?? []).flatMap(\.makers)) }

    // MARK: sums

    private mutating func root(_ layer: Int) -> Int {
        var layer = layer
        while first[layer] != layer {
            first[layer] = first[first[layer]]
            layer = first[layer]
        }
        return layer
    }

    private mutating func unite(_ layers: [Int]) {
        let roots = Set(layers.map { root($0) }).sorted()
        guard let low = roots.first, roots.count > 1 else { return }
        obstacles[low] = roots.compactMap { obstacles[$0] }.first
        for other in roots.dropFirst() {
            first[other] = low
            obstacles[other] = nil
        }
    }

    private mutating func join(_ summands: [[Part]], at sum: Int, _ model: ModelFile) {
        guard let one = summands.first else { return }
        var reason: Obstacle.Reason?
        for other in summands.dropFirst() {
            guard one.count == other.count else {
                reason = reason ?? .order
                continue
            }
            for (a, b) in zip(one, other) {
                if let found = match(a, b, model, isAlone: one.count == 1) { reason = reason ?? found }
            }
        }
        let makers = summands.flatMap { $0.flatMap(\.makers) }
        // Whatever could not be told apart goes or stays together.
        if let reason {
            unite(makers)
            if let low = makers.first.map({ root($0) }) { obstacles[low] = obstacles[low] ?? Obstacle(reason: reason, sum: sum) }
        }
    }

    /// Makes groups of the layers whose units stand at the same places, or says why they are none.
    private mutating func match(_ a: Part, _ b: Part, _ model: ModelFile, isAlone: Bool) -> Obstacle.Reason? {
        switch (a, b) {
        case (.units(let one, _), .units(let other, _)):
            guard model.layers[one].kind.units == model.layers[other].kind.units else { return .order }
            unite([one, other])
            return nil
        case (.places(let one, _), .places(let other, _)):
            // Beside other parts, one image might have more places than the other.
            guard isAlone, one.count == 1, other.count == 1 else { return .order }
            return match(one[0], other[0], model, isAlone: true)
        case (.input, _), (_, .input): return .input
        default: return .order
        }
    }
}

// MARK: - places

/// A unit that stands at a place along the last axis.
struct UnitPlace {
    var maker: Int
    var unit: Int
    /// The layer that puts it out there, and behind which all is linear.
    var seen: Int
}

extension UnitFlow {
    /// Place by place along the last axis of what a layer reads; nil where the network's input stands.
    func places(of source: LayerInput, _ graph: Graph) -> [UnitPlace?] {
        switch source {
        case .input: places([.input], graph)
        case .layer(let layer): places(parts[layer], graph)
        }
    }

    private func places(_ parts: [Part], _ graph: Graph) -> [UnitPlace?] {
        var places: [UnitPlace?] = []
        for part in parts {
            switch part {
            case .units(let maker, let seen):
                places += (0..<(graph.layers[maker].output.shape.last ?? 0)).map { UnitPlace(maker: maker, unit: $0, seen: seen) }
            case .input: places += Array(repeating: nil, count: graph.inputShape.last ?? 0)
            case .places(let inner, let image):
                let shape = if case .layer(let layer) = image { graph.layers[layer].output.shape } else { graph.inputShape }
                let row = self.places(inner, graph)
                for _ in 0..<Count.product(Array(shape.dropLast())) { places += row }
            }
        }
        return places
    }

    /// Whether units of any of these layers are among what a layer reads.
    func reads(_ source: LayerInput, anyOf layers: Set<Int>) -> Bool {
        if case .layer(let layer) = source { parts[layer].contains { !layers.isDisjoint(with: $0.makers) } } else { false }
    }
}

extension Graph {
    /// Of one example, as the network reads it.
    var inputShape: [Int] { values.first { $0.role == .input }?.type.shape ?? [] }
}
