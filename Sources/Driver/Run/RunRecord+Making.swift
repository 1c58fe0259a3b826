import Datasets
import Diagnostics
import Estimate
import Foundation
import Kernels
import Model
import Runtime

extension RunRecord {
    /// The record as the run starts.
    init(_ prepared: PreparedModel, data: LoadedData, options: TrainingOptions) {
        let model = prepared.model
        let parameters = prepared.estimate.parameters
        self.init(
            status: .running, command: options.command, versions: Versions(nnc: nncVersion, record: 1),
            model: Model(name: model.name, path: absolutePath(options.file), set: options.overrides), cpu: Machine.processor,
            blas: BLAS(version: blasVersion, core: blasCore), data: data.record, seed: model.seed, threads: prepared.threads,
            deterministic: model.train.deterministic, parameters: Parameters(before: parameters, after: parameters), steps: 0, epochs: [],
            metrics: [:], work: nil,
            memory: Memory(predicted: EstimateRecord.Memory(prepared.estimate(data).memory), peakResident: nil))
    }

    mutating func finish(_ result: TrainingResult, work: WorkRecord, _ problems: [Diagnostic]) {
        status =
            switch result.ending {
            case .finished: .finished
            case .earlyStopping: .earlyStopping
            case .maxTime: .maxTime
            case .maxSteps: .maxSteps
            case .interrupted: .interrupted
            case .nonFinite: .failed
            }
        error = problems.first?.message
        steps = result.steps
        epochs = result.epochs.map {
            Epoch(
                epoch: $0.epoch, seconds: $0.seconds, forwardSeconds: $0.forwardSeconds, backwardSeconds: $0.backwardSeconds, examples: $0.examples, examplesPerSecond: $0.examplesPerSecond)
        }
        for (split, scores) in result.scores { metrics[split.rawValue] = scores.finite }
        self.work = work
        memory.peakResident = Machine.peakResidentBytes
    }
}

func absolutePath(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}
