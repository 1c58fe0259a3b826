import Estimate
import Foundation
import Model
import Runtime

/// What became of the network of a run, as text.
public func inspectRun(_ path: String, format: EvaluationFormat = .table) throws -> String {
    let inspection = try RunInspection(RunDirectory(path: path))
    return switch format {
    case .json: try JSONText.pretty(inspection)
    case .table: InspectionReport(inspection).text(width: Console().width(.results))
    }
}

/// The words and tables of an inspection.
struct InspectionReport {
    let run: RunInspection

    init(_ run: RunInspection) { self.run = run }

    func text(width: Int) -> String {
        var text = head + "\n"
        if let error = run.error { text += error + "\n" }
        text += "\n" + layerTable.plain(width: width)
        if let ratio = run.parameters.ratio, run.parameters.after != run.parameters.before {
            text += "\nThe network has \(Readable.decimal(ratio, digits: 1))x fewer parameters than it began with.\n"
        }
        if !run.changes.isEmpty { text += "\nUnits that came and went\n\n" + changeTable.plain(width: width) }
        if let activity = run.activity, !activity.isEmpty {
            text += "\nUnits that were computed, in the last epoch\n\n"
            for layer in run.layers { if let own = activity[layer.name] { text += "\(layer.name): \(own.text)\n" } }
        }
        if let line = workLine { text += "\n" + line + "\n" }
        if !run.metrics.isEmpty { text += "\n" + scoreTable(scores).plain(width: width) }
        return text
    }

    private var head: String {
        let status =
            switch run.status {
            case .running: "running, or killed"
            case .finished: "finished"
            case .earlyStopping: "ended by early stopping"
            case .maxTime: "ended by `max_time`"
            case .maxSteps: "ended after the steps asked for"
            case .interrupted: "interrupted"
            case .failed: "failed"
            }
        return "\(run.name): \(status); \(run.epochs) \(run.epochs == 1 ? "epoch" : "epochs"), \(Readable.grouped(run.steps)) steps, "
            + "\(Readable.seconds(run.seconds)) of training"
    }

    private var layerTable: TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("type", expendable: 2), TextTable.Column("units before", .right, short: "units"),
            TextTable.Column("after", .right), TextTable.Column("parameters before", .right, short: "params"), TextTable.Column("after", .right),
            TextTable.Column("kept", .right, expendable: 1),
        ])
        func add(_ name: String, _ type: String, _ units: (Int?, Int?), _ parameters: (before: Int?, after: Int?)) {
            var kept = ""
            if let before = parameters.before, let after = parameters.after, before > 0 { kept = Self.percent(after, of: before) }
            table.add([
                name, type, units.0.map(String.init) ?? "", units.1.map(String.init) ?? "", parameters.before.map(Readable.count) ?? "-",
                parameters.after.map(Readable.count) ?? "-", kept,
            ])
        }
        for layer in run.layers {
            add(layer.name, layer.type, (layer.unitsBefore, layer.unitsAfter), (layer.parametersBefore, layer.parametersAfter))
        }
        table.beginFooter()
        add("sum", "", (nil, nil), (run.parameters.before, run.parameters.after))
        return table
    }

    private var changeTable: TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("epoch", .right), TextTable.Column("step", .right), TextTable.Column("units", .right),
            TextTable.Column("left", .right), TextTable.Column("came back", .right, short: "back"), TextTable.Column("which left", expendable: 1),
        ])
        for name in run.changes.map(\.layer).firstOfEach {
            for change in run.changes where change.layer == name {
                let before = change.unitsBefore.map { "\($0) -> " } ?? ""
                let gone = change.left?.count ?? change.unitsBefore.map { max($0 - change.unitsAfter, 0) }
                table.add([
                    name, (change.pretraining == nil ? "" : "pre-training ") + String(change.epoch), String(change.step), before + String(change.unitsAfter), gone.map(String.init) ?? "-",
                    change.returned.map { String($0.count) } ?? "", Self.list(change.left ?? []),
                ])
            }
        }
        return table
    }

    private var workLine: String? {
        guard let work = run.multiplications, let counted = work.counted else { return nil }
        return "Of the dense network's \(Readable.count(work.dense)) multiplications of training, \(Readable.count(counted)) were done "
            + "(\(Self.percent(counted, of: work.dense))); predicted were \(Readable.count(work.predicted)) (\(Self.percent(work.predicted, of: work.dense)))."
    }

    /// In the order in which a run reports them.
    private var scores: [(split: SplitName, scores: Scores)] {
        let all = SplitName.allCases.compactMap { split in run.metrics[split.rawValue].map { (split, $0) } }
        let measures = Measure.allCases.filter { measure in all.contains { $0.1[measure.rawValue] != nil } }
        return all.map { split, values in
            func entries(_ prefix: String) -> [Scores.Entry] {
                measures.compactMap { measure in values[prefix + measure.rawValue].map { Scores.Entry(measure, $0) } }
            }
            var scores = Scores(entries(""))
            for network in EvaluatedNetwork.allCases {
                let other = entries("\(network.rawValue)_")
                if !other.isEmpty { scores.twin = (network.rawValue, other) }
            }
            return (split, scores)
        }
    }

    private static func percent(_ part: Int, of whole: Int) -> String {
        whole > 0 ? Readable.decimal(100 * Double(part) / Double(whole), digits: 1) + " %" : "-"
    }

    /// `0, 3–5, 9, …`
    static func list(_ units: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for unit in units.sorted() {
            if let last = runs.last, last.upperBound + 1 == unit { runs[runs.count - 1] = last.lowerBound...unit } else { runs.append(unit...unit) }
        }
        let words = runs.prefix(8).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)\($0.count == 2 ? ", " : "–")\($0.upperBound)" }
        return words.joined(separator: ", ") + (runs.count > 8 ? ", …" : "")
    }
}

extension [String] {
    /// Each once, in the order of its first place.
    fileprivate var firstOfEach: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
