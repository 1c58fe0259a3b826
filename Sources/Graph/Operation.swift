import Foundation

/// An operation of the graph. Everything it has to say stands in its one file, and nothing has a default:
/// an operation without a cost formula or a gradient does not compile.
public protocol Operation: Sendable {
    /// As in the printed graph: `dense`, `dense_backward_input`.
    var name: String { get }

    /// What tells two operations of one name apart, as printed: `activation=relu`.
    var attributes: [(key: String, value: String)] { get }

    /// The types of the outputs, from those of the inputs.
    func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType]

    /// For each output, the input whose memory it overwrites, or nil for memory of its own.
    ///
    /// The overwritten value may not be read afterwards; the verifier checks that.
    var overwrites: [Int?] { get }

    /// For each output, an input whose memory it MAY share, element by element, if that input dies here.
    var mayReuse: [Int?] { get }

    /// What one execution costs, given the types and how many units were active.
    func work(_ operands: WorkOperands) -> SlotWork

    /// Adds the operations of the backward pass. A policy's operation may add fewer than the true gradient's.
    func gradient(_ builder: inout GradientBuilder) throws(TypeError)

    /// Floats of scratch memory that one execution needs, from the arena.
    func scratch(_ operands: WorkOperands, threads: Int) -> Int

    /// The kernel call. Returns how many units were active, `.all` for a dense operation.
    func run(_ context: borrowing RunContext) -> ActiveCount

    /// The same in plain loops over any scalar: the text that the fast kernel, the gradient and the cost
    /// formula are held to.
    func reference<S: ReferenceScalar>(_ context: inout ReferenceContext<S>)
}

/// How many units an execution computed, summed over the examples (or once for a set per batch).
public struct ActiveCount: Sendable, Hashable {
    /// Negative: all of them.
    public var units: Int

    @inlinable public init(units: Int) { self.units = units }
    public static let all = ActiveCount(units: -1)
    public var isAll: Bool { units < 0 }
}

/// An operation that does as much as its data ask for: its cost is a range before it has run.
///
/// `work` must be a linear function of the active count, and `.all` must mean the most.
public protocol DataDependent: Operation {
    /// What one execution may return.
    func activeRange(_ operands: WorkOperands) -> ActiveRange
}

/// An operation that acts in some steps only, and which these are is known before the run.
///
/// `run` returns the active count of its step, 0 where nothing is due; its `activeRange` is that of a step in which it acts.
public protocol Scheduled: DataDependent {
    var schedule: RefreshSchedule { get }
}

/// Every so many steps, at growing intervals.
public struct RefreshSchedule: Sendable, Hashable {
    /// Steps that are done before the first time.
    public var begin: Int
    /// Steps to the second time.
    public var every: Int
    /// By what each interval is longer than the one before; at least 1.
    public var growth: Double

    public init(begin: Int = 0, every: Int, growth: Double = 1) {
        self.begin = max(begin, 0)
        self.every = max(every, 1)
        self.growth = max(growth, 1)
    }

    /// - Parameter iteration: of a step, counted from 1 over the whole run.
    public func isDue(iteration: Int) -> Bool { times(before: iteration) < times(before: iteration + 1) }

    /// How often it acts in the steps from the first up to, not including, `iteration`.
    public func times(before iteration: Int) -> Int {
        // Steps done since the first time, which is itself done in step begin + 1.
        let steps = iteration - begin - 2
        guard steps >= 0 else { return 0 }
        guard growth > 1 else { return 1 + steps / every }
        var i = max(0, Int(log1p(Double(steps) * (growth - 1) / Double(every)) / log(growth)))
        while after(i) > Double(steps) { i -= 1 }
        while after(i + 1) <= Double(steps) { i += 1 }
        return 1 + i
    }

    /// Steps from the first time to that numbered `i`, from 0: every · (growthⁱ − 1) / (growth − 1), rounded down.
    private func after(_ i: Int) -> Double {
        growth > 1 ? (Double(every) * (pow(growth, Double(i)) - 1) / (growth - 1)).rounded(.down) : Double(i) * Double(every)
    }

    /// How many of its times in steps `from + 1` to `to` fall on a step whose number is a multiple of `period`; of very many, about how many.
    public func times(from: Int, to: Int, onMultiplesOf period: Int) -> Int {
        let first = times(before: from + 1), last = times(before: to + 1)
        guard last - first <= 1_000_000 else { return (last - first) / max(period, 1) }
        return (first..<max(first, last)).reduce(0) { $0 + ((begin + Int(after($1)) + 1) % max(period, 1) == 0 ? 1 : 0) }
    }
}

/// Which end of a range, or what is likely.
public enum Bound: String, Sendable, CaseIterable { case lower, expected, upper }

/// The least, the expected and the largest active count.
public struct ActiveRange: Sendable, Hashable {
    public var lower: Int
    public var expected: Int
    public var upper: Int

    public init(lower: Int, expected: Int, upper: Int) {
        self.lower = lower
        self.expected = expected
        self.upper = upper
    }

    public subscript(bound: Bound) -> Int {
        switch bound {
        case .lower: lower
        case .expected: expected
        case .upper: upper
        }
    }
}

/// What a cost formula sees.
public struct WorkOperands: Sendable {
    public var inputs: [TensorType]
    public var outputs: [TensorType]
    public var batch: Int
    /// Where the node's work is to be booked.
    public var slot: Slot
    public var active: ActiveCount

    public init(inputs: [TensorType], outputs: [TensorType], batch: Int, slot: Slot, active: ActiveCount = .all) {
        self.inputs = inputs
        self.outputs = outputs
        self.batch = batch
        self.slot = slot
        self.active = active
    }
}

/// An operation whose one output is its first input's memory under another shape: nothing is computed, nothing
/// is overwritten, and both may be read afterwards. The planner places both at the same offset.
public protocol View: Operation {}
