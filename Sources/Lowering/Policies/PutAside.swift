import Graph
import Model

/// Bytes that a run holds at the most, beside its arena, while policies have put units aside: every value of which a part is away, whole.
///
/// - Parameters:
///   - schedule: of the model with all of its units.
///   - examples: of the training split; 0 where it is not known.
public func bytesPutAside(_ model: ModelFile, _ schedule: Schedule, policies: PolicyTable, examples: Int) -> Int {
    let flow = UnitFlow(model), batch = max(model.train.batchSize, 1), examples = examples > 0 ? examples : 50_000
    let stepsPerEpoch = model.train.stepsPerEpoch(examples: examples)
    var kept: [Int: [Int]] = [:]
    for entry in policies.entries {
        guard let policy = entry.policy as? any NeuronsPolicy, policy.putsAside, let site = PolicySite(neuronsOf: entry.layer, model, flow) else { continue }
        let begin = entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: batch)
        var clocks = [RunClock(stepsPerEpoch: stepsPerEpoch, batch: batch, epochs: model.train.epochs, begin: begin)]
        if policy.pretraining == .course, begin == 0, let clock = model.pretrainingClock(examples: examples) { clocks.append(clock) }
        guard let least = clocks.flatMap({ policy.forecast(site, $0).map(\.units.lower) }).min(), least < site.units else { continue }
        for layer in entry.group { kept[layer] = Array(0..<least) }
    }
    guard !kept.isEmpty, let graph = schedule.phases.first?.train.graph else { return 0 }
    let narrowing = Narrowing(model, graph: graph, kept: kept)
    var known: Set<String> = [], bytes = 0
    for graph in schedule.phases.flatMap({ [$0.train.graph, $0.evaluate.graph] }) + schedule.pretraining.map(\.plan.graph) {
        for (index, value) in graph.values.enumerated() where value.role.isPersistent && !known.contains(value.name) {
            guard narrowing.survivors(layer: value.layer, axes: value.axes).contains(where: { $0 != nil }), graph.isRead(ValueID(index)) else { continue }
            known.insert(value.name)
            bytes = Count.sum(bytes, value.type.byteCount(batch: 1))
        }
    }
    return bytes
}
