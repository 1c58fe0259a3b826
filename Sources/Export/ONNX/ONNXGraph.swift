import Foundation
import Model
import Runtime

/// Makes the nodes of an ONNX graph for the layers of a network.
///
/// The input is as nnc has it, [N, height, width, channels] for images; they are turned once and then [N, channels, height, width],
/// so that the weights are those of the safetensors file. Operators: https://onnx.ai/onnx/operators, opset 21.
struct ONNXGraph {
    private(set) var nodes: [ONNXNodeProto] = []
    /// Weights by name, in the order of their first use.
    private(set) var weights: [Weight] = []
    private let network: ExportedNetwork
    private var names: Set<String> = ["input"]

    struct Weight {
        let name: String
        let shape: [Int]
        let numbers: () throws(FileError) -> [Float]
    }

    init(_ network: ExportedNetwork) {
        self.network = network
        // By layer: the value that it puts out.
        var values: [String] = []
        let isImage = network.inputShape.count == 3
        var input = "input"
        if isImage { input = add("Transpose", [input], name: "input_image", [.integers("perm", [0, 3, 1, 2])]) }
        for layer in network.layers {
            let inputs = layer.inputs.map { source in if case .layer(let index) = source { values[index] } else { input } }
            values.append(activation(layer, operation(layer, inputs)))
        }
        // What the network answers has a name that a caller can rely on.
        guard let last = values.last else { return }
        if let producer = nodes.firstIndex(where: { $0.output == [last] }), !nodes.contains(where: { $0.input.contains(last) }) {
            nodes[producer].output = ["output"]
        } else {
            nodes.append(.with { ($0.opType, $0.name, $0.input, $0.output) = ("Identity", "output", [last], ["output"]) })
        }
    }

    private mutating func operation(_ layer: ExportedNetwork.Layer, _ inputs: [String]) -> String {
        let name = layer.name
        switch layer.kind {
        case .dense: return add("Gemm", [inputs[0]] + weights(layer, "weight", "bias"), name: name, [.integer("transB", 1)])
        case .conv2d(_, let kernel, let strides, _, _, _, _):
            return add("Conv", [inputs[0]] + weights(layer, "weight", "bias"), name: name, window(layer, kernel, strides))
        case .maxPooling2d(let pool, let strides, _): return add("MaxPool", inputs, name: name, window(layer, pool, strides))
        // The mean over the cells inside the image, which is what leaving the padding out of the count gives.
        case .averagePooling2d(let pool, let strides, _): return add("AveragePool", inputs, name: name, window(layer, pool, strides))
        case .flatten:
            let image = layer.readsImage && network.flattensAsStored
            let x = image ? add("Transpose", inputs, name: name + "_image", [.integers("perm", [0, 2, 3, 1])]) : inputs[0]
            return add("Flatten", [x], name: name, [.integer("axis", 1)])
        case .batchNormalization(_, let epsilon): return normalization(layer, inputs, epsilon: epsilon)
        case .dropout, .activation: return inputs[0]
        case .add: return add("Sum", inputs, name: name)
        case .concatenate: return add("Concat", inputs, name: name, [.integer("axis", layer.readsImage ? 1 : -1)])
        }
    }

    private mutating func normalization(_ layer: ExportedNetwork.Layer, _ inputs: [String], epsilon: Double) -> String {
        let isRow = layer.inputShapes[0].count == 1
        if isRow || layer.readsImage {
            return add(
                "BatchNormalization", [inputs[0]] + weights(layer, "weight", "bias", "running_mean", "running_var"), name: layer.name,
                [.real("epsilon", Float(epsilon))])
        }
        // The operator takes its channels behind the examples, and here they are last: as a product and a sum.
        guard let gamma = layer.tensor("weight"), let beta = layer.tensor("bias"), let mean = layer.tensor("running_mean"), let variance = layer.tensor("running_var")
        else { return inputs[0] }
        let file = network.file
        let scale = weight("\(layer.name).scale", gamma.shape) { () throws(FileError) in
            zip(try gamma.numbers(file), try variance.numbers(file)).map { $0 / ($1 + Float(epsilon)).squareRoot() }
        }
        let shift = weight("\(layer.name).shift", beta.shape) { () throws(FileError) in
            let scales = zip(try gamma.numbers(file), try variance.numbers(file)).map { $0 / ($1 + Float(epsilon)).squareRoot() }
            return zip(try beta.numbers(file), zip(try mean.numbers(file), scales)).map { $0 - $1.0 * $1.1 }
        }
        let scaled = add("Mul", [inputs[0], scale], name: layer.name + "_scale")
        return add("Add", [scaled, shift], name: layer.name)
    }

    private mutating func activation(_ layer: ExportedNetwork.Layer, _ value: String) -> String {
        let name = "\(layer.name)_\(layer.activation.rawValue)"
        switch layer.activation {
        case .linear: return value
        case .relu: return add("Relu", [value], name: name)
        case .leakyReLU: return add("LeakyRelu", [value], name: name, [.real("alpha", 0.01)])
        case .elu: return add("Elu", [value], name: name, [.real("alpha", 1)])
        case .gelu: return add("Gelu", [value], name: name, [.text("approximate", "none")])
        case .sigmoid: return add("Sigmoid", [value], name: name)
        case .tanh: return add("Tanh", [value], name: name)
        case .softmax: return add("Softmax", [value], name: name, [.integer("axis", -1)])
        }
    }

    // MARK: parts

    /// Returns the value that the node makes, called as the node is.
    private mutating func add(_ type: String, _ inputs: [String], name: String, _ attributes: [ONNXAttributeProto] = []) -> String {
        let name = unique(name)
        nodes.append(.with { ($0.opType, $0.name, $0.input, $0.output, $0.attribute) = (type, name, inputs, [name], attributes) })
        return name
    }

    private func window(_ layer: ExportedNetwork.Layer, _ size: [Int], _ strides: [Int]) -> [ONNXAttributeProto] {
        let padding = layer.padding
        return [.integers("kernel_shape", size), .integers("strides", strides), .integers("pads", [padding.top, padding.left, padding.bottom, padding.right])]
    }

    /// Those of the names that the layer has.
    private mutating func weights(_ layer: ExportedNetwork.Layer, _ wanted: String...) -> [String] {
        let file = network.file
        return wanted.compactMap { part in
            layer.tensor(part).map { tensor in weight("\(layer.name).\(part)", tensor.shape) { () throws(FileError) in try tensor.numbers(file) } }
        }
    }

    private mutating func weight(_ name: String, _ shape: [Int], _ numbers: @escaping () throws(FileError) -> [Float]) -> String {
        weights.append(Weight(name: name, shape: shape, numbers: numbers))
        return name
    }

    private mutating func unique(_ name: String) -> String {
        var result = name
        // The last value gets this name in the end.
        while result == "output" || !names.insert(result).inserted { result += "_" }
        return result
    }
}

extension ONNXAttributeProto {
    static func integer(_ name: String, _ value: Int) -> Self { .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) } }
    static func integers(_ name: String, _ values: [Int]) -> Self { .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) } }
    static func real(_ name: String, _ value: Float) -> Self { .with { ($0.name, $0.type, $0.f) = (name, .float, value) } }
    static func text(_ name: String, _ value: String) -> Self { .with { ($0.name, $0.type, $0.s) = (name, .string, Data(value.utf8)) } }
}
