import Diagnostics
import Lowering
import Model
import Runtime

/// Which units are there, for a checkpoint. The numbers of those that are put aside are tensors beside it.
struct NetworkState: Codable {
    /// By layer: which of its first units are not gone for good, in ascending order; nil for all.
    var units: [[Int]?]
    /// Layers of which a part is put aside, and the places of the others among `units`.
    var present: [Present]
    /// Values that are held whole, by name.
    var aside: [String]

    struct Present: Codable {
        var layer: Int
        var places: [Int]
    }
}

extension ChangingNetwork {
    /// In front of the name of a value that is held whole.
    static let asidePrefix = "@aside/"

    var state: NetworkState {
        NetworkState(
            units: allUnits.indices.map { layer in allUnits[layer].count == firstUnits[layer] ? nil : allUnits[layer] },
            present: layersPutAside.map { NetworkState.Present(layer: $0, places: present[$0] ?? []) }, aside: whole?.values.map(\.name) ?? [])
    }

    var tensorsAside: [NamedTensor] {
        whole?.values.map { NamedTensor(Self.asidePrefix + $0.name, $0.dtype, $0.shape, .bits($0.bits)) } ?? []
    }

    /// Goes back to the units that a state names, and gives the interpreter their plans; what lasts begins as in a fresh network.
    ///
    /// - Parameter tensor: the numbers of what is put aside.
    mutating func restore(
        _ state: NetworkState, _ interpreter: Interpreter, facts: DataFacts, options: LoweringOptions, tensor: (String) throws -> [UInt32]?
    ) throws {
        guard state.units.count == allUnits.count else { throw StateMisfit("it has another number of layers") }
        for (layer, kept) in state.units.enumerated() {
            guard let kept else { continue }
            try Self.requireSome(kept, of: firstUnits[layer])
            allUnits[layer] = kept
        }
        var places: [Int: [Int]] = [:]
        for part in state.present {
            guard allUnits.indices.contains(part.layer), places[part.layer] == nil else { throw StateMisfit("it puts aside units of a layer that is not there") }
            try Self.requireSome(part.places, of: allUnits[part.layer].count)
            places[part.layer] = part.places
        }
        present = places
        units = allUnits.indices.map { layer in present[layer].map { all in all.map { allUnits[layer][$0] } } ?? allUnits[layer] }
        var complete = model
        for layer in model.layers.indices where !units[layer].isEmpty {
            complete.layers[layer].kind = model.layers[layer].kind.with(units: allUnits[layer].count)
            model.layers[layer].kind = model.layers[layer].kind.with(units: units[layer].count)
        }
        if units.map(\.count) != firstUnits {
            try interpreter.adopt(lowered(model, facts, options).schedule, values: [])
        }
        guard !present.isEmpty else {
            if state.aside.isEmpty { return }
            throw StateMisfit("it holds units that no layer misses")
        }
        try restoreAside(state.aside, complete, interpreter, facts, options, tensor)
    }

    private mutating func restoreAside(
        _ names: [String], _ complete: ModelFile, _ interpreter: Interpreter, _ facts: DataFacts, _ options: LoweringOptions, _ tensor: (String) throws -> [UInt32]?
    ) throws {
        let schedule = try lowered(complete, facts, options).schedule, graph = schedule.phases[0].train.graph
        let narrowing = Narrowing(complete, graph: graph, kept: present)
        let known = Set(interpreter.persistentValues.map(\.name))
        let lasting = Dictionary(schedule.lastingValues(isPretraining: complete.train.pretrain != nil).map { ($0.name, $0) }) { $1 }
        // All that the smaller network has only a part of, or nothing.
        let cut = lasting.values.filter { value in
            !known.contains(value.name) || narrowing.survivors(layer: value.layer, axes: value.axes).contains { $0 != nil }
        }
        guard Set(names) == Set(cut.map(\.name)), names.count == cut.count else { throw StateMisfit("what it holds of units that are put aside does not fit the network") }
        let values = try names.map { name in
            guard let bits = try tensor(Self.asidePrefix + name), let value = lasting[name].flatMap({ SavedValue($0, bits: bits) }) else {
                throw StateMisfit("it lacks `\(name)` of units that are put aside")
            }
            return value
        }
        whole = Whole(model: complete, graph: graph, values: values)
    }

    private static func requireSome(_ kept: [Int], of count: Int) throws(StateMisfit) {
        guard !kept.isEmpty, kept[0] >= 0, kept[kept.count - 1] < count, zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw StateMisfit("it names units that are not there")
        }
    }
}
