import Graph
import Kernels

/// `AdagradUpdate` of some units. A step without a gradient changes nothing, so there is nothing to catch up with and no `last`.
public struct AdagradRowUpdate: RowUpdate {
    public var rule: AdagradUpdate
    public var unitAxis: UnitAxis
    public var rows: TouchedRows

    public init(_ rule: AdagradUpdate, unitAxis: UnitAxis, rows: TouchedRows) {
        self.rule = rule
        self.unitAxis = unitAxis
        self.rows = rows
    }

    public var needsLast: Bool { false }
    public var catchUpWork: (perUnit: Work, perWeight: Work) { (Work(), Work()) }
    public func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int) {}

    public func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int {
        adagradRowUpdate(c.output(0), c.input(1), c.output(states[0]), units, rule.settings(c.step), scratch: c.scratch, c.pool)
    }

    static let samples =
        AdagradUpdate(epsilon: 1e-7).rowSamples(states: [.positive])
        + AdagradUpdate(epsilon: 1e-3, weightDecay: 0.01).rowSamples(states: [.positive])
}

extension AdagradUpdate: RowUpdatable {
    public func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate {
        AdagradRowUpdate(self, unitAxis: unitAxis, rows: rows)
    }
}
