import Graph
import Model

/// The slot `neurons`: which units exist, as training goes on.
///
/// It looks at its layer at moments of its own choosing and says which units stay. What happens then is not its business: the model is
/// lowered again with the narrower layer, by the same passes, and all that lasts is cut to fit.
public protocol NeuronsPolicy: Policy {
    /// Adds to the training plan what it needs to have counted.
    func watch(_ gradient: inout LayerGradient) throws(TypeError)

    /// The layer state that it looks at, `name` as given to `LayerGradient.watch`.
    var watchedState: [String] { get }

    /// The first step after `step` at which it looks, counted in steps done; nil for never again.
    func nextLook(after step: Int, _ clock: RunClock) -> Int?

    /// - Parameter begin: the step at which the policy began to act.
    func decide(_ look: UnitLook, _ clock: RunClock) -> UnitDecision

    /// How many units there will be: an entry for each moment at which that changes, in order.
    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast]
}

/// The lengths of a run, in steps.
public struct RunClock: Sendable, Hashable {
    public var stepsPerEpoch: Int
    public var batch: Int
    public var epochs: Int
    /// The step at which the policy begins to act.
    public var begin: Int

    public init(stepsPerEpoch: Int, batch: Int, epochs: Int, begin: Int = 0) {
        self.stepsPerEpoch = stepsPerEpoch
        self.batch = batch
        self.epochs = epochs
        self.begin = begin
    }

    public func steps(_ span: Span) -> Int { Moment(span).steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
    public var totalSteps: Int { Count.product(stepsPerEpoch, epochs) }
}

/// What a policy sees of its layer when it looks.
public struct UnitLook: Sendable {
    /// Steps done.
    public var step: Int
    public var units: Int
    /// Examples trained on since the last look.
    public var examples: Int
    /// The watched state: one number per unit.
    public var state: [String: [Float]]

    public init(step: Int, units: Int, examples: Int, state: [String: [Float]]) {
        self.step = step
        self.units = units
        self.examples = examples
        self.state = state
    }
}

public struct UnitDecision: Sendable {
    /// The units that stay, in ascending order; nil for all.
    public var kept: [Int]?
    /// Whether the counters begin anew.
    public var clearsState: Bool
    /// Whether the optimizer begins anew, for the whole network.
    public var resetsOptimizer: Bool

    public init(kept: [Int]? = nil, clearsState: Bool = false, resetsOptimizer: Bool = false) {
        self.kept = kept
        self.clearsState = clearsState
        self.resetsOptimizer = resetsOptimizer
    }
}

/// Units from a step on.
public struct WidthForecast: Sendable, Hashable {
    public var step: Int
    public var units: UnitRange

    public init(step: Int, units: UnitRange) {
        self.step = step
        self.units = units
    }
}

public typealias UnitRange = ActiveRange
