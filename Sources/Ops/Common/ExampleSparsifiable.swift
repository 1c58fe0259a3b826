import Graph

/// A backward product that can be made from a few units of each example instead of the whole cotangent.
public protocol ExampleSparsifiable: Operation {
    /// The operation for k units of each example, or nil where its sizes do not allow it.
    ///
    /// Its operands are this one's in their order, with k units packed in the place of all in the cotangent (and the
    /// winners, where there are any), and right behind these one more: the units' indices, i32[N,k]. A weight gradient
    /// has one more output, the last: the index set of the units that its other outputs hold.
    func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)?
}

extension DenseBackwardInput: ExampleSparsifiable {
    /// Operands: values, indices, weights, and the output below.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? { SparseDenseBackwardInput(through: through) }
}

extension DenseBackwardWeights: ExampleSparsifiable {
    /// Operands: input, values, indices.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? {
        SparseDenseBackwardWeights(units: inputs[1].shape[0], withBias: withBias)
    }
}
