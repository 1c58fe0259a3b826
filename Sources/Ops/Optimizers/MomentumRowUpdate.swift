import Graph
import Kernels

/// `MomentumUpdate` of some units. In a missed step the velocity shrinks by `momentum`, and the weight moves by `rate` times what is
/// left of it (in Nesterov's form, by `momentum` times that): k steps make `rate · v · (momentum + … + momentumᵏ)`.
public struct MomentumRowUpdate: RowUpdate {
    public var rule: MomentumUpdate
    public var unitAxis: UnitAxis
    public var rows: TouchedRows

    public init(_ rule: MomentumUpdate, unitAxis: UnitAxis, rows: TouchedRows) {
        self.rule = rule
        self.unitAxis = unitAxis
        self.rows = rows
    }

    public var needsLast: Bool { true }
    public var catchUpWork: (perUnit: Work, perWeight: Work) {
        (Work(multiplications: 1, additions: 1, transcendentals: 2), Work(multiplications: 2, additions: 1))
    }

    public func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int) {
        let mu = Double(rule.momentum), rate = Double(c.step.learningRate) * (rule.nesterov ? mu : 1)
        let kept = S.power(mu, missed), drift = S.powers(of: mu, count: missed, times: rate)
        for i in unit {
            c.outputs[0].values[i] = c.outputs[0].values[i] - drift * c.outputs[1].values[i]
            c.outputs[1].values[i] = kept * c.outputs[1].values[i]
        }
    }

    public func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int {
        momentumRowUpdate(
            c.output(0), c.input(1), c.output(states[0]), units, rule.settings(c.step), nesterov: rule.nesterov, scratch: c.scratch, c.pool)
    }

    static let samples =
        MomentumUpdate(momentum: 0.9).rowSamples(states: [.normal])
        + MomentumUpdate(momentum: 0).rowSamples(states: [.normal])
        + MomentumUpdate(momentum: 0.5, nesterov: true, weightDecay: 0.01).rowSamples(states: [.normal])
}

extension MomentumUpdate: RowUpdatable {
    public func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate {
        MomentumRowUpdate(self, unitAxis: unitAxis, rows: rows)
    }
}
