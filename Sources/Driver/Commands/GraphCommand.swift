import Diagnostics
import Estimate
import Foundation
import Graph
import Lowering

/// What `nnc graph` is asked to print.
public struct GraphOptions: Sendable {
    public var file: String
    public var overrides: [String]
    public var after: String?
    /// Optional passes to leave out.
    public var skip: [String]
    public var isEvaluation: Bool
    public var listsPasses: Bool
    public var format: GraphFormat

    public init(file: String, overrides: [String], after: String?, skip: [String] = [], isEvaluation: Bool, listsPasses: Bool, format: GraphFormat) {
        self.file = file
        self.overrides = overrides
        self.after = after
        self.skip = skip
        self.isEvaluation = isEvaluation
        self.listsPasses = listsPasses
        self.format = format
    }
}

public enum GraphFormat: String, Sendable, CaseIterable { case text, dot, json }

/// What `--after` takes.
public var passNames: [String] { ["build"] + pipeline.map(\.name) }

/// What `--skip` takes.
public var optionalPassNames: [String] { pipeline.filter(\.isOptional).map(\.name) }

public func graphText(_ options: GraphOptions, width: Int) throws -> String {
    let prepared = try checkModel(options.file, overrides: options.overrides, threads: 1).required(on: Console())
    var diagnostics: [Diagnostic] = []
    let (graph, reports) = try lowerGraph(
        prepared.model, facts: prepared.description.facts, purpose: options.isEvaluation ? .evaluation : .training,
        policies: prepared.options.policies.entries,
        runner: PassRunner(skip: Set(options.skip), last: options.after), diagnostics: &diagnostics)
    if options.listsPasses { return passTable(reports).plain(width: width) }
    switch options.format {
    case .text: return graph.text
    case .dot: return graph.dot
    case .json: return graph.json
    }
}

private func passTable(_ reports: [PassReport]) -> TextTable {
    var table = TextTable([
        TextTable.Column("pass"), TextTable.Column("milliseconds", .right, short: "ms"), TextTable.Column("operations", .right),
        TextTable.Column("what it does", expendable: 1),
    ])
    for report in reports {
        let change = report.nodesBefore == report.nodesAfter ? "\(report.nodesAfter)" : "\(report.nodesBefore) -> \(report.nodesAfter)"
        let summary = pipeline.first { $0.name == report.name }?.summary ?? ""
        table.add([report.name, Readable.decimal(1000 * report.seconds, digits: 2), report.skipped ? "(skipped)" : report.changed ? change : "(unchanged)", summary])
    }
    return table
}
