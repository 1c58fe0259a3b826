import Graph
import Kernels

/// `RMSpropUpdate` of some units. In a missed step the mean square shrinks by `rho`, and the weight stays.
public struct RMSpropRowUpdate: RowUpdate {
    public var rule: RMSpropUpdate
    public var unitAxis: UnitAxis
    public var rows: TouchedRows

    public init(_ rule: RMSpropUpdate, unitAxis: UnitAxis, rows: TouchedRows) {
        self.rule = rule
        self.unitAxis = unitAxis
        self.rows = rows
    }

    public var needsLast: Bool { true }
    public var catchUpWork: (perUnit: Work, perWeight: Work) { (Work(transcendentals: 1), Work(multiplications: 1)) }

    public func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int) {
        let kept = S.power(Double(rule.rho), missed)
        for i in unit { c.outputs[1].values[i] = kept * c.outputs[1].values[i] }
    }

    public func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int {
        rmspropRowUpdate(c.output(0), c.input(1), c.output(states[0]), units, rule.settings(c.step), scratch: c.scratch, c.pool)
    }

    static let samples =
        RMSpropUpdate(rho: 0.9, epsilon: 1e-7).rowSamples(states: [.positive])
        + RMSpropUpdate(rho: 0.99, epsilon: 1e-3, weightDecay: 0.01).rowSamples(states: [.positive])
}

extension RMSpropUpdate: RowUpdatable {
    public func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate {
        RMSpropRowUpdate(self, unitAxis: unitAxis, rows: rows)
    }
}
