import Graph
import Kernels
import Lowering
import Runtime

/// The weights around the units of a layer and of those that are added to it, as the policies see them and as folds change them.
struct UnitWeights {
    let interpreter: Interpreter
    /// Layers with the same units.
    let group: [Int]
    let readers: UnitReaders

    private func value(_ layer: Int, _ name: String) -> PersistentValue? {
        let full = "\(interpreter.schedule.phases[0].train.graph.layers[layer].name).\(name)"
        return interpreter.savedValues.first { $0.name == full }
    }

    /// By unit: its weights, and behind them its bias; of all layers of the group.
    var incoming: [[Float]] {
        group.map { incoming(of: $0, withBias: true) }.reduce(Array(repeating: [], count: readers.units)) { zip($0, $1).map(+) }
    }

    /// By unit: the weights of this layer alone, without its bias.
    func own(_ layer: Int) -> [[Float]] { incoming(of: layer, withBias: false) }

    private func incoming(of layer: Int, withBias: Bool) -> [[Float]] {
        var rows = Array(repeating: [Float](), count: readers.units)
        guard let kernel = value(layer, "kernel"), let axis = kernel.axes.firstIndex(of: .units), kernel.type.shape[axis] == rows.count else { return rows }
        let inner = kernel.type.shape[(axis + 1)...].reduce(1, *)
        for i in 0..<kernel.numbers.count { rows[i / inner % rows.count].append(kernel.numbers[i]) }
        if withBias, let bias = value(layer, "bias") { for unit in rows.indices { rows[unit].append(bias.numbers[unit]) } }
        return rows
    }

    /// By view, by unit: the weights of all that reads it.
    var outgoing: [[[Float]]] {
        var rows = Array(repeating: Array(repeating: [Float](), count: readers.units), count: readers.views.count)
        for view in rows.indices {
            forEachReader(of: view) { kernel, columns, _ in
                for unit in columns.indices { for column in columns[unit] { kernel.forEach(column) { rows[view][unit].append(kernel.numbers[$0]) } } }
            }
        }
        return rows
    }

    /// Gives the readers of units that go what these are worth: part of another unit, and a constant, which goes to the bias.
    func apply(_ folds: [UnitFold]) {
        for view in readers.views.indices {
            let rounds = FoldRound.rounds(folds.filter { $0.view == view }, units: readers.units)
            forEachReader(of: view) { kernel, columns, bias in
                for round in rounds {
                    if let bias {
                        for fold in round.constants {
                            for column in columns[fold.unit] { kernel.forEach(column) { bias.numbers[kernel.unit(of: $0)] += fold.constant * kernel.numbers[$0] } }
                        }
                    }
                    guard let first = round.sources.first else { continue }
                    for place in columns[first].indices {
                        foldColumns(
                            kernel.numbers, kernel.shape, sources: round.sources.map { columns[$0][place] }, targets: round.targets.map { columns[$0][place] },
                            factors: round.factors)
                    }
                }
            }
        }
    }

    /// Calls `body` with the kernel of each reader of a view, the columns of each unit in it, and its bias.
    private func forEachReader(of view: Int, _ body: (Kernel, [[Int]], PersistentValue?) -> Void) {
        for reader in readers.readers where reader.view == view {
            guard let kernel = value(reader.layer, "kernel").flatMap(Kernel.init) else { continue }
            var columns = Array(repeating: [Int](), count: readers.units)
            for (column, unit) in reader.units.enumerated() { if let unit { columns[unit].append(column) } }
            body(kernel, columns, value(reader.layer, "bias"))
        }
    }
}

/// Folds that do not touch each other's units: none goes into a unit that another one of them takes from. So their order does not matter.
private struct FoldRound {
    var sources: [Int] = []
    var targets: [Int] = []
    /// sources × targets
    var factors: [Float] = []
    var constants: [UnitFold] = []

    /// The same in as few rounds as keep the order.
    static func rounds(_ folds: [UnitFold], units: Int) -> [FoldRound] {
        var rounds: [FoldRound] = [], part: [UnitFold] = []
        var isSource = Array(repeating: false, count: units), isTarget = isSource
        for fold in folds {
            if isTarget[fold.unit] || fold.into.map({ isSource[$0] }) ?? false {
                rounds.append(FoldRound(part, units))
                part = []
                isSource = Array(repeating: false, count: units)
                isTarget = isSource
            }
            part.append(fold)
            isSource[fold.unit] = true
            if let into = fold.into { isTarget[into] = true }
        }
        return part.isEmpty ? rounds : rounds + [FoldRound(part, units)]
    }

    private init(_ folds: [UnitFold], _ units: Int) {
        var row = Array(repeating: -1, count: units), column = row
        for fold in folds {
            if fold.constant != 0 { constants.append(fold) }
            guard let into = fold.into, fold.factor != 0 else { continue }
            if row[fold.unit] < 0 {
                row[fold.unit] = sources.count
                sources.append(fold.unit)
            }
            if column[into] < 0 {
                column[into] = targets.count
                targets.append(into)
            }
        }
        factors = Array(repeating: 0, count: sources.count * targets.count)
        for fold in folds { if let into = fold.into, fold.factor != 0 { factors[row[fold.unit] * targets.count + column[into]] += fold.factor } }
    }
}

/// A reader's kernel, by input column.
private struct Kernel {
    let numbers: Floats
    private let inputs: Int
    private let units: Int
    /// Numbers in a row that belong to one input: 1 for a dense kernel, the filters for a convolution's.
    private let inner: Int
    private let unitsComeFirst: Bool

    init?(_ value: PersistentValue) {
        guard let axis = value.axes.firstIndex(of: .inputs), let unitAxis = value.axes.firstIndex(of: .units) else { return nil }
        numbers = value.numbers
        inputs = value.type.shape[axis]
        units = value.type.shape[unitAxis]
        inner = value.type.shape[(axis + 1)...].reduce(1, *)
        unitsComeFirst = unitAxis == 0
    }

    func forEach(_ column: Int, _ body: (Int) -> Void) {
        for start in stride(from: column * inner, to: numbers.count, by: inputs * inner) { for i in start..<start + inner { body(i) } }
    }

    var shape: ColumnShape { ColumnShape(outer: numbers.count / max(inputs * inner, 1), columns: inputs, inner: inner) }

    /// The reader's own unit that a number belongs to.
    func unit(of index: Int) -> Int { unitsComeFirst ? index / inputs : index % units }
}
