import Diagnostics
import Graph
import Model

/// What lowering gives: the schedule, and what each pass did on the way.
public struct Lowered: Sendable {
    public var schedule: Schedule
    public var training: [PassReport]
    public var evaluation: [PassReport]
}

/// Lowers a checked model to a schedule of plans.
///
/// - Parameters:
///   - facts: what one example and its target look like, from the data or from the file.
///   - threads: the size of the worker pool; decides scratch memory, and never a result.
///   - runner: which passes to skip.
/// - Throws: `DiagnosticError` where shapes do not fit; `GraphFault` where a pass has a mistake.
public func lower(
    _ model: ModelFile, facts: DataFacts, threads: Int, runner: PassRunner = PassRunner(), diagnostics: inout [Diagnostic]
) throws -> Lowered {
    var graphs: [Graph] = []
    var reports: [[PassReport]] = []
    for purpose in [Purpose.training, .evaluation] {
        let (graph, report) = try lowerGraph(model, facts: facts, purpose: purpose, runner: runner, diagnostics: &diagnostics)
        graphs.append(graph)
        reports.append(report)
    }
    let batch = model.train.batchSize
    var placement = Placement(graphs, batch: batch)
    var plans = graphs.map { placement.place($0, batch: batch, threads: threads) }
    placement.finish(&plans)
    let phase = Phase(epochs: 0..<model.train.epochs, train: plans[0], evaluate: plans[1])
    let schedule = Schedule(phases: [phase], threads: threads, memory: placement.memory, arenaBytes: placement.memory.total)
    return Lowered(schedule: schedule, training: reports[0], evaluation: reports[1])
}

/// The graph of one purpose, after all passes or after `runner.last`.
public func lowerGraph(
    _ model: ModelFile, facts: DataFacts, purpose: Purpose, runner: PassRunner = PassRunner(), diagnostics: inout [Diagnostic]
) throws -> (Graph, [PassReport]) {
    let built = Builder.build(model, facts, purpose)
    // Both purposes have the same shapes: what one has said, the other need not.
    for diagnostic in built.diagnostics where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    guard var graph = built.graph else { throw DiagnosticError(built.diagnostics) }
    if runner.last == "build" { return (graph, []) }
    let reports = try runner.run(pipeline, on: &graph, PassContext(model: model, purpose: purpose))
    return (graph, reports)
}
