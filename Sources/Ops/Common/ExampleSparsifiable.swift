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

extension Conv2DBackwardInput: ExampleSparsifiable {
    /// Operands: cotangent, indices, weights, and the output below.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? {
        let sparse = SparseConv2DBackwardInput(self, kernel: inputs[1].shape)
        return sparse.geometry.fits(weights: inputs[1].shape) ? sparse : nil
    }
}

extension Conv2DBackwardWeights: ExampleSparsifiable {
    /// Operands: input, cotangent, indices.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? {
        let filters = inputs[1].shape[2], sparse = SparseConv2DBackwardWeights(self, image: inputs[0].shape, filters: filters)
        return sparse.geometry.fits(weights: [kernelHeight, kernelWidth, inputs[0].shape[2], filters]) ? sparse : nil
    }
}

extension Conv2DPooledBackwardInput: ExampleSparsifiable {
    /// Operands: cotangent, winners, indices, weights, and the output below.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? { SparseConv2DBackwardInput(self) }
}

extension Conv2DPooledBackwardWeights: ExampleSparsifiable {
    /// Operands: input, cotangent, winners, indices.
    public func keepingUnitsPerExample(_ inputs: [TensorType]) -> (any Operation)? {
        SparseConv2DBackwardWeights(self, filters: inputs[1].shape[2])
    }
}
