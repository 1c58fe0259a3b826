import Diagnostics
import Estimate
import Graph
import Lowering
import Model
import Policies

/// A policy as the file writes it, once, and the layers that have it.
struct WrittenPolicy: Sendable {
    struct Layer: Sendable {
        /// In `ModelFile.layers`.
        var index: Int
        var spec: PolicySpec
        var entry: PolicyTable.Entry
    }

    var slot: PolicySpec.Slot
    /// Of its `type`.
    var location: Location
    var layers: [Layer]

    func names(_ model: ModelFile) -> String { layers.map { "`\(model.layers[$0.index].name.value)`" }.joined(separator: ", ") }
}

/// A file with all that is needed to say what another one would cost that differs from it a little: variants are checked and lowered like any file.
struct Adviser: Sendable {
    let prepared: PreparedModel
    let pace: Pace
    /// Whether somebody's machine was measured; otherwise the pace is a rough one.
    let isMeasured: Bool
    let policies: [WrittenPolicy]
    let own: StepCost
    let dense: StepCost
    /// In steps, from where all policies act.
    private let span: ClosedRange<Int>
    /// Kinds that the file as it is gets anyway.
    private let known: Set<DiagnosticKind>

    var model: ModelFile { prepared.model }

    /// Changes are told from this share of a step's time on: without a measurement they must be more than the guess is off.
    var leastGain: Double { isMeasured ? 0.1 : 0.25 }

    init?(_ prepared: PreparedModel) {
        guard prepared.hasPolicies, prepared.schedule.phases.last != nil else { return nil }
        self.prepared = prepared
        isMeasured = prepared.pace != nil
        pace = prepared.pace ?? Pace(.typical, threads: prepared.threads)
        let model = prepared.model, perEpoch = prepared.stepsPerEpoch
        let start = prepared.schedule.starts(stepsPerEpoch: perEpoch).last ?? 0
        // Long enough for what is due now and then, where little is left of the run.
        span = start...max(Count.product(perEpoch, model.train.epochs), Count.sum(start, 1000))
        own = StepCost(prepared.schedule, pace: pace, steps: span)
        dense = StepCost(prepared.denseSchedule, pace: pace, steps: span)
        var policies: [WrittenPolicy] = []
        for entry in prepared.options.policies.entries {
            let slot = type(of: entry.policy).schema.slot
            guard let spec = model.layers[entry.layer].policies.first(where: { $0.slot == slot }) else { continue }
            let layer = WrittenPolicy.Layer(index: entry.layer, spec: spec, entry: entry)
            if let index = policies.firstIndex(where: { $0.slot == slot && $0.location == spec.type.location }) {
                policies[index].layers.append(layer)
            } else {
                policies.append(WrittenPolicy(slot: slot, location: spec.type.location, layers: [layer]))
            }
        }
        self.policies = policies
        var found: [Diagnostic] = []
        if let origin = prepared.origin, let model = origin.check(origin.tree, &found) { _ = PolicyTable(model, catalogue: allPolicies, diagnostics: &found) }
        known = Set(found.map(\.kind))
    }

    // MARK: variants

    /// What a step of another model on the same data costs; nil where there is no such network.
    func cost(_ model: ModelFile) -> StepCost? { schedule(model).map { StepCost($0, pace: pace, steps: span) } }

    func schedule(_ model: ModelFile) -> Schedule? { lowered(model)?.lowered.schedule }

    /// Another model with its dense twin, as far as estimates need them.
    func variant(_ model: ModelFile) -> PreparedModel? {
        guard let own = lowered(model), let dense = lowered(model.withoutPolicies()) else { return nil }
        return PreparedModel(model: model, description: prepared.description, options: own.options, lowered: own.lowered, denseSchedule: dense.lowered.schedule)
    }

    private func lowered(_ model: ModelFile) -> (options: LoweringOptions, lowered: Lowered)? {
        var found: [Diagnostic] = [], options = prepared.options
        options.policies = PolicyTable(model, catalogue: allPolicies, diagnostics: &found)
        // A variant does its work in the ways that are cheapest for it, as it would in training.
        if let pace = prepared.pace { options.policies = (try? prepared.cheapest(model, options, pace)) ?? options.policies }
        guard !found.hasErrors, let lowered = try? lower(model, facts: prepared.description.facts, options: options, diagnostics: &found), !found.hasErrors else { return nil }
        return (options, lowered)
    }

    /// By multiplications.
    func multiplications(_ schedule: Schedule) -> StepCost { StepCost(multiplicationsOf: schedule, steps: span) }

    /// The file with one value changed; nil where it would be refused, or warned of for something that it is not warned of now.
    func model(_ change: PolicyChange, of policy: WrittenPolicy) -> ModelFile? {
        var found: [Diagnostic] = []
        guard let origin = prepared.origin, let model = origin.check(setting: change.field, to: change.value, besideType: policy.location, &found) else { return nil }
        _ = PolicyTable(model, catalogue: allPolicies, diagnostics: &found)
        return found.allSatisfy { known.contains($0.kind) && $0.severity != .error } ? model : nil
    }

    /// The settings that a policy knows for all layers that it is written for, with what a step costs then.
    func changes(_ policy: WrittenPolicy) -> [(change: PolicyChange, cost: Double)] {
        let lists = policy.layers.map { layer in
            (layer.entry.policy as? any ChangeablePolicy)?.changes(at: PolicySite(model: model, layer: layer.index, spec: layer.spec)) ?? []
        }
        guard let first = lists.first else { return [] }
        return first.compactMap { change in
            guard lists.allSatisfy({ $0.contains { $0.field == change.field && $0.value == change.value } }) else { return nil }
            return model(change, of: policy).flatMap(cost).map { (change, $0.total) }
        }
    }

    // MARK: words

    /// Said beside numbers that come from no measurement.
    var roughly: [String] { isMeasured ? [] : ["by a processor's usual speeds, so roughly; `nnc calibrate` measures this one"] }

    static func percent(_ share: Double) -> String { Readable.decimal(100 * share, digits: share < 0.0995 ? 1 : 0) + " %" }
}

extension ModelFile {
    /// With another number of units in some layers.
    func with(units: Int, in layers: [Int]) -> ModelFile {
        var model = self
        for layer in layers { model.layers[layer].kind = model.layers[layer].kind.with(units: units) }
        return model
    }

    /// Without the policies of some layers; nil: of all.
    func withoutPolicies(in layers: [Int]? = nil) -> ModelFile {
        var model = self
        for layer in layers ?? Array(model.layers.indices) {
            model.layers[layer].policies = []
            model.layers[layer].strategy = nil
        }
        return model
    }
}
