import func Foundation.log
import Graph
import Kernels

/// A dense update that has a row-wise form.
public protocol RowUpdatable: Operation {
    /// The same rule for a gradient that is there for some units only.
    func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate
}

/// The lazy form of an optimizer: only the units of an index set are read and written.
///
/// A unit first catches up with the steps that it missed, as if its gradient had been zero in them, all at this step's learning
/// rate; then it takes this step. A decay that is part of the gradient (SGD's apart) acts only in the steps in which a unit is
/// touched. A unit that missed nothing has the same bits as by the dense rule.
///
/// Inputs: the weights w; their gradient g, with `capacity` places instead of the units; the index set i32[1+capacity]; if
/// `needsLast`, for each unit the update (counted from 1) that last wrote it, i32[units], zero at the start; then the rule's states,
/// of w's type. Outputs: the new w, last and states, in place of the old.
public protocol RowUpdate: DataDependent {
    associatedtype Rule: Operation

    /// The update of all rows at once.
    var rule: Rule { get }
    var unitAxis: UnitAxis { get }
    var rows: TouchedRows { get }
    /// Whether there is anything to catch up with. If not, it is not recorded when a unit was last written.
    var needsLast: Bool { get }
    /// What catching up costs for each unit, and for each of its weights. It counts as done also where nothing was missed.
    var catchUpWork: (perUnit: Work, perWeight: Work) { get }

    /// Does to one unit's weights what the rule would have done in `missed` steps without a gradient. Outputs: w and the states.
    func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int)

    /// The kernel call, with the rule's settings.
    func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int
}

/// The outputs that are a rule's states.
public struct RowStates: Sendable {
    let start: Int
    public subscript(index: Int) -> Int { start + index }
}

extension RowUpdate {
    public var name: String { rule.name.replacing("_update", with: "_row_update") }
    public var attributes: [(key: String, value: String)] {
        let rows = switch rows {
        case .full: "full"
        case .counted(let rows): "\(rows)"
        case .union(let perExample, nil): "union(\(perExample))"
        case .union(let perExample, let variety?): "union(\(perExample), variety \(variety))"
        case .inputs(let examples, let inputs): "inputs(\(InputsPerExample.text(examples.average)) of \(inputs), at most \(examples.longest))"
        }
        return rule.attributes + [("unit_axis", unitAxis.rawValue), ("rows", rows)]
    }

    private var states: Int { rule.overwrites.count - 1 }
    private var setIndex: Int { 2 }
    private var firstStateOutput: Int { needsLast ? 2 : 1 }

