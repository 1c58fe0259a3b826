import Graph

/// Which axis of a parameter counts its units: the first of a dense kernel and of a bias, the last of a convolution's.
///
/// Code that goes over units takes three counts, with element (o, u, i) at `(o · units + u) · inner + i`.
public enum UnitAxis: String, Sendable, Hashable {
    case first, last
}

extension UnitAxis {
    /// The unit axis's place in a shape, which must not be empty.
    func index(in shape: [Int]) -> Int { self == .first ? 0 : shape.count - 1 }

    /// How many units a shape has, how often they come, and how many elements in a row belong to one. No array is made.
    func counts(_ shape: [Int]) -> (outer: Int, units: Int, inner: Int) {
        switch self {
        case .first: (1, shape[0], shape.dropFirst().reduce(1, Count.product))
        case .last: (shape.dropLast().reduce(1, Count.product), shape[shape.count - 1], 1)
        }
    }

    /// The shape with `count` units instead of its own.
    func replacing(_ shape: [Int], by count: Int) -> [Int] {
        var shape = shape
        shape[index(in: shape)] = count
        return shape
    }
}
