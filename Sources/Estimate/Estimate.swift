import Graph

/// How long a run is: what turns the work of a step into that of an epoch and of the run.
public struct RunLength: Sendable, Hashable {
    public var trainExamples: Int
    public var epochs: Int
    /// Examples that are evaluated (validation after epochs, test at the end), over the whole run.
    public var evaluatedExamples: Int

    public init(trainExamples: Int, epochs: Int, evaluatedExamples: Int) {
        self.trainExamples = trainExamples
        self.epochs = epochs
        self.evaluatedExamples = evaluatedExamples
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
}

/// What a run will cost, read off its plans. Nothing is run and no data is needed.
public struct Estimate: Sendable {
    public var batch: Int
    public var length: RunLength
    /// The model's layers, then one entry `loss` for what belongs to none.
    public var layers: [LayerEstimate]
    /// Evaluation, forward only, over the whole run.
    public var evaluation: Work
    public var memory: PeakMemory

    /// Whether the number of examples is known, so that there is an epoch and a run to speak of.
    public var isLengthKnown: Bool { length.trainExamples > 0 }

    public var parameters: Int { layers.reduce(0) { Count.sum($0, $1.parameters) } }
    public var step: SlotWork { layers.reduce(SlotWork()) { $0 + $1.step } }
    public var epoch: SlotWork { layers.reduce(SlotWork()) { $0 + $1.epoch } }
    public var run: SlotWork { layers.reduce(SlotWork()) { $0 + $1.run } }
}

/// Estimates a schedule.
///
/// - Parameter dataBytes: what the data set takes in memory; 0 where it is not known.
public func estimate(_ schedule: Schedule, length: RunLength, dataBytes: Int) -> Estimate {
    var layers: [LayerEstimate] = []
    var evaluation = Work()
    for (index, phase) in schedule.phases.enumerated() {
        let plan = phase.train, batch = plan.batch
        let epochs = phase.epochs.clamped(to: 0..<length.epochs).count
        let full = plan.workByLayer(batch: batch)
        let rest = length.trainExamples % batch
        let partial = rest > 0 ? plan.workByLayer(batch: rest) : full.map { _ in SlotWork() }
        let steps = length.trainExamples / batch
        for position in full.indices {
            let epoch = full[position] * steps + partial[position]
            if index == 0 {
                layers.append(layer(position, plan.graph, step: full[position], epoch: epoch))
            }
            layers[position].run += epoch * epochs
        }
    }
    if let plan = schedule.phases.last?.evaluate {
        let one = plan.workByLayer(batch: plan.batch).reduce(SlotWork(), +).total
        let rest = length.evaluatedExamples % plan.batch
        evaluation = one * (length.evaluatedExamples / plan.batch)
        if rest > 0 { evaluation += plan.workByLayer(batch: rest).reduce(SlotWork(), +).total }
    }
    return Estimate(
        batch: schedule.phases.first?.train.batch ?? 0, length: length, layers: layers, evaluation: evaluation,
        memory: PeakMemory(schedule, dataBytes: dataBytes))
}

private func layer(_ index: Int, _ graph: Graph, step: SlotWork, epoch: SlotWork) -> LayerEstimate {
    let info = index < graph.layers.count ? graph.layers[index] : nil
    var parameters = 0
    for (position, value) in graph.values.enumerated() where value.layer == index {
        guard case .parameter = value.role, graph.nodes.contains(where: { $0.inputs.contains(ValueID(position)) }),
            // An updated parameter is a second value of the same memory.
            !graph.nodes.contains(where: { $0.outputs.contains(ValueID(position)) })
        else { continue }
        parameters = Count.sum(parameters, value.type.count)
    }
    return LayerEstimate(
        name: info?.name ?? "loss", type: info?.type ?? "loss", output: info?.output ?? TensorType(batched: true, []),
        parameters: parameters, step: step, epoch: epoch, run: SlotWork())
}
