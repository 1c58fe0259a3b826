import Graph
import Model

/// The slot `forward`: which units of a dense layer are computed. The others put out nothing, through all element-wise layers that follow.
public protocol ForwardPolicy: Policy {
    /// Whether it acts in a plan of this purpose.
    func acts(in purpose: Purpose) -> Bool

    /// Whether each example has units of its own, or the batch. In evaluation what an example gets must not depend on the others of its batch.
    func granularity(for purpose: Purpose) -> TensorType.Granularity

    /// Chooses the units: a list for each example, i32[N,k], or for the batch an index set, i32[1 + k]. Nil for all of them.
    func choose(_ forward: inout LayerForward) throws(TypeError) -> ValueID?

    /// How much the units that examples choose differ: of N examples about N · v / (N + v) choose as if they had nothing to do with each other. It decides on
    /// no more than how many rows a step is expected to update. Nil: all of them.
    var variety: Double? { get }

    /// Brings up to date what it keeps of the weights, after some of the layer's rows were updated.
    func follow(_ update: inout LayerUpdate) throws(TypeError)
}
