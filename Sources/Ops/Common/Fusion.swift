import Graph
import Kernels

/// A product that can apply an activation to what it has just computed.
public protocol ActivationFusible: Operation {
    var activation: ActivationFunction { get set }
}

/// A product that can multiply the cotangent it makes by the derivative of the activation below. The output of that
/// activation becomes its last input.
public protocol DerivativeFusible: Operation {
    var through: ActivationFunction { get set }
}

/// A weight gradient that can add straight into the weights. They become its last inputs, and its outputs; an index set of the units
/// touched stays its last output.
public protocol UpdateFusible: Operation {
    func fusedWithUpdate() -> any Operation
}

extension ActivationFusible {
    public func with(activation: ActivationFunction) -> any Operation {
        var copy = self
        copy.activation = activation
        return copy
    }
}

extension DerivativeFusible {
    public func with(through: ActivationFunction) -> any Operation {
        var copy = self
        copy.through = through
        return copy
    }
}

extension Dense: ActivationFusible {}
extension GatheredDense: ActivationFusible {}
extension SparseInputDense: ActivationFusible {}
extension SparseGatheredDense: ActivationFusible {}
extension Conv2D: ActivationFusible {}
extension DenseBackwardInput: DerivativeFusible {}
extension Conv2DBackwardInput: DerivativeFusible {}
extension Conv2DPooledBackwardInput: DerivativeFusible {}
extension SparseDenseBackwardInput: DerivativeFusible {}
extension SparseConv2DBackwardInput: DerivativeFusible {}
extension SparseGatheredBackwardInput: DerivativeFusible {}

extension DenseBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation { DenseUpdate(useBias: withBias) }
}

extension Conv2DBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation {
        Conv2DUpdate(strideHeight: strideHeight, strideWidth: strideWidth, padding: padding, useBias: withBias)
    }
}

extension Conv2DPooledBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation { Conv2DPooledUpdate(self) }
}

extension SparseDenseBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation { SparseDenseUpdate(self) }
}

extension SparseGatheredBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation { SparseGatheredUpdate(self) }
}

/// One of a convolution's two backward products.
public protocol PoolingFusible: BackwardProduct {
    /// The same product from the pooled cotangent, or nil where that has as many numbers, or too many for its offsets.
    /// The winners become the input behind the cotangent.
    func fused(with pooling: MaxPooling2DGradient, _ inputs: [TensorType]) -> (any Operation)?
}

extension Conv2DBackwardInput: PoolingFusible {
    public func fused(with pooling: MaxPooling2DGradient, _ inputs: [TensorType]) -> (any Operation)? {
        let fused = Conv2DPooledBackwardInput(self, pooling, kernel: inputs[1].shape)
        return fused.geometry.pays(weights: inputs[1].shape) ? fused : nil
    }
}

extension Conv2DBackwardWeights: PoolingFusible {
    public func fused(with pooling: MaxPooling2DGradient, _ inputs: [TensorType]) -> (any Operation)? {
        let fused = Conv2DPooledBackwardWeights(self, pooling, image: inputs[0].shape)
        let weights = [kernelHeight, kernelWidth, inputs[0].shape[2], inputs[1].shape[2]]
        return fused.geometry.pays(weights: weights) ? fused : nil
    }
}

extension PooledConv2D {
    /// Rows are added about as fast as the dense loops multiply, so half the products is half the time.
    func pays(weights: [Int]) -> Bool {
        guard fits(weights: weights) else { return false }
        let shape = shape(weights: weights, batch: 1)
        return 2 * shape.pool.outHeight * shape.pool.outWidth <= shape.conv.outHeight * shape.conv.outWidth
    }

    /// Whether the kernels' offsets reach everywhere.
    func fits(weights: [Int]) -> Bool {
        // No size of the kernel's memory may overflow before the shape itself can look at it.
        let padded = [height + convolution.height, width + convolution.width, weights[2]]
        guard Count.product(weights) <= Int(Int32.max), Count.product(padded) <= Int(Int32.max) else { return false }
        return shape(weights: weights, batch: 1).fits
    }
}
