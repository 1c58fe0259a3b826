import Diagnostics
import Graph
import Lowering
import Model
import Runtime

/// A network whose layers lose units, for good or for a while.
///
/// While units are put aside, `whole` holds every value of which a part is away, with all of its units; what trains is a cut of it.
struct ChangingNetwork {
    enum Kept {
        /// Those that were put aside come back.
        case all
        /// The others are put aside.
        case some([Int])
        /// The others are gone.
        case forGood([Int])
    }

    struct Whole {
        var model: ModelFile
        var graph: Graph
        var values: [SavedValue]
    }

    /// As it is now.
    var model: ModelFile
    /// By layer: which of its first units are there now.
    var units: [[Int]]
    var whole: Whole?
    /// By layer, in the whole network: the units that train; all where there is no entry.
    var present: [Int: [Int]] = [:]

    /// The layers that have units put aside.
    var layersPutAside: [Int] { present.keys.sorted() }

    init(model: ModelFile) {
        self.model = model
        units = model.layers.map { layer in (0..<(layer.kind.units ?? 0)).map { $0 } }
        allUnits = units
        firstUnits = units.map(\.count)
    }

    /// By layer: its first units that are not gone for good.
    var allUnits: [[Int]]
    /// By layer: how many it began with.
    let firstUnits: [Int]

    /// The plans that are made from here on have no pre-training.
    mutating func endPretraining() {
        model.train.pretrain = nil
        whole?.model.train.pretrain = nil
    }

    /// - Parameter kept: by layer, counted among the units that are there now.
    mutating func keep(
        _ kept: [Int: Kept], _ interpreter: Interpreter, facts: DataFacts, options: LoweringOptions, resetsOptimizer: Bool
    ) throws {
        if whole == nil, let gone = Self.allForGood(kept) { return try cut(gone, interpreter, facts, options) }
        var whole = gathered(interpreter)
        if resetsOptimizer {
            for index in whole.values.indices { if case .optimizerState = whole.values[index].role { whole.values[index].clear() } }
        }
        var gone: [Int: [Int]] = [:]
        for (layer, kept) in kept.sorted(by: { $0.key < $1.key }) {
            func inWhole(_ survivors: [Int]) -> [Int] { present[layer].map { all in survivors.map { all[$0] } } ?? survivors }
            switch kept {
            case .all: present[layer] = nil
            case .some(let survivors): present[layer] = inWhole(survivors)
            case .forGood(let survivors):
                gone[layer] = inWhole(survivors)
                present[layer] = nil
            }
        }
        if !gone.isEmpty {
            let narrowing = Narrowing(whole.model, graph: whole.graph, kept: gone)
            whole.values = whole.values.map { $0.keeping(narrowing.survivors(layer: $0.layer, axes: $0.axes)) }
            whole.model = narrowing.model
            whole.graph = try lowered(whole.model, facts, options).schedule.phases[0].train.graph
            for (layer, survivors) in gone { allUnits[layer] = survivors.map { allUnits[layer][$0] } }
        }
        let narrowing = Narrowing(whole.model, graph: whole.graph, kept: present)
        model = narrowing.model
        let values = whole.values.map { $0.keeping(narrowing.survivors(layer: $0.layer, axes: $0.axes)) }
        try interpreter.adopt(lowered(model, facts, options).schedule, values: values)
        // What is not cut goes on in the interpreter alone; what the smaller network has no use for waits here.
        let known = Set(interpreter.persistentValues.map(\.name))
        whole.values.removeAll { value in
            known.contains(value.name) && narrowing.survivors(layer: value.layer, axes: value.axes).allSatisfy { $0 == nil }
        }
        units = allUnits.indices.map { layer in present[layer].map { all in all.map { allUnits[layer][$0] } } ?? allUnits[layer] }
        self.whole = present.isEmpty ? nil : whole
    }

    /// The units that stay, where none is put aside.
    private static func allForGood(_ kept: [Int: Kept]) -> [Int: [Int]]? {
        var gone: [Int: [Int]] = [:]
        for (layer, kept) in kept {
            guard case .forGood(let survivors) = kept else { return nil }
            gone[layer] = survivors
        }
        return gone
    }

    /// Nothing comes back, so nothing is held: one value after the other is cut, and no second network is ever in memory.
    private mutating func cut(_ gone: [Int: [Int]], _ interpreter: Interpreter, _ facts: DataFacts, _ options: LoweringOptions) throws {
        let narrowing = Narrowing(model, graph: interpreter.schedule.phases[0].train.graph, kept: gone)
        let values = interpreter.persistentValues.map { $0.saved.keeping(narrowing.survivors(layer: $0.layer, axes: $0.axes)) }
        try interpreter.adopt(lowered(narrowing.model, facts, options).schedule, values: values)
        model = narrowing.model
        for (layer, survivors) in gone { allUnits[layer] = survivors.map { allUnits[layer][$0] } }
        units = allUnits
    }

    /// Of units that are put aside, with those that their values share.
    var heldBytes: Int { whole?.values.reduce(0) { $0 + 4 * $1.bits.count } ?? 0 }

    /// The whole network with what has been learnt since it was cut.
    private mutating func gathered(_ interpreter: Interpreter) -> Whole {
        guard var whole else {
            return Whole(model: model, graph: interpreter.schedule.phases[0].train.graph, values: interpreter.persistentValues.map(\.saved))
        }
        // Not held twice while it is changed.
        self.whole = nil
        let narrowing = Narrowing(whole.model, graph: whole.graph, kept: present)
        let places = Dictionary(whole.values.enumerated().map { ($1.name, $0) }) { $1 }
        for part in interpreter.persistentValues {
            if let place = places[part.name] {
                whole.values[place].replace(narrowing.survivors(layer: part.layer, axes: part.axes), with: part.saved)
            } else {
                whole.values.append(part.saved)
            }
        }
        return whole
    }

    func lowered(_ model: ModelFile, _ facts: DataFacts, _ options: LoweringOptions) throws -> Lowered {
        var ignored: [Diagnostic] = []
        return try lower(model, facts: facts, options: options, diagnostics: &ignored)
    }
}
