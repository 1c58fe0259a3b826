import Diagnostics
import Graph
import Lowering
import Model
import Runtime

extension Measure {
    init?(_ metric: Metric) { self.init(rawValue: metric.rawValue) }
}

extension Monitor {
    init?(_ monitored: MonitoredMetric) {
        guard let split = SplitName(rawValue: monitored.split.rawValue), let measure = Measure(monitored.metric) else { return nil }
        self.init(split, measure)
    }
}

extension Span {
    /// In steps, at least one.
    func steps(stepsPerEpoch: Int, batchSize: Int) -> Int { max(1, Moment(self).steps(stepsPerEpoch: stepsPerEpoch, batch: batchSize)) }
}

extension LearningRate {
    init(_ train: TrainSpec, stepsPerEpoch: Int) {
        func steps(_ span: Span) -> Int { span.steps(stepsPerEpoch: stepsPerEpoch, batchSize: train.batchSize) }
        let shape: Shape =
            switch train.schedule {
            case .constant: .constant
            case .step(let every, let factor): .step(every: steps(every), factor: factor)
            case .cosine(let warmUp, let minimum):
                .cosine(warmUp: warmUp.isNone ? 0 : steps(warmUp), minimum: minimum, total: max(stepsPerEpoch * train.epochs, 1))
            }
        self.init(base: train.optimizer.learningRate, shape: shape)
    }
}

extension Span {
    /// No time at all, where that is allowed.
    var isNone: Bool {
        switch self {
        case .epochs(let epochs): epochs <= 0
        case .steps(let count), .examples(let count): count <= 0
        }
    }
}

extension TrainingSettings {
    /// What the file asks of the loop, for a training split of so many examples.
    init(_ model: ModelFile, examples: Int) {
        let train = model.train
        let stepsPerEpoch = train.stepsPerEpoch(examples: examples)
        func steps(_ span: Span) -> Int { span.steps(stepsPerEpoch: stepsPerEpoch, batchSize: train.batchSize) }
        self.init(
            epochs: train.epochs, batchSize: train.batchSize, seed: model.seed, learningRate: LearningRate(train, stepsPerEpoch: stepsPerEpoch),
            measures: train.metrics.compactMap { Measure($0) }, truth: Truth(train.loss.value), evaluateEvery: steps(train.evaluateEvery))
        // Without a word on it, what the last epoch has learnt survives a crash in the next. Of epochs that take no time, some.
        checkpointPause = train.checkpoint == nil ? 1 : nil
        checkpointEvery = train.checkpoint.map { $0.every.map(steps) } ?? stepsPerEpoch
        best = train.checkpoint?.best.flatMap { Monitor($0) }
        if let rule = train.earlyStopping, let monitor = Monitor(rule.monitor) {
            patience = (monitor, rule.patience, rule.minimumDelta)
        }
        stopsOnNonFinite = train.onNaN == .stop
        pretrain = train.pretrain.map { PretrainSettings(batchSize: $0.batchSize, learningRate: $0.learningRate) }
        maxSeconds = train.maxTime
    }
}

extension Truth {
    init(_ loss: Loss) {
        self =
            switch loss {
            case .crossEntropy: .classNumbers
            case .binaryCrossEntropy: .multiLabel
            case .mse: .values
            }
    }
}
