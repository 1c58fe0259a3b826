import Graph

/// How long a run is: what turns the work of a step into that of an epoch and of the run.
public struct RunLength: Sendable, Hashable {
    public var trainExamples: Int
    public var epochs: Int
    /// Examples that are evaluated (validation after epochs, test at the end), over the whole run.
    public var evaluatedExamples: Int
    /// Of each split that is there.
    public var splits: [Int]

    public init(trainExamples: Int, epochs: Int, evaluatedExamples: Int, splits: [Int] = []) {
        self.trainExamples = trainExamples
        self.epochs = epochs
        self.evaluatedExamples = evaluatedExamples
        self.splits = splits
    }
}

/// What one layer costs.
public struct LayerEstimate: Sendable {
    public var name: String
    public var type: String
    public var output: TensorType
    public var parameters: Int
    /// One step of training on a full batch.
    public var step: SlotWork
    /// One epoch of training, its last, smaller step included.
    public var epoch: SlotWork
    /// All epochs of training.
    public var run: SlotWork
    /// The same at the least and at the most, where it depends on the data.
    public var lower: SlotWork
    public var upper: SlotWork
}

/// What a run will cost, read off its plans. Nothing is run and no data is needed.
public struct Estimate: Sendable {
    public var batch: Int
    public var length: RunLength
    /// The model's layers, then one entry `loss` for what belongs to none.
    public var layers: [LayerEstimate]
    /// What is done once for each example, before the run. Nil where nothing is; in none of the other sums.
    public var front: FrontEstimate?
    /// Layer by layer, before the run; empty without pre-training. In none of the other sums.
    public var pretraining: [PretrainEstimate]
    /// Evaluation, forward only, over the whole run.
    public var evaluation: Work
    public var memory: PeakMemory
    /// Nil where no machine's pace was asked for.
    public var seconds: SecondsEstimate?

    /// Whether the number of examples is known, so that there is an epoch and a run to speak of.
    public var isLengthKnown: Bool { length.trainExamples > 0 }

    public var parameters: Int { layers.reduce(0) { Count.sum($0, $1.parameters) } }
    public var step: SlotWork { layers.reduce(SlotWork()) { $0 + $1.step } }
    public var epoch: SlotWork { layers.reduce(SlotWork()) { $0 + $1.epoch } }
    public var run: SlotWork { layers.reduce(SlotWork()) { $0 + $1.run } }
    public var pretrainingRun: SlotWork { pretraining.reduce(SlotWork()) { $0 + $1.run } }
    public var pretrainingLower: SlotWork { pretraining.reduce(SlotWork()) { $0 + $1.lower } }
    public var pretrainingUpper: SlotWork { pretraining.reduce(SlotWork()) { $0 + $1.upper } }
    public var lower: SlotWork { layers.reduce(SlotWork()) { $0 + $1.lower } }
    public var upper: SlotWork { layers.reduce(SlotWork()) { $0 + $1.upper } }

    /// Whether what the run costs is known before it, to the last multiplication.
    public var isExact: Bool { lower.total.allMultiplications == upper.total.allMultiplications && lower.total.additions == upper.total.additions }
}

/// A stretch of a run, from a step on, with the plan that trains in it.
public struct Stretch: Sendable {
    /// Steps done when it begins.
    public var start: Int
    public var train: Plan
    /// One, or where the network is evaluated in two ways, two.
    public var evaluate: [Plan]
    /// Work at single steps, beside what the plan does in all of them, by layer.
    public var looks: [(step: Int, work: [SlotWork])]

    public init(start: Int, train: Plan, evaluate: [Plan], looks: [(step: Int, work: [SlotWork])] = []) {
        self.start = start
        self.train = train
        self.evaluate = evaluate
        self.looks = looks
    }
}

/// How a network is expected to change as it trains: the course that costs least, the likely one, and the one that costs most.
public struct Courses: Sendable {
    public var lower: [Stretch]
    public var expected: [Stretch]
    public var upper: [Stretch]

    public init(lower: [Stretch], expected: [Stretch], upper: [Stretch]) {
        self.lower = lower
        self.expected = expected
        self.upper = upper
    }

    /// The phases of a schedule, known beforehand.
    public init(_ schedule: Schedule, stepsPerEpoch: Int) {
        let stretches = zip(schedule.phases, schedule.starts(stepsPerEpoch: stepsPerEpoch)).map { phase, start in
            Stretch(start: start, train: phase.train, evaluate: phase.evaluations)
        }
        self.init(lower: stretches, expected: stretches, upper: stretches)
    }
}

