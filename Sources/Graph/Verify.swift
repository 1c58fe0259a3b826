/// What is wrong with a graph: a mistake of a pass, never of the user.
public struct GraphFault: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

extension Graph {
    /// Checks the invariants that every pass must keep: one producer per value, producers before readers, inferred
    /// types equal to the recorded ones, and no reader of a value after its memory was overwritten.
    public func verify() throws(GraphFault) {
        var made = Array(repeating: false, count: values.count)
        var hasProducer = Array(repeating: false, count: values.count)
        for node in nodes { for output in node.outputs { hasProducer[output.index] = true } }
        for index in values.indices where !hasProducer[index] {
            // Only what is fed or kept from step to step may come from nowhere.
            switch values[index].role {
            case .input, .inputPlaces, .target, .parameter, .optimizerState, .layerState: made[index] = true
            case .activation, .cotangent: break
            }
        }
        var overwritten: [Int: String] = [:]
        for node in nodes {
            let name = node.operation.name
            for input in node.inputs {
                guard made[input.index] else { throw GraphFault("\(name) reads %\(self[input].name) before it is made") }
                if let culprit = overwritten[input.index] {
                    throw GraphFault("\(name) reads %\(self[input].name) after \(culprit) has overwritten it")
                }
            }
            let types: [TensorType]
            do { types = try node.operation.infer(node.inputs.map { self[$0].type }) } catch {
                throw GraphFault("\(name): \(error.message)")
            }
            guard types.count == node.outputs.count, node.operation.overwrites.count == types.count,
                node.operation.mayReuse.count == types.count
            else { throw GraphFault("\(name) has \(node.outputs.count) outputs, but infers \(types.count)") }
            for (index, output) in node.outputs.enumerated() {
                guard !made[output.index] else { throw GraphFault("%\(self[output].name) is made twice") }
                guard types[index] == self[output].type else {
                    throw GraphFault("\(name) makes \(types[index].text), but %\(self[output].name) is \(self[output].type.text)")
                }
                made[output.index] = true
                if let input = node.operation.overwrites[index] { overwritten[node.inputs[input].index] = name }
            }
        }
        for (name, value) in results {
            guard made[value.index] else { throw GraphFault("result \(name) is never made") }
            if let culprit = overwritten[value.index] { throw GraphFault("result \(name) is overwritten by \(culprit)") }
        }
    }
}
