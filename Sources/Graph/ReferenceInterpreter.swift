/// Runs a graph by the plain loops of its operations: slow, exact, and over any scalar.
public struct ReferenceInterpreter<S: ReferenceScalar> {
    public let graph: Graph
    public let batch: Int
    public var step: StepState
    /// By value: nil until it is set or made.
    public var values: [ReferenceTensor<S>?]

    public init(graph: Graph, batch: Int, step: StepState) {
        self.graph = graph
        self.batch = batch
        self.step = step
        values = Array(repeating: nil, count: graph.values.count)
    }

    public subscript(id: ValueID) -> ReferenceTensor<S>? {
        get { values[id.index] }
        set { values[id.index] = newValue }
    }

    /// Executes all nodes. Throws where one reads a value that is neither set nor made.
    public mutating func run() throws(GraphFault) {
        for node in graph.nodes { try run(node) }
    }

    @discardableResult
    public mutating func run(_ node: Node) throws(GraphFault) -> ActiveCount {
        var inputs: [ReferenceTensor<S>] = []
        for id in node.inputs {
            guard let tensor = self[id] else {
                throw GraphFault("\(node.operation.name) reads %\(graph[id].name), which has no value")
            }
            inputs.append(tensor)
        }
        let outputs = zip(node.outputs, node.operation.overwrites).map { id, overwritten in
            overwritten.map { inputs[$0] } ?? .zeros(graph[id].type, batch: batch)
        }
        var context = ReferenceContext(inputs: inputs, outputs: outputs, batch: batch, step: step)
        node.operation.reference(&context)
        for (id, tensor) in zip(node.outputs, context.outputs) { self[id] = tensor }
        return context.active
    }
}
