import Graph
import Model

/// The slot `forward`: which units of a dense layer are computed. The others put out nothing, through all element-wise layers that follow.
public protocol ForwardPolicy: ChoosesPerExample {
    /// Whether it acts in a plan of this purpose.
    func acts(in purpose: Purpose) -> Bool

    /// Whether each example has units of its own, or the batch. In evaluation what an example gets must not depend on the others of its batch.
    func granularity(for purpose: Purpose) -> TensorType.Granularity

    /// Chooses the units: a list for each example, i32[N,k], or for the batch an index set, i32[1 + k]. Nil for all of them.
    func choose(_ forward: inout LayerForward) throws(TypeError) -> ValueID?

    /// Brings up to date what it keeps of the weights, after some of the layer's rows were updated.
    func follow(_ update: inout LayerUpdate) throws(TypeError)
}

/// A policy with which each example may have units of its own.
public protocol ChoosesPerExample: Policy {
    /// How much the units that examples choose differ: of N examples about N · v / (N + v) choose as if they had nothing to do with each other. It decides on
    /// no more than how many rows a step is expected to update. Nil: all of them.
    func variety(_ choice: UnitVariety) -> Double?

    /// With which power of the steps that changes from some hundred steps on.
    var varietyGrowth: Double { get }
}

extension ChoosesPerExample {
    public var varietyGrowth: Double { 0 }
}

/// What it depends on how much the units differ that examples choose.
public struct UnitVariety: Sendable, Hashable {
    /// How many of its units each example chooses, 0...1.
    public var share: Double
    /// Whether the layer reads the network's input, and no other layer that learns.
    public var readsInput: Bool
    /// About how many directions the network's input varies in; nil where that is not known.
    public var directions: Double?
    /// Of the training: examples that are told apart better and better choose more and more different units.
    public var steps: Int
    /// Whether each example has units without any gradient.
    public var isRectified: Bool

    public init(share: Double, readsInput: Bool, directions: Double? = nil, steps: Int = .max, isRectified: Bool = true) {
        self.share = share
        self.readsInput = readsInput
        self.directions = directions
        self.steps = steps
        self.isRectified = isRectified
    }
}
