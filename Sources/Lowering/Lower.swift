import Diagnostics
import Graph
import Model

/// What lowering gives: the schedule, and what each pass did on the way, in training's last phase and in evaluation.
public struct Lowered: Sendable {
    public var schedule: Schedule
    public var training: [PassReport]
    public var evaluation: [PassReport]
}

/// What a plan is made for, beside the model and the data.
public struct LoweringOptions: Sendable {
    /// The size of the worker pool; decides scratch memory, and never a result.
    public var threads: Int
    /// Which passes to skip.
    public var runner: PassRunner
    /// The policies that the model uses.
    public var policies: PolicyTable
    /// The layers that have a plan of their own, so that those of training and evaluation begin behind them; nil where these run all layers.
    public var front: FrozenFront?
    /// Where an evaluation keeps the best outputs only, how many.
    public var best: Int

    /// As many as any metric looks at.
    public static let bestUnits = 5
    /// For `best`: all outputs of a batch are held after all, where no policy computes fewer.
    public static let allUnits = Int.max

    public init(
        threads: Int, runner: PassRunner = PassRunner(), policies: PolicyTable = PolicyTable(), front: FrozenFront? = nil, best: Int = LoweringOptions.bestUnits
    ) {
        self.threads = threads
        self.runner = runner
        self.policies = policies
        self.front = front
        self.best = best
    }
}

/// Lowers a checked model to a schedule of plans: one for evaluation, one for training for each phase of the policies, and one for each
/// layer that is pre-trained.
///
/// - Parameter facts: what one example and its target look like, from the data or from the file.
/// - Throws: `DiagnosticError` where shapes do not fit; `GraphFault` where a pass has a mistake.
public func lower(_ model: ModelFile, facts: DataFacts, options: LoweringOptions, diagnostics: inout [Diagnostic]) throws -> Lowered {
    let batch = model.train.batchSize, stepsPerEpoch = model.train.stepsPerEpoch(examples: facts.assumedTrainExamples)
    let starts = options.policies.starts(stepsPerEpoch: stepsPerEpoch, batch: batch)
    // By phase: the graph of training, and that of evaluation, or both of them.
    let networks: [EvaluatedNetwork?] = model.train.evaluateWith.isEmpty ? [nil] : model.train.evaluateWith
    let variants: [(Purpose, EvaluatedNetwork?)] = [(.training, nil)] + networks.map { (.evaluation, $0) }
    var graphs: [Graph] = []
    var reports: [Purpose: [PassReport]] = [:]
    for start in starts {
        let policies = options.policies.active(at: start, stepsPerEpoch: stepsPerEpoch, batch: batch)
        for (purpose, network) in variants {
            let lowered = try lowerGraph(
                model, facts: facts, purpose: purpose, network: network, policies: policies, part: options.front.map { .behind($0) } ?? .whole, best: options.best, runner: options.runner,
                diagnostics: &diagnostics)
            graphs.append(lowered.0)
            if purpose == .training || network == networks.first { reports[purpose] = lowered.1 }
        }
    }
    let pretraining = try pretrainingGraphs(model, network: graphs[1])
    let front = try options.front.map { front in
        try lowerGraph(model, facts: facts, purpose: .evaluation, part: .front(front), runner: options.runner, diagnostics: &diagnostics).0
    }
    var placement = Placement(graphs + pretraining.map(\.graph) + (front.map { [$0] } ?? []), batch: batch)
    var plans = graphs.map { placement.place($0, batch: batch, threads: options.threads) }
    plans += pretraining.map { placement.place($0.graph, batch: model.train.pretrain?.batchSize ?? batch, threads: options.threads) }
    if let front { plans.append(placement.place(front, batch: batch, threads: options.threads)) }
    let workers = model.train.mode == .asynchronous ? options.threads : 1
    let stride = placement.finish(&plans, workers: workers)
    let phases = starts.indices.map { index in
        let own = plans[index * variants.count..<(index + 1) * variants.count]
        return Phase(start: starts[index], train: own[own.startIndex], evaluate: own[own.startIndex + 1], twin: own.count > 2 ? own.last : nil)
    }
    let before = zip(pretraining, plans.dropFirst(graphs.count)).map { made, plan in
        PretrainPhase(layer: made.layer, epochs: model.train.pretrain?.epochs ?? 0, plan: plan)
    }
    let schedule = Schedule(
        front: front == nil ? nil : plans.last, pretraining: before, phases: phases, threads: options.threads, memory: placement.memory, arenaBytes: placement.memory.total,
        workers: workers, workerStride: stride, twinName: networks.count > 1 ? networks[1]?.rawValue : nil)
    return Lowered(schedule: schedule, training: reports[.training] ?? [], evaluation: reports[.evaluation] ?? [])
}

/// Which of a network's layers a graph holds.
public enum NetworkPart: Sendable {
    case whole
    /// What begins with the front's output.
    case behind(FrozenFront)
    case front(FrozenFront)
}

/// The graph of one purpose, after all passes or after `runner.last`.
public func lowerGraph(
    _ model: ModelFile, facts: DataFacts, purpose: Purpose, network: EvaluatedNetwork? = nil, policies: [PolicyTable.Entry] = [], part: NetworkPart = .whole,
    best: Int = LoweringOptions.bestUnits, runner: PassRunner = PassRunner(), diagnostics: inout [Diagnostic]
) throws -> (Graph, [PassReport]) {
    let built = Builder.build(model, facts, purpose)
    // Both purposes have the same shapes: what one has said, the other need not.
    for diagnostic in built.diagnostics where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    guard var graph = built.graph else { throw DiagnosticError(built.diagnostics) }
    switch part {
    case .whole: break
    case .behind(let front): graph.dropFront(front)
    case .front(let front): graph.keepFront(front)
    }
    if runner.last == "build" { return (graph, []) }
    let reports = try runner.run(pipeline, on: &graph, PassContext(
        model: model, purpose: purpose, policies: policies, stepsPerEpoch: model.train.stepsPerEpoch(examples: facts.assumedTrainExamples), ranksOutputs: model.ranksOutputs(facts),
        best: best, labelsPerExample: facts.labelsPerExample, directions: facts.directions, steps: facts.trainSteps, pilot: facts.pilot, network: network))
    return (graph, reports)
}
