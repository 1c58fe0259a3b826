/// The element-wise functions that a kernel can apply to what it has just computed.
public enum ActivationFunction: String, Sendable, CaseIterable {
    case linear, relu, leakyReLU = "leaky_relu", elu, gelu, sigmoid, tanh

    /// What `leaky_relu` multiplies negative numbers by.
    public static let leakySlope: Float = 0.01

    /// Whether the derivative can be had from the output alone, so that the input need not be kept.
    public var derivativeFromOutput: Bool { self != .gelu }

    /// As the kernels in C number them.
    var code: Int32 {
        switch self {
        case .linear: 0
        case .relu: 1
        case .leakyReLU: 2
        case .elu: 3
        case .gelu: 4
        case .sigmoid: 5
        case .tanh: 6
        }
    }
}
