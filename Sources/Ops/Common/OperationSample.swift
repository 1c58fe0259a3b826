import Graph

/// An operation with operands it accepts: what the contract tests run it on.
///
/// Each operation lists its own, next to its code; `allOperations` joins them.
public struct OperationSample: Sendable {
    /// What the numbers of an operand are drawn from.
    public enum Values: Sendable, Hashable {
        case normal
        /// 0.5 ..< 1.5: variances, reciprocals of deviations, accumulators.
        case positive
        /// 0 ..< 1: probabilities and targets.
        case fraction
        /// Normal, but not near zero, where some functions have a kink.
        case awayFromZero
        /// No two within 0.01: which one is the largest does not change under a small step.
        case distinct
        /// Whole numbers 0 ..< n.
        case classes(Int)
        /// An index set for the batch: how many, then so many units in ascending order, then places that nothing reads. Of `of` units.
        case indexSet(of: Int)
        /// The same with as many units as there are places.
        case fullIndexSet(of: Int)
        /// An index set with as many units as the examples of a batch can have chosen among them, if each has chosen `perExample`.
        case touched(of: Int, perExample: Int)
        /// For each example as many different units, in ascending order, as the last axis has places. Of `of` units.
        case indices(of: Int)
        /// So many on average, and where each example's end: those of even examples are more and those of odd ones fewer. Of `of` units.
        case raggedIndices(of: Int)
        case ends(perExample: Int, of: Int)
        /// For each example some of `of` inputs, in ascending order, and -1 in the places that are left.
        case places(of: Int)
        /// Random orders of 0 ..< `of`, one after the other; if signed, doubled plus 0 or 1.
        case permutations(of: Int, signed: Bool)
    }

    public struct Operand: Sendable {
        public var type: TensorType
        public var values: Values

        public init(_ type: TensorType, _ values: Values) {
            self.type = type
            self.values = values
        }
    }

    public var operation: any Operation
    public var operands: [Operand]
    public var slot: Slot
    /// The operands by which the first output (or the mean of the losses) can be differentiated.
    public var differentiable: [Int]
    /// Whether the first output is itself a loss, from which a backward pass starts.
    public var isLoss: Bool

    public init(
        _ operation: any Operation, _ operands: [Operand], slot: Slot = .forward, differentiable: [Int] = [], isLoss: Bool = false
    ) {
        self.operation = operation
        self.operands = operands
        self.slot = slot
        self.differentiable = differentiable
        self.isLoss = isLoss
    }
}

extension OperationSample.Operand {
    /// One such shape per example.
    static func each(_ shape: Int..., values: OperationSample.Values = .normal) -> Self { Self(TensorType(batched: true, shape), values) }
    /// One for all.
    static func whole(_ shape: Int..., values: OperationSample.Values = .normal) -> Self { Self(TensorType(batched: false, shape), values) }
    static func labels(_ classes: Int) -> Self { Self(TensorType(.int32, batched: true, []), .classes(classes)) }
    /// `capacity` of `units` units, for the batch.
    static func indexSet(_ capacity: Int, of units: Int) -> Self { Self(TensorType(.int32, batched: false, [1 + capacity]), .indexSet(of: units)) }
    static func fullIndexSet(_ count: Int, of units: Int) -> Self {
        Self(TensorType(.int32, batched: false, [1 + count]), .fullIndexSet(of: units))
    }
    /// As many of `units` units as a batch touches, at most `capacity`, where each example touches `perExample`.
    static func touched(_ capacity: Int, of units: Int, perExample: Int) -> Self {
        Self(TensorType(.int32, batched: false, [1 + capacity]), .touched(of: units, perExample: perExample))
    }
    /// `count` of `units` units, for each example.
    static func indices(_ count: Int, of units: Int) -> Self { Self(TensorType(.int32, batched: true, [count]), .indices(of: units)) }
    /// `average` of `units` units for an example, and where those of each example end.
    static func raggedIndices(_ average: Int, of units: Int) -> Self { Self(TensorType(.int32, batched: true, [average]), .raggedIndices(of: units)) }
    static func ends(_ average: Int, of units: Int) -> Self { Self(TensorType(.int32, batched: true, []), .ends(perExample: average, of: units)) }
    /// At most `longest` of `inputs` inputs, for each example.
    static func places(_ longest: Int, of inputs: Int) -> Self { Self(TensorType(.int32, batched: true, [longest]), .places(of: inputs)) }
    static func bytes(_ shape: Int..., below limit: Int) -> Self { Self(TensorType(.uint8, batched: true, shape), .classes(limit)) }
}