/// Estimates a run.
///
/// - Parameters:
///   - courses: the plans that it goes through; those of the schedule alone unless something makes the network change.
///   - pretraining: the same for the pre-training of each layer.
///   - steps: how many are done; nil for all of the run.
///   - dataBytes: what the data set takes in memory; 0 where it is not known.
///   - asideBytes: what is held of units that are away, at the most.
///   - pace: the machine's whose seconds are wanted.
public func estimate(
    _ schedule: Schedule, courses: Courses? = nil, pretraining: [Courses]? = nil, length: RunLength, steps: Int? = nil, dataBytes: Int, asideBytes: Int = 0,
    pace: Pace? = nil
) -> Estimate {
    let batch = schedule.phases.first?.train.batch ?? 1
    let perEpoch = StepsPerEpoch(examples: length.trainExamples, batch: batch)
    let courses = courses ?? Courses(schedule, stepsPerEpoch: max(1, perEpoch.count))
    let total = steps ?? Count.product(perEpoch.count, length.epochs)
    let lower = runWork(courses.lower, perEpoch, total, .lower), upper = runWork(courses.upper, perEpoch, total, .upper)
    let expected = runWork(courses.expected, perEpoch, total, .expected)
    // What a step costs once all policies act.
    let last = schedule.phases[schedule.phases.count - 1].train
    let full = last.workByLayer(batch: batch)
    let partial = perEpoch.rest > 0 ? last.workByLayer(batch: perEpoch.rest) : full.map { _ in SlotWork() }
    let layers = full.indices.map { position in
        var layer = layer(position, [last.graph] + (schedule.front.map { [$0.graph] } ?? []), step: full[position], epoch: full[position] * perEpoch.full + partial[position])
        layer.run = expected[position]
        (layer.lower, layer.upper) = SlotWork.bounds([lower[position], expected[position], upper[position]])
        return layer
    }
    let front = FrontEstimate(schedule, splits: length.splits)
    return Estimate(
        batch: batch, length: length, layers: layers, front: front,
        pretraining: estimatePretraining(schedule, courses: pretraining, trainExamples: length.trainExamples),
        evaluation: evaluationWork(courses.expected, length, total), memory: PeakMemory(schedule, dataBytes: dataBytes, frontBytes: front?.bytes ?? 0, asideBytes: asideBytes),
        seconds: pace.map { SecondsEstimate(schedule, courses: courses, pretraining: pretraining, length: length, steps: steps, pace: $0) })
}

/// The steps of an epoch: full ones, and perhaps a smaller one at its end.
struct StepsPerEpoch {
    var full: Int
    /// Examples of the last, smaller step; 0 where there is none.
    var rest: Int
    var count: Int { full + (rest > 0 ? 1 : 0) }

    init(examples: Int, batch: Int) {
        full = examples / batch
        rest = examples % batch
    }

    /// Smaller steps among the first `steps`.
    func partial(in steps: Int) -> Int { rest > 0 ? steps / max(1, count) : 0 }
}

/// By layer.
func runWork(_ stretches: [Stretch], _ epoch: StepsPerEpoch, _ total: Int, _ bound: Bound) -> [SlotWork] {
    var sums = Array(repeating: SlotWork(), count: (stretches.first?.train.graph.layers.count ?? 0) + 1)
    for (index, stretch) in stretches.enumerated() {
        let from = min(stretch.start, total), to = index + 1 < stretches.count ? min(stretches[index + 1].start, total) : total
        for look in stretch.looks where look.step <= total { for layer in sums.indices { sums[layer] += look.work[layer] } }
        guard to > from else { continue }
        let small = epoch.partial(in: to) - epoch.partial(in: from), full = to - from - small
        let fullWork = stretch.train.workByLayer(batch: stretch.train.batch, bound: bound)
        let smallWork = small > 0 ? stretch.train.workByLayer(batch: epoch.rest, bound: bound) : []
        let scheduled = stretch.train.scheduledWork(from: from, to: to, stepsPerEpoch: epoch.count, rest: epoch.rest, bound: bound)
        for layer in sums.indices {
            sums[layer] += fullWork[layer] * full + scheduled[layer]
            if small > 0 { sums[layer] += smallWork[layer] * small }
        }
    }
    return sums
}

/// So much of a count, which may be the largest that there is: as a real number that is one too many for a whole one.
func part(_ share: Double, of count: Int) -> Int {
    let part = share * Double(count)
    return part < Double(count) ? Int(part) : count
}

/// Examples are evaluated evenly over the run.
private func evaluationWork(_ stretches: [Stretch], _ length: RunLength, _ total: Int) -> Work {
    var sum = Work()
    var done = 0
    for (index, stretch) in stretches.enumerated() {
        let isLast = index + 1 == stretches.count
        let share = isLast || total == 0 ? 1 : min(1, Double(stretches[index + 1].start) / Double(total))
        let upTo = isLast ? length.evaluatedExamples : part(share, of: length.evaluatedExamples)
        let examples = max(0, upTo - done)
        done = max(done, upTo)
        for plan in stretch.evaluate {
            let rest = examples % plan.batch
            sum += plan.workByLayer(batch: plan.batch).reduce(SlotWork(), +).total * (examples / plan.batch)
            if rest > 0 { sum += plan.workByLayer(batch: rest).reduce(SlotWork(), +).total }
        }
    }
    return sum
}

private func layer(_ index: Int, _ graphs: [Graph], step: SlotWork, epoch: SlotWork) -> LayerEstimate {
    let info = index < graphs[0].layers.count ? graphs[0].layers[index] : nil
    var parameters = 0
    for graph in graphs {
        for (position, value) in graph.values.enumerated() where value.layer == index {
            guard case .parameter = value.role, graph.nodes.contains(where: { $0.inputs.contains(ValueID(position)) }),
                // An updated parameter is a second value of the same memory.
                !graph.nodes.contains(where: { $0.outputs.contains(ValueID(position)) })
            else { continue }
            parameters = Count.sum(parameters, value.type.count)
        }
    }
    return LayerEstimate(
        name: info?.name ?? "loss", type: info?.type ?? "loss", output: info?.output ?? TensorType(batched: true, []),
        parameters: parameters, step: step, epoch: epoch, run: SlotWork(), lower: SlotWork(), upper: SlotWork())
}
