import Foundation
import Model

extension ExportedNetwork {
    /// The network as a PyTorch module that loads the exported safetensors file, as Python's source text.
    ///
    /// Images go in as [N, channels, height, width]; what comes out is what nnc puts out, probabilities where the loss is an entropy.
    ///
    /// - Parameter file: the name of the safetensors file, for the lines that load it.
    public func torchModule(file: String) -> String {
        let names = TorchNames(layers.map(\.name)).modules
        // Where every layer reads the one above, one variable does.
        let isChain = layers.indices.allSatisfy { layers[$0].inputs == [$0 == 0 ? .input : .layer($0 - 1)] }
        var modules: [String] = [], steps: [String] = []
        for (index, layer) in layers.enumerated() {
            let inputs = layer.inputs.map { source -> String in
                if case .layer(let other) = source, !isChain { return names[other] }
                return "x"
            }
            if let module = layer.torchModule { modules.append("        self.\(names[index]) = \(module)") }
            let value = layer.torchActivation(layer.torchCall(inputs, name: names[index], flattensAsStored: flattensAsStored))
            if !isChain || value != "x" { steps.append("        \(isChain ? "x" : names[index]) = \(value)") }
        }
        let shape = inputShape.count == 3 ? [inputShape[2], inputShape[0], inputShape[1]] : inputShape
        return """
            \(Self.imports.joined(separator: "\n"))


            class Network(nn.Module):
                def __init__(self):
                    super().__init__()
            \(modules.joined(separator: "\n"))

                def forward(self, x):  # [N, \(shape.map(String.init).joined(separator: ", "))]
            \(steps.joined(separator: "\n"))
                    return \(isChain ? "x" : names[layers.count - 1])


            network = Network()
            network.load_state_dict(load_file(\(Self.quoted(file))))
            network.eval()

            """
    }

    private static let imports = ["import torch", "from torch import nn", "import torch.nn.functional as F", "from safetensors.torch import load_file"]

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}

extension ExportedNetwork.Layer {
    /// What makes the module; nil for a layer without weights.
    fileprivate var torchModule: String? {
        switch kind {
        case .dense(let units, let useBias, _, _):
            "nn.Linear(\(tensor("weight")?.shape.last ?? 0), \(units)\(useBias ? "" : ", bias=False"))"
        case .conv2d(let filters, let kernel, let strides, _, let useBias, _, _):
            "nn.Conv2d(\(inputShapes[0].last ?? 0), \(filters), \(tuple(kernel)), stride=\(tuple(strides))\(isEven ? ", padding=(\(padding.top), \(padding.left))" : "")\(useBias ? "" : ", bias=False"))"
        case .batchNormalization(let momentum, let epsilon):
            "nn.BatchNorm\(readsImage ? 2 : 1)d(\(shape.last ?? 0), eps=\(epsilon), momentum=\(Float(1 - momentum)))"
        default: nil
        }
    }

    /// - Parameter inputs: the variables that it reads.
    fileprivate func torchCall(_ inputs: [String], name: String, flattensAsStored: Bool) -> String {
        let x = inputs[0], pads = "(\(padding.left), \(padding.right), \(padding.top), \(padding.bottom))"
        let isPadded = padding != (0, 0, 0, 0)
        switch kind {
        case .dense: return "self.\(name)(\(x))"
        case .conv2d: return "self.\(name)(\(isEven ? x : "F.pad(\(x), \(pads))"))"
        case .maxPooling2d(let pool, let strides, _):
            return "F.max_pool2d(\(isPadded ? "F.pad(\(x), \(pads), value=-torch.inf)" : x), \(tuple(pool)), \(tuple(strides)))"
        case .averagePooling2d(let pool, let strides, _):
            let window = "\(tuple(pool)), \(tuple(strides))"
            guard isPadded else { return "F.avg_pool2d(\(x), \(window))" }
            // The mean over the cells inside the image: their sum by their number.
            return "F.avg_pool2d(F.pad(\(x), \(pads)), \(window)) / F.avg_pool2d(F.pad(torch.ones_like(\(x)), \(pads)), \(window))"
        case .flatten: return readsImage && flattensAsStored ? "\(x).permute(0, 2, 3, 1).flatten(1)" : "\(x).flatten(1)"
        case .dropout(let rate): return "F.dropout(\(x), \(rate), self.training)"
        case .batchNormalization:
            // PyTorch wants the channels behind the examples; nnc has them last.
            return inputShapes[0].count == 1 || readsImage ? "self.\(name)(\(x))" : "self.\(name)(\(x).flatten(1, -2).movedim(-1, 1)).movedim(1, -1).reshape(\(x).shape)"
        case .activation: return x
        case .add: return inputs.joined(separator: " + ")
        case .concatenate: return "torch.cat([\(inputs.joined(separator: ", "))], dim=\(readsImage ? 1 : -1))"
        }
    }

    fileprivate func torchActivation(_ x: String) -> String {
        switch activation {
        case .linear: x
        case .relu: "F.relu(\(x))"
        case .leakyReLU: "F.leaky_relu(\(x), 0.01)"
        case .elu: "F.elu(\(x))"
        case .gelu: "F.gelu(\(x))"
        case .sigmoid: "torch.sigmoid(\(x))"
        case .tanh: "torch.tanh(\(x))"
        case .softmax: "torch.softmax(\(x), dim=-1)"
        }
    }

    /// Whether there are as many zeros on both sides, which is all that PyTorch's convolutions know.
    private var isEven: Bool { padding.top == padding.bottom && padding.left == padding.right }

    private func tuple(_ sizes: [Int]) -> String { "(\(sizes.map(String.init).joined(separator: ", ")))" }
}
