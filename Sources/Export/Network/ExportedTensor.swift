import Runtime

/// A tensor of a trained network in PyTorch's layout, read from the file of weights when it is wanted.
public struct ExportedTensor: Sendable {
    /// `weight`, `bias`, `running_mean`, `running_var`.
    public let name: String
    /// In PyTorch's layout.
    public let shape: [Int]
    let stored: Safetensors.Tensor
    let arrangement: Arrangement

    init(_ place: TorchPlace, _ stored: Safetensors.Tensor) {
        name = place.name
        shape = place.shape
        self.stored = stored
        arrangement = place.arrangement
    }

    public var count: Int { stored.count }

    /// The numbers in PyTorch's layout.
    public func numbers(_ file: Safetensors) throws(FileError) -> [Float] { arrangement.outward(try file.numbers(stored), stored.shape) }
}
