/// The type of a value: element type, shape without the batch, and whether all of it is there.
public struct TensorType: Sendable, Hashable {
    public enum DType: String, Sendable {
        case float32 = "f32", int32 = "i32", uint8 = "u8"
        public var byteCount: Int { self == .uint8 ? 1 : 4 }
    }

    /// Which entries of the last axis a value holds.
    public enum Layout: Sendable, Hashable {
        case dense
        /// Some units only, at most `capacity` of them: a set per example (CSR), or one for the batch.
        case active(per: Granularity, capacity: Int)
    }

    public enum Granularity: String, Sendable, Hashable { case example, batch }

    public var dtype: DType
    /// True where the value has one such shape per example of the batch.
    public var batched: Bool
    public var shape: [Int]
    public var layout: Layout

    public init(_ dtype: DType = .float32, batched: Bool, _ shape: [Int], layout: Layout = .dense) {
        self.dtype = dtype
        self.batched = batched
        self.shape = shape
        self.layout = layout
    }

    /// Elements per example (or in all, if not batched). All counts stop at `Int.max`: a file may ask for anything, and is
    /// refused from the estimate.
    public var count: Int { Count.product(shape) }

    public func count(batch: Int) -> Int { batched ? Count.product(count, batch) : count }

    public func byteCount(batch: Int) -> Int { Count.product(count(batch: batch), dtype.byteCount) }

    /// `f32[N,28,28,1]`
    public var text: String {
        let dimensions = (batched ? ["N"] : []) + shape.map(String.init)
        var text = "\(dtype.rawValue)[\(dimensions.joined(separator: ","))]"
        if case .active(let per, let capacity) = layout { text += " active(\(capacity) per \(per.rawValue))" }
        return text
    }
}

/// What `infer` throws: the operands do not fit each other. Becomes a diagnostic at the layer.
public struct TypeError: Error, Sendable {
    public let message: String
    /// The operand that does not fit, where there is one to point at.
    public let operand: Int?

    public init(_ message: String, operand: Int? = nil) {
        self.message = message
        self.operand = operand
    }
}
