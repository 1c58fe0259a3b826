import Diagnostics
import Graph
import Lowering
import Model
import Ops

/// The control of the meProp paper: as many units as top-k keeps, but drawn at random, so that what choosing is worth can be seen.
struct RandomUnits: BackwardPolicy, StrategicPolicy, KeepsUnits {
    let k: Amount
    var granularity: TensorType.Granularity?
    let includesOutput: Bool

    static let schema = PolicySchema(
        slot: .backward, keyword: "random", summary: "Keeps the gradients of k units drawn at random: the control that `topk` has to beat.",
        fields: BackwardFields.keys(
            k: "How many units' gradients are kept, or which share of the layer's.",
            per: [Choice("batch", "One set for the batch."), Choice("example", "Each example keeps its own.")]),
        otherNames: BackwardFields.otherNames, example: "backward: { type: random, k: 5% }")

    static let usualGranularity = TensorType.Granularity.batch

    static let trials = [
        PolicyTrial(.narrow, "backward: { type: random, k: 5%, per: example }"),
    ]

    init(_ fields: PolicyFields) {
        k = fields.amount("k") ?? .share(1)
        granularity = fields.word("per")
        includesOutput = fields.flag("output_layer") ?? false
    }

    func problems(at site: PolicySite) -> [Diagnostic] { BackwardFields.problems(k, includesOutput, at: site) }

    func rewrite(_ gradient: inout LayerGradient) throws(TypeError) {
        if gradient.isOutput && !includesOutput { return }
        try gradient.keep(k.count(of: gradient.units), per: settledGranularity, by: .random(stream: gradient.layer))
    }
}
