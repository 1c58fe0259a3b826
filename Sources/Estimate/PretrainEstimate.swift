import Graph

/// What the pre-training of one layer costs: a step of its plan runs the layers below forward, too.
public struct PretrainEstimate: Sendable {
    /// Of the layer.
    public var name: String
    public var epochs: Int
    public var batch: Int
    /// One step on a full batch, as it begins.
    public var step: SlotWork
    public var epoch: SlotWork
    /// All epochs.
    public var run: SlotWork
    /// The same at the least and at the most, where it depends on the data.
    public var lower: SlotWork
    public var upper: SlotWork
    /// The numbers of units that the layer is expected to have, one after the other: one where that does not change.
    public var units: [Int]

    /// Whether what it costs is known beforehand, to the last multiplication.
    public var isExact: Bool { lower.total.allMultiplications == upper.total.allMultiplications && lower.total.additions == upper.total.additions }
}

/// Estimates the pre-training of each layer, from below.
///
/// - Parameters:
///   - courses: by layer, the plans that it goes through; that of the schedule alone unless something makes the network change.
///   - steps: by layer, how many are done; nil for all of them.
public func estimatePretraining(_ schedule: Schedule, courses: [Courses]? = nil, trainExamples: Int, steps: [Int]? = nil) -> [PretrainEstimate] {
    schedule.pretraining.enumerated().map { index, phase in
        let stretches = [Stretch(start: 0, train: phase.plan, evaluate: [phase.plan])]
        let course = courses.flatMap { index < $0.count ? $0[index] : nil } ?? Courses(lower: stretches, expected: stretches, upper: stretches)
        let first = course.expected.first?.train ?? phase.plan, batch = first.batch
        let perEpoch = StepsPerEpoch(examples: trainExamples, batch: batch)
        func work(_ batch: Int) -> SlotWork { first.workByLayer(batch: batch).reduce(SlotWork(), +) }
        let full = work(batch), partial = perEpoch.rest > 0 ? work(perEpoch.rest) : SlotWork()
        let total = steps.map { index < $0.count ? $0[index] : 0 } ?? Count.product(perEpoch.count, phase.epochs)
        func run(_ stretches: [Stretch], _ bound: Bound) -> SlotWork { runWork(stretches, perEpoch, total, bound).reduce(SlotWork(), +) }
        var units: [Int] = []
        for stretch in course.expected {
            let count = stretch.train.graph.layers[phase.layer].output.shape.last ?? 0
            if count != units.last { units.append(count) }
        }
        let expected = run(course.expected, .expected)
        let (lower, upper) = SlotWork.bounds([run(course.lower, .lower), expected, run(course.upper, .upper)])
        return PretrainEstimate(
            name: phase.name, epochs: phase.epochs, batch: batch, step: full, epoch: full * perEpoch.full + partial,
            run: expected, lower: lower, upper: upper, units: units)
    }
}