    public var overwrites: [Int?] {
        let kept = (needsLast ? 1 : 0) + states
        return [0] + (0..<kept).map { 3 + $0 }
    }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        let names = ["weights", "gradient", "index set"] + (needsLast ? ["last updates"] : []) + (0..<states).map { "state \($0)" }
        try inputs.expect(names, of: name)
        let w = inputs[0], stateTypes = Array(inputs.suffix(states)), set = inputs[setIndex]
        _ = try rule.infer([w, w] + stateTypes)
        _ = try w.checked(name, "weights")
        guard !w.shape.isEmpty else { throw TypeError("\(name) works on weights of units, not on \(w.text)", operand: 0) }
        let units = unitAxis.counts(w.shape).units
        guard set.shape.count == 1, set.shape[0] >= 2, set.shape[0] - 1 <= units, set == TensorType(.int32, batched: false, set.shape) else {
            throw TypeError("\(name) needs an index set of at most \(units) units, not \(set.text)", operand: setIndex)
        }
        try inputs.expect(1, is: TensorType(batched: false, unitAxis.replacing(w.shape, by: set.shape[0] - 1)), "the gradient")
        if needsLast { try inputs.expect(3, is: TensorType(.int32, batched: false, [units]), "the last updates") }
        if case .union(let perExample, _) = rows, perExample < 1 {
            throw TypeError("\(name) cannot be the union of \(perExample) units per example")
        }
        return [w] + (needsLast ? [inputs[3]] : []) + stateTypes
    }

    /// Units that the index set has places for.
    public func capacity(_ o: WorkOperands) -> Int { o.inputs[setIndex].shape[0] - 1 }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { rows.range(capacity: capacity(o), batch: o.batch) }

    public func work(_ o: WorkOperands) -> SlotWork {
        let (outer, _, inner) = unitAxis.counts(o.inputs[0].shape), weights = Count.product(outer, inner)
        let one = TensorType(batched: false, [1])
        let operands = WorkOperands(
            inputs: Array(repeating: one, count: 2 + states), outputs: Array(repeating: one, count: 1 + states), batch: 1, slot: o.slot)
        var perWeight = rule.work(operands)[o.slot]
        perWeight.streamed = 0
        var perUnit = Work()
        if needsLast {
            perWeight += catchUpWork.perWeight
            perUnit = catchUpWork.perUnit + Work(gathered: 8)
        }
        // Weights and states, read and written; a unit's are one run of numbers or apart.
        let bytes = Count.product(8 * (1 + states), weights)
        perUnit += perWeight * weights + Work(streamed: Count.sum(4, Count.product(4, weights)))
        perUnit += inner == 1 ? Work(gathered: bytes) : Work(streamed: bytes)
        let units = o.active.isAll ? activeRange(o).upper : o.active.units
        return SlotWork(o.slot, perUnit * units + Work(streamed: 4))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        TouchedUnits.scratch(capacity: capacity(o), inner: unitAxis.counts(o.inputs[0].shape).inner, threads: threads)
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let (outer, units, inner) = unitAxis.counts(c.inputTypes[0].shape)
        let touched = TouchedUnits(
            set: c.inputInts(setIndex), last: needsLast ? c.outputInts(1) : nil, outer: outer, units: units, inner: inner)
        let count = update(c, touched, RowStates(start: firstStateOutput))
        return rows == .full ? .all : ActiveCount(units: count)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let set = c.inputs[setIndex].ints, capacity = set.count - 1, n = Int(set[0])
        let (outer, units, inner) = unitAxis.counts(c.inputs[0].type.shape), perUnit = outer * inner
        if rows != .full { c.active = ActiveCount(units: n) }
        // The touched units, one after the other, as the whole of a smaller update.
        func places(of unit: Int, among units: Int) -> [Int] {
            (0..<outer).flatMap { o in (0..<inner).map { (o * units + unit) * inner + $0 } }
        }
        let mine = (0..<n).flatMap { places(of: Int(set[1 + $0]), among: units) }
        let gradientPlaces = (0..<n).flatMap { places(of: $0, among: capacity) }
        let type = TensorType(batched: false, [n * perUnit])
        let kept = [0] + (0..<states).map { firstStateOutput + $0 }
        let outputs = kept.map { index in ReferenceTensor(type: type, values: mine.map { c.outputs[index].values[$0] }) }
        let gradient = ReferenceTensor(type: type, values: gradientPlaces.map { c.inputs[1].values[$0] })
        var small = ReferenceContext(
            inputs: [outputs[0], gradient] + outputs.dropFirst(), outputs: outputs, batch: c.batch, step: c.step)
        if needsLast {
            for r in 0..<n {
                let unit = Int(set[1 + r])
                catchUp(&small, r * perUnit..<(r + 1) * perUnit, missed: max(0, c.step.update - Int(c.outputs[1].ints[unit]) - 1))
                c.outputs[1].ints[unit] = Int32(clamping: c.step.update)
            }
        }
        rule.reference(&small)
        for (index, output) in zip(kept, small.outputs) {
            for (place, value) in zip(mine, output.values) { c.outputs[index].values[place] = value }
        }
    }
}

extension ReferenceScalar {
    /// A power, counted as one exponential.
    static func power(_ base: Double, _ exponent: Int) -> Self {
        let size = Self.exp(Self(exponent == 0 ? 0 : Foundation.log(abs(base)) * Double(exponent)))
        return base < 0 && exponent % 2 != 0 ? -size : size
    }

    /// `scale` times the sum of the first `count` powers of a ratio, from the first; a ratio of 1 or more is taken as just below.
    /// One exponential, one multiplication and one addition.
    static func powers(of ratio: Double, count: Int, times scale: Double) -> Self {
        let ratio = min(ratio, 1 - 1e-6)
        return Self(scale * ratio / (1 - ratio)) * (Self(1) - power(ratio, count))
    }
}

extension RowUpdatable {
    /// Samples of a row form: both axes, a bias, and a set that is always full.
    func rowSamples(states: [OperationSample.Values]) -> [OperationSample] {
        func sample(_ shape: [Int], _ axis: UnitAxis, capacity: Int, _ rows: TouchedRows) -> OperationSample {
            let units = axis.counts(shape).units
            let perExample = switch rows {
            case .full, .counted: capacity
            case .union(let k, _): k
            case .inputs(let examples, _): examples.longest
            }
            let whole = TensorType(batched: false, shape), gradient = TensorType(batched: false, axis.replacing(shape, by: capacity))
            let operation = rowUpdate(unitAxis: axis, rows: rows)
            return OperationSample(
                operation,
                [.init(whole, .normal), .init(gradient, .normal), .touched(capacity, of: units, perExample: perExample)]
                    + (operation.needsLast ? [.init(TensorType(.int32, batched: false, [units]), .classes(3))] : [])
                    + states.map { .init(whole, $0) },
                slot: .update)
        }
        return [
            sample([7, 20], .first, capacity: 5, .union(perExample: 2)),
            sample([7, 20], .first, capacity: 4, .full),
            sample([3, 2, 4, 9], .last, capacity: 9, .union(perExample: 1)),
            sample([3, 300], .last, capacity: 6, .full),
            sample([600], .first, capacity: 600, .union(perExample: 400)),
            sample([90, 20], .first, capacity: 24, .inputs(InputsPerExample(average: 2.5, longest: 3), of: 90)),
        ]
    }
}
