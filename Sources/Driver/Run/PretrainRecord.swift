import Estimate
import Graph
import Runtime

/// The `pretrain` object of `run.json`. A stable interface: keys are added, never renamed.
public struct PretrainRecord: Codable, Sendable, Hashable {
    public struct Amounts: Codable, Sendable, Hashable {
        public var predicted: Int
        public var counted: Int

        static func + (a: Amounts, b: Amounts) -> Amounts {
            Amounts(predicted: Count.sum(a.predicted, b.predicted), counted: Count.sum(a.counted, b.counted))
        }
    }

    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var epochs: Int
        public var steps: Int
        public var seconds: Double
        /// Mean over the last epoch; nil where it is no number.
        public var reconstructionError: Double?
        public var multiplications: Amounts
        public var additions: Amounts
    }

    /// Of pre-training proper: without saving.
    public var seconds: Double
    public var layers: [Layer]
    public var multiplications: Amounts
    public var additions: Amounts

    /// Nil without pre-training.
    ///
    /// - Parameters:
    ///   - predicted: for as many steps as were done.
    ///   - counted: by layer that is pre-trained, as the interpreter gives it.
    init?(_ results: [PretrainResult], predicted: [PretrainEstimate], counted: [SlotWork]) {
        guard !results.isEmpty, results.count <= predicted.count, results.count <= counted.count else { return nil }
        layers = results.indices.map { index in
            let result = results[index], before = predicted[index].run.total, after = counted[index].total
            return Layer(
                name: result.layer, epochs: result.epochs, steps: result.steps, seconds: result.seconds,
                reconstructionError: result.reconstructionError.isFinite ? result.reconstructionError : nil,
                multiplications: Amounts(predicted: before.allMultiplications, counted: after.allMultiplications),
                additions: Amounts(predicted: before.additions, counted: after.additions))
        }
        seconds = layers.reduce(0) { $0 + $1.seconds }
        let none = Amounts(predicted: 0, counted: 0)
        multiplications = layers.reduce(none) { $0 + $1.multiplications }
        additions = layers.reduce(none) { $0 + $1.additions }
    }

    /// Whether the interpreter did exactly what was predicted.
    public var isExact: Bool {
        layers.allSatisfy { $0.multiplications.predicted == $0.multiplications.counted && $0.additions.predicted == $0.additions.counted }
    }

    func text(width: Int) -> String {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("steps", .right, expendable: 3),
            TextTable.Column("multiplications predicted", .right, short: "mult pred"), TextTable.Column("counted", .right),
            TextTable.Column("additions predicted", .right, short: "add pred", expendable: 1), TextTable.Column("counted", .right, expendable: 1),
            TextTable.Column("seconds", .right, expendable: 2), TextTable.Column("reconstruction error", .right, short: "error"),
        ])
        func add(_ name: String, _ steps: Int, _ m: Amounts, _ a: Amounts, _ seconds: Double, _ error: Double?) {
            table.add([
                name, Readable.grouped(steps), Readable.count(m.predicted), Readable.count(m.counted), Readable.count(a.predicted), Readable.count(a.counted),
                Readable.decimal(seconds, digits: 2), error.map { Readable.decimal($0, digits: 4) } ?? "",
            ])
        }
        for layer in layers { add(layer.name, layer.steps, layer.multiplications, layer.additions, layer.seconds, layer.reconstructionError) }
        table.beginFooter()
        add("sum", layers.reduce(0) { $0 + $1.steps }, multiplications, additions, seconds, nil)
        return "\nWork of pre-training\n\n" + table.plain(width: width) + "\n"
            + (isExact ? "Counted is exactly what was predicted." : "Counted differs from what was predicted.") + "\n"
    }
}
