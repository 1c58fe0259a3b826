import Graph
import Kernels

/// Stopping between two steps, and going on from there in another process.
extension Trainer {
    /// Hands all that is needed for it to the observers.
    func checkpoint(epoch: Int, examples: Int, isRegular: Bool, pretraining: TrainingState.Pretraining? = nil) throws {
        let measured = running.state
        let state = TrainingState(
            trainExamples: train.count, batchSize: settings.batchSize, step: step, epoch: epoch, examples: examples, optimizerStart: optimizerStart, elapsedSeconds: life.seconds,
            seconds: pretraining == nil ? watch.seconds : 0,
            forwardSeconds: pretraining == nil ? (interpreter.forwardTime - halves.forward) / .seconds(1) : 0,
            backwardSeconds: pretraining == nil ? (interpreter.backwardTime - halves.backward) / .seconds(1) : 0,
            nonFiniteSteps: nonFiniteSteps,
            running: TrainingState.Running(sums: measured.sums, examples: measured.examples, lost: measured.columns.map(\.isLost)),
            lastValidation: lastValidation.map { TrainingState.Validation(step: $0.step, scores: $0.scores) }, best: best, patience: patience,
            reports: reports, pretrained: pretrained, pretraining: pretraining)
        let snapshot = TrainingSnapshot(state: state, tensors: measured.columns.enumerated().map { $1.tensor($0) }, isRegular: isRegular)
        let begun = life.elapsed
        for observer in observers { try observer.checkpoint(snapshot) }
        pause.took(life.elapsed - begun, until: life.elapsed)
    }

    /// Goes on from there when it runs. The interpreter has its plans and numbers already.
    ///
    /// - Parameter tensor: those of the snapshot, by name.
    public func resume(_ state: TrainingState, tensor: (String) throws -> [UInt32]?) throws {
        try state.check(
            epochs: settings.epochs, batch: settings.batchSize, trainExamples: train.count, pretraining: interpreter.schedule.pretraining.map(\.epochs),
            layersPretrained: interpreter.retiredPretraining.count, pretrainBatch: settings.pretrain?.batchSize ?? 1)
        let columns = try state.running.lost.enumerated().map { index, isLost in
            guard let bits = try tensor(MetricState.Column.name(index)), bits.count == 2 * state.running.examples else {
                throw StateMisfit("it lacks scores of the epoch that was under way")
            }
            return MetricState.Column(bits, isLost: isLost)
        }
        guard running.restore(MetricState(sums: state.running.sums, examples: state.running.examples, columns: columns)) else {
            throw StateMisfit("it has measured something else")
        }
        step = state.step
        optimizerStart = state.optimizerStart
        life.goOn(from: state.elapsedSeconds)
        pause.took(.zero, until: life.elapsed)
        watch.reset(to: state.seconds)
        halves = (interpreter.forwardTime - .seconds(state.forwardSeconds), interpreter.backwardTime - .seconds(state.backwardSeconds))
        nonFiniteSteps = state.nonFiniteSteps
        lastValidation = state.lastValidation.map { ($0.step, $0.scores) }
        state.best.map { best?.goOn(from: $0) }
        state.patience.map { patience?.goOn(from: $0) }
        reports = state.reports
        pretrained = state.pretrained
        resumed = state
    }
}

extension MetricState.Column {
    static func name(_ index: Int) -> String { "@measured/area/\(index)" }

    /// The lower halves of all keys, then the upper ones.
    func tensor(_ index: Int) -> NamedTensor {
        NamedTensor(
            Self.name(index), .int32, [2, keys.count],
            .bits(keys.map { UInt32(truncatingIfNeeded: $0) } + keys.map { UInt32(truncatingIfNeeded: $0 >> 32) }))
    }

    init(_ bits: [UInt32], isLost: Bool) {
        let count = bits.count / 2
        self.init(keys: (0..<count).map { UInt64(bits[$0]) | UInt64(bits[count + $0]) << 32 }, isLost: isLost)
    }
}
