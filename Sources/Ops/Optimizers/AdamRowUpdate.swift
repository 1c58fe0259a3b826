import Graph
import Kernels

/// `AdamUpdate` of some units. In a missed step m shrinks by `beta1`, v by `beta2`, and the weight moves on, each time by
/// `beta1 / √beta2` of the step before; a decoupled decay shrinks it.
///
/// Of k missed steps, the way is `rate · m / (√v + epsilon) · (r + … + rᵏ)`, r = `beta1 / √beta2`, with this step's corrections
/// of m and v in all of them: close to the dense rule, but not equal, least so in a run's first steps.
public struct AdamRowUpdate: RowUpdate {
    public var rule: AdamUpdate
    public var unitAxis: UnitAxis
    public var rows: TouchedRows

    public init(_ rule: AdamUpdate, unitAxis: UnitAxis, rows: TouchedRows) {
        self.rule = rule
        self.unitAxis = unitAxis
        self.rows = rows
    }

    public var needsLast: Bool { true }
    private var decays: Bool { rule.decoupled && rule.weightDecay != 0 }

    public var catchUpWork: (perUnit: Work, perWeight: Work) {
        (
            Work(multiplications: decays ? 2 : 1, additions: 1, transcendentals: decays ? 4 : 3),
            Work(multiplications: decays ? 6 : 5, additions: 2, transcendentals: 1)
        )
    }

    public func catchUp<S: ReferenceScalar>(_ c: inout ReferenceContext<S>, _ unit: Range<Int>, missed: Int) {
        let beta1 = Double(rule.beta1), beta2 = Double(rule.beta2)
        let (step, rootCorrection) = rule.corrections(c.step)
        let kept1 = S.power(beta1, missed), kept2 = S.power(beta2, missed)
        let keep = decays ? 1 - Double(c.step.learningRate) * Double(rule.weightDecay) : 1
        var drift = S.powers(of: beta1 == 0 ? 0 : beta1 / beta2.squareRoot() / keep, count: missed, times: step)
        let shrink = decays ? S.power(keep, missed) : S(1)
        if decays { drift = drift * shrink }
        let scale = S(rootCorrection), epsilon = S(Double(rule.epsilon))
        for i in unit {
            let mean = c.outputs[1].values[i], square = c.outputs[2].values[i]
            var weight = c.outputs[0].values[i]
            if decays { weight = weight * shrink }
            c.outputs[0].values[i] = weight - drift * mean / (S.sqrt(square) * scale + epsilon)
            c.outputs[1].values[i] = kept1 * mean
            c.outputs[2].values[i] = kept2 * square
        }
    }

    public func update(_ c: borrowing RunContext, _ units: TouchedUnits, _ states: RowStates) -> Int {
        adamRowUpdate(
            c.output(0), c.input(1), c.output(states[0]), c.output(states[1]), units, rule.settings(c.step), decoupled: rule.decoupled,
            scratch: c.scratch, c.pool)
    }

    static let samples =
        AdamUpdate(beta1: 0.9, beta2: 0.999, epsilon: 1e-7).rowSamples(states: [.normal, .positive])
        + AdamUpdate(beta1: 0.9, beta2: 0.8, epsilon: 1e-3, weightDecay: 0.01).rowSamples(states: [.normal, .positive])
        + AdamUpdate(beta1: 0.8, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1, decoupled: true).rowSamples(states: [.normal, .positive])
}

extension AdamUpdate: RowUpdatable {
    public func rowUpdate(unitAxis: UnitAxis, rows: TouchedRows) -> any RowUpdate {
        AdamRowUpdate(self, unitAxis: unitAxis, rows: rows)
    }
}
