/// Hands an operation what it needs to write its backward pass: the cotangents of its outputs, and a place for
/// those of its inputs. Several consumers' cotangents are added up.
public struct GradientBuilder {
    public private(set) var graph: Graph
    private var cotangents: [ValueID?]
    /// By value, which of its units the cotangent holds, where it does not hold all.
    private var compactRows: [CompactRows?]
    private let needed: [Bool]
    private let makeSum: @Sendable () -> any Operation
    private var current: Node

    /// - Parameters:
    ///   - needed: by value, whether a parameter to be trained lies upstream of it (or it is one).
    ///   - makeSum: the operation that adds two cotangents; handed in because the graph knows no operation by name.
    public init(graph: Graph, needed: [Bool], makeSum: @escaping @Sendable () -> any Operation) {
        self.graph = graph
        cotangents = Array(repeating: nil, count: graph.values.count)
        compactRows = Array(repeating: nil, count: graph.values.count)
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
            if let output = node.outputs.first(where: { rows(of: $0) != nil }) {
                throw TypeError("\(graph[output].name) is computed by \(node.operation.name), which needs its whole cotangent, not some rows of it")
            }
            try node.operation.gradient(&self)
        }
    }

    public func cotangent(of value: ValueID) -> ValueID? { value.index < cotangents.count ? cotangents[value.index] : nil }

    /// Which units a parameter's gradient holds, where it does not hold all.
    public func rows(of value: ValueID) -> CompactRows? { value.index < compactRows.count ? compactRows[value.index] : nil }

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
            guard compactRows[target.index] == nil else { throw notSummable(target) }
            cotangents[target.index] = try add(makeSum(), [earlier, cotangent], slot: .backwardInput)[0]
        } else {
            cotangents[target.index] = cotangent
        }
    }

    /// The same for a parameter of whose units this consumer touches some only: the cotangent holds those that an index set names,
    /// one after the other along the unit axis.
    ///
    /// - Parameters:
    ///   - unitsPerExample: units that each example has chosen, where the number of rows depends on the data.
    ///   - inputsPerExample: given where the rows are not units but the inputs that the examples have.
    /// - Throws: where another consumer has contributed: rows of different units are not added up.
    public mutating func contribute(
        _ cotangent: ValueID, toInput index: Int, rows: ValueID, unitsPerExample: Int? = nil, inputsPerExample: InputsPerExample? = nil
    ) throws(TypeError) {
        let target = current.inputs[index]
        guard cotangents[target.index] == nil else { throw notSummable(target) }
        cotangents[target.index] = cotangent
        compactRows[target.index] = CompactRows(set: rows, unitsPerExample: unitsPerExample, inputsPerExample: inputsPerExample)
    }

    private func notSummable(_ target: ValueID) -> TypeError {
        TypeError("\(graph[target].name) is read twice, and once only some of its rows: such gradients are not added up")
    }
}
