import Diagnostics
import Graph
import Lowering
import Model

/// A gradient that is sparse and right on average: of a batch's entries at a layer's pre-activation, each is kept with a probability
/// in proportion to its magnitude, and what is kept is made larger by as much as it was unlikely to be.
///
/// The k largest entries of each example are a biased gradient: harmless where the training loss goes to zero, and a wrong fixed point where it
/// does not. Here one threshold T serves the whole batch: an entry g stays with probability min(1, |g| / T), as sign(g) · max(|g|, T), so that its
/// mean is g. Beside meProp, in the spirit of column-row sampling (Adelman, Levy, Hakimi and Silberstein 2021, "Faster Neural Network
/// Training with Approximate Tensor Operations") and of unbiased gradient compression (Wangni, Wang, Liu and Zhang 2018).
struct Sampled: BackwardPolicy, StrategicPolicy, KeepsUnits {
    let k: Amount
    /// One threshold serves the batch, but what is kept is each example's own.
    var granularity: TensorType.Granularity? = .example
    let includesOutput: Bool

    static let schema = PolicySchema(
        slot: .backward, keyword: "sampled",
        summary: "Keeps k entries of the gradient for each example on average, drawn by their magnitude and scaled so that the gradient stays right on average: at the same cost as `topk` per example, without its bias.",
        fields: [
            Key("k", .amount, required: true, "How many units' gradients are kept for each example on average, or which share of the layer's.", example: "k: 5%"),
            BackwardFields.outputLayer,
        ],
        otherNames: BackwardFields.otherNames, example: "backward: { type: sampled, k: 5% }")

    static let usualGranularity = TensorType.Granularity.example
    static let granularities: Set<TensorType.Granularity> = [.example]

    static let trials = [
        PolicyTrial(.middle, "backward: { type: sampled, k: 5% }"),
        PolicyTrial(.narrow, "backward: { type: sampled, k: 10% }"),
    ]

    init(_ fields: PolicyFields) {
        k = fields.amount("k") ?? .share(1)
        includesOutput = fields.flag("output_layer") ?? false
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        guard case .conv2d = site.layerSpec.kind else { return BackwardFields.problems(k, includesOutput, at: site) }
        return [Diagnostic(
            .notForThisLayer, "`sampled` is for dense layers, and `\(site.layerSpec.name.value)` is a convolution", at: site.spec.type.location,
            help: ["`topk` keeps the channels with the largest gradients"])]
    }

    func rewrite(_ gradient: inout LayerGradient) throws(TypeError) {
        if gradient.isOutput && !includesOutput { return }
        try gradient.sample(k.count(of: gradient.units))
    }
}
