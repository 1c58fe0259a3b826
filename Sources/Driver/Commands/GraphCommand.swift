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
    /// The layer whose pre-training is asked for, instead of the training of all.
    public var pretrained: String?
    /// The graph of the layers that never change, instead of those behind them.
    public var isFront: Bool
    public var listsPasses: Bool
    public var format: GraphFormat
    /// By whose seconds strategies are chosen that the file leaves open.
    public var profile: ProfileChoice
    /// Of the worker pool: they decide on seconds alone.
    public var threads: Int?

    public init(
        file: String, overrides: [String], after: String?, skip: [String] = [], isEvaluation: Bool, pretrained: String? = nil, isFront: Bool = false, listsPasses: Bool, format: GraphFormat,
        profile: ProfileChoice = .none, threads: Int? = nil
    ) {
        self.profile = profile
        self.threads = threads
        self.file = file
        self.overrides = overrides
        self.after = after
        self.skip = skip
        self.isEvaluation = isEvaluation
        self.pretrained = pretrained
        self.isFront = isFront
        self.listsPasses = listsPasses
        self.format = format
    }
}

public enum GraphFormat: String, Sendable, CaseIterable { case text, dot, json }

/// What `--after` takes.
public var passNames: [String] { ["build"] + pipeline.map(\.name) }

/// What `--skip` takes.
public var optionalPassNames: [String] { pipeline.filter(\.isOptional).map(\.name) }

/// Nil where the layer is none that is pre-trained, or where no layers are left as they are.
public func graphText(_ options: GraphOptions, width: Int) throws -> String? {
    let showsStrategies = options.after == strategyPassName && !options.isFront && !options.listsPasses
    var prepared = try checkModel(options.file, overrides: options.overrides, threads: options.threads).required(on: Console())
    // No machine is asked for nothing.
    if showsStrategies && prepared.hasPolicies || StrategyChooser.isOpen(prepared.options.policies) {
        let profile = try options.profile.load(on: Console())
        prepared = try prepared.on(profile.map { [threads = prepared.threads] in Pace($0, threads: threads) })
    }
    if let layer = options.pretrained {
        return prepared.schedule.pretraining.first { $0.name == layer }.map { text($0.plan.graph, options.format) }
    }
    let front = prepared.options.front
    if options.isFront, front == nil { return nil }
    let part: NetworkPart = front.map { options.isFront ? .front($0) : .behind($0) } ?? .whole
    var diagnostics: [Diagnostic] = []
    let (graph, reports) = try lowerGraph(
        prepared.model, facts: prepared.description.facts, purpose: options.isEvaluation || options.isFront ? .evaluation : .training,
        policies: prepared.options.policies.entries, part: part,
        runner: PassRunner(skip: Set(options.skip), last: options.after), diagnostics: &diagnostics)
    if options.listsPasses { return passTable(reports).plain(width: width) }
    guard showsStrategies else { return text(graph, options.format) }
    let strategies = try prepared.allStrategies()
    switch options.format {
    case .dot: return text(graph, .dot)
    case .json: return try strategyJSON(graph, strategies)
    case .text:
        if strategies.isEmpty { return "no layer has a policy: there is one way to do the work of each\n\n" + text(graph, .text) }
        return "\(StrategyTable.title)\n\n" + StrategyTable(strategies).table.plain(width: width) + "\n" + StrategyTable.legend + "\n" + text(graph, .text)
    }
}

/// The pass after which the ways are shown among which it has chosen.
private let strategyPassName = "choose-strategies"

/// The graph, with the ways beside its nodes.
private func strategyJSON(_ graph: Graph, _ strategies: [StrategyRecord]) throws -> String {
    let ways = try JSONSerialization.jsonObject(with: Data(try JSONText.line(strategies).utf8))
    guard var object = try JSONSerialization.jsonObject(with: Data(graph.json.utf8)) as? [String: Any] else { return graph.json }
    object["strategies"] = ways
    let data = try JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self) + "\n"
}

private func text(_ graph: Graph, _ format: GraphFormat) -> String {
    switch format {
    case .text: graph.text
    case .dot: graph.dot
    case .json: graph.json
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
