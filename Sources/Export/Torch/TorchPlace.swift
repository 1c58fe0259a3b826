import Graph
import Lowering
import Model
import Runtime

/// Where a weight of the network stands in PyTorch: what it is called in its module, and how its numbers lie there.
struct TorchPlace: Sendable {
    /// `weight`, `bias`, `running_mean`, `running_var`.
    let name: String
    /// In PyTorch's layout.
    let shape: [Int]
    let arrangement: Arrangement

    /// - Parameters:
    ///   - value: of a graph before all passes.
    ///   - order: see ``ImageOrder``; of the row that the layer reads.
    init(_ value: Value, order: [Int]?) {
        let shape = value.type.shape, ordered = order.map { Arrangement.ordered($0) } ?? .same
        switch value.name.split(separator: ".").last {
        case "kernel":
            name = "weight"
            // On sparse input a kernel is stored by input, which has no other order than its own.
            arrangement = shape.count == 4 ? .filters : value.axes.first == .inputs ? .transposed : ordered
        case "gamma": (name, arrangement) = ("weight", ordered)
        case "beta": (name, arrangement) = ("bias", ordered)
        case "moving_mean": (name, arrangement) = ("running_mean", ordered)
        case "moving_variance": (name, arrangement) = ("running_var", ordered)
        default: (name, arrangement) = ("bias", .same)
        }
        self.shape = arrangement.shape(shape)
    }
}

/// Where the weights of a network stand in a file with PyTorch's names and layout, as ``ExportedNetwork`` writes it.
public struct TorchWeights: Sendable {
    public struct Weight: Sendable {
        /// In the file: `c1.weight`.
        public let name: String
        /// There.
        public let shape: [Int]
        let own: [Int]
        let arrangement: Arrangement

        /// The numbers in nnc's layout.
        public func numbers(_ tensor: Safetensors.Tensor, _ file: Safetensors) throws(FileError) -> [Float] { arrangement.inward(try file.numbers(tensor), own) }
    }

    /// By the name that nnc has for it.
    public let weights: [String: Weight]
    /// What normalizations have there beside what nnc knows.
    public let counters: Set<String>

    /// - Parameters:
    ///   - graph: of the model's evaluation without policies, before all passes.
    ///   - input: the shape of one example.
    public init(_ model: ModelFile, graph: Graph, input: [Int]) {
        let shapes = graph.layers.map(\.output.shape), orders = ImageOrder(model.layers, input: input, shapes: shapes).orders
        let modules = TorchNames(model.layers.map(\.name.value)).modules
        var weights: [String: Weight] = [:]
        for value in graph.values where value.role.isPersistent {
            guard let layer = value.layer else { continue }
            let read: [Int]? = if case .layer(let source)? = model.layers[layer].inputs.first?.value { orders[source] } else { nil }
            let place = TorchPlace(value, order: read)
            weights[value.name] = Weight(name: "\(modules[layer]).\(place.name)", shape: place.shape, own: value.type.shape, arrangement: place.arrangement)
        }
        self.weights = weights
        counters = Set(modules.map { "\($0).num_batches_tracked" })
    }
}
