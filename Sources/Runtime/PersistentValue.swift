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
        }
    }

    /// Numbers that are left when each axis keeps these places.
    func count(keeping survivors: [[Int]?]) -> Int {
        type.shape.indices.reduce(1) { $0 * (survivors.indices.contains($1) ? survivors[$1]?.count ?? type.shape[$1] : type.shape[$1]) }
    }

    /// Copies them, in their order.
    func gather(keeping survivors: [[Int]?], into target: Floats) {
        precondition(target.count == count(keeping: survivors))
        var strides = Array(repeating: 1, count: type.shape.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * type.shape[axis + 1] }
        var position = 0
        func copy(_ axis: Int, _ from: Int) {
            guard axis < type.shape.count else {
                target[position] = numbers[from]
                position += 1
                return
            }
            // From here on all stays: one run.
            if !survivors.indices.contains(where: { $0 >= axis && survivors[$0] != nil }) {
                let count = axis == 0 ? numbers.count : strides[axis - 1]
                target[position..<position + count].copy(from: numbers[from..<from + count])
                position += count
                return
            }
            let places = survivors.indices.contains(axis) ? survivors[axis] : nil
            for place in places ?? Array(0..<type.shape[axis]) { copy(axis + 1, from + place * strides[axis]) }
        }
        copy(0, 0)
    }
}

extension String {
    /// FNV-1a: the same in every process, unlike `hashValue`.
    var stableHash: UInt64 {
        utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
