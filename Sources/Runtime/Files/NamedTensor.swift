import Graph
import Kernels

/// Numbers of four bytes each, to be written under a name.
public struct NamedTensor {
    public enum Content {
        case memory(Floats)
        case bits([UInt32])
    }

    public var name: String
    public var dtype: TensorType.DType
    public var shape: [Int]
    public var content: Content

    public init(_ name: String, _ dtype: TensorType.DType, _ shape: [Int], _ content: Content) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.content = content
    }

    /// What outlives a step, as it is now.
    public init(_ value: PersistentValue) { self.init(value.name, value.type.dtype, value.type.shape, .memory(value.numbers)) }

    var count: Int {
        switch content {
        case .memory(let numbers): numbers.count
        case .bits(let bits): bits.count
        }
    }
}
