import Estimate
import Graph
import Runtime

/// What a run ends with: predicted beside counted, the seconds, and the measures on each split.
struct RunReport {
    var result: TrainingResult
    var work: WorkRecord
    var pretrain: PretrainRecord?
    var weights: RunRecord.Weights?
    var front: RunRecord.Front?
    var predicted: RunRecord.Seconds?

    func text(width: Int) -> String {
        var text = weights.map { "\n\($0.text)\n" } ?? ""
        text += front.map { "\n\($0.text)\n" } ?? ""
        text += pretrain.map { $0.text(width: width) } ?? ""
        text += "\nWork of training, \(Readable.grouped(result.steps)) steps\n\n" + workTable.plain(width: width)
        text += "\n" + Self.verdict(isExact: work.isExact, isInRange: work.isInRange) + "\n"
        let counted = work.multiplications { $0.counted ?? 0 }
        if let shares = Self.shares(dense: work.multiplications(\.dense), work.multiplications(\.predicted), counted) { text += shares + "\n" }
        text += "\n" + secondsLine + "\n\n"
        if !result.scores.isEmpty { text += scoreTable(result.scores).plain(width: width) }
        return text
    }

    static func verdict(isExact: Bool, isInRange: Bool) -> String {
        if isExact { return "Counted is exactly what was predicted." }
        return isInRange
            ? "Counted is exactly what was predicted, and within the range where that depends on the data." : "Counted differs from what was predicted."
    }

    /// What policies have saved of the multiplications.
    static func shares(dense: Int, _ predicted: Int, _ counted: Int) -> String? {
        guard dense > 0, dense != predicted || dense != counted else { return nil }
        func percent(_ number: Int) -> String { Readable.decimal(100 * Double(number) / Double(dense), digits: 1) + " %" }
        return "Of the dense network's \(Readable.count(dense)) multiplications, \(percent(counted)) were done (predicted \(percent(predicted)))."
    }

    private var workTable: TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("slot"),
            TextTable.Column("multiplications predicted", .right, short: "mult pred"),
            TextTable.Column("counted", .right),
        ] + (hasRanges ? [TextTable.Column("range", .right, expendable: 2)] : []) + [
            TextTable.Column("additions predicted", .right, short: "add pred", expendable: 1),
            TextTable.Column("counted", .right, expendable: 1),
        ])
        func add(_ name: String, _ slots: WorkRecord.Slots) {
            for slot in Slot.allCases {
                let m = slots[slot].multiplications, a = slots[slot].additions
                guard m.predicted != 0 || a.predicted != 0 || m.counted ?? 0 != 0 || a.counted ?? 0 != 0 else { continue }
                let range = m.lower.flatMap { lower in m.upper.map { "\(Readable.count(lower)) – \(Readable.count($0))" } } ?? ""
                table.add(
                    [name, slot.words, Readable.count(m.predicted), Readable.count(m.counted ?? 0)] + (hasRanges ? [range] : [])
                        + [Readable.count(a.predicted), Readable.count(a.counted ?? 0)])
            }
        }
        for layer in work.layers { add(layer.name, layer.slots) }
        table.beginFooter()
        add("sum", work.total)
        return table
    }

    private var hasRanges: Bool { Slot.allCases.contains { work.total[$0].multiplications.lower != nil } }

    private func prediction(_ seconds: Double) -> String {
        guard let predicted = predicted?.predicted, let run = predicted.predicted.run else { return "" }
        let machine = predicted.machine == .here ? "" : " on \(predicted.machine.processor)"
        var text = " Predicted\(machine): \(Readable.seconds(run))"
        if let dense = predicted.dense?.run { text += ", and without policies \(Readable.seconds(dense))" }
        return text + "."
    }

    private var secondsLine: String {
        let seconds = result.epochs.reduce(0) { $0 + $1.seconds }
        let examples = result.epochs.reduce(0) { $0 + $1.examples }
        let speed = seconds > 0 ? Readable.grouped(Int(Double(examples) / seconds)) : "-"
        let count = result.epochs.count
        let before = pretrain.map { "Pre-training took \(Readable.seconds($0.seconds)). " } ?? ""
        return before + "Training took \(Readable.seconds(seconds)) for \(count) \(count == 1 ? "epoch" : "epochs"), \(speed) examples/s." + prediction(seconds)
    }
}

/// Splits down, measures across.
func scoreTable(_ all: [(split: SplitName, scores: Scores)]) -> TextTable {
    // Of very many outputs training measures the loss alone.
    let measures = all.map { $0.scores.entries.map(\.measure) }.max { $0.count < $1.count } ?? []
    var table = TextTable([TextTable.Column("split")] + measures.map { TextTable.Column($0.rawValue, .right) })
    func add(_ name: String, _ scores: Scores) {
        table.add([name] + measures.map { measure in
            scores[measure].map { measure.isShare ? Readable.decimal(100 * $0, digits: 2) + " %" : Readable.decimal($0, digits: 4) } ?? "-"
        })
    }
    for (split, scores) in all {
        add(split.rawValue, scores)
        if let twin = scores.twin { add("\(split.rawValue), \(twin.name)", Scores(twin.entries)) }
    }
    return table
}

extension Measure {
    /// Shown in percent.
    var isShare: Bool { self != .loss && self != .auc }
}

extension WorkRecord {
    /// Of training, all slots together.
    func multiplications(_ number: (Amounts) -> Int) -> Int { Slot.allCases.reduce(0) { Count.sum($0, number(total[$1].multiplications)) } }
}

extension Slot {
    var words: String { rawValue.replacing("_", with: " ") }
}
