/// Where a training loop is between two steps, apart from the numbers of the network: with these it goes on as if it had never stopped.
public struct TrainingState: Codable, Sendable {
    /// Of the pre-training that is going on.
    public struct Pretraining: Codable, Sendable {
        /// In `Schedule.pretraining`.
        public var layer: Int
        public var epoch: Int
        /// Steps done, of the layer.
        public var step: Int
        /// Examples done, of this epoch.
        public var examples: Int
        public var seconds: Double
        /// Of the errors of this epoch's examples.
        public var errorSum: Double
    }

    /// What the epoch under way has measured; the scores that an area under a curve needs are tensors beside it.
    public struct Running: Codable, Sendable {
        public var sums: [Double]
        public var examples: Int
        /// By column of the area: whether a score was no number.
        public var lost: [Bool]
    }

    public struct Validation: Codable, Sendable {
        public var step: Int
        public var scores: Scores
    }

    /// In an epoch, and in a step.
    public var trainExamples: Int
    public var batchSize: Int
    /// Steps done, of the run.
    public var step: Int
    /// From 1.
    public var epoch: Int
    /// Examples done, of this epoch.
    public var examples: Int
    /// The step at which the optimizer began, or began anew.
    public var optimizerStart: Int
    /// Of the run so far, all processes together.
    public var elapsedSeconds: Double
    /// Of this epoch: of training proper, and of its two halves.
    public var seconds: Double
    public var forwardSeconds: Double
    public var backwardSeconds: Double
    public var nonFiniteSteps: Int
    public var running: Running
    public var lastValidation: Validation?
    public var best: Improvement?
    public var patience: Improvement?
    /// Of the epochs that are over.
    public var reports: [EpochReport]
    public var pretrained: [PretrainResult]
    /// Nil where there is none, or none any more.
    public var pretraining: Pretraining?
}

/// All that is between two steps, for whoever wants to keep it. The tensors may lie in the network's own memory.
public struct TrainingSnapshot {
    public let state: TrainingState
    /// What of the state is too long for a text.
    public let tensors: [NamedTensor]
    /// Whether it was due; the run stops here otherwise.
    public let isRegular: Bool

    /// `step-600`, or `pretrain-2-step-60` in the pre-training of the second layer.
    public var name: String { state.pretraining.map { "pretrain-\($0.layer + 1)-step-\($0.step)" } ?? "step-\(state.step)" }
}

/// Why a state is none of this run's.
public struct StateMisfit: Error {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }
}

extension TrainingState {
    /// Refuses numbers that no run can have come to: a file may say anything.
    func check(epochs: Int, batch: Int, trainExamples: Int, pretraining phases: [Int], layersPretrained: Int, pretrainBatch: Int) throws(StateMisfit) {
        func require(_ isRight: Bool, _ what: String) throws(StateMisfit) { if !isRight { throw StateMisfit("its \(what) cannot be right") } }
        func isTime(_ seconds: Double) -> Bool { seconds == 0 || (1e-12...1e12).contains(seconds) }
        guard trainExamples == self.trainExamples, batch == batchSize else {
            throw StateMisfit(
                "its epochs have another length: \(self.trainExamples) examples in batches of \(batchSize), and here \(trainExamples) in batches of \(batch)")
        }
        let stepsPerEpoch = (trainExamples + batch - 1) / batch
        try require([elapsedSeconds, seconds, forwardSeconds, backwardSeconds].allSatisfy(isTime), "times")
        try require(nonFiniteSteps >= 0 && nonFiniteSteps <= stepsPerEpoch, "number of steps without a finite loss")
        try require(reports.allSatisfy { report in
            [report.seconds, report.forwardSeconds, report.backwardSeconds].allSatisfy(isTime) && (0...trainExamples).contains(report.examples) && report.nonFiniteSteps >= 0
        }, "past epochs")
        try require(pretrained.count <= layersPretrained && pretrained.allSatisfy { isTime($0.seconds) && $0.epochs >= 0 && (0...1 << 40).contains($0.steps) }, "past pre-training")
        if let pretraining {
            try require(phases.indices.contains(pretraining.layer) && pretrained.count == pretraining.layer + 1, "layer in pre-training")
            let stepsPerEpoch = (trainExamples + pretrainBatch - 1) / pretrainBatch
            try require((1...max(phases[pretraining.layer], 1)).contains(pretraining.epoch) && isTime(pretraining.seconds), "epoch of pre-training")
            try require((1...max(trainExamples, 1)).contains(pretraining.examples) && isWhole(pretraining.examples, pretrainBatch, trainExamples), "place in an epoch of pre-training")
            let done = (pretraining.examples + pretrainBatch - 1) / pretrainBatch
            try require(pretraining.step == (pretraining.epoch - 1) * stepsPerEpoch + done, "step of pre-training")
            try require(step == 0 && epoch == 1 && examples == 0 && reports.isEmpty, "step during pre-training")
        } else {
            try require((1...max(epochs, 1)).contains(epoch) && reports.count == epoch - 1, "epoch")
            try require(pretrained.count == layersPretrained, "past pre-training")
            try require((1...max(trainExamples, 1)).contains(examples) && isWhole(examples, batch, trainExamples), "place in the epoch")
            try require(step == (epoch - 1) * stepsPerEpoch + (examples + batch - 1) / batch, "step")
        }
        try require((0...step).contains(optimizerStart), "optimizer's first step")
        try require(lastValidation.map { (0...step).contains($0.step) } ?? true, "last evaluation")
        try require(running.examples == examples, "measures of the epoch")
    }

    private func isWhole(_ examples: Int, _ batch: Int, _ count: Int) -> Bool { examples % batch == 0 || examples == count }
}
