import Graph
import Model

/// The slot `neurons`: which units exist, as training goes on.
///
/// It looks at its layer at moments of its own choosing and says which units stay. What happens then is not its business: the model is
/// lowered again with the narrower layer, by the same passes, and all that lasts is cut to fit.
public protocol NeuronsPolicy: Policy {
    /// What it does in pre-training, if it begins to act with the run.
    var pretraining: PretrainConduct { get }

    /// Adds to the training plan what it needs to have counted.
    func watch(_ gradient: inout LayerGradient) throws(TypeError)

    /// The layer state that it looks at, `name` as given to `LayerGradient.watch`.
    var watchedState: [String] { get }

    /// The first step after `step` at which it looks, counted in steps done; nil for never again.
    func nextLook(after step: Int, _ clock: RunClock) -> Int?

    /// Training examples that it wants to see its layer's activity on when it looks at a step; 0 for none. Running them is part of what it costs.
    func probeExamples(at step: Int, _ clock: RunClock) -> Int

    /// How often the probe runs for one look: once to see, and again where it measures what it has changed.
    var probePasses: ClosedRange<Int> { get }

    /// Multiplications of deciding, at the most, for one view of the units; `readers` is the number of weights by which one unit is read there.
    func multiplications(units: Int, rows: Int, readers: Int) -> Int

    /// Whether it looks at the accuracy on the validation split.
    var watchesAccuracy: Bool { get }

    /// Whether units that it takes away come back: then they are held until they do.
    var putsAside: Bool { get }

    /// - Parameter memory: what the policy wants to know at its next look. A checkpoint will hold it.
    func decide(_ look: UnitLook, _ memory: inout [String: Double], _ clock: RunClock) -> UnitDecision

    /// How many units there will be: an entry for each moment at which that changes, in order.
    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast]
}

extension NeuronsPolicy {
    public var putsAside: Bool { false }
}

/// What a policy for units does while layers are trained one by one, before the run.
public enum PretrainConduct: Sendable {
    /// Nothing: it has to do with the training on labels only.
    case none
    /// It looks once, before the first layer is pre-trained; what goes then is in none of the plans.
    case once
    /// The pre-training of its layer is a run of its own for it, with the clock of that. It may put units aside and recall them; all are there
    /// when the layer is done.
    case course
}

/// The lengths of a run, in steps; or of the pre-training of a layer.
public struct RunClock: Sendable, Hashable {
    public var stepsPerEpoch: Int
    public var batch: Int
    public var epochs: Int
    /// The step at which the policy begins to act.
    public var begin: Int
    /// Whether it is the pre-training of a layer.
    public var pretrains: Bool

    public init(stepsPerEpoch: Int, batch: Int, epochs: Int, begin: Int = 0, pretrains: Bool = false) {
        self.stepsPerEpoch = stepsPerEpoch
        self.batch = batch
        self.epochs = epochs
        self.begin = begin
        self.pretrains = pretrains
    }

    public func steps(_ span: Span) -> Int { Moment(span).steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
    public var totalSteps: Int { Count.product(stepsPerEpoch, epochs) }
}

/// What a policy sees of its layer when it looks. The weights are copied when they are asked for: most looks need none.
public struct UnitLook {
    /// Steps done.
    public var step: Int
    public var units: Int
    /// Examples trained on since the last look.
    public var examples: Int
    /// The watched state: one number per unit.
    public var state: [String: [Float]]
    /// By unit: its weights, and behind them its bias if it has one; of layers that are added, one after the other.
    public var incoming: () -> [[Float]]
    /// By view, by unit: the weights of all that reads it there; in pre-training that is the reconstruction, by the unit's own weights.
    public var outgoing: () -> [[[Float]]]
    /// By view, of `probeExamples` training examples; empty where it wants none.
    public var activity: [UnitActivity]
    /// Of the whole validation split, where there is one and the policy asks for it.
    public var validationAccuracy: Double?
    public var seed: UInt64

    public init(
        step: Int, units: Int, examples: Int, state: [String: [Float]], incoming: @escaping () -> [[Float]] = { [] },
        outgoing: @escaping () -> [[[Float]]] = { [] }, activity: [UnitActivity] = [], validationAccuracy: Double? = nil, seed: UInt64 = 0
    ) {
        self.step = step
        self.units = units
        self.examples = examples
        self.state = state
        self.incoming = incoming
        self.outgoing = outgoing
        self.activity = activity
        self.validationAccuracy = validationAccuracy
        self.seed = seed
    }
}

/// What the units of a layer put out, as the layers that read them see it: behind activation, normalization and pooling, and added to what they
/// are added to. Where readers see them at several such places, each of these is a view.
public struct UnitActivity: Sendable {
    /// Examples, times the places of an image, times how often the units stand side by side.
    public var rows: Int
    public var units: Int
    /// rows × units
    public var values: [Float]
    /// Whether all that reads them here can take a constant: it has a bias, and no zeros around an image where the constant would be missing.
    public var takesConstants: Bool

    public init(rows: Int, units: Int, values: [Float], takesConstants: Bool = true) {
        self.rows = rows
        self.units = units
        self.values = values
        self.takesConstants = takesConstants
    }
}

/// A unit that goes, and what its readers of one view get instead: `factor` times another unit, and a constant.
public struct UnitFold: Sendable, Hashable {
    public var unit: Int
    /// Nil: only the constant stays of it.
    public var into: Int?
    public var factor: Float
    public var constant: Float
    public var view: Int

    public init(unit: Int, into: Int?, factor: Float, constant: Float, view: Int = 0) {
        self.unit = unit
        self.into = into
        self.factor = factor
        self.constant = constant
        self.view = view
    }
}

public struct UnitDecision: Sendable {
    /// The units that stay, in ascending order; nil for all.
    public var kept: [Int]?
    /// Added to the readers' weights and biases before the units go, in this order.
    public var folds: [UnitFold]
    /// Whether the units that go are put aside, with their weights and moments, for a later recall.
    public var putsAside: Bool
    /// Whether the layer's units that were put aside come back as they were; nothing else is done then.
    public var recalls: Bool
    /// Whether the counters begin anew.
    public var clearsState: Bool
    /// Whether the optimizer begins anew, for the whole network.
    public var resetsOptimizer: Bool
    /// Multiplications that deciding took.
    public var multiplications = 0
    /// Whether the policy needs no further look.
    public var isFinal = false
    /// A line for the log: what was found, in numbers.
    public var note: String?

    public init(
        kept: [Int]? = nil, folds: [UnitFold] = [], putsAside: Bool = false, recalls: Bool = false, clearsState: Bool = false,
        resetsOptimizer: Bool = false, note: String? = nil
    ) {
        self.kept = kept
        self.folds = folds
        self.putsAside = putsAside
        self.recalls = recalls
        self.clearsState = clearsState
        self.resetsOptimizer = resetsOptimizer
        self.note = note
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
