import Diagnostics
import Graph
import Lowering
import Model
import Ops

/// Randomized hashing and its relatives: of a wide layer only the units are computed that a cheap look at the input promises to be
/// large (Spring and Shrivastava 2016, "Scalable and Sustainable Deep Learning via Randomized Hashing").
///
/// Forward, backward and update touch the chosen units' rows, and of these, where the layer below is hashed too, its chosen units' columns only.
struct HashGather: ForwardPolicy {
    enum Function: String { case sketch, exact, random }
    enum Inference: String { case hash, dense }
    enum Projection: String { case data, random }

    let function: Function
    let active: Amount
    let granularity: TensorType.Granularity
    let inference: Inference
    let dimensions: Int
    let projection: Projection
    let every: Span
    let growth: Double

    static let schema = PolicySchema(
        slot: .forward, keyword: "hash_gather",
        summary: "Computes the units only that a hash of the input, or a sketch of it, promises to be large; forward, backward and update leave the others alone (randomized hashing).",
        fields: [
            Key(
                "function",
                .choice(ChoiceSet([
                    Choice("sketch", "A score for each unit from a short projection of its weights: two small dense products. The best on layers of up to some ten thousand units."),
                    Choice("exact", "The true outputs, all of them computed: no saving, but the most that any function can find. A control."),
                    Choice("random", "Any units: the control that a function has to beat."),
                ])), default: "sketch", "How the units are found.", example: "function: sketch"),
            Key("active", .amount, default: "5%", "How many units are computed for each example, or which share of the layer's.", example: "active: 5%"),
            Key(
                "per",
                .choice(ChoiceSet([
                    Choice("example", "Each example has its own units; rows are gathered."),
                    Choice("batch", "One set for the batch, by what the units are worth to all its examples; its rows are packed and multiplied densely. Faster, and less exact. Evaluation chooses for each example."),
                ])), default: "example", "Whose units are computed.", example: "per: batch"),
            Key(
                "inference",
                .choice(ChoiceSet([
                    Choice("hash", "As in training: the chosen units only."),
                    Choice("dense", "All units."),
                ])), default: "hash", "How the trained network is evaluated.", example: "inference: dense"),
            Key("dimensions", .integer(1...4096), default: "32", "Of a sketch: the numbers that stand for the weights of a unit.", example: "dimensions: 32"),
            Key(
                "projection",
                .choice(ChoiceSet([
                    Choice("data", "Along the directions in which the layer's input varies most, followed as they change."),
                    Choice("random", "Drawn at random, once."),
                ])), default: "data", "Of a sketch: what the weights are projected on.", example: "projection: random"),
            Key(
                "rebuild",
                .object(ObjectSchema(
                    "`rebuild`", "When all units are looked at anew.",
                    keys: [
                        Key("every", .span, default: "50 steps", "Time to the first rebuild after that at the start.", example: "every: 50 steps"),
                        Key("growth", .number(.closed(1)), default: "1", "By what factor each interval is longer than the one before.", example: "growth: 1.05"),
                    ])), otherwise: "`{ every: 50 steps, growth: 1 }`", "How often the sketch is brought up to date with the weights.", example: "rebuild: { every: 50 steps, growth: 1.05 }"),
        ],
        otherNames: ["hash": "function", "sparsity": "active", "k": "active", "keep": "active", "rank": "dimensions", "granularity": "per", "rehash": "rebuild"],
        example: "forward: { type: hash_gather, function: sketch, active: 5% }")

    init(_ fields: PolicyFields) {
        function = fields.word("function") ?? .sketch
        active = fields.amount("active") ?? .share(0.05)
        granularity = fields.word("per") ?? .example
        inference = fields.word("inference") ?? .hash
        dimensions = fields.integer("dimensions") ?? 32
        projection = fields.word("projection") ?? .data
        every = fields.object("rebuild")?.span("every") ?? .steps(50)
        growth = fields.object("rebuild")?.number("growth") ?? 1
    }

