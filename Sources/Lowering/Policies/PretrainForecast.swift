import Diagnostics
import Graph
import Model

extension ModelFile {
    /// The lengths of the pre-training of a layer; nil without pre-training.
    public func pretrainingClock(examples: Int) -> RunClock? {
        guard let pretrain = train.pretrain else { return nil }
        let batch = max(pretrain.batchSize, 1)
        return RunClock(stepsPerEpoch: max(1, (examples + batch - 1) / batch), batch: batch, epochs: pretrain.epochs)
    }
}

extension PolicyTable {
    /// The policies for units that act in pre-training in this way. A policy that begins to act later than the run does not.
    public func units(_ conduct: PretrainConduct, _ model: ModelFile, examples: Int) -> [(layer: Int, group: [Int], policy: any NeuronsPolicy)] {
        let stepsPerEpoch = model.train.stepsPerEpoch(examples: examples)
        return entries.compactMap { entry in
            guard let policy = entry.policy as? any NeuronsPolicy, policy.pretraining == conduct,
                entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: max(model.train.batchSize, 1)) == 0
            else { return nil }
            return (entry.layer, entry.group, policy)
        }
    }
}

/// The plans that the pre-training of each layer would go through, at one bound of what its policies expect; nil where none of them acts in it.
///
/// - Parameter examples: of the training split.
public func forecastPretraining(
    _ model: ModelFile, facts: DataFacts, options: LoweringOptions, examples: Int, bound: Bound
) -> [[ForecastPlan]]? {
    guard let clock = model.pretrainingClock(examples: examples) else { return nil }
    let once = options.policies.units(.once, model, examples: examples), courses = options.policies.units(.course, model, examples: examples)
    guard !once.isEmpty || !courses.isEmpty else { return nil }
    // What is left out from the start is there in no layer's pre-training.
    let flow = UnitFlow(model)
    var base = model
    for (layer, group, policy) in once {
        guard let site = PolicySite(neuronsOf: layer, model, flow), let width = policy.forecast(site, clock).last else { continue }
        for member in group { base.layers[member].kind = base.layers[member].kind.with(units: max(1, width.units[bound])) }
    }
    var schedules: [[Int]: Schedule] = [:]
    func lowered(_ model: ModelFile) -> Schedule? {
        let widths = model.layers.map { $0.kind.units ?? 0 }
        var ignored: [Diagnostic] = []
        guard let schedule = schedules[widths] ?? (try? lower(model, facts: facts, options: options, diagnostics: &ignored).schedule) else { return nil }
        schedules[widths] = schedule
        return schedule
    }
    var layers: [[ForecastPlan]] = []
    for (index, layer) in model.layers.pretrained.enumerated() {
        let course = courses.first { $0.layer == layer }, policy = course?.policy
        let widths = policy.flatMap { policy in PolicySite(neuronsOf: layer, base, flow).map { policy.forecast($0, clock) } } ?? []
        let looks = policy.map { probes(of: $0, clock) } ?? []
        let moments = Array(Set(widths.map(\.step) + [0]).sorted().prefix(mostLooks))
        var plans: [ForecastPlan] = []
        for (place, moment) in moments.enumerated() {
            var narrowed = base
            if let width = widths.last(where: { $0.step <= moment }) {
                for member in course?.group ?? [] { narrowed.layers[member].kind = narrowed.layers[member].kind.with(units: max(1, width.units[bound])) }
            }
            guard let schedule = lowered(narrowed), schedule.pretraining.indices.contains(index) else { return nil }
            let phase = schedule.phases[0], end = place + 1 < moments.count ? moments[place + 1] : Int.max
            // A look at the moment when it ends is a look at this one.
            let own = looks.filter { ($0.step > moment && $0.step <= end) || ($0.step == 0 && moment == 0) }
            plans.append(ForecastPlan(
                start: moment, train: schedule.pretraining[index].plan, evaluate: phase.evaluate,
                looks: own.map { look in
                    (look.step, phase.evaluate.work(ofLookAt: layer, policy, examples: min(examples, look.examples), narrowed))
                }))
        }
        layers.append(plans)
    }
    return layers
}

/// The looks of a policy that run examples.
private func probes(of policy: any NeuronsPolicy, _ clock: RunClock) -> [(step: Int, examples: Int)] {
    var looks: [(Int, Int)] = []
    var next = policy.nextLook(after: -1, clock)
    while let step = next, looks.count < mostLooks {
        let examples = policy.probeExamples(at: step, clock)
        if examples > 0 { looks.append((step, examples)) }
        next = policy.nextLook(after: step, clock)
    }
    return looks
}

extension Plan {
    /// Work of one look of a policy at a layer that is pre-trained: what reads its units is the reconstruction, so many weights for each as it has inputs.
    fileprivate func work(ofLookAt layer: Int, _ policy: (any NeuronsPolicy)?, examples: Int, _ model: ModelFile) -> [SlotWork] {
        var work = probeWork(examples: examples)
        let units = model.layers[layer].kind.units ?? 0, kernel = graph.values.first { $0.name == "\(graph.layers[layer].name).kernel" }
        let inputs = kernel.map { $0.type.count / max(units, 1) } ?? 0
        if let policy { work[layer].overhead += Work(multiplications: policy.multiplications(units: units, rows: examples, readers: inputs)) }
        return work
    }
}
