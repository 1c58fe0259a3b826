import Graph

/// One of the two backward products of a layer with units: what a policy makes smaller.
public protocol BackwardProduct: Operation {
    /// Where the cotangent stands among the inputs, and behind it the winners of max pooling where these take part.
    var cotangentOperands: Range<Int> { get }
    /// Where the kernel stands; nil for the product that makes its gradient.
    var kernelOperand: Int? { get }
    /// Which axis of the kernel counts the units.
    var unitAxis: UnitAxis { get }
}

extension DenseBackwardInput: BackwardProduct {
    public var cotangentOperands: Range<Int> { 0..<1 }
    public var kernelOperand: Int? { 1 }
    public var unitAxis: UnitAxis { .first }
}

extension DenseBackwardWeights: BackwardProduct {
    public var cotangentOperands: Range<Int> { 1..<2 }
    public var kernelOperand: Int? { nil }
    public var unitAxis: UnitAxis { .first }
}

extension Conv2DBackwardInput: BackwardProduct {
    public var cotangentOperands: Range<Int> { 0..<1 }
    public var kernelOperand: Int? { 1 }
    public var unitAxis: UnitAxis { .last }
}

extension Conv2DBackwardWeights: BackwardProduct {
    public var cotangentOperands: Range<Int> { 1..<2 }
    public var kernelOperand: Int? { nil }
    public var unitAxis: UnitAxis { .last }
}

extension Conv2DPooledBackwardInput: BackwardProduct {
    public var cotangentOperands: Range<Int> { 0..<2 }
    public var kernelOperand: Int? { 2 }
    public var unitAxis: UnitAxis { .last }
}

extension Conv2DPooledBackwardWeights: BackwardProduct {
    public var cotangentOperands: Range<Int> { 1..<3 }
    public var kernelOperand: Int? { nil }
    public var unitAxis: UnitAxis { .last }
}
