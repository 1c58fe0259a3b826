import Diagnostics
import Lowering
import Model

/// A policy that keeps part of a layer's gradient, as the policies that count what is kept ask it.
protocol KeepsUnits {
    var k: Amount { get }
}

/// What the policies of the slot `backward` have in common.
enum BackwardFields {
    static func keys(k: String, per: [Choice]) -> [Key] {
        [
            Key("k", .amount, required: true, k, example: "k: 5%"),
            Key("per", .choice(ChoiceSet([PerWords.auto(usual: "batch")] + per)), default: "auto", "Whose gradients decide.", example: "per: example"),
            outputLayer,
        ]
    }

    static let outputLayer = Key(
        "output_layer", .flag, default: "false",
        "Whether the network's last layer takes part too. It has few units, and each of them is an answer, so it is left whole.")

    static let otherNames = ["top_k": "k", "topk": "k", "keep": "k", "unified": "per", "granularity": "per"]

    static func problems(_ k: Amount, _ includesOutput: Bool, at site: PolicySite) -> [Diagnostic] {
        if site.isOutput && !includesOutput {
            guard !site.spec.isDefault else { return [] }
            return [Diagnostic(
                .outputLayerStaysWhole, "`\(site.layerSpec.name.value)` is the output layer, whose gradient is kept whole", at: site.spec.type.location,
                help: ["write `output_layer: true` beside `k` to keep part of it all the same, or take the policy off"])]
        }
        guard case .count(let count) = k, count > site.units else { return [] }
        return [Diagnostic(
            .policyKeepsAll, "`k: \(count)` keeps all \(site.units) units of `\(site.layerSpec.name.value)`, so nothing is saved",
            at: site.spec.fields.location("k"), help: ["a share, such as `k: 5%`, fits layers of any width"])]
    }
}

extension TopK: ChangeablePolicy {
    func changes(at site: PolicySite) -> [PolicyChange] { PinnedGranularity.changes(at: site) }
}

extension RandomUnits: ChangeablePolicy {
    func changes(at site: PolicySite) -> [PolicyChange] { PinnedGranularity.changes(at: site) }
}
