import Diagnostics
import Graph
import Model

extension ModelFile {
    /// The lengths of the pre-training of a layer; nil without pre-training.
    public func pretrainingClock(examples: Int) -> RunClock? {
        guard let pretrain = train.pretrain else { return nil }
        let batch = max(pretrain.batchSize, 1)
        return RunClock(stepsPerEpoch: max(1, (examples + batch - 1) / batch), batch: batch, epochs: pretrain.epochs, pretrains: true)
    }
}

extension PolicyTable {
    /// The policies for units that act in pre-training in this way. A policy that begins to act later than the run does not.
    public func units(_ conduct: PretrainConduct, _ model: ModelFile, stepsPerEpoch: Int) -> [(layer: Int, group: [Int], policy: any NeuronsPolicy)] {
        entries.compactMap { entry in
            guard let policy = entry.policy as? any NeuronsPolicy, policy.pretraining == conduct,
                entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: max(model.train.batchSize, 1)) == 0
            else { return nil }
            return (entry.layer, entry.group, policy)
        }
    }

    /// The model without what is left out before the first layer is pre-trained; itself without pre-training.
    func beforeTraining(_ model: ModelFile, stepsPerEpoch: Int, flow: UnitFlow, bound: Bound) -> ModelFile {
        guard let clock = model.pretrainingClock(examples: 0) else { return model }
        var narrowed = model
        for (layer, group, policy) in units(.once, model, stepsPerEpoch: stepsPerEpoch) {
            guard let site = PolicySite(neuronsOf: layer, model, flow), let width = policy.forecast(site, clock).last else { continue }
            for member in group { narrowed.layers[member].kind = narrowed.layers[member].kind.with(units: max(1, width.units[bound])) }
        }
        return narrowed
    }
}

/// The plans that the pre-training of each layer would go through, at one bound of what its policies expect; nil where none of them acts in it.
///
/// - Parameter examples: of the training split.
public func forecastPretraining(
    _ model: ModelFile, facts: DataFacts, options: LoweringOptions, examples: Int, bound: Bound
) -> [[ForecastPlan]]? {
    guard let clock = model.pretrainingClock(examples: examples) else { return nil }
    let stepsPerEpoch = model.train.stepsPerEpoch(examples: examples), flow = UnitFlow(model)
    let courses = options.policies.units(.course, model, stepsPerEpoch: stepsPerEpoch)
    guard !courses.isEmpty || !options.policies.units(.once, model, stepsPerEpoch: stepsPerEpoch).isEmpty else { return nil }
    let base = options.policies.beforeTraining(model, stepsPerEpoch: stepsPerEpoch, flow: flow, bound: bound)
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
            let end = place + 1 < moments.count ? moments[place + 1] : Int.max
            // A look at the moment when it ends is a look at this one; the first of all is at what was there before.
            let evaluate = schedule.phases[0].evaluate
            var own = looks.filter { $0.step > moment && $0.step <= end }.map { look in
                (look.step, evaluate.work(ofLookAt: layer, policy, examples: min(examples, look.examples), narrowed))
            }
            if moment == 0, let first = looks.first, first.step == 0, let before = lowered(base)?.phases[0].evaluate {
                own.insert((0, before.work(ofLookAt: layer, policy, examples: min(examples, first.examples), base)), at: 0)
            }
            plans.append(ForecastPlan(start: moment, train: schedule.pretraining[index].plan, evaluate: [evaluate], looks: own))
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
