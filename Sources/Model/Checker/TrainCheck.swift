import Diagnostics
import Syntax

extension CheckContext {
    /// The settings of the training, and whether they go with the layers and the data.
    ///
    /// - Parameter layers: nil where they could not be read; then nothing is said about how they go together.
    func buildTrain(_ train: CheckedObject, layers: [LayerSpec]?, data: DataSpec?, dataIsReadable: Bool) -> TrainSpec? {
        let loss: Loss? = train.word("loss")
        let epochs = train.integer("epochs")
        let batchSize = train.integer("batch_size")
        if let layers, let loss { checkOutputLayer(layers, loss, train) }
        if let layers, let batchSize { checkBatch(batchSize, layers, data, train) }
        let metrics = loss.flatMap { buildMetrics(train, $0) }
        let schedule = buildSchedule(train, epochs)
        let stopping = train.object("early_stopping").flatMap { buildStopping($0, metrics, data, dataIsReadable, epochs) }
        let checkpoint = train.object("checkpoint").map { buildCheckpoint($0, metrics, data, dataIsReadable) }
        let evaluate = train.object("evaluate")
        let evaluateEvery = evaluate?.span("every") ?? .epochs(1)
        if let evaluate {
            checkInterval(evaluate, "every")
            if let data, dataIsReadable, data.validation == nil {
                report(.evaluatesNothing, "`evaluate` has no validation split to measure", at: evaluate.anchor, help: ["write for instance `validation: 10%` under `data`"])
            }
        }
        var evaluateWith: [EvaluatedNetwork] = []
        if let with = evaluate?["with"], let list = with.list {
            for network in list.compactMap({ $0.text.flatMap(EvaluatedNetwork.init(rawValue:)) }) where !evaluateWith.contains(network) {
                evaluateWith.append(network)
            }
            if let layers, !layers.contains(where: { layer in layer.policies.contains { $0.slot == .forward } }) {
                report(.networksAreTheSame, "no layer leaves out any units in evaluation, so there is one network only", at: with.location)
                evaluateWith = []
            }
        }
        let pretrain = train.object("pretrain").flatMap { buildPretrain($0, layers: layers, data: data, batchSize: batchSize) }
        if train["pretrain"] != nil, pretrain == nil { return nil }
        guard let epochs, let batchSize, let loss, let optimizer = buildOptimizer(train), let metrics, let schedule else { return nil }
        let curriculum = train.object("curriculum").map { buildCurriculum($0, train, loss, layers, data, epochs) }
        if case .some(nil) = curriculum { return nil }
        var maxTime: Double?
        if case .seconds(let seconds)? = train["max_time"]?.value { maxTime = seconds }
        return TrainSpec(
            epochs: epochs, batchSize: batchSize, loss: Located(loss, train.location("loss")), optimizer: optimizer, metrics: metrics,
            schedule: schedule, pretrain: pretrain, earlyStopping: stopping, checkpoint: checkpoint, evaluateEvery: evaluateEvery,
            evaluateWith: evaluateWith, onNaN: train.word("on_nan") ?? .stop, maxTime: maxTime, threads: train.integer("threads"), mode: train.word("mode") ?? .synchronous,
            deterministic: train.flag("deterministic") ?? true, curriculum: curriculum ?? nil)
    }

    private func buildOptimizer(_ train: CheckedObject) -> OptimizerSpec? {
        guard let object = train.object("optimizer"), let type = object.type, let kind = OptimizerSpec.Kind(rawValue: type.value),
            !object.entries.contains(where: \.checked.isInvalid), let rate = object.number("learning_rate")
        else { return nil }
        let isAdaptive = ![.sgd, .momentum, .nesterov].contains(kind)
        let limit = isAdaptive ? 1.0 : 10.0
        if rate > limit {
            report(.hugeLearningRate, "a learning rate of \(plain(rate)) is very large for \(kind.rawValue)", at: object.location("learning_rate"),
                help: ["common values are \(isAdaptive ? "0.0001 to 0.01" : "0.01 to 0.5")"])
        }
        var spec = OptimizerSpec(kind: kind, learningRate: rate)
        if let momentum = object.number("momentum") { spec.momentum = momentum }
        if let beta = object.number("beta_1") { spec.beta1 = beta }
        if let beta = object.number("beta_2") { spec.beta2 = beta }
        if let rho = object.number("rho") { spec.rho = rho }
        if let epsilon = object.number("epsilon") { spec.epsilon = epsilon }
        if let decay = object.number("weight_decay") { spec.weightDecay = decay }
        return spec
    }

    private func buildSchedule(_ train: CheckedObject, _ epochs: Int?) -> LearningRateSchedule? {
        guard let entry = train["learning_rate_schedule"] else { return .constant }
        guard let object = entry.object, !object.entries.contains(where: \.checked.isInvalid) else { return nil }
        switch object.type?.value {
        case "step":
            guard let every = object.span("every"), let factor = object.number("factor") else { return nil }
            checkInterval(object, "every")
            if case .epochs(let count) = every, let epochs, count >= Double(epochs) {
                report(.scheduleNeverSteps, "the first step comes after \(every.text), and the run has \(epochs)", at: object.location("every"))
            }
            return .step(every: every, factor: factor)
        case "cosine":
            guard let warmUp = object.span("warm_up"), let minimum = object.number("minimum") else { return nil }
            if case .epochs(let count) = warmUp, let epochs, count >= Double(epochs) {
                report(.warmUpTooLong, "a warm-up of \(warmUp.text) leaves nothing of a run of \(epochs)", at: object.location("warm_up"),
                    related: [RelatedPlace(train.location("epochs"), "the length of the run is given here")])
            }
            return .cosine(warmUp: warmUp, minimum: minimum)
        default: return .constant
        }
    }

