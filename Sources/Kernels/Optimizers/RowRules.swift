import CKernels
import Foundation

/// `sgdUpdate` of some units; a weight's decay is all that happens where the gradient is zero.
///
/// All of these return how many units were touched.
public func sgdRowUpdate(
    _ w: Floats, _ g: Floats, _ units: TouchedUnits, _ s: OptimizerSettings, scratch: Floats, _ pool: WorkerPool
) -> Int {
    units.update(WeightArrays(w: w.base), g, SGDRows(s: s), iteration: s.iteration, scratch: scratch, pool)
}

private struct SGDRows: RowRule {
    let s: OptimizerSettings

    func catchUp(missed: Double) -> CatchUp { CatchUp(keep: pow(1 - Double(s.learningRate) * Double(s.weightDecay), missed)) }
    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>) { nnc_sgd_catch_up(weights.w, count, by) }
    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int) {
        nnc_sgd(weights.w, g, count, s.learningRate, s.weightDecay)
    }
}

/// `momentumUpdate` of some units: the velocity has moved and shrunk in every missed step.
public func momentumRowUpdate(
    _ w: Floats, _ g: Floats, _ velocity: Floats, _ units: TouchedUnits, _ s: OptimizerSettings, nesterov: Bool, scratch: Floats,
    _ pool: WorkerPool
) -> Int {
    precondition(velocity.count == w.count)
    return units.update(
        WeightArrays(w: w.base, first: velocity.base), g, MomentumRows(s: s, nesterov: nesterov), iteration: s.iteration, scratch: scratch, pool)
}

private struct MomentumRows: RowRule {
    let s: OptimizerSettings
    let nesterov: Bool

    func catchUp(missed: Double) -> CatchUp {
        let mu = Double(s.momentum), rate = Double(s.learningRate) * (nesterov ? mu : 1)
        return CatchUp(drift: rate * CatchUp.powers(of: mu, count: missed), first: pow(mu, missed))
    }

    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>) {
        guard let v = weights.first else { return }
        nnc_momentum_catch_up(weights.w, v, count, by)
    }

    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int) {
        guard let v = weights.first else { return }
        nnc_momentum(weights.w, g, v, count, s.learningRate, s.momentum, s.weightDecay, nesterov ? 1 : 0)
    }
}

/// `adagradUpdate` of some units: a zero gradient changes nothing.
public func adagradRowUpdate(
    _ w: Floats, _ g: Floats, _ accumulator: Floats, _ units: TouchedUnits, _ s: OptimizerSettings, scratch: Floats, _ pool: WorkerPool
) -> Int {
    precondition(accumulator.count == w.count)
    return units.update(
        WeightArrays(w: w.base, first: accumulator.base), g, AdagradRows(s: s), iteration: s.iteration, scratch: scratch, pool)
}

private struct AdagradRows: RowRule {
    let s: OptimizerSettings

    func catchUp(missed: Double) -> CatchUp { CatchUp() }
    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>) {}
    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int) {
        guard let a = weights.first else { return }
        nnc_adagrad(weights.w, g, a, count, s.learningRate, s.epsilon, s.weightDecay)
    }
}

/// `rmspropUpdate` of some units: the mean square has shrunk in every missed step.
public func rmspropRowUpdate(
    _ w: Floats, _ g: Floats, _ meanSquare: Floats, _ units: TouchedUnits, _ s: OptimizerSettings, scratch: Floats, _ pool: WorkerPool
) -> Int {
    precondition(meanSquare.count == w.count)
    return units.update(
        WeightArrays(w: w.base, first: meanSquare.base), g, RMSpropRows(s: s), iteration: s.iteration, scratch: scratch, pool)
}

private struct RMSpropRows: RowRule {
    let s: OptimizerSettings

    func catchUp(missed: Double) -> CatchUp { CatchUp(first: pow(Double(s.rho), missed)) }

    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>) {
        guard let a = weights.first else { return }
        nnc_rmsprop_catch_up(a, count, by)
    }

    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int) {
        guard let a = weights.first else { return }
        nnc_rmsprop(weights.w, g, a, count, s.learningRate, s.rho, s.epsilon, s.weightDecay)
    }
}

/// `adamUpdate` of some units: both moments have shrunk in every missed step, and the weights have gone on in their direction,
/// each time by `beta1 / √beta2` of the step before. The corrections are this step's.
public func adamRowUpdate(
    _ w: Floats, _ g: Floats, _ m: Floats, _ v: Floats, _ units: TouchedUnits, _ s: OptimizerSettings, decoupled: Bool,
    scratch: Floats, _ pool: WorkerPool
) -> Int {
    precondition(m.count == w.count && v.count == w.count)
    return units.update(
        WeightArrays(w: w.base, first: m.base, second: v.base), g, AdamRows(s: s, adam: s.adam(decoupled: decoupled)),
        iteration: s.iteration, scratch: scratch, pool)
}

private struct AdamRows: RowRule {
    let s: OptimizerSettings
    let adam: nnc_adam_settings

    func catchUp(missed: Double) -> CatchUp {
        let beta1 = Double(s.beta1), beta2 = Double(s.beta2), keep = Double(adam.keep), kept = pow(keep, missed)
        let ratio = beta1 == 0 ? 0 : beta1 / beta2.squareRoot()
        // What was gone in a missed step shrinks in those that follow, as the weight does.
        return CatchUp(
            keep: kept, drift: Double(adam.step) * kept * CatchUp.powers(of: ratio / keep, count: missed),
            first: pow(beta1, missed), second: pow(beta2, missed))
    }

    func catchUp(_ weights: WeightArrays, _ count: Int, _ by: UnsafePointer<nnc_catch_up>) {
        guard let m = weights.first, let v = weights.second else { return }
        nnc_adam_catch_up(weights.w, m, v, count, by, adam.rootScale, adam.epsilon)
    }

    func step(_ weights: WeightArrays, _ g: UnsafePointer<Float>, _ count: Int) {
        guard let m = weights.first, let v = weights.second else { return }
        withUnsafePointer(to: adam) { nnc_adam(weights.w, g, m, v, count, $0) }
    }
}
