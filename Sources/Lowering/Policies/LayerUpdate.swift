import Graph

/// What the update of a layer's weights has left, for a policy that keeps something beside them.
public struct LayerUpdate {
    /// What is added to it stands behind all updates.
    public var graph: Graph
    /// In `Graph.layers`.
    public let layer: Int
    /// As they are now.
    public let weights: ValueID
    public let bias: ValueID?
    /// The index set of the units that were updated.
    public let touched: ValueID

    public var units: Int { graph[weights].type.shape[0] }
    public var inputs: Int { graph[weights].type.shape[1] }
    /// What the names of the layer's values begin with.
    public var prefix: String { graph.layers[layer].name + "." }
}
