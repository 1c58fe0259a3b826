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
struct HashGather: ForwardPolicy, StrategicPolicy {
    enum Function: String { case sketch, simhash, wta, dwta, exact, random }
    enum Selection: String { case union, mostCollisions = "most_collisions" }
    enum Inference: String { case hash, dense }
    enum Projection: String { case data, random }
    enum Fill: String { case random, popularity }

    let function: Function
    let active: Amount
    var granularity: TensorType.Granularity?
    let inference: Inference
    let hashes: Int
    let tables: Int
    let window: Int
    let pool: Int
    let alwaysInclude: Int
    /// Whether the file says what is so anyway: that an output layer computes the labels.
    let namesLabels: Bool
    let fill: Fill
    let selection: Selection
    let probes: Int
    /// Nil: as large as it needs to be.
    let bucketSize: Int?
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
                    PerWords.auto(usual: "example"),
                    Choice("example", "Each example has its own units; rows are gathered."),
                    Choice("batch", "One set for the batch, by what the units are worth to all its examples; its rows are packed and multiplied densely. Faster, and less exact. Evaluation chooses for each example."),
                ])), default: "auto", "Whose units are computed.", example: "per: batch"),
            Key(
                "inference",
                .choice(ChoiceSet([
                    Choice("hash", "As in training: the chosen units only."),
                    Choice("dense", "All units."),
                ])), default: "hash", "How the trained network is evaluated.", example: "inference: dense"),
            Key(
                "always_include", .integerOr(0...1_000_000, ChoiceSet([Choice("labels", "Of an output layer the true labels, which are there in training in any case.")])), default: "0",
                "So many units, the first of the layer, are computed for every example, and count as active. Of an output layer the true labels are, in training, with or without the word `labels`.",
                example: "always_include: 8"),
            Key("hashes", .integer(1...24), otherwise: "4 of simhash, 1 of wta and dwta", "Of hash tables: the codes that make a key (K). More of them find fewer units, and more alike ones.", example: "hashes: 6"),
            Key("tables", .integer(1...1024), default: "100", "Of hash tables: how many there are (L). More of them find more units.", example: "tables: 100"),
            Key("window", .integer(2...256), default: "16", "Of wta and dwta: the entries that compete for a code, a power of two.", example: "window: 16"),
            Key("pool", .integer(1...65536), default: "1", "Of hash tables: so many consecutive inputs are hashed as one, their mean. For images, whose neighbours are alike.", example: "pool: 8"),
            Key(
                "select",
                .choice(ChoiceSet([
                    Choice("most_collisions", "Those that are found in most tables."),
                    Choice("union", "Those that are found first, table by table."),
                ])), default: "most_collisions", "Of hash tables: which of the units that are found take part, where these are too many.", example: "select: union"),
            Key(
                "fill",
                .choice(ChoiceSet([
                    Choice("random", "Any."),
                    Choice("popularity", "Those that have been chosen most often in the epoch. They also come first among units found equally often."),
                ])), default: "random", "Of hash tables: which other units take part, where too few are found.", example: "fill: popularity"),
            Key("probes", .integer(0...64), default: "0", "Of hash tables: further buckets of each that are looked at, whose keys differ least.", example: "probes: 4"),
            Key("bucket_size", .integer(1...4096), otherwise: "128, or four times what a bucket holds on average if that is more", "Of hash tables: the most units that a bucket holds; of more, a random part.", example: "bucket_size: 128"),
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

    static let usualGranularity = TensorType.Granularity.example

    static let trials = [
        PolicyTrial(.hidden, "forward: { type: hash_gather, function: sketch, active: 5%, rebuild: { every: 2 steps } }"),
        PolicyTrial(.few, "forward: { type: hash_gather, function: sketch, dimensions: 64, active: 5%, rebuild: { every: 2 steps } }"),
        PolicyTrial(.alike, "forward: { type: hash_gather, function: sketch, dimensions: 64, active: 5%, rebuild: { every: 2 steps } }"),
        PolicyTrial(.hidden, "forward: { type: hash_gather, function: sketch, active: 20%, per: batch, rebuild: { every: 2 steps } }"),
        PolicyTrial(.hidden, "forward: { type: hash_gather, function: simhash, active: 5%, rebuild: { every: 2 steps } }"),
        PolicyTrial(.hidden, "forward: { type: hash_gather, function: wta, active: 10%, rebuild: { every: 2 steps } }"),
        PolicyTrial(.large, "forward: { type: hash_gather, function: wta, active: 10%, per: example, rebuild: { every: 2 steps } }"),
        PolicyTrial(.outputs, "forward: { type: hash_gather, function: sketch, active: 500, per: batch, rebuild: { every: 2 steps } }"),
        PolicyTrial(.read, "forward: { type: hash_gather, function: exact, active: 10% }"),
        PolicyTrial(.narrow, "forward: { type: hash_gather, function: wta, active: 30%, per: batch, inference: dense, rebuild: { every: 2 steps } }"),
    ]

    init(_ fields: PolicyFields) {
        function = fields.word("function") ?? .sketch
        active = fields.amount("active") ?? .share(0.05)
        granularity = fields.word("per")
        inference = fields.word("inference") ?? .hash
        hashes = fields.integer("hashes") ?? (function == .wta || function == .dwta ? 1 : 4)
        tables = fields.integer("tables") ?? 100
        window = fields.integer("window") ?? 16
        pool = fields.integer("pool") ?? 1
        alwaysInclude = fields.integer("always_include") ?? 0
        namesLabels = fields.text("always_include") == "labels"
        fill = fields.word("fill") ?? .random
        selection = fields.word("select") ?? .mostCollisions
        probes = fields.integer("probes") ?? 0
        bucketSize = fields.integer("bucket_size")
        rehash = fields.integer("rehash") ?? 16
        dimensions = fields.integer("dimensions") ?? 32
        projection = fields.word("projection") ?? .data
        every = fields.object("rebuild")?.span("every") ?? .steps(50)
        growth = fields.object("rebuild")?.number("growth") ?? 1
    }

    func acts(in purpose: Purpose) -> Bool { purpose == .training || inference == .hash }

    func granularity(for purpose: Purpose) -> TensorType.Granularity { purpose == .training ? settledGranularity : .example }

    func choose(_ forward: inout LayerForward) throws(TypeError) -> ValueID? {
        let per = granularity(for: forward.purpose)
        guard forward.labels != nil, forward.purpose == .training else { return try find(active.count(of: forward.units), per, &forward) }
        // Of outputs, the labels are there in any case; half of the rest is found, and the other half is a sample that stands for all that are not.
        let labels = forward.mostLabels(per), count = max(active.count(of: forward.units), labels + 2)
        guard count < forward.units, let found = try find((count - labels) / 2, per, &forward) else { return nil }
        return try forward.candidates(count, per: per, by: fill == .popularity ? .popularity : .uniform, found: found)
    }

    /// So many units that promise to be large; nil for all of them.
    private func find(_ count: Int, _ per: TensorType.Granularity, _ forward: inout LayerForward) throws(TypeError) -> ValueID? {
        guard count < forward.units else { return nil }
        switch function {
        case .sketch:
            let operands = try sketch(&forward)
            if let found = try best(count, per, operands, &forward) { return found }
            return try select(count, per, by: .value, scores: forward.add(Dense(useBias: true), operands, "sketch_scores"), &forward)
        case .simhash, .wta, .dwta: return try tableUnits(count, per, &forward)
        case .exact:
            if let input = forward.input, let found = try best(count, per, [input, forward.weights] + (forward.bias.map { [$0] } ?? []), &forward) { return found }
            return try select(count, per, by: .value, scores: forward.product(forward.weights, forward.bias, "scores"), &forward)
        case .random: return try select(count, per, by: .random(stream: forward.layer, units: forward.units), scores: forward.inputOperands[0], &forward)
        }
    }

    /// The units of an output with the largest products, in evaluation: of very many outputs the numbers are not all held at one time.
    private func best(_ count: Int, _ per: TensorType.Granularity, _ operands: [ValueID], _ forward: inout LayerForward) throws(TypeError) -> ValueID? {
        guard forward.labels != nil, per == .example, forward.purpose == .evaluation, alwaysInclude == 0 else { return nil }
        return try forward.add(SelectProducts(useBias: operands.count == 3, k: count), operands, "active_units")
    }

    private func select(
        _ count: Int, _ per: TensorType.Granularity, by ranking: SelectUnits.Ranking, scores: ValueID, _ forward: inout LayerForward
    ) throws(TypeError) -> ValueID {
        try forward.add(SelectUnits(k: count, per: per, by: ranking, always: min(alwaysInclude, count)), [scores], "active_units")
    }

    // MARK: hash tables

    var isTabled: Bool { [.simhash, .wta, .dwta].contains(function) }

    func scheme(units: Int, inputs: Int) -> HashScheme {
        let kind: HashFunction =
            switch function {
            case .wta: .wta(window: window)
            case .dwta: .dwta(window: window)
            default: .simhash
            }
        var scheme = HashScheme(
            function: kind, inputs: inputs, units: units, tables: tables, hashes: hashes, probes: probes, bucketSize: 1, pool: pool)
        let usual = scheme.keyBits <= HashScheme.mostKeyBits ? min(HashScheme.mostBucketSize, max(128, 4 * (units / scheme.buckets))) : 128
        scheme.bucketSize = min(bucketSize ?? usual, units)
        return scheme
    }

    private func tableUnits(_ count: Int, _ per: TensorType.Granularity, _ forward: inout LayerForward) throws(TypeError) -> ValueID {
        let scheme = scheme(units: forward.units, inputs: forward.inputs), isTraining = forward.purpose == .training
        var state = HashState(
            scheme, useBias: forward.bias != nil, in: &forward.graph, layer: forward.layer, prefix: forward.prefix, stream: forward.layer,
            training: isTraining)
        var query: HashState.Query = forward.activeInput.map { .sparse(values: $0.values, which: $0.places) } ?? .dense(forward.inputOperands[0])
        if pool > 1 {
            let pooling = PoolInputs(inputs: forward.inputs, width: pool, isSparse: forward.activeInput != nil)
            query = .dense(try forward.add(pooling, forward.inputOperands, "hash_pooled"))
        }
        let schedule = schedule(forward)
        if isTraining {
            try state.average(query, schedule: schedule, decay: Double(RefreshSketch.memory), in: &forward.graph)
            try state.rebuild(forward.weights, forward.bias, schedule: schedule, in: &forward.graph)
        }
        var popular: ValueID?
        // Outputs are filled up by a sample.
        if fill == .popularity, forward.labels == nil {
            popular = forward.state("hash_popular", TensorType(.int32, batched: false, [1 + count]), .constant(0), [.fixed])
            if isTraining, let set = popular {
                popular = try forward.graph.add(RefreshPopular(schedule), [forward.selections(), set], layer: forward.layer, slot: .overhead)[0]
            }
        }
        return try state.query(
            query, k: count, per: per, select: selection == .union ? .union : .mostCollisions, always: min(alwaysInclude, count), popular: popular,
            in: &forward.graph)
    }

    func follow(_ update: inout LayerUpdate) throws(TypeError) {
        guard isTabled, rehash > 0, active.count(of: update.units) < update.units else { return }
        let scheme = scheme(units: update.units, inputs: update.inputs)
        var state = HashState(
            scheme, useBias: update.bias != nil, in: &update.graph, layer: update.layer, prefix: update.prefix, stream: update.layer, training: true,
            resumes: true)
        try state.rehash(update.weights, update.bias, touched: update.touched, budget: rehash, in: &update.graph)
    }

    // MARK: sketch

    /// The input, the weights and the levels of a dense product that says what each unit's output is likely to be, f32[N,units].
    private func sketch(_ forward: inout LayerForward) throws(TypeError) -> [ValueID] {
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
        return [try forward.product(state[0], state[1], "sketch_query"), state[4], state[5]]
    }

    private func schedule(_ forward: LayerForward) -> RefreshSchedule {
        RefreshSchedule(begin: forward.begin, every: Moment(every).steps(stepsPerEpoch: forward.stepsPerEpoch, batch: forward.batch), growth: growth)
    }
}
