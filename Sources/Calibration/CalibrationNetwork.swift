import Diagnostics
import Graph
import Lowering
import Model
import Policies
import Syntax

/// A small network whose training is timed, operation by operation: sizes that occur, in the order and with the memory around them in which they occur.
struct CalibrationNetwork: Sendable {
    var name: String
    /// A model file without data.
    var text: String
    var facts: DataFacts
    var alikeness = CalibrationExamples.Alikeness.usual

    /// Layers one after the other, the last of which puts out classes.
    ///
    /// - Parameters:
    ///   - widths: of the input, the layers, and the outputs.
    ///   - policy: of the hidden layers.
    static func dense(_ batch: Int, _ widths: [Int], _ optimizer: String, activation: String = "relu", policy: String? = nil, train: String = "") -> Self {
        let hidden = widths.dropFirst().dropLast().map { "{ type: dense, units: \($0), activation: \(activation)\(policy.map { ", policy: { \($0) }" } ?? "") }" }
        return Self(
            input: [widths[0]], layers: hidden + ["{ type: dense, units: \(widths[widths.count - 1]), activation: softmax }"], batch: batch, optimizer: optimizer,
            targets: .classes(widths[widths.count - 1]), train: train)
    }

    init(input: [Int], layers: [String], batch: Int, optimizer: String, targets: DataFacts.Targets, sparse: DataFacts.SparseInput? = nil, train: String = "") {
        name = "\(input.map(String.init).joined(separator: "×")), batch \(batch)"
        let lists = layers.map { "    - \($0)\n" }.joined()
        text = """
            version: 1
            model:
              input: { shape: \(input) }
              layers:
            \(lists)
            train: { epochs: 1, batch_size: \(batch), loss: cross_entropy, optimizer: { type: \(optimizer), learning_rate: 1e-4 }\(train) }

            """
        // Few steps make an epoch, so that what is done once in each comes round.
        facts = DataFacts(shape: input, targets: targets, sparse: sparse, trainExamples: Self.stepsPerEpoch * batch)
    }

    static let stepsPerEpoch = 4

    /// What every calibration runs.
    static let all: [CalibrationNetwork] = plain + trials

    private static let plain: [CalibrationNetwork] = [
        .dense(32, [2, 64, 64, 3], "adam", activation: "tanh"),
        .dense(128, [784, 512, 256, 10], "adam"),
        .dense(128, [784, 1000, 1000, 10], "adam", activation: "sigmoid", train: ", pretrain: { type: rbm, epochs: 1, batch_size: 100 }"),
        .dense(100, [784, 300, 150, 50, 10], "adam"),
        .dense(16, [784, 1000, 1000, 2], "adagrad"),
        .dense(32, [100, 2000, 500, 100], "sgd"),
        .dense(512, [784, 256, 64, 10], "momentum"),
        .dense(64, [256, 2000, 1500], "rmsprop"),
        .dense(256, [30, 100, 30, 10], "adam", activation: "tanh"),
        CalibrationNetwork(
            input: [28, 28, 1],
            layers: [
                "{ type: conv2d, filters: 32, kernel_size: 5, padding: same, activation: relu }", "{ type: max_pooling2d, pool_size: 2 }",
                "{ type: conv2d, filters: 64, kernel_size: 5, padding: same, activation: relu }", "{ type: max_pooling2d, pool_size: 2 }", "{ type: flatten }",
                "{ type: dense, units: 1024, activation: relu }", "{ type: dense, units: 10, activation: softmax }",
            ], batch: 32, optimizer: "adam", targets: .classes(10)),
        CalibrationNetwork(
            input: [16, 16, 8],
            layers: [
                "{ type: conv2d, filters: 16, kernel_size: 3, padding: same, activation: relu }", "{ type: conv2d, filters: 16, kernel_size: 3, padding: same, activation: relu }",
                "{ type: max_pooling2d, pool_size: 2 }", "{ type: conv2d, filters: 32, kernel_size: 3, padding: same, activation: relu }", "{ type: average_pooling2d, pool_size: 2 }",
                "{ type: flatten }", "{ type: dense, units: 10, activation: softmax }",
            ], batch: 64, optimizer: "sgd", targets: .classes(10)),
        CalibrationNetwork(
            input: [784],
            layers: [
                "{ name: stem, type: dense, units: 256, activation: relu }", "{ type: dense, units: 256, use_bias: false }", "{ type: batch_normalization }",
                "{ type: activation, activation: relu }", "{ type: dropout, rate: 0.2 }", "{ name: change, type: dense, units: 256 }", "{ name: sum, type: add, inputs: [stem, change] }",
                "{ name: narrow, type: dense, units: 32, activation: elu, inputs: [stem] }", "{ type: concatenate, inputs: [sum, narrow] }", "{ type: dense, units: 10, activation: softmax }",
            ], batch: 128, optimizer: "nesterov", targets: .classes(10)),
        .sparse(policy: nil),
    ]

    /// Sparse examples and very many labels.
    private static func sparse(policy: String?) -> Self {
        Self(
            input: [10_000],
            layers: ["{ type: dense, units: 128, activation: relu }", "{ type: dense, units: 5000, activation: softmax\(policy.map { ", policy: { \($0) }" } ?? "") }"], batch: 64,
            optimizer: "adam", targets: .labelLists(labels: 5000, longest: 20, average: 5), sparse: DataFacts.SparseInput(longest: 105, average: 70))
    }

    /// Every policy, as it says itself.
    private static let trials: [CalibrationNetwork] = allPolicies.flatMap { $0.trials }.map { trial in
        switch trial.place {
        case .hidden: .dense(128, [784, 1000, 1000, 10], "adam", policy: trial.text)
        case .middle: .dense(100, [784, 500, 500, 10], "adam", policy: trial.text)
        case .narrow: .dense(100, [200, 300, 300, 10], "adam", policy: trial.text)
        case .few: .dense(16, [784, 1000, 1000, 2], "adagrad", policy: trial.text)
        case .alike: .dense(16, [784, 1000, 1000, 2], "adagrad", policy: trial.text).of(.strong)
        case .read: CalibrationNetwork(
            input: [784], layers: ["{ type: dense, units: 1000, activation: relu, policy: { \(trial.text) } }", "{ type: batch_normalization }", "{ type: dense, units: 10, activation: softmax }"],
            batch: 64, optimizer: "adam", targets: .classes(10))
        case .large: .dense(64, [1200, 2400, 100], "adam", policy: trial.text)
        case .outputs: .sparse(policy: trial.text)
        }
    }

    private func of(_ alikeness: CalibrationExamples.Alikeness) -> Self {
        var network = self
        network.alikeness = alikeness
        return network
    }

    func lowered(threads: Int) throws -> Schedule {
        var diagnostics: [Diagnostic] = []
        let tree = parse(SourceText(path: "calibration.yaml", text: text), diagnostics: &diagnostics)
        guard let model = tree.flatMap({ check($0, policies: allPolicies.map { $0.schema }, diagnostics: &diagnostics) }) else { throw DiagnosticError(diagnostics) }
        let policies = PolicyTable(model, catalogue: allPolicies, diagnostics: &diagnostics)
        guard !diagnostics.hasErrors else { throw DiagnosticError(diagnostics) }
        return try lower(model, facts: facts, options: LoweringOptions(threads: threads, policies: policies), diagnostics: &diagnostics).schedule
    }
}
