import Graph

/// What the pre-training of one layer costs: a step of its plan runs the layers below forward, too.
public struct PretrainEstimate: Sendable {
    /// Of the layer.
    public var name: String
    public var epochs: Int
    public var batch: Int
    /// One step on a full batch.
    public var step: SlotWork
    public var epoch: SlotWork
    /// All epochs.
    public var run: SlotWork
}

/// Estimates the pre-training of each layer, from below.
///
/// - Parameter steps: by layer, how many are done; nil for all of them.
public func estimatePretraining(_ schedule: Schedule, trainExamples: Int, steps: [Int]? = nil) -> [PretrainEstimate] {
    schedule.pretraining.enumerated().map { index, phase in
        let batch = phase.plan.batch, perEpoch = StepsPerEpoch(examples: trainExamples, batch: batch)
        func work(_ batch: Int) -> SlotWork { phase.plan.workByLayer(batch: batch).reduce(SlotWork(), +) }
        let full = work(batch), partial = perEpoch.rest > 0 ? work(perEpoch.rest) : SlotWork()
        let total = steps.map { index < $0.count ? $0[index] : 0 } ?? Count.product(perEpoch.count, phase.epochs)
        let small = perEpoch.partial(in: total)
        return PretrainEstimate(
            name: phase.name, epochs: phase.epochs, batch: batch, step: full, epoch: full * perEpoch.full + partial,
            run: full * (total - small) + partial * small)
    }
}