    func acts(in purpose: Purpose) -> Bool { purpose == .training || inference == .hash }

    func granularity(for purpose: Purpose) -> TensorType.Granularity { purpose == .training ? granularity : .example }

    func choose(_ forward: inout LayerForward) throws(TypeError) -> ValueID? {
        let count = active.count(of: forward.units), per = granularity(for: forward.purpose)
        guard count < forward.units else { return nil }
        switch function {
        case .sketch: return try select(count, per, by: .value, scores: sketchScores(&forward), &forward)
        case .exact: return try select(count, per, by: .value, scores: forward.product(forward.weights, forward.bias, "scores"), &forward)
        case .random: return try select(count, per, by: .random(stream: forward.layer), scores: forward.product(forward.weights, forward.bias, "scores"), &forward)
        }
    }

    private func select(
        _ count: Int, _ per: TensorType.Granularity, by ranking: SelectUnits.Ranking, scores: ValueID, _ forward: inout LayerForward
    ) throws(TypeError) -> ValueID {
        try forward.add(SelectUnits(k: count, per: per, by: ranking), [scores], "active_units")
    }

    // MARK: sketch

    /// What each unit's output is likely to be, f32[N,units].
    private func sketchScores(_ forward: inout LayerForward) throws(TypeError) -> ValueID {
        let units = forward.units, inputs = forward.inputs, count = min(dimensions, inputs)
        func type(_ shape: Int...) -> TensorType { TensorType(batched: false, shape) }
        // Of about length one each, in any direction.
        let drawn = Initial.truncatedNormal(deviation: 1 / Float(inputs).squareRoot())
        var state = [
            forward.state("sketch_projection", type(count, inputs), drawn, [.fixed, .inputs]),
            forward.state("sketch_shift", type(count), .constant(0), [.fixed]),
            forward.state("sketch_mean", type(inputs), .constant(0), [.inputs]),
            forward.state("sketch_spread", type(count), .constant(0), [.fixed]),
            forward.state("sketch_rows", type(units, count), .constant(0), [.units, .fixed]),
            forward.state("sketch_level", type(units), .constant(0), [.units]),
        ]
        if forward.purpose == .training {
            let steps = Moment(every).steps(stepsPerEpoch: forward.stepsPerEpoch, batch: forward.batch)
            let refresh = RefreshSketch(
                RefreshSchedule(begin: forward.begin, every: steps, growth: growth), followsData: projection == .data, useBias: forward.bias != nil,
                isSparse: forward.activeInput != nil)
            let biases = forward.bias.map { [$0] } ?? []
            state = try forward.graph.add(refresh, forward.inputOperands + [forward.weights] + biases + state, layer: forward.layer, slot: .overhead)
        }
        let query = try forward.product(state[0], state[1], "sketch_query")
        return try forward.add(Dense(useBias: true), [query, state[4], state[5]], "sketch_scores")
    }

    // MARK: what is wrong

    func problems(at site: PolicySite) -> [Diagnostic] {
        let name = site.layerSpec.name.value
        guard case .dense = site.layerSpec.kind else {
            return site.spec.isDefault ? [] : [Diagnostic(.notForThisLayer, "`\(name)` is no dense layer, and only these are hashed", at: site.spec.type.location)]
        }
        if site.isOutput {
            guard !site.spec.isDefault else { return [] }
            return [Diagnostic(.notForThisLayer, "`\(name)` puts out the network's answers, and all of them are needed", at: site.spec.type.location)]
        }
        var problems: [Diagnostic] = []
        if active.count(of: site.units) == site.units {
            problems.append(Diagnostic(
                .policyKeepsAll, "all \(site.units) units of `\(name)` are computed, so nothing is saved", at: site.spec.fields.location("active"),
                help: ["a share, such as `active: 5%`, fits layers of any width"]))
        }
        return problems
    }
}
