/// A run of numbers in the arena: the only form in which memory reaches an operation.
///
/// Indexing is checked in debug builds only; kernels check counts once, at their entry.
@frozen public struct Strip<Element: BitwiseCopyable>: @unchecked Sendable {
    public let base: UnsafeMutablePointer<Element>
    public let count: Int

    @inlinable public init(_ base: UnsafeMutablePointer<Element>, count: Int) {
        self.base = base
        self.count = count
    }

    @inlinable public subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < count)
            return base[index]
        }
        nonmutating set {
            assert(index >= 0 && index < count)
            base[index] = newValue
        }
    }

    @inlinable public subscript(range: Range<Int>) -> Strip {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return Strip(base + range.lowerBound, count: range.count)
    }

    @inlinable public func prefix(_ n: Int) -> Strip { self[0..<n] }

    @inlinable public func fill(_ value: Element) { base.update(repeating: value, count: count) }

    @inlinable public func copy(from other: Strip) {
        precondition(count == other.count)
        base.update(from: other.base, count: count)
    }
}

public typealias Floats = Strip<Float>
public typealias Ints = Strip<Int32>
public typealias Bytes = Strip<UInt8>
