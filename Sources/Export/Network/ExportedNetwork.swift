import Graph
import Lowering
import Model
import Runtime

/// A trained network as other tools know networks: images as [channels, height, width], weights as [units, inputs], and no unit that a policy
/// has removed.
public struct ExportedNetwork: Sendable {
    public struct Layer: Sendable {
        public let name: String
        public let kind: LayerKind
        public let activation: Activation
        public let inputs: [LayerInput]
        /// Of what it reads, as nnc has it: [height, width, channels] for images.
        public let inputShapes: [[Int]]
        /// Of what it puts out.
        public let shape: [Int]
        /// In the order of PyTorch's modules: weight, bias, running mean and variance.
        public let tensors: [ExportedTensor]
        /// The policies that it was trained with, by slot: `{ type: topk, k: 5%, per: auto }`; then, where it is so, since when they act (`start`) and how
        /// their work was done (`strategy`), which also says what became of `per: auto`.
        public let policies: [(slot: String, text: String)]

        public func tensor(_ name: String) -> ExportedTensor? { tensors.first { $0.name == name } }
        public var readsImage: Bool { inputShapes[0].count == 3 }
    }

    public let name: String
    /// Of one example, as nnc has it.
    public let inputShape: [Int]
    public let layers: [Layer]
    /// See ``ImageOrder``.
    public let flattensAsStored: Bool
    public let file: Safetensors
    /// Steps that it was trained for.
    public let steps: Int

    /// What does not fit in the file of weights.
    public struct Misfit: Error {
        public let message: String
    }

    /// - Parameters:
    ///   - model: with the units that are left.
    ///   - graph: of its evaluation without policies, before all passes.
    public init(_ model: ModelFile, graph: Graph, input: [Int], file: Safetensors) throws(Misfit) {
        let shapes = graph.layers.map(\.output.shape)
        let order = ImageOrder(model.layers, input: input, shapes: shapes)
        var layers: [Layer] = []
        for (index, spec) in model.layers.enumerated() {
            let inputs = spec.inputs.map(\.value)
            let read = inputs.map { source in if case .layer(let layer) = source { shapes[layer] } else { input } }
            var readOrder: [Int]?
            if case .layer(let layer) = inputs[0] { readOrder = order.orders[layer] }
            var tensors: [ExportedTensor] = []
            for value in graph.values where value.layer == index && value.role.isPersistent {
                guard let stored = file[value.name] else { throw Misfit(message: "`\(value.name)` is missing from `\(file.path)`") }
                guard stored.shape == value.type.shape, stored.dtype == "F32" else {
                    throw Misfit(message: "`\(value.name)` is \(stored.dtype)\(stored.shape) in `\(file.path)`, and F32\(value.type.shape) in the model")
                }
                tensors.append(ExportedTensor(TorchPlace(value, order: readOrder), stored))
            }
            layers.append(Layer(
                name: spec.name.value, kind: spec.kind, activation: spec.activation.value, inputs: inputs, inputShapes: read, shape: shapes[index], tensors: tensors,
                policies: spec.policyTexts))
        }
        name = model.name
        inputShape = input
        self.layers = layers
        flattensAsStored = order.flattensAsStored
        self.file = file
        steps = file.metadata["step"].flatMap { Int($0) } ?? 0
    }
}

extension LayerSpec {
    fileprivate var policyTexts: [(slot: String, text: String)] {
        guard !policies.isEmpty else { return [] }
        return policies.map { ($0.slot.rawValue, $0.fields.text) } + (policies.compactMap(\.start).first { !$0.isNothing }.map { [("start", $0.text)] } ?? [])
            + (strategy.map { [("strategy", $0.strategy.rawValue)] } ?? [])
    }
}

extension ExportedNetwork.Layer {
    /// Zeros around an image at which the layer looks through windows: above, below, left and right.
    public var padding: (top: Int, bottom: Int, left: Int, right: Int) {
        guard let (window, strides, isSame) = kind.windows, isSame, inputShapes[0].count == 3 else { return (0, 0, 0, 0) }
        func around(_ axis: Int) -> (Int, Int) {
            let input = inputShapes[0][axis], all = max((shape[axis] - 1) * strides[axis] + window[axis] - input, 0)
            return (all / 2, all - all / 2)
        }
        let rows = around(0), columns = around(1)
        return (rows.0, rows.1, columns.0, columns.1)
    }
}

extension LayerKind {
    fileprivate var windows: (size: [Int], strides: [Int], isSame: Bool)? {
        switch self {
        case .conv2d(_, let kernel, let strides, let padding, _, _, _): (kernel, strides, padding == .same)
        case .maxPooling2d(let pool, let strides, let padding), .averagePooling2d(let pool, let strides, let padding): (pool, strides, padding == .same)
        default: nil
        }
    }
}
