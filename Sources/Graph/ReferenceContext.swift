import Foundation

/// A number that a reference loop computes with: Float, Double for gradient checks, Counted for cost formulas.
public protocol ReferenceScalar: Sendable {
    init(_ value: Double)
    var value: Double { get }
    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
    /// Counts as a multiplication.
    static func / (a: Self, b: Self) -> Self
    static prefix func - (a: Self) -> Self
    /// Counts as one comparison.
    static func < (a: Self, b: Self) -> Bool
    static func exp(_ a: Self) -> Self
    static func log(_ a: Self) -> Self
    static func tanh(_ a: Self) -> Self
    static func erf(_ a: Self) -> Self
    static func sqrt(_ a: Self) -> Self
}

extension ReferenceScalar {
    public static func += (a: inout Self, b: Self) { a = a + b }
    public static var zero: Self { Self(0) }
    /// One comparison.
    public static func larger(_ a: Self, _ b: Self) -> Self { a < b ? b : a }
}

extension Double: ReferenceScalar {
    public var value: Double { self }
    public static func exp(_ a: Double) -> Double { Foundation.exp(a) }
    public static func log(_ a: Double) -> Double { Foundation.log(a) }
    public static func tanh(_ a: Double) -> Double { Foundation.tanh(a) }
    public static func erf(_ a: Double) -> Double { Foundation.erf(a) }
    public static func sqrt(_ a: Double) -> Double { a.squareRoot() }
}

extension Float: ReferenceScalar {
    public var value: Double { Double(self) }
    public static func exp(_ a: Float) -> Float { Foundation.exp(a) }
    public static func log(_ a: Float) -> Float { Foundation.log(a) }
    public static func tanh(_ a: Float) -> Float { Foundation.tanh(a) }
    public static func erf(_ a: Float) -> Float { Foundation.erf(a) }
    public static func sqrt(_ a: Float) -> Float { a.squareRoot() }
}

/// A tensor of the reference interpreter: plain arrays.
public struct ReferenceTensor<S: ReferenceScalar>: Sendable {
    public var type: TensorType
    public var values: [S]
    public var ints: [Int32]

    public init(type: TensorType, values: [S] = [], ints: [Int32] = []) {
        self.type = type
        self.values = values
        self.ints = ints
    }

    public static func zeros(_ type: TensorType, batch: Int) -> ReferenceTensor {
        let count = type.count(batch: batch)
        return type.dtype == .float32
            ? ReferenceTensor(type: type, values: Array(repeating: S(0), count: count))
            : ReferenceTensor(type: type, ints: Array(repeating: 0, count: count))
    }
}

/// What a reference loop sees. Outputs are allocated and zero; one that overwrites an input starts as its copy.
public struct ReferenceContext<S: ReferenceScalar> {
    public var inputs: [ReferenceTensor<S>]
    public var outputs: [ReferenceTensor<S>]
    public var batch: Int
    public var step: StepState
    /// What `run` has to return. Places of an output that hold nothing, behind the last active unit, are NaN or `Int32.min` here.
    public var active = ActiveCount.all

    public init(inputs: [ReferenceTensor<S>], outputs: [ReferenceTensor<S>], batch: Int, step: StepState) {
        self.inputs = inputs
        self.outputs = outputs
        self.batch = batch
        self.step = step
    }
}
