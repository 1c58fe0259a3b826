import Graph
import Kernels

/// `SGDUpdate` of some units. In a missed step the decay alone shrinks a weight, by `1 - rate · weightDecay`; without decay there is
/// nothing to catch up with, and the operation has no `last`.
public struct SGDRowUpdate: RowUpdate {
    public var rule: SGDUpdate
    public var unitAxis: UnitAxis
    public var rows: TouchedRows

    public init(_ rule: SGDUpdate, unitAxis: UnitAxis, rows: TouchedRows) {
        self.rule = rule
        self.unitAxis = unitAxis
        self.rows = rows
    }

    public var needsLast: Bool { rule.weightDecay != 0 }
    public var catchUpWork: (perUnit: Work, perWeight: Work) { (Work(transcendentals: 1), Work(multiplications: 1)) }

    public func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int) {
        let keep = S.power(1 - Double(c.step.learningRate) * Double(rule.weightDecay), missed)
        for i in unit { c.outputs[0].values[i] = keep * c.outputs[0].values[i] }
    }

    public func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int {
        sgdRowUpdate(
            c.output(0), c.input(1), units, OptimizerSettings(c.step, weightDecay: rule.weightDecay), scratch: c.scratch, c.pool)
    }

    static let samples =
        SGDUpdate().rowSamples(states: []) + SGDUpdate(weightDecay: 0.5).rowSamples(states: [])
}

extension SGDUpdate: RowUpdatable {
    public func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate {
        SGDRowUpdate(self, unitAxis: unitAxis, rows: rows)
    }
}
