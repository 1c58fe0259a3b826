import Estimate
import Graph
import Runtime

/// The `pretrain` object of `run.json`. A stable interface: keys are added, never renamed.
public struct PretrainRecord: Codable, Sendable, Hashable {
    public struct Amounts: Codable, Sendable, Hashable {
        /// What the same network would need without policies; nil in records from before there were any in pre-training.
        public var dense: Int?
        public var predicted: Int
        /// The least and the most, where the prediction depends on the data.
        public var lower: Int?
        public var upper: Int?
        public var counted: Int

        init(dense: Int, predicted: Int, lower: Int, upper: Int, counted: Int) {
            self.dense = dense
            self.predicted = predicted
            self.lower = lower == upper ? nil : lower
            self.upper = lower == upper ? nil : upper
            self.counted = counted
        }

        static func + (a: Amounts, b: Amounts) -> Amounts {
            Amounts(
                dense: Count.sum(a.dense ?? a.predicted, b.dense ?? b.predicted), predicted: Count.sum(a.predicted, b.predicted),
                lower: Count.sum(a.lower ?? a.predicted, b.lower ?? b.predicted), upper: Count.sum(a.upper ?? a.predicted, b.upper ?? b.predicted),
                counted: Count.sum(a.counted, b.counted))
        }

        var isExact: Bool { counted == predicted }
        var isInRange: Bool { lower.map { low in upper.map { (low...max(low, $0)).contains(counted) } ?? false } ?? isExact }
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
    ///   - dense: the same without policies.
    ///   - counted: by layer that is pre-trained, as the interpreter gives it.
    init?(_ results: [PretrainResult], predicted: [PretrainEstimate], dense: [PretrainEstimate], counted: [SlotWork]) {
        guard !results.isEmpty, results.count <= predicted.count, results.count <= dense.count, results.count <= counted.count else { return nil }
        layers = results.indices.map { index in
            let result = results[index], before = predicted[index], after = counted[index].total
            func amounts(_ number: (Work) -> Int) -> Amounts {
                Amounts(
                    dense: number(dense[index].run.total), predicted: number(before.run.total), lower: number(before.lower.total),
                    upper: number(before.upper.total), counted: number(after))
            }
            return Layer(
                name: result.layer, epochs: result.epochs, steps: result.steps, seconds: result.seconds,
                reconstructionError: result.reconstructionError.isFinite ? result.reconstructionError : nil,
                multiplications: amounts(\.allMultiplications), additions: amounts(\.additions))
        }
        seconds = layers.reduce(0) { $0 + $1.seconds }
        let none = Amounts(dense: 0, predicted: 0, lower: 0, upper: 0, counted: 0)
        multiplications = layers.reduce(none) { $0 + $1.multiplications }
        additions = layers.reduce(none) { $0 + $1.additions }
    }

    /// Whether the interpreter did exactly what was predicted.
    public var isExact: Bool { layers.allSatisfy { $0.multiplications.isExact && $0.additions.isExact } }

    /// Whether it stayed between the least and the most, where the prediction is a range, and was exact elsewhere.
    public var isInRange: Bool { layers.allSatisfy { $0.multiplications.isInRange && $0.additions.isInRange } }

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
            + RunReport.verdict(isExact: isExact, isInRange: isInRange) + "\n"
            + (RunReport.shares(dense: multiplications.dense ?? 0, multiplications.predicted, multiplications.counted).map { $0 + "\n" } ?? "")
    }
}
