import Model
import Runtime

extension ExportedNetwork {
    /// Writes the weights under PyTorch's names: `h1.weight`, `h1.bias`, `norm.running_mean`.
    ///
    /// - Parameter metadata: beside `format: pt`.
    public func writeSafetensors(to path: String, metadata: [(String, String)]) throws(FileError) {
        var entries: [Safetensors.Entry] = []
        // Nil for the count of batches, which a normalization in PyTorch has beside its averages.
        var tensors: [ExportedTensor?] = []
        for (layer, module) in zip(layers, TorchNames(layers.map(\.name)).modules) {
            for tensor in layer.tensors {
                entries.append(Safetensors.Entry(name: "\(module).\(tensor.name)", dtype: "F32", shape: tensor.shape, byteCount: 4 * tensor.count))
                tensors.append(tensor)
            }
            guard case .batchNormalization = layer.kind else { continue }
            entries.append(Safetensors.Entry(name: "\(module).num_batches_tracked", dtype: "I64", shape: [], byteCount: 8))
            tensors.append(nil)
        }
        try Safetensors.write(entries, metadata: metadata, to: path) { index, output throws(FileError) in
            if let tensor = tensors[index] {
                try output.write(try tensor.numbers(file))
            } else {
                try output.write((0..<8).map { UInt8(truncatingIfNeeded: steps >> (8 * $0)) })
            }
        }
    }
}
