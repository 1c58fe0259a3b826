import Diagnostics
import Estimate
import Graph
import Model

/// Policies with which a step is expected to take longer than without them, layer by layer, and what would make them pay.
///
/// The policies of a layer are judged together, beside those of the other layers. Where units come and go, the whole run is judged.
func policiesThatDoNotPay(_ adviser: Adviser) -> [Diagnostic] {
    let model = adviser.model, changing = Set(adviser.policies.filter { $0.slot == .neurons }.flatMap { $0.layers.map(\.index) })
    let layers = Set(adviser.policies.flatMap { $0.layers.map(\.index) }).subtracting(changing).sorted()
    let found = layers.compactMap { adviser.doesNotPay($0, in: model) }
    guard changing.isEmpty else { return found + adviser.runDoesNotPay }
    return found.isEmpty ? adviser.doNotPayTogether : found
}

extension Adviser {
    /// Wider layers are not looked at.
    private static let widest = 16_384

    /// Whether a policy that acts does not save anything on a layer.
    func doesNotPay(_ index: Int) -> Bool { loss(index, in: model, own: own) != nil }

    fileprivate func doesNotPay(_ index: Int, in model: ModelFile) -> Diagnostic? {
        guard let without = loss(index, in: model, own: own) else { return nil }
        let layer = model.layers[index], name = layer.name.value
        let written = policies.filter { $0.layers.contains { $0.index == index } }
        let spent = own[index, [.overhead]], saved = without.total - own.total + spent
        let times = "a step takes \(Readable.time(own.total)) with it and \(Readable.time(without.total)) without"
        var help: [String] = []
        for policy in written {
            guard let best = changes(policy).filter({ $0.cost < 0.95 * without.total }).min(by: { $0.cost < $1.cost }) else { continue }
            help.append("`\(best.change.field): \(best.change.value)` would pay, with \(Readable.time(best.cost)); \(best.change.price)")
        }
        help += width(index).map { [$0] } ?? []
        help += ["`policy: none` on the layer opts out"] + roughly
        let location = layer.policies.first?.type.location ?? layer.location
        if written.contains(where: { $0.slot == .forward }), saved > 0 {
            return Diagnostic(
                .findingCostsMore,
                "finding the units of `\(name)` is expected to cost more than it saves: \(Readable.time(spent)) of a step for \(Readable.time(saved)); \(times)", at: location, help: help)
        }
        return Diagnostic(.policyDoesNotPay, "the policy of `\(name)` is not expected to save time: \(times)", at: location, help: help)
    }

    /// What a step costs without the layer's policies, where that is no more than with them.
    private func loss(_ index: Int, in model: ModelFile, own: StepCost) -> StepCost? {
        // Before it begins to act, or where it keeps everything, it costs nothing.
        guard own[index, [.overhead]] > 0, let without = cost(model.withoutPolicies(in: [index])), own.total >= without.total else { return nil }
        return without
    }

    /// From which width on the layer would pay, if everything else stayed as it is; nil where the layer's width is not free to choose.
    private func width(_ index: Int) -> String? {
        width([index]) { wider in
            cost(wider).flatMap { own in cost(wider.withoutPolicies(in: [index])).map { own.total < Self.worthIt * $0.total } }
        }
    }

    /// Pays by more than what predictions are off.
    private static let worthIt = 0.98

    /// The width of layers, one for all of them, from which on something pays; nil where the widths are not free to choose.
    private func width(_ layers: [Int], _ pays: (ModelFile) -> Bool?) -> String? {
        let widths = layers.compactMap { model.layers[$0].kind.units }
        guard let now = widths.max(), widths.count == layers.count, now < Self.widest else { return nil }
        let word = if case .conv2d = model.layers[layers[0]].kind { "filters" } else { "units" }
        var low = now, high = min(Self.widest, 2 * now)
        while true {
            guard let does = pays(model.with(units: high, in: layers)) else { return nil }
            if does { break }
            guard high < Self.widest else { return "no width up to \(Readable.grouped(Self.widest)) \(word) would make it pay: too much of the layer is kept, or the layers around it are too narrow" }
            (low, high) = (high, min(Self.widest, 2 * high))
        }
        while Double(high) > 1.1 * Double(low), high - low > 1 {
            let middle = (low + high) / 2
            if pays(model.with(units: middle, in: layers)) ?? false { high = middle } else { low = middle }
        }
        return "from about \(Readable.grouped(Self.rounded(high))) \(word) on\(layers.count > 1 ? " in each of these layers" : ""), the rest as it is, it would pay"
    }

    /// Two digits, upwards.
    private static func rounded(_ count: Int) -> Int {
        var unit = 1
        while count / unit >= 100 { unit *= 10 }
        return (count + unit - 1) / unit * unit
    }

    /// Each may pay beside the others, and all of them not.
    fileprivate var doNotPayTogether: [Diagnostic] {
        guard let policy = policies.first, own.total >= dense.total else { return [] }
        return [Diagnostic(
            .policyDoesNotPay, "the policies together are not expected to save time: a step takes \(Readable.time(own.total)) with them and \(Readable.time(dense.total)) without",
            at: policy.location, help: ["`--set` and a policy of `none` on one layer after the other show which one it is"] + roughly)]
    }

    fileprivate var runDoesNotPay: [Diagnostic] {
        guard let policy = policies.first(where: { $0.slot == .neurons }), let (with, without) = runSeconds(prepared), with >= without else { return [] }
        let changing = Set(policies.filter { $0.slot == .neurons }.flatMap { $0.layers.map(\.index) }).sorted()
        let wider = width(changing) { wider in variant(wider).flatMap(runSeconds).map { $0.with < Self.worthIt * $0.without } }
        return [Diagnostic(
            .policyDoesNotPay, "the policies are not expected to save time: the run takes \(Readable.time(with)) with them and \(Readable.time(without)) without",
            at: policy.location,
            help: ["looking at the units costs more than what goes saves: look less often, or at fewer examples, or train for longer"] + (wider.map { [$0] } ?? []) + roughly)]
    }

    /// Of a whole run, with its pre-training; nil where its length is not known.
    private func runSeconds(_ prepared: PreparedModel) -> (with: Double, without: Double)? {
        var paced = prepared
        paced.pace = pace
        let mine = paced.estimate, twin = paced.denseEstimate
        guard mine.isLengthKnown, let own = mine.seconds, let dense = twin.seconds else { return nil }
        return (own.run.total + own.pretraining.reduce(0, +), dense.run.total + dense.pretraining.reduce(0, +))
    }
}
