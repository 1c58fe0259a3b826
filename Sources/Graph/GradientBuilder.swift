/// Hands an operation what it needs to write its backward pass: the cotangents of its outputs, and a place for
/// those of its inputs. Several consumers' cotangents are added up.
public struct GradientBuilder {
    public private(set) var graph: Graph
    private var cotangents: [ValueID?]
    private let needed: [Bool]
    private let makeSum: @Sendable () -> any Operation
    private var current: Node

    /// - Parameters:
    ///   - needed: by value, whether a parameter to be trained lies upstream of it (or it is one).
    ///   - makeSum: the operation that adds two cotangents; handed in because the graph knows no operation by name.
    public init(graph: Graph, needed: [Bool], makeSum: @escaping @Sendable () -> any Operation) {
        self.graph = graph
        cotangents = Array(repeating: nil, count: graph.values.count)
        self.needed = needed
        self.makeSum = makeSum
        current = graph.nodes[0]
    }

    /// Walks the forward nodes backwards and lets each write its gradient.
    public mutating func differentiate() throws(TypeError) {
        for node in graph.nodes.reversed() {
            current = node
            // A node that no trained parameter feeds has nothing to say.
            guard node.inputs.contains(where: { needed[$0.index] }) else { continue }
            // Which units are chosen is not differentiated.
            if node.slot == .overhead { continue }
            try node.operation.gradient(&self)
        }
    }

    public func cotangent(of value: ValueID) -> ValueID? { value.index < cotangents.count ? cotangents[value.index] : nil }

    // MARK: what an operation asks

    public var layer: Int? { current.layer }
    public func input(_ index: Int) -> ValueID { current.inputs[index] }
    public func output(_ index: Int) -> ValueID { current.outputs[index] }
    public var inputCount: Int { current.inputs.count }
    public func type(_ value: ValueID) -> TensorType { graph[value].type }

    /// Nil where nothing downstream depends on this output.
    public func cotangent(ofOutput index: Int) -> ValueID? { cotangents[current.outputs[index].index] }
    public func needsGradient(ofInput index: Int) -> Bool { needed[current.inputs[index].index] }

    /// Adds one operation of the backward pass.
    public mutating func add(_ operation: any Operation, _ inputs: [ValueID], slot: Slot, names: [String]? = nil) throws(TypeError) -> [ValueID] {
        try graph.add(operation, inputs, layer: current.layer, slot: slot, role: .cotangent, names: names)
    }

    /// Says what an input's cotangent is, as far as this consumer goes.
    public mutating func contribute(_ cotangent: ValueID, toInput index: Int) throws(TypeError) {
        let target = current.inputs[index]
        if let earlier = cotangents[target.index] {
            cotangents[target.index] = try add(makeSum(), [earlier, cotangent], slot: .backwardInput)[0]
        } else {
            cotangents[target.index] = cotangent
        }
    }
}
