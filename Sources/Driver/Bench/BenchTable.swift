import Estimate
import Runtime

extension BenchRecord {
    /// All files in one table: a row for each network.
    public static func table(_ records: [BenchRecord], width: Int) -> String {
        let hasScores = records.contains { $0.measured != nil }, predicts = records.contains { $0.network.predictedPerStep != nil }
        var columns = [
            TextTable.Column("model"), TextTable.Column("network"), TextTable.Column("a step", .right), TextTable.Column("quartiles", .right, expendable: 4),
        ]
        if predicts { columns.append(TextTable.Column("predicted", .right, short: "pred")) }
        columns += [TextTable.Column("an epoch", .right, expendable: 3), TextTable.Column("speed-up", .right, short: "×")]
        if predicts { columns.append(TextTable.Column("predicted", .right, short: "pred", expendable: 1)) }
        columns += [
            TextTable.Column("multiplications", .right, short: "mults", expendable: 2), TextTable.Column("parameters", .right, short: "params", expendable: 5), TextTable.Column("memory", .right, expendable: 6),
        ]
        if hasScores { columns.append(TextTable.Column("score", .right)) }
        var table = TextTable(columns)
        for record in records {
            func add(_ name: String, _ kind: String, _ network: Network, _ speedUp: Double?, _ predicted: Double?) {
                let spread = network.secondsPerStep
                func times(_ factor: Double?) -> String { factor.map { Readable.decimal($0, digits: 2) + "×" } ?? "" }
                var row = [name, kind, Readable.time(spread.typical), "\(Readable.time(spread.lowerQuartile)) – \(Readable.time(spread.upperQuartile))"]
                if predicts { row.append(network.predictedPerStep.map(Readable.time) ?? "") }
                row += [Readable.time(network.secondsPerEpoch), times(speedUp)]
                if predicts { row.append(times(predicted)) }
                row += [Readable.count(network.multiplicationsPerStep), Readable.count(network.parameters), Readable.bytes(network.memory)]
                if hasScores { row.append(network.score.map { Readable.decimal(record.isShare ? 100 * $0 : $0, digits: record.isShare ? 2 : 4) + (record.isShare ? " %" : "") } ?? "") }
                table.add(row)
            }
            add(record.name, record.dense == nil ? "" : "policies", record.network, record.speedUp, record.predictedSpeedUp)
            if let dense = record.dense { add("", "dense", dense, nil, nil) }
        }
        guard let first = records.first else { return "" }
        var text = "\(first.machine.processor), \(first.threads) \(first.threads == 1 ? "thread" : "threads")"
        text += first.epochs.map { "; \($0) \($0 == 1 ? "epoch" : "epochs") each" } ?? "; \(first.network.steps) steps each"
        if let rounds = first.rounds { text += ", \(rounds) \(rounds == 1 ? "round" : "rounds")" }
        let scores = Set(records.compactMap(\.measured)).sorted()
        if !scores.isEmpty { text += "; score: \(scores.joined(separator: ", "))" }
        text += "\n\n" + table.plain(width: width)
        // With one thread all that it waited for is its processor.
        let least = records.filter { $0.threads == 1 }.flatMap { [$0.network.presence] + ($0.dense.map { [$0.presence] } ?? []) }.min() ?? 1
        if least < 0.9 { text += "\nOther programs had the processor for up to \(Readable.decimal(100 * (1 - least), digits: 0)) % of the time: what was measured is too long.\n" }
        return text
    }

    /// Shown in percent.
    var isShare: Bool { measured.flatMap { $0.split(separator: " ").last }.flatMap { Measure(rawValue: String($0)) }?.isShare ?? false }
}