    func checkInterval(_ object: CheckedObject, _ name: String) {
        switch object.span(name) {
        case .epochs(0), .steps(0), .examples(0): report(.zeroInterval, "`\(name)` must be longer than zero", at: object.location(name))
        default: break
        }
    }

    private func checkBatch(_ batchSize: Int, _ layers: [LayerSpec], _ data: DataSpec?, _ train: CheckedObject) {
        let place = train.location("batch_size")
        if batchSize == 1, let layer = layers.first(where: { if case .batchNormalization = $0.kind { true } else { false } }) {
            report(.normalizationOfOneExample, "`\(layer.name.value)` normalizes over batches of one example", at: place,
                related: [RelatedPlace(layer.name.location, "batch normalization is here")], help: ["write for instance `batch_size: 32`"])
        }
        guard let data, case .synthetic(let synthetic) = data.source else { return }
        let examples = min(synthetic.trainExamples, data.limit ?? .max)
        if batchSize > examples {
            report(.batchLargerThanData, "a batch of \(batchSize) is larger than the training set of \(examples)", at: place)
        }
    }

    // MARK: - Metrics

    private func buildMetrics(_ train: CheckedObject, _ loss: Loss) -> [Metric]? {
        guard let entry = train["metrics"] else { return loss == .crossEntropy ? [.accuracy] : [] }
        guard let list = entry.list else { return nil }
        var metrics: [Metric] = []
        for item in list {
            guard let metric = item.text.flatMap(Metric.init(rawValue:)) else { return nil }
            if metrics.contains(metric) {
                report(.metricTwice, "`\(metric.rawValue)` is listed twice", at: item.location)
            } else if !loss.metrics.contains(metric) {
                report(.metricDoesNotFit, "`\(metric.rawValue)` does not fit the loss `\(loss.rawValue)`", at: item.location,
                    related: [RelatedPlace(train.location("loss"), "the loss is given here")], help: ["with this loss there are \(loss.metrics.map(\.rawValue).quotedList)"])
            }
            if !metrics.contains(metric) { metrics.append(metric) }
        }
        return metrics
    }

    private func buildStopping(_ stopping: CheckedObject, _ metrics: [Metric]?, _ data: DataSpec?, _ dataIsReadable: Bool, _ epochs: Int?) -> EarlyStopping? {
        guard let patience = stopping.integer("patience"), let delta = stopping.number("min_delta") else { return nil }
        if let epochs, patience >= epochs {
            report(.patienceTooLong, "a patience of \(patience) epochs cannot end a run of \(epochs)", at: stopping.location("patience"))
        }
        guard let monitor = checkMonitor(stopping, "monitor", metrics, data, dataIsReadable) else { return nil }
        return EarlyStopping(monitor: monitor, patience: patience, minimumDelta: delta)
    }

    private func buildCheckpoint(_ checkpoint: CheckedObject, _ metrics: [Metric]?, _ data: DataSpec?, _ dataIsReadable: Bool) -> CheckpointSpec {
        checkInterval(checkpoint, "every")
        return CheckpointSpec(
            every: checkpoint.span("every"), keep: checkpoint.integer("keep") ?? 3, best: checkMonitor(checkpoint, "best", metrics, data, dataIsReadable))
    }

    private func checkMonitor(_ object: CheckedObject, _ name: String, _ metrics: [Metric]?, _ data: DataSpec?, _ dataIsReadable: Bool) -> MonitoredMetric? {
        guard let checked = object[name], case .monitor(let monitor) = checked.value else { return nil }
        if let metrics, monitor.metric != .loss, !metrics.contains(monitor.metric) {
            report(.metricNotComputed, "`\(monitor.metric.rawValue)` is not measured in this run", at: checked.location, help: ["add it: `metrics: [\((metrics + [monitor.metric]).map(\.rawValue).joined(separator: ", "))]`"])
        } else if dataIsReadable, let data {
            if monitor.split == .validation, data.validation == nil {
                report(.splitNotThere, "there is no validation split to measure `\(monitor.metric.rawValue)` on", at: checked.location, help: ["write for instance `validation: 10%` under `data`"])
            } else if monitor.split == .test, case .files(_, _, test: nil) = data.source {
                report(.splitNotThere, "there is no test split to measure `\(monitor.metric.rawValue)` on", at: checked.location, help: ["give its files under `data.test`"])
            } else if monitor.split == .test {
                report(.monitorsTestSplit, "the run would be chosen by the test split", at: checked.location, help: ["watch `validation.\(monitor.metric.rawValue)`"])
            }
        }
        return monitor
    }
}

extension Loss {
    /// What can be measured with it.
    var metrics: [Metric] {
        switch self {
        case .crossEntropy: [.loss, .accuracy, .top5Accuracy, .precisionAt1, .precisionAt3, .precisionAt5, .auc]
        case .binaryCrossEntropy: [.loss, .accuracy, .precisionAt1, .precisionAt3, .precisionAt5, .auc]
        case .mse: [.loss]
        }
    }
}
