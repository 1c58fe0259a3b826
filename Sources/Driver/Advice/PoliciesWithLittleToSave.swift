import Diagnostics
import Estimate
import Graph
import Lowering
import Model

/// Policies on layers that hold so little of a step that nothing much can come of it.
func policiesWithLittleToSave(_ adviser: Adviser) -> [Diagnostic] {
    let all = adviser.isMeasured ? adviser.dense : adviser.multiplications(adviser.prepared.denseSchedule)
    guard all.total > 0 else { return [] }
    let shares = adviser.policies.map { adviser.mostSaved($0, of: all) / all.total }
    // Several policies that share the work out among them are all right.
    let isMuch = shares.reduce(0, +) >= 0.25
    return zip(adviser.policies, shares).compactMap { policy, share in
        // What does not pay is told to go.
        guard share < (isMuch ? 0.05 : 0.25), !policy.layers.contains(where: { adviser.doesNotPay($0.index) }) else { return nil }
        let names = policy.names(adviser.model), what = adviser.isMeasured ? "time" : "multiplications"
        let whose = policy.slot == .backward ? "the backward pass and the update of \(names)" : policy.layers.count == 1 ? "the units of \(names)" : "the units of \(names) together"
        return Diagnostic(
            .littleToSave, "the policy cannot save more than \(Adviser.percent(share)) of a step's \(what), which is what \(whose) take without it", at: policy.location,
            help: adviser.heaviest(all).map { [$0] } ?? [])
    }
}

extension Adviser {
    /// Of the dense network's step, all that a policy could leave out at the very most.
    fileprivate func mostSaved(_ policy: WrittenPolicy, of all: StepCost) -> Double {
        if policy.slot == .backward { return policy.layers.reduce(0) { $0 + all[$1.index, [.backwardInput, .backwardWeights, .update]] } }
        // With one unit left, so that what the readers save is in it.
        if let least = schedule(model.withoutPolicies().with(units: 1, in: policy.layers.flatMap(\.entry.group))) {
            return all.total - (isMeasured ? StepCost(least, pace: pace, steps: 0...1).total : multiplications(least).total)
        }
        return policy.layers.reduce(all[all.lastLayer]) { $0 + all[$1.index] }
    }

    /// Where the work is, if it is without a policy.
    fileprivate func heaviest(_ all: StepCost) -> String? {
        let covered = Set(policies.flatMap { $0.layers.map(\.index) })
        guard let layer = model.layers.indices.filter({ $0 <= all.lastLayer - 1 && !covered.contains($0) }).max(by: { all[$0] < all[$1] }), all[layer] > 0.25 * all.total else { return nil }
        return "`\(model.layers[layer].name.value)` alone holds \(Self.percent(all[layer] / all.total)), and has no policy"
    }
}
