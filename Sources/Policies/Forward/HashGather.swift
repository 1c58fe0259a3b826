import Diagnostics
import Graph
import Kernels
import Lowering
import Model
import Ops

/// Randomized hashing and its relatives: of a wide layer only the units are computed that a cheap look at the input promises to be
/// large (Spring and Shrivastava 2016, "Scalable and Sustainable Deep Learning via Randomized Hashing").
///
/// Forward, backward and update touch the chosen units' rows, and of these, where the layer below is hashed too, its chosen units' columns only.
struct HashGather: ForwardPolicy {
    enum Function: String { case sketch, simhash, wta, dwta, exact, random }
    enum Selection: String { case union, mostCollisions = "most_collisions" }
    enum Inference: String { case hash, dense }
    enum Projection: String { case data, random }

    let function: Function
    let active: Amount
    let granularity: TensorType.Granularity
    let inference: Inference
    let hashes: Int
    let tables: Int
    let window: Int
    let selection: Selection
    let probes: Int
    let bucketSize: Int
    let rehash: Int
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
                    Choice("simhash", "Hash tables over signs of random projections, with the transform that makes an inner product of an angle (Spring and Shrivastava 2016)."),
                    Choice("wta", "Hash tables over winners: which of a few random entries of a row is the largest (Yagnik et al. 2011). No arithmetic, and blind to scale."),
                    Choice("dwta", "The same over what is not zero, for sparse input (Chen and Shrivastava 2018)."),
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
            Key("hashes", .integer(1...24), default: "6", "Of hash tables: the codes that make a key (K). More of them find fewer units, and more alike ones.", example: "hashes: 6"),
            Key("tables", .integer(1...1024), default: "50", "Of hash tables: how many there are (L). More of them find more units.", example: "tables: 50"),
            Key("window", .integer(2...256), default: "8", "Of wta and dwta: the entries that compete for a code, a power of two.", example: "window: 8"),
            Key(
                "select",
                .choice(ChoiceSet([
                    Choice("most_collisions", "Those that are found in most tables."),
                    Choice("union", "Those that are found first, table by table."),
                ])), default: "most_collisions", "Of hash tables: which of the units that are found take part, where these are too many. Where they are too few, others are drawn at random.", example: "select: union"),
            Key("probes", .integer(0...64), default: "0", "Of hash tables: further buckets of each that are looked at, whose keys differ least.", example: "probes: 4"),
            Key("bucket_size", .integer(1...4096), default: "128", "Of hash tables: the most units that a bucket holds; of more, a random part.", example: "bucket_size: 128"),
            Key("rehash", .integer(0...1_000_000), default: "16", "Of hash tables: how many of the units that were updated are hashed anew after a step, those first that have changed most often.", example: "rehash: 16"),
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
        hashes = fields.integer("hashes") ?? 6
        tables = fields.integer("tables") ?? 50
        window = fields.integer("window") ?? 8
        selection = fields.word("select") ?? .mostCollisions
        probes = fields.integer("probes") ?? 0
        bucketSize = fields.integer("bucket_size") ?? 128
        rehash = fields.integer("rehash") ?? 16
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
        case .simhash, .wta, .dwta: return try tableUnits(count, per, &forward)
        case .exact: return try select(count, per, by: .value, scores: forward.product(forward.weights, forward.bias, "scores"), &forward)
        case .random: return try select(count, per, by: .random(stream: forward.layer, units: forward.units), scores: forward.inputOperands[0], &forward)
        }
    }

    private func select(
        _ count: Int, _ per: TensorType.Granularity, by ranking: SelectUnits.Ranking, scores: ValueID, _ forward: inout LayerForward
    ) throws(TypeError) -> ValueID {
        try forward.add(SelectUnits(k: count, per: per, by: ranking), [scores], "active_units")
    }

    // MARK: hash tables

    private func scheme(units: Int, inputs: Int) -> HashScheme {
        let kind: HashFunction =
            switch function {
            case .wta: .wta(window: window)
            case .dwta: .dwta(window: window)
            default: .simhash
            }
        return HashScheme(
            function: kind, inputs: inputs, units: units, tables: tables, hashes: hashes, probes: probes, bucketSize: min(bucketSize, units))
    }

    private func tableUnits(_ count: Int, _ per: TensorType.Granularity, _ forward: inout LayerForward) throws(TypeError) -> ValueID {
        let scheme = scheme(units: forward.units, inputs: forward.inputs), isTraining = forward.purpose == .training
        var state = HashState(
            scheme, useBias: forward.bias != nil, in: &forward.graph, layer: forward.layer, prefix: forward.prefix, stream: forward.layer,
            training: isTraining)
        let query: HashState.Query = forward.activeInput.map { .sparse(values: $0.values, which: $0.places) } ?? .dense(forward.inputOperands[0])
        if isTraining {
            let schedule = schedule(forward)
            try state.average(query, schedule: schedule, decay: Double(RefreshSketch.memory), in: &forward.graph)
            try state.rebuild(forward.weights, forward.bias, schedule: schedule, in: &forward.graph)
        }
        return try state.query(query, k: count, per: per, select: selection == .union ? .union : .mostCollisions, in: &forward.graph)
    }

    func follow(_ update: inout LayerUpdate) throws(TypeError) {
        guard [.simhash, .wta, .dwta].contains(function), rehash > 0, active.count(of: update.units) < update.units else { return }
        let scheme = scheme(units: update.units, inputs: update.inputs)
        var state = HashState(
            scheme, useBias: update.bias != nil, in: &update.graph, layer: update.layer, prefix: update.prefix, stream: update.layer, training: true,
            resumes: true)
        try state.rehash(update.weights, update.bias, touched: update.touched, budget: rehash, in: &update.graph)
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
            let refresh = RefreshSketch(
                schedule(forward), followsData: projection == .data, useBias: forward.bias != nil,
                isSparse: forward.activeInput != nil)
            let biases = forward.bias.map { [$0] } ?? []
            state = try forward.graph.add(refresh, forward.inputOperands + [forward.weights] + biases + state, layer: forward.layer, slot: .overhead)
        }
        let query = try forward.product(state[0], state[1], "sketch_query")
        return try forward.add(Dense(useBias: true), [query, state[4], state[5]], "sketch_scores")
    }

    private func schedule(_ forward: LayerForward) -> RefreshSchedule {
        RefreshSchedule(begin: forward.begin, every: Moment(every).steps(stepsPerEpoch: forward.stepsPerEpoch, batch: forward.batch), growth: growth)
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
        if [.simhash, .wta, .dwta].contains(function), let problem = scheme(units: site.units, inputs: 1 << 16).problem {
            problems.append(Diagnostic(.hashCannotBe, "`\(name)` cannot be hashed so: \(problem)", at: site.spec.type.location))
        }
        let others = site.layerSpec.policies.filter { $0.slot != .forward }
        for other in others {
            problems.append(Diagnostic(
                .policiesDoNotMix, "`\(name)` has a policy for which units are computed, and cannot have one for `\(other.slot.rawValue)` too",
                at: other.type.location, related: [RelatedPlace(site.spec.type.location, "it is given here")],
                help: ["the gradient of a unit that is not computed is zero, so there is nothing left to choose; take one of the two off"]))
        }
        if let changing = site.model.layers.first(where: { layer in layer.name.value != name && layer.policies.contains { $0.slot == .neurons } }),
            let policy = changing.policies.first(where: { $0.slot == .neurons })
        {
            problems.append(Diagnostic(
                .policiesDoNotMix, "units of `\(changing.name.value)` may come and go, and `\(name)` is hashed: the two do not go together in one network yet",
                at: policy.type.location, related: [RelatedPlace(site.spec.type.location, "hashed here")]))
        }
        if active.count(of: site.units) == site.units {
            problems.append(Diagnostic(
                .policyKeepsAll, "all \(site.units) units of `\(name)` are computed, so nothing is saved", at: site.spec.fields.location("active"),
                help: ["a share, such as `active: 5%`, fits layers of any width"]))
        }
        return problems
    }
}
