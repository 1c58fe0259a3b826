/// What one execution costs, in counts. Kept apart by the rate at which a machine does them.
///
/// A multiplication includes divisions; an addition, subtractions; a comparison, min and max.
public struct Work: Codable, Sendable, Hashable {
    /// Multiplications done inside a GEMM (or a convolution of the same efficiency).
    public var gemm = 0
    /// Multiplications in plain loops.
    public var multiplications = 0
    public var additions = 0
    /// exp, log, tanh, erf, square roots.
    public var transcendentals = 0
    public var comparisons = 0
    /// Bytes read and written in order.
    public var streamed = 0
    /// Bytes read or written by index.
    public var gathered = 0

    public init(
        gemm: Int = 0, multiplications: Int = 0, additions: Int = 0, transcendentals: Int = 0, comparisons: Int = 0,
        streamed: Int = 0, gathered: Int = 0
    ) {
        self.gemm = gemm
        self.multiplications = multiplications
        self.additions = additions
        self.transcendentals = transcendentals
        self.comparisons = comparisons
        self.streamed = streamed
        self.gathered = gathered
    }

    /// What a table calls "multiplications": wherever they are done.
    public var allMultiplications: Int { Count.sum(gemm, multiplications) }

    public static func + (a: Work, b: Work) -> Work {
        Work(
            gemm: Count.sum(a.gemm, b.gemm), multiplications: Count.sum(a.multiplications, b.multiplications),
            additions: Count.sum(a.additions, b.additions), transcendentals: Count.sum(a.transcendentals, b.transcendentals),
            comparisons: Count.sum(a.comparisons, b.comparisons), streamed: Count.sum(a.streamed, b.streamed),
            gathered: Count.sum(a.gathered, b.gathered))
    }

    /// Nothing is less than nothing: counts stop at 0.
    public static func - (a: Work, b: Work) -> Work {
        func difference(_ path: KeyPath<Work, Int>) -> Int { max(0, a[keyPath: path] - b[keyPath: path]) }
        return Work(
            gemm: difference(\.gemm), multiplications: difference(\.multiplications), additions: difference(\.additions),
            transcendentals: difference(\.transcendentals), comparisons: difference(\.comparisons), streamed: difference(\.streamed),
            gathered: difference(\.gathered))
    }

    /// False of what cannot have been counted.
    public var isNonNegative: Bool { [gemm, multiplications, additions, transcendentals, comparisons, streamed, gathered].allSatisfy { $0 >= 0 } }

    public static func * (a: Work, times: Int) -> Work {
        Work(
            gemm: Count.product(a.gemm, times), multiplications: Count.product(a.multiplications, times),
            additions: Count.product(a.additions, times), transcendentals: Count.product(a.transcendentals, times),
            comparisons: Count.product(a.comparisons, times), streamed: Count.product(a.streamed, times),
            gathered: Count.product(a.gathered, times))
    }

    public static func += (a: inout Work, b: Work) { a = a + b }
}

/// Arithmetic on counts that stops at `Int.max` instead of trapping: a file may ask for anything.
public enum Count {
    @inlinable public static func sum(_ a: Int, _ b: Int) -> Int {
        let (result, overflow) = a.addingReportingOverflow(b)
        return overflow ? Int.max : result
    }

    @inlinable public static func product(_ a: Int, _ b: Int) -> Int {
        let (result, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? Int.max : result
    }

    @inlinable public static func product(_ factors: [Int]) -> Int { factors.reduce(1, product) }
}

/// The columns of an estimate.
public enum Slot: String, Sendable, CaseIterable {
    case forward, backwardInput = "backward_input", backwardWeights = "backward_weights", update, overhead
}

/// Work by slot. A fused operation (a weight gradient that also updates) has more than one.
public struct SlotWork: Codable, Sendable, Hashable {
    public var forward = Work()
    public var backwardInput = Work()
    public var backwardWeights = Work()
    public var update = Work()
    public var overhead = Work()

    public init() {}

    public init(_ slot: Slot, _ work: Work) { self[slot] = work }

    public subscript(slot: Slot) -> Work {
        get {
            switch slot {
            case .forward: forward
            case .backwardInput: backwardInput
            case .backwardWeights: backwardWeights
            case .update: update
            case .overhead: overhead
            }
        }
        set {
            switch slot {
            case .forward: forward = newValue
            case .backwardInput: backwardInput = newValue
            case .backwardWeights: backwardWeights = newValue
            case .update: update = newValue
            case .overhead: overhead = newValue
            }
        }
    }

    public var isNonNegative: Bool { Slot.allCases.allSatisfy { self[$0].isNonNegative } }

    public var total: Work { forward + backwardInput + backwardWeights + update + overhead }

    public static func + (a: SlotWork, b: SlotWork) -> SlotWork {
        var sum = SlotWork()
        for slot in Slot.allCases { sum[slot] = a[slot] + b[slot] }
        return sum
    }

    public static func - (a: SlotWork, b: SlotWork) -> SlotWork {
        var difference = SlotWork()
        for slot in Slot.allCases { difference[slot] = a[slot] - b[slot] }
        return difference
    }

    public static func * (a: SlotWork, times: Int) -> SlotWork {
        var product = SlotWork()
        for slot in Slot.allCases { product[slot] = a[slot] * times }
        return product
    }

    public static func += (a: inout SlotWork, b: SlotWork) { a = a + b }
}
