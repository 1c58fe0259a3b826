/// Draws model files: layers of every kind with small and odd shapes, branches, policies where they may stand, all that `train` can be told.
/// Most of them are right; the others are refused by the check.
struct RandomModel {
    /// The same seed draws the same file.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private struct Placed {
        var name: String
        var shape: [Int]
    }

    private var numbers: Numbers
    private var lines: [String] = []
    /// What later layers may read; the first is the input.
    private var placed: [Placed] = []
    private var read: Set<String> = ["input"]
    private let isSparse: Bool
    private let classes: Int
    private let examples: Int
    private let isPretrained: Bool
    private let hasPolicies: Bool
    /// Layers that compute some of their units do not go together with units that come and go.
    private let choosesUnits: Bool
    private var samplesOutputs = false
    /// Whether the data are between 0 and 1.
    private var isUnit = false

    private(set) var text: String

    init(seed: UInt64) {
        numbers = Numbers(state: seed &* 0x2545_F491_4F6C_DD1D)
        var draw = numbers
        func one(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &draw) }
        isSparse = one(in: 0...9) == 0
        classes = isSparse ? one(in: 3...60) : [2, 3, 5, 12, 40][one(in: 0...4)]
        examples = one(in: 3...40)
        isPretrained = !isSparse && one(in: 0...9) == 0
        hasPolicies = one(in: 0...2) > 0
        choosesUnits = one(in: 0...1) == 0
        numbers = draw
        text = ""
        text = written()
    }

    // MARK: drawing

    private mutating func one(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &numbers) }
    private mutating func chance(_ percent: Int) -> Bool { one(0...99) < percent }
    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[one(0...elements.count - 1)] }
    /// Small sizes come more often than large ones.
    private mutating func size(_ most: Int) -> Int { one(1...max(1, one(1...most))) }

    private mutating func written() -> String {
        let shape: [Int]
        let data: String
        isUnit = false
        if isSparse {
            let features = one(4...300)
            shape = [features]
            data = "{ generator: labels, train: \(examples), test: 5, features: \(features), labels: \(classes), features_per_example: \(one(1...9)), labels_per_example: \(chance(40) ? "1" : "2.6"), prototype_features: \(one(1...4)) }"
        } else if chance(10) {
            let isImage = chance(50)
            isUnit = isImage
            shape = isImage ? [28, 28, 1] : [28]
            data = "{ generator: \(isImage ? pick(["rectangles", "convex"]) : "higgs_like"), train: \(examples), test: 5 }"
        } else {
            shape = chance(40) && !isPretrained ? [one(1...9), one(1...9), one(1...3)] : [size(40)]
            data = "{ generator: blobs, train: \(examples), test: \(one(1...9)), features: \(shape.reduce(1, *)), classes: \(classes), noise: 0.5 }"
        }
        placed = [Placed(name: "input", shape: shape)]
        if shape.count == 3, isPretrained { add("type: flatten", "flat", [shape.reduce(1, *)]) }
        for index in 0..<one(0...5) { layer(index) }
        bringTogether()
        let loss = pick(["cross_entropy", "cross_entropy", "cross_entropy", "binary_cross_entropy", "mse"])
        let outputs = data.contains("generator: blobs") || isSparse ? classes : 2
        let activation = ["cross_entropy": "softmax", "binary_cross_entropy": "sigmoid", "mse": "linear"][loss] ?? "linear"
        lines.append("- { name: out, type: dense, units: \(outputs), activation: \(activation)\(isBiased())\(loss == "cross_entropy" ? policy(units: outputs, on: .output) : "") }")
        return """
            version: 1
            seed: \(one(0...1000))
            data: { format: synthetic, synthetic: \(data)\(isSparse ? "" : ", normalize: \(isUnit && isPretrained ? "unit" : pick(["unit", "zscore", "none"]))")\(chance(60) ? ", validation: \(pick(["20%", "1", "2"]))" : "")\(chance(10) ? ", limit: \(one(2...30))" : "") }
            model:
              input: { shape: \(shape) }
              layers:
                \(lines.joined(separator: "\n    "))
            train:
              \(training(loss).joined(separator: "\n  "))

            """
    }

    // MARK: layers

    private mutating func add(_ fields: String, _ name: String, _ shape: [Int], inputs: [String] = []) {
        read.formUnion(inputs.isEmpty ? [placed.last?.name ?? ""] : inputs)
        lines.append("- { name: \(name), \(fields)\(inputs.isEmpty ? "" : ", inputs: [\(inputs.joined(separator: ", "))]") }")
        placed.append(Placed(name: name, shape: shape))
    }

    /// One row of all that nobody has read yet.
    private mutating func bringTogether() {
        var rows: [Placed] = []
        for part in placed.filter({ !read.contains($0.name) || $0.name == placed.last?.name }) {
            if part.shape.count == 3 {
                add("type: flatten", "flat_\(part.name)", [part.shape.reduce(1, *)], inputs: [part.name])
                rows.append(Placed(name: "flat_\(part.name)", shape: [part.shape.reduce(1, *)]))
            } else {
                rows.append(part)
            }
        }
        if rows.count > 1 { add("type: concatenate", "all", [rows.reduce(0) { $0 + $1.shape[0] }], inputs: rows.map(\.name)) }
    }

    private mutating func isBiased() -> String { chance(20) ? ", use_bias: false" : "" }

    private mutating func trained() -> String {
        (chance(8) ? ", trainable: false" : "") + (chance(30) ? ", kernel_initializer: \(pick(["he_normal", "glorot_normal", "lecun_uniform", "zeros", "ones"]))" : "")
    }

    private mutating func activation() -> String { isPretrained ? "sigmoid" : pick(["linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh"]) }

    private mutating func layer(_ index: Int) {
        guard let above = placed.last else { return }
        // Now and then it reads another one than that above.
        let source = chance(isPretrained ? 0 : 10) ? pick(placed) : above, name = "l\(index)"
        let inputs = source.name == above.name ? [] : [source.name], shape = source.shape
        let others = placed.dropFirst(isSparse ? 1 : 0)
        if isPretrained || (isSparse && source.name == "input") {
            let units = size(24)
            return add("type: dense, units: \(units), activation: \(activation())\(isBiased())\(trained())\(isSparse ? "" : policy(units: units, on: .hidden))", name, [units], inputs: inputs)
        }
        switch one(0...9) {
        case 0: add("type: dropout, rate: \(pick(["0", "0.1", "0.7"]))", name, shape, inputs: inputs)
        case 1: add("type: batch_normalization, momentum: 0.9\(chance(10) ? ", trainable: false" : "")", name, shape, inputs: inputs)
        case 2: add("type: activation, activation: \(activation())", name, shape, inputs: inputs)
        case 3:
            let same = others.filter { $0.shape == shape && $0.name != source.name }
            guard !same.isEmpty else { fallthrough }
            add("type: add", name, shape, inputs: [source.name, pick(Array(same)).name])
        case 4:
            let beside = others.filter { $0.shape.dropLast() == shape.dropLast() && $0.name != source.name }
            guard !beside.isEmpty else { fallthrough }
            let other = pick(Array(beside))
            add("type: concatenate", name, shape.dropLast() + [(shape.last ?? 0) + (other.shape.last ?? 0)], inputs: [source.name, other.name])
        default:
            if shape.count == 3 { picture(shape, name, inputs) } else { plain(name, inputs) }
        }
    }

    private mutating func plain(_ name: String, _ inputs: [String]) {
        let units = chance(10) ? one(25...70) : size(24)
        let copies = chance(8) && inputs.isEmpty ? ", repeat: \(one(2...3))" : ""
        add("type: dense, units: \(units), activation: \(activation())\(isBiased())\(trained())\(copies)\(policy(units: units, on: .hidden))", name, [units], inputs: inputs)
    }

    private mutating func picture(_ shape: [Int], _ name: String, _ inputs: [String]) {
        let isSame = chance(50)
        func window(_ most: Int, _ axis: Int, _ numbers: inout Numbers) -> Int { Int.random(in: 1...(isSame ? most : min(most, shape[axis])), using: &numbers) }
        let height = window(4, 0, &numbers), width = window(4, 1, &numbers), down = one(1...3), right = one(1...3)
        func places(_ axis: Int, _ size: Int, _ stride: Int) -> Int { isSame ? (shape[axis] + stride - 1) / stride : (shape[axis] - size) / stride + 1 }
        let over = [places(0, height, down), places(1, width, right)]
        let shared = "strides: [\(down), \(right)], padding: \(isSame ? "same" : "valid")"
        switch one(0...4) {
        case 0, 1:
            let filters = size(12)
            add("type: conv2d, filters: \(filters), kernel_size: [\(height), \(width)], \(shared), activation: \(activation())\(isBiased())\(trained())\(policy(units: filters, on: .picture))", name, over + [filters], inputs: inputs)
        case 2: add("type: max_pooling2d, pool_size: [\(height), \(width)], \(shared)", name, over + [shape[2]], inputs: inputs)
        case 3: add("type: average_pooling2d, pool_size: [\(height), \(width)], \(shared)", name, over + [shape[2]], inputs: inputs)
        default: add("type: flatten", name, [shape.reduce(1, *)], inputs: inputs)
        }
    }

    // MARK: policies

    private enum Place { case hidden, picture, output }

    /// With its comma; often nothing.
    private mutating func policy(units: Int, on place: Place) -> String {
        guard hasPolicies, chance(60), place != .output || choosesUnits else { return "" }
        let slots: [String]
        switch place {
        case .output: slots = [forwardOfOutputs()]
        case .picture: slots = [backward(units, isPicture: true)] + (choosesUnits ? [] : [neurons()])
        case .hidden:
            switch choosesUnits ? one(4...6) : one(1...4) {
            case 5, 6: slots = ["forward: \(hashGather())"]
            case 2: slots = ["\(backward(units, isTopK: true)), neurons: { type: simplify, drop_below: \(pick(["5%", "60%"])), every: 1 steps, phases: { simplify: \(one(1...2)) steps, recover: \(one(0...1)) steps }, min_units: \(one(1...4))\(chance(30) ? ", reset_optimizer: true" : "") }"]
            case 3: slots = [backward(units), neurons()]
            case 1: slots = [neurons()]
            default: slots = [backward(units)]
            }
        }
        let start = chance(15) ? ", start: \(one(1...2)) steps" : ""
        return slots.isEmpty ? "" : ", policy: { \(slots.joined(separator: ", "))\(start) }\(strategy(slots))"
    }

    /// Now and then the way to do the work is pinned, as it goes with the policy.
    private mutating func strategy(_ slots: [String]) -> String {
        let words = slots.joined(), per = words.contains("per: batch") ? "batch" : words.contains("per: example") || words.contains("backward: { type: sampled") ? "example" : nil
        guard let per, chance(50) else { return "" }
        return ", strategy: \(per)\(pick(["", "_dense"]))"
    }

    private mutating func amount(_ units: Int) -> String { chance(50) ? "\(one(1...max(1, units)))" : pick(["5%", "30%", "50%", "100%"]) }

    private mutating func backward(_ units: Int, isTopK: Bool = false, isPicture: Bool = false) -> String {
        if !isTopK, !isPicture, chance(25) { return "backward: { type: sampled, k: \(amount(units)) }" }
        return "backward: { type: \(isTopK || chance(70) ? "topk" : "random"), k: \(amount(units)), per: \(pick(["batch", "example"])) }"
    }

    private mutating func neurons() -> String {
        switch one(0...2) {
        case 0: "neurons: { type: mask, keep: \(pick(["10%", "50%", "100%", "3"])), pick: \(pick(["random", "weight_norm"])) }"
        case 1:
            "neurons: { type: shrink_recall, keep: \(pick(["10%", "50%", "2"])), score: \(pick(["activity", "norm", "random"])), warm_up: \(one(0...2)) steps, every: \(one(1...3)) steps, recall: \(one(1...2)) steps, final_recall: \(one(0...2)) steps, probe: \(one(1...50)) }"
        default:
            "neurons: { type: apoptosis, criterion: \(pick(["regression", "parallel", "all"])), budget: \(pick(["0.01", "0.3", "1"])), probe: \(one(10...60)), every: \(one(1...2)) steps, until: \(pick(["60%", "100%"])), min_units: \(one(1...3)), max_share: \(pick(["10%", "50%", "100%"])), on_loss: \(pick(["halve", "stop"])) }"
        }
    }

    private mutating func hashGather() -> String {
        let function = pick(["sketch", "simhash", "wta", "dwta", "exact", "random"])
        var fields = ["type: hash_gather", "function: \(function)", "active: \(pick(["5%", "30%", "60%", "100%", "2"]))", "per: \(pick(["example", "batch"]))"]
        if chance(40) { fields.append("inference: \(pick(["hash", "dense"]))") }
        if chance(20) { fields.append("always_include: \(one(0...2))") }
        switch function {
        case "sketch":
            fields.append("dimensions: \(one(1...20))")
            if chance(40) { fields.append("projection: random") }
            if chance(40) { fields.append("rebuild: { every: \(one(1...3)) steps, growth: \(pick(["1", "1.5"])) }") }
        case "simhash", "wta", "dwta":
            fields += ["tables: \(one(1...12))", "hashes: \(one(1...3))", "rehash: \(one(0...20))"]
            if function != "simhash" { fields.append("window: \(pick([2, 4, 8]))") }
            if chance(30) { fields.append("select: union") }
            if chance(30) { fields.append("fill: popularity") }
            if chance(30) { fields.append("probes: \(one(0...1))") }
            if chance(30) { fields.append("bucket_size: \(one(1...8))") }
            if chance(20) { fields.append("pool: \(one(1...3))") }
        default: break
        }
        return "{ \(fields.joined(separator: ", ")) }"
    }

    private mutating func forwardOfOutputs() -> String {
        samplesOutputs = true
        if chance(50) { return "forward: \(hashGather())" }
        return "forward: { type: sampled, active: \(pick(["20%", "60%", "100%", "30"])), per: \(pick(["batch", "example"])), distribution: \(pick(["uniform", "popularity"])) }"
    }

    // MARK: training

    private mutating func training(_ loss: String) -> [String] {
        let type = pick(["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
        var lines = [
            "epochs: \(one(1...3))", "batch_size: \(pick([1, 2, 3, 5, 8, 16, 33, 64]))", "loss: \(loss)",
            "optimizer: { type: \(type), learning_rate: \(pick(["1e-3", "0.02", "0.3"]))\(chance(30) ? ", weight_decay: 1e-3" : "") }",
            "threads: \(one(1...3))", "on_nan: continue",
        ]
        if chance(60) {
            let measures = loss == "cross_entropy" ? (isSparse ? ["precision_at_1", "precision_at_3", "precision_at_5"] : ["accuracy", "top_5_accuracy"] + (samplesOutputs ? [] : ["auc"])) : ["loss"]
            lines.append("metrics: [\(pick(measures))]")
        }
        if chance(30) { lines.append("learning_rate_schedule: \(pick(["constant", "{ type: step, every: 2 steps, factor: 0.5 }", "{ type: cosine, warm_up: 1 steps, minimum: 1e-5 }"]))") }
        if chance(30) { lines.append("evaluate: { every: \(one(1...3)) steps }") }
        if chance(10), loss == "cross_entropy", !isSparse { lines.append("curriculum: { classes: [0, 1], for: \(one(1...2)) steps }") }
        if isPretrained {
            lines.append("pretrain: { type: rbm, epochs: \(one(1...2)), cd: \(one(1...2)), learning_rate: 0.05, visible: \(isUnit ? "bernoulli" : "gaussian"), batch_size: \(pick([1, 7, 32])), momentum: \(pick(["0", "0.5"])), weight_decay: \(pick(["0", "2e-4"])) }")
        }
        return lines
    }
}
