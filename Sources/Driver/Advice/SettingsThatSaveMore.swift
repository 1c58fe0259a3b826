import Diagnostics
import Estimate
import Lowering
import Model

/// Settings of the file's policies with which a step would be shorter, with how much, and what is known of the price.
func settingsThatSaveMore(_ adviser: Adviser) -> [Diagnostic] {
    let now = adviser.own.total
    return adviser.policies.flatMap { policy -> [Diagnostic] in
        // Where it does not pay, that is said, with what would.
        guard let first = policy.layers.first, !policy.layers.allSatisfy({ adviser.doesNotPay($0.index) }) else { return [] }
        var best: [(change: PolicyChange, cost: Double)] = []
        for candidate in adviser.changes(policy) where candidate.cost <= (1 - adviser.leastGain) * now {
            if let index = best.firstIndex(where: { $0.change.field == candidate.change.field }) {
                if candidate.cost < best[index].cost { best[index] = candidate }
            } else {
                best.append(candidate)
            }
        }
        return best.map { change, cost in
            Diagnostic(
                .settingSavesMore, "`\(change.field): \(change.value)` would save \(Adviser.percent(1 - cost / now)) more: a step of \(Readable.time(cost)) instead of \(Readable.time(now))",
                at: first.spec.fields.location(change.field), help: [change.price] + adviser.roughly)
        }
    }
}
