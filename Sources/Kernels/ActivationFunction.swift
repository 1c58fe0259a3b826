/// The element-wise functions that a kernel can apply to what it has just computed.
public enum ActivationFunction: String, Sendable, CaseIterable {
    case linear, relu, leakyReLU = "leaky_relu", elu, gelu, sigmoid, tanh

    /// Whether the derivative can be had from the output alone, so that the input need not be kept.
    public var derivativeFromOutput: Bool { self != .gelu }
}
