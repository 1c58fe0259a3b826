import Graph

/// A product from some units of each example that can do with more of one example and fewer of another. Where each example's units end
/// becomes the input behind their indices.
public protocol Ragged: Operation {
    var isRagged: Bool { get set }
}

extension Ragged {
    public var ragged: any Operation {
        var copy = self
        copy.isRagged = true
        return copy
    }
}

extension SparseDenseBackwardInput: Ragged {}
extension SparseDenseBackwardWeights: Ragged {}
