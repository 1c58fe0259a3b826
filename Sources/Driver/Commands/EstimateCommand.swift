import Diagnostics
import Estimate
import Graph

/// What `nnc estimate` is asked to do.
public struct EstimateOptions: Sendable {
    public var file: String
    public var overrides: [String]
    public var threads: Int?
    public var againstDense: Bool
    /// Whose seconds are said.
    public var profile: ProfileChoice
    /// Steps to train first, to see how alike the examples choose; nil for none.
    public var pilot: Int?

    public init(file: String, overrides: [String] = [], threads: Int? = nil, againstDense: Bool = false, profile: ProfileChoice = .none, pilot: Int? = nil) {
        self.file = file
        self.overrides = overrides
        self.threads = threads
        self.againstDense = againstDense
        self.profile = profile
        self.pilot = pilot
    }
}

public enum EstimateFormat: String, Sendable, CaseIterable { case table, json, csv, markdown }

/// Shows the estimate of a file, and behind it, where the format has no place for it, what to know about its policies.
public func showEstimate(_ options: EstimateOptions, format: EstimateFormat, console: Console = Console()) throws {
    let (prepared, pilot) = try prepare(options, console), advice = prepared.advice
    console.write(try text(prepared, pilot, advice, options, format, width: console.width(.results)), to: .results)
    if format != .json { showDiagnostics(advice, on: console) }
}

/// The estimate of a file, as text.
public func estimateText(_ options: EstimateOptions, format: EstimateFormat, width: Int) throws -> String {
    let (prepared, pilot) = try prepare(options)
    return try text(prepared, pilot, format == .json ? prepared.advice : [], options, format, width: width)
}

private func text(_ prepared: PreparedModel, _ pilot: PilotRecord?, _ advice: [Diagnostic], _ options: EstimateOptions, _ format: EstimateFormat, width: Int) throws -> String {
    let dense = options.againstDense || prepared.hasPolicies ? prepared.denseEstimate : nil
    let report = EstimateReport(prepared.estimate, dense: dense, choices: prepared.unitChoices, strategies: prepared.strategies, pilot: pilot)
    switch format {
    case .table: return report.table(width: width)
    case .csv: return report.csv
    case .markdown: return report.markdown
    case .json:
        return try JSONText.pretty(EstimateRecord(
            prepared.estimate, dense: prepared.denseEstimate, choices: prepared.unitChoices, strategies: prepared.strategies, pilot: pilot, advice: advice.map(AdviceRecord.init)))
    }
}

/// How a layer's numbers come about; nil where there is no such layer.
public func explainEstimate(_ options: EstimateOptions, layer: String, width: Int = 120) throws -> String? {
    let prepared = try prepare(options).model, schedule = prepared.schedule
    if let front = schedule.front, let index = front.graph.nodes.compactMap(\.layer).first(where: { front.graph.layers[$0].name == layer }) {
        return explainLayer(index, plan: front, step: "step of the frozen front, once for each example")
    }
    guard let plan = schedule.phases.last?.train, let index = plan.graph.layers.firstIndex(where: { $0.name == layer }) else { return nil }
    let before = schedule.pretraining.filter { $0.layer == index }.map { "\n" + explainLayer(index, plan: $0.plan, step: "step of pre-training") }
    let ways = try prepared.allStrategies(of: index)
    let table = ways.isEmpty ? "" : "\n\(StrategyTable.title)\n\n" + StrategyTable(ways).table.plain(width: width) + "\n" + StrategyTable.legend
    return explainLayer(index, plan: plan) + before.joined() + table
}

private func prepare(_ options: EstimateOptions, _ console: Console = Console()) throws -> (model: PreparedModel, pilot: PilotRecord?) {
    // A pilot begins with the weights that the training would begin with.
    let checked = try checkModel(options.file, overrides: options.overrides, threads: options.threads, readsWeights: options.pilot != nil).required(on: console)
    let prepared = try checked.on(options.profile.load(on: console).map { Pace($0, threads: checked.threads) })
    guard let steps = options.pilot else { return (prepared, nil) }
    guard let pilot = try Pilot(prepared, steps: steps, console: console) else {
        console.write("a pilot has nothing to see here: how many rows of weights a step updates does not lie in the data\n", to: .messages)
        return (prepared, nil)
    }
    let knowing = try prepared.knowing(pilot)
    return (knowing, knowing.record(pilot))
}

/// `estimate` of the module of the same name, which a property would hide.
func estimateRun(
    _ schedule: Schedule, courses: Courses? = nil, pretraining: [Courses]? = nil, length: RunLength, steps: Int? = nil, dataBytes: Int, asideBytes: Int = 0,
    pace: Pace? = nil
) -> Estimate {
    estimate(schedule, courses: courses, pretraining: pretraining, length: length, steps: steps, dataBytes: dataBytes, asideBytes: asideBytes, pace: pace)
}
