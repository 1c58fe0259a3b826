import Graph
import Runtime

/// A tensor of a trained network in PyTorch's layout, read from the file of weights when it is wanted.
public struct ExportedTensor: Sendable {
    /// How the stored numbers have to be put.
    enum Arrangement: Sendable {
        case asStored
        /// Stored as [rows, columns]; wanted as [columns, rows].
        case transposed
        /// Stored as [height, width, channels, filters]; wanted as [filters, channels, height, width].
        case filters
        /// The last axis in another order: place `i` takes what is stored at `order[i]`.
        case ordered([Int])
    }

    /// `weight`, `bias`, `running_mean`, `running_var`.
    public let name: String
    /// In PyTorch's layout.
    public let shape: [Int]
    let stored: Safetensors.Tensor
    let arrangement: Arrangement

    init(_ name: String, _ stored: Safetensors.Tensor, _ arrangement: Arrangement = .asStored) {
        self.name = name
        self.stored = stored
        self.arrangement = arrangement
        let shape = stored.shape
        self.shape =
            switch arrangement {
            case .asStored, .ordered: shape
            case .transposed: shape.reversed()
            case .filters: [shape[3], shape[2], shape[0], shape[1]]
            }
    }

    public var count: Int { stored.count }

    /// The numbers in PyTorch's layout.
    public func numbers(_ file: Safetensors) throws(FileError) -> [Float] {
        let numbers = try file.numbers(stored), shape = stored.shape
        switch arrangement {
        case .asStored: return numbers
        case .transposed: return transposed(numbers, rows: shape[0], columns: shape[1])
        case .filters:
            // One transposition: [height · width, channels · filters] would leave the filters inside.
            let window = shape[0] * shape[1], channels = shape[2], filters = shape[3]
            var result = [Float](repeating: 0, count: numbers.count)
            for place in 0..<window {
                for channel in 0..<channels {
                    let row = (place * channels + channel) * filters
                    for filter in 0..<filters { result[(filter * channels + channel) * window + place] = numbers[row + filter] }
                }
            }
            return result
        case .ordered(let order):
            var result = [Float](repeating: 0, count: numbers.count)
            for row in 0..<(order.isEmpty ? 0 : numbers.count / order.count) {
                let start = row * order.count
                for (place, source) in order.enumerated() { result[start + place] = numbers[start + source] }
            }
            return result
        }
    }

    private func transposed(_ numbers: [Float], rows: Int, columns: Int) -> [Float] {
        var result = [Float](repeating: 0, count: numbers.count)
        for row in 0..<rows { for column in 0..<columns { result[column * rows + row] = numbers[row * columns + column] } }
        return result
    }
}
