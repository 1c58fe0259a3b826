import Graph
import Kernels

/// A value that outlives a step, and its numbers in the arena.
public struct PersistentValue {
    public let name: String
    public let type: TensorType
    public let role: ValueRole
    public let layer: Int?
    public let axes: [Axis]
    private let initial: Initial
    /// Of four bytes each: bit patterns where the type is of whole numbers.
    public let numbers: Floats

    init(_ value: Value, initial: Initial, numbers: Floats) {
        name = value.name
        type = value.type
        role = value.role
        layer = value.layer
        axes = value.axes
        self.initial = initial
        self.numbers = numbers
    }

    /// The stream depends on the name alone, so that a network and its policy twin start from the same weights.
    func initialize(seed: UInt64, updates: Int) {
        let stream = RandomStream(seed: seed, purpose: .initialization, index: name.stableHash, iteration: 0)
        switch initial {
        case .constant(let value): numbers.fill(value)
        case .updates: numbers.fill(Float(bitPattern: UInt32(truncatingIfNeeded: updates)))
        case .uniform(let limit): fillUniform(numbers, limit: limit, stream: stream)
        case .truncatedNormal(let deviation): fillTruncatedNormal(numbers, deviation: deviation, stream: stream)
        case .permutations(let count, let signed):
            fillPermutations(numbers, of: count, signed: signed, seed: seed, index: name.stableHash)
        }
    }

    /// A copy outside the arena.
    public var saved: SavedValue {
        SavedValue(name: name, shape: type.shape, dtype: type.dtype, role: role, layer: layer, axes: axes, bits: (0..<numbers.count).map { numbers[$0].bitPattern })
    }

    func load(_ bits: [UInt32]) {
        precondition(bits.count == numbers.count, "\(name) does not fit")
        for i in bits.indices { numbers[i] = Float(bitPattern: bits[i]) }
    }
}

/// What a persistent value held, apart from any plan.
public struct SavedValue: Sendable {
    public let name: String
    public private(set) var shape: [Int]
    public let dtype: TensorType.DType
    public let role: ValueRole
    public let layer: Int?
    public let axes: [Axis]
    /// In the order of the value's numbers; of whole numbers, themselves.
    public private(set) var bits: [UInt32]

    init(name: String, shape: [Int], dtype: TensorType.DType, role: ValueRole, layer: Int?, axes: [Axis], bits: [UInt32]) {
        self.name = name
        self.shape = shape
        self.dtype = dtype
        self.role = role
        self.layer = layer
        self.axes = axes
        self.bits = bits
    }

    /// What a value of a plan held; nil where it has another number of numbers.
    public init?(_ value: Value, bits: [UInt32]) {
        guard bits.count == value.type.count else { return nil }
        self.init(name: value.name, shape: value.type.shape, dtype: value.type.dtype, role: value.role, layer: value.layer, axes: value.axes, bits: bits)
    }

    /// The part at these places of each axis, in ascending order; nil for all of an axis.
    public func keeping(_ survivors: [[Int]?]) -> SavedValue {
        guard survivors.contains(where: { $0 != nil }) else { return self }
        var part = self
        part.shape = shape.indices.map { places(survivors, $0)?.count ?? shape[$0] }
        part.bits = []
        part.bits.reserveCapacity(part.shape.reduce(1, *))
        forEachRun(survivors) { part.bits += bits[$0] }
        return part
    }

    /// Puts a part back to where it was kept from.
    public mutating func replace(_ survivors: [[Int]?], with part: SavedValue) {
        var position = 0
        // Taken out while it is changed, so that it is not copied.
        var changed: [UInt32] = []
        swap(&changed, &bits)
        forEachRun(survivors) { run in
            changed.replaceSubrange(run, with: part.bits[position..<position + run.count])
            position += run.count
        }
        swap(&changed, &bits)
    }

    public mutating func clear() { bits = Array(repeating: 0, count: bits.count) }

    private func places(_ survivors: [[Int]?], _ axis: Int) -> [Int]? { survivors.indices.contains(axis) ? survivors[axis] : nil }

    /// The stretches of numbers that are kept, in order.
    private func forEachRun(_ survivors: [[Int]?], _ body: (Range<Int>) -> Void) {
        var strides = Array(repeating: 1, count: shape.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        // Behind the last axis that is cut, all stays: one run.
        let last = shape.indices.last { places(survivors, $0) != nil }
        func walk(_ axis: Int, _ from: Int) {
            guard let last, axis <= last else {
                body(from..<from + (axis == 0 ? shape.reduce(1, *) : strides[axis - 1]))
                return
            }
            if let kept = places(survivors, axis) {
                for place in kept { walk(axis + 1, from + place * strides[axis]) }
            } else {
                for place in 0..<shape[axis] { walk(axis + 1, from + place * strides[axis]) }
            }
        }
        walk(0, 0)
    }
}

extension String {
    /// FNV-1a: the same in every process, unlike `hashValue`.
    var stableHash: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
