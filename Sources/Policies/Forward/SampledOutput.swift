import Diagnostics
import Graph
import Kernels
import Lowering
import Model

/// Sampled softmax: of very many outputs a step of training computes the true labels and a sample of the others, whose numbers are corrected for how
/// likely each was to be in it (Jean, Cho, Memisevic and Bengio 2015, "On Using Very Large Target Vocabulary", section 3).
///
/// It looks at nothing but the labels: the control that a hash has to beat.
struct SampledOutput: ForwardPolicy, StrategicPolicy {
    let active: Amount
    var granularity: TensorType.Granularity?
    let distribution: CandidateSampling.Distribution

    static let schema = PolicySchema(
        slot: .forward, keyword: "sampled",
        summary: "For the output layer of a network with very many classes: a step computes the true labels and a sample of the others, which stands for all of them (sampled softmax). Evaluation computes all.",
        fields: [
            Key("active", .amount, default: "1%", "How many outputs a step computes, the labels included, or which share of the layer's. At least as many as a batch may have labels.", example: "active: 1000"),
            Key(
                "per",
                .choice(ChoiceSet([
                    PerWords.auto(usual: "batch"),
                    Choice("batch", "One set for the batch, with the labels of all its examples: a small dense product."),
                    Choice("example", "Each example has its labels and a sample of its own; rows are gathered."),
                ])), default: "auto", "Whose outputs are computed.", example: "per: example"),
            Key(
                "distribution",
                .choice(ChoiceSet([
                    Choice("uniform", "Each output is as likely."),
                    Choice("popularity", "By how often an output was among the last 65,536 labels, but for a tenth of the draws, which are uniform."),
                ])), default: "uniform", "What the sample is drawn by.", example: "distribution: popularity"),
        ],
        otherNames: ["samples": "active", "k": "active", "negatives": "active", "granularity": "per", "by": "distribution"],
        example: "forward: { type: sampled, active: 1000 }")

    static let usualGranularity = TensorType.Granularity.batch

    static let trials = [
        PolicyTrial(.outputs, "forward: { type: sampled, active: 500, distribution: popularity }"),
    ]

    init(_ fields: PolicyFields) {
        active = fields.amount("active") ?? .share(0.01)
        granularity = fields.word("per")
        distribution = fields.word("distribution") ?? .uniform
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        let name = site.layerSpec.name.value
        guard case .dense = site.layerSpec.kind, site.putsOutClasses else {
            return site.spec.isDefault ? [] : [Diagnostic(
                .notForThisLayer, "`sampled` is for an output layer that a softmax and its cross entropy follow, and `\(name)` is none", at: site.spec.type.location,
                help: ["`hash_gather` leaves out units of hidden layers"])]
        }
        return site.othersBeside(self)
    }

    func acts(in purpose: Purpose) -> Bool { purpose == .training }
    func granularity(for purpose: Purpose) -> TensorType.Granularity { settledGranularity }
    /// Samples of examples have nothing to do with each other.
    func variety(_ choice: UnitVariety) -> Double? { nil }

    func choose(_ forward: inout LayerForward) throws(TypeError) -> ValueID? {
        // A trained network has all of its outputs, also where the one with its policies is asked for.
        guard forward.purpose == .training else { return nil }
        let count = max(active.count(of: forward.units), forward.mostLabels(settledGranularity))
        guard count < forward.units else { return nil }
        return try forward.candidates(count, per: settledGranularity, by: distribution)
    }

    func follow(_ update: inout LayerUpdate) throws(TypeError) {}
}

extension PolicySite {
    /// Whether the layer's numbers are those of classes, from which the loss makes probabilities itself.
    var putsOutClasses: Bool {
        layer == model.layers.count - 1 && layerSpec.activation.value == .softmax && model.train.loss.value == .crossEntropy
    }

    /// Why a policy that says which units are computed cannot stand beside the others that are there.
    func othersBeside(_ policy: some ForwardPolicy) -> [Diagnostic] {
        let name = layerSpec.name.value
        var problems = layerSpec.policies.filter { $0.slot != .forward }.map { other in
            Diagnostic(
                .policiesDoNotMix, "`\(name)` has a policy for which units are computed, and cannot have one for `\(other.slot.rawValue)` too",
                at: other.type.location, related: [RelatedPlace(spec.type.location, "it is given here")],
                help: ["the gradient of a unit that is not computed is zero, so there is nothing left to choose; take one of the two off"])
        }
        if let changing = model.layers.first(where: { layer in layer.name.value != name && layer.policies.contains { $0.slot == .neurons } }),
            let policy = changing.policies.first(where: { $0.slot == .neurons })
        {
            problems.append(Diagnostic(
                .policiesDoNotMix, "units of `\(changing.name.value)` may come and go, and `\(name)` computes some units only: the two do not go together in one network yet",
                at: policy.type.location, related: [RelatedPlace(spec.type.location, "here")]))
        }
        return problems
    }
}
