import Graph
import Kernels
import Lowering
import Runtime

/// The weights around the units of a layer, as the policies see them and as folds change them.
struct UnitWeights {
    let interpreter: Interpreter
    let layer: Int
    let readers: UnitReaders

    private func value(_ layer: Int, _ name: String) -> PersistentValue? {
        let full = "\(interpreter.schedule.phases[0].train.graph.layers[layer].name).\(name)"
        return interpreter.savedValues.first { $0.name == full }
    }

    /// By unit: its weights, and behind them its bias.
    var incoming: [[Float]] {
        guard let kernel = value(layer, "kernel"), let axis = kernel.axes.firstIndex(of: .units) else { return [] }
        let units = kernel.type.shape[axis], inner = kernel.type.shape[(axis + 1)...].reduce(1, *)
        var rows = Array(repeating: [Float](), count: units)
        for i in 0..<kernel.numbers.count { rows[i / inner % units].append(kernel.numbers[i]) }
        if let bias = value(layer, "bias") { for unit in 0..<units { rows[unit].append(bias.numbers[unit]) } }
        return rows
    }

    /// By unit: the weights of all that reads it.
    func outgoing(units: Int) -> [[Float]] {
        var rows = Array(repeating: [Float](), count: units)
        forEachReader { kernel, columns, _ in
            for unit in 0..<units { for column in columns[unit] { kernel.forEach(column) { rows[unit].append(kernel.numbers[$0]) } } }
        }
        return rows
    }

    /// Gives the readers of units that go what these are worth: part of another unit, and a constant. Returns the folds that no reader could take.
    func apply(_ folds: [UnitFold], units: Int) -> [UnitFold] {
        var refused: [UnitFold] = []
        forEachReader { kernel, columns, bias in
            for fold in folds {
                if fold.constant != 0, bias == nil { refused.append(fold) }
                for (place, column) in columns[fold.unit].enumerated() {
                    if let into = fold.into, fold.factor != 0 {
                        let target = columns[into][place]
                        kernel.forEach(column) { index in kernel.numbers[kernel.moved(index, from: column, to: target)] += fold.factor * kernel.numbers[index] }
                    }
                    guard let bias, fold.constant != 0 else { continue }
                    kernel.forEach(column) { bias.numbers[kernel.unit(of: $0)] += fold.constant * kernel.numbers[$0] }
                }
            }
        }
        return refused
    }

    /// Calls `body` with each reader's kernel, the columns of each unit in it, and its bias.
    private func forEachReader(_ body: (Kernel, [[Int]], PersistentValue?) -> Void) {
        let count = (readers.readers.flatMap(\.units).compactMap { $0 }.max() ?? -1) + 1
        for reader in readers.readers {
            guard let kernel = value(reader.layer, "kernel").flatMap(Kernel.init) else { continue }
            var columns = Array(repeating: [Int](), count: count)
            for (column, unit) in reader.units.enumerated() { if let unit { columns[unit].append(column) } }
            body(kernel, columns, value(reader.layer, "bias"))
        }
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

    func moved(_ index: Int, from column: Int, to target: Int) -> Int { index + (target - column) * inner }

    /// The reader's own unit that a number belongs to.
    func unit(of index: Int) -> Int { unitsComeFirst ? index / inputs : index % units }
}
