import Diagnostics
import Graph
import Model

/// A stretch of a run in which the network has certain widths.
public struct ForecastPlan: Sendable {
    /// Steps done when it begins.
    public var start: Int
    public var train: Plan
    public var evaluate: [Plan]
    /// Steps at which policies look, and what that costs, by layer.
    public var looks: [(step: Int, work: [SlotWork])]
}

/// A run that goes on for longer than so many looks is forecast up to there, and then as if nothing changed any more.
let mostLooks = 2_000

/// The plans that a run would go through if its layers lost units as their policies expect, at one bound of the expectation; nil where no
/// policy takes any away.
public func forecastPlans(
    _ model: ModelFile, facts: DataFacts, options: LoweringOptions, stepsPerEpoch: Int, bound: Bound
) -> [ForecastPlan]? {
    let batch = max(model.train.batchSize, 1)
    let flow = UnitFlow(model)
    var courses: [(group: [Int], widths: [WidthForecast])] = []
    var looks: [Int: [Look]] = [:]
    for entry in options.policies.entries {
        guard let policy = entry.policy as? any NeuronsPolicy, let site = PolicySite(neuronsOf: entry.layer, model, flow) else { continue }
        let begin = entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: batch)
        let clock = RunClock(stepsPerEpoch: stepsPerEpoch, batch: batch, epochs: model.train.epochs, begin: begin)
        courses.append((entry.group, policy.forecast(site, clock)))
        var next = policy.nextLook(after: begin - 1, clock)
        while let step = next, looks.count < mostLooks {
            let examples = policy.probeExamples(at: step, clock)
            if examples > 0 { looks[step, default: []].append(Look(layer: entry.layer, policy: policy, examples: examples)) }
            next = policy.nextLook(after: step, clock)
        }
    }
    guard !courses.isEmpty else { return nil }
    let moments = Set(courses.flatMap { $0.widths.map(\.step) } + [0]).sorted().prefix(mostLooks)
    var plans: [ForecastPlan] = []
    // The same widths come again and again.
    var schedules: [[Int]: Schedule] = [:]
    func lowered(_ model: ModelFile) -> Schedule? {
        var ignored: [Diagnostic] = []
        let widths = courses.map { model.layers[$0.group[0]].kind.units ?? 0 }
        guard let schedule = schedules[widths] ?? (try? lower(model, facts: facts, options: options, diagnostics: &ignored).schedule) else { return nil }
        schedules[widths] = schedule
        return schedule
    }
    let whole = options.policies.beforeTraining(model, stepsPerEpoch: stepsPerEpoch, flow: flow, bound: bound)
    func network(at moment: Int) -> ModelFile {
        var narrowed = model
        for (group, widths) in courses {
            guard let width = widths.last(where: { $0.step <= moment }) else { continue }
            for layer in group { narrowed.layers[layer].kind = narrowed.layers[layer].kind.with(units: max(1, width.units[bound])) }
        }
        return narrowed
    }
    for moment in moments {
        let narrowed = network(at: moment)
        guard let schedule = lowered(narrowed) else { return nil }
        let starts = schedule.starts(stepsPerEpoch: stepsPerEpoch)
        let end = moments.first { $0 > moment } ?? Int.max
        // A policy may begin to act in the middle of it.
        for (index, phase) in schedule.phases.enumerated() {
            let to = index + 1 < starts.count ? starts[index + 1] : Int.max
            guard to > moment, starts[index] < end else { continue }
            // A look at the moment when it ends is a look at this one; the first of all is at what was there before.
            let from = max(moment, starts[index]), until = min(end, to)
            var own = looks.filter { $0.key > from && $0.key <= until }.sorted { $0.key < $1.key }.map { step, looks in
                // Another policy may bring units back at the same step.
                let next = step == end ? lowered(network(at: end))?.evaluation(at: step, stepsPerEpoch: stepsPerEpoch) : nil
                return (step, phase.evaluate.work(of: looks, narrowed, facts, bound, after: next ?? phase.evaluate))
            }
            if from == 0, let first = looks[0], let before = lowered(whole)?.phases.first?.evaluate {
                own.insert((0, before.work(of: first, whole, facts, bound, after: phase.evaluate)), at: 0)
            }
            plans.append(ForecastPlan(start: from, train: phase.train, evaluate: phase.evaluations, looks: own))
        }
    }
    return plans
}

extension PolicySite {
    /// That of the layer's policy for units; nil where it has none.
    init?(neuronsOf layer: Int, _ model: ModelFile, _ flow: UnitFlow) {
        guard let spec = model.layers[layer].policies.first(where: { $0.slot == .neurons }) else { return nil }
        self.init(model: model, layer: layer, spec: spec, flow: flow)
    }
}

/// A policy looks at its layer.
private struct Look {
    var layer: Int
    var policy: any NeuronsPolicy
    /// Of the probe.
    var examples: Int
}

extension Schedule {
    /// The plan of evaluation in force after so many steps.
    fileprivate func evaluation(at step: Int, stepsPerEpoch: Int) -> Plan? {
        Array(zip(phases, starts(stepsPerEpoch: stepsPerEpoch))).last { $0.1 <= step }?.0.evaluate
    }
}

extension Plan {
    /// Work of one look of some policies at this network: the probe runs once for all of them, and where they see to what has become of the network, once more
    /// through what it is `after` them.
    fileprivate func work(of looks: [Look], _ model: ModelFile, _ facts: DataFacts, _ bound: Bound, after: Plan) -> [SlotWork] {
        let wanted = looks.map(\.examples).max() ?? 0, examples = min(facts.assumedTrainExamples, wanted)
        let passes = looks.map { bound == .lower ? $0.policy.probePasses.lowerBound : $0.policy.probePasses.upperBound }.max() ?? 0
        var work = zip(probeWork(examples: examples), after.probeWork(examples: examples)).map { $0 * min(passes, 1) + $1 * max(0, passes - 1) }
        guard passes > 0 else { return work }
        for look in looks {
            let readers = UnitReaders(model, graph: graph, of: look.layer)
            for (view, weights) in zip(readers.views, readers.weights(graph)) {
                let rows = Count.product([examples, view.sampledPixels(examples: examples, rows: wanted), view.places.count])
                work[look.layer].overhead += Work(multiplications: look.policy.multiplications(units: readers.units, rows: rows, readers: weights))
            }
        }
        return work
    }
}
