import Diagnostics
import Graph
import Lowering
import Model
import Ops

/// meProp: of the gradient that reaches a layer's pre-activation only the k largest entries go on (Sun et al. 2017, "meProp:
/// Sparsified Back Propagation for Accelerated Deep Learning with Reduced Overfitting").
///
/// The forward pass stays whole. Only k rows of the weights take part in the backward products, and only these are updated.
struct TopK: BackwardPolicy, StrategicPolicy, KeepsUnits {
    let k: Amount
    var granularity: TensorType.Granularity?
    let includesOutput: Bool

    static let schema = PolicySchema(
        slot: .backward, keyword: "topk",
        summary: "Keeps the k units whose gradients are largest in magnitude, for each example or for the batch; the backward products and the update touch only their rows (meProp).",
        fields: BackwardFields.keys(
            k: "How many units' gradients are kept, or which share of the layer's.",
            per: [
                Choice("batch", "One set for the batch, by the sum of the magnitudes over the examples; its columns are packed and multiplied densely."),
                Choice("example", "Each example keeps its own; rows are gathered."),
            ]),
        otherNames: BackwardFields.otherNames, example: "backward: { type: topk, k: 5%, per: batch }")

    static let usualGranularity = TensorType.Granularity.batch

    static let trials = [
        PolicyTrial(.narrow, "backward: { type: topk, k: 10%, per: batch }"),
        PolicyTrial(.middle, "backward: { type: topk, k: 5%, per: example }"),
    ]

    init(_ fields: PolicyFields) {
        k = fields.amount("k") ?? .share(1)
        granularity = fields.word("per")
        includesOutput = fields.flag("output_layer") ?? false
    }

    func problems(at site: PolicySite) -> [Diagnostic] { BackwardFields.problems(k, includesOutput, at: site) }

    func rewrite(_ gradient: inout LayerGradient) throws(TypeError) {
        if gradient.isOutput && !includesOutput { return }
        try gradient.keep(k.count(of: gradient.units), per: settledGranularity, by: .magnitude)
    }
}
