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

/// A weight gradient that can add straight into the weights. They become its last inputs, and its outputs.
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
extension Conv2D: ActivationFusible {}
extension DenseBackwardInput: DerivativeFusible {}
extension Conv2DBackwardInput: DerivativeFusible {}

extension DenseBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation { DenseUpdate(useBias: withBias) }
}

extension Conv2DBackwardWeights: UpdateFusible {
    public func fusedWithUpdate() -> any Operation {
        Conv2DUpdate(strideHeight: strideHeight, strideWidth: strideWidth, padding: padding, useBias: withBias)
    }
}
