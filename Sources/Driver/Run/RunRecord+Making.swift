import Datasets
import Diagnostics
import Estimate
import Foundation
import Kernels
import Model
import Runtime

extension RunRecord {
    /// The record as the run starts.
    init(_ prepared: PreparedModel, interpreter: Interpreter, data: LoadedData, options: TrainingOptions) {
        let model = prepared.model
        let parameters = prepared.estimate.parameters
        self.init(
            status: .running, command: options.command, versions: Versions(nnc: nncVersion, record: 1),
            model: Model(name: model.name, path: absolutePath(options.file), set: options.overrides), cpu: Machine.processor,
            blas: BLAS(version: blasVersion, core: blasCore), data: data.record, seed: model.seed, threads: prepared.threads,
            deterministic: model.train.deterministic && interpreter.schedule.workers == 1, parameters: Parameters(before: parameters, after: parameters),
            layers: Layer.all(of: interpreter), steps: 0, epochs: [],
            metrics: [:], work: nil,
            memory: Memory(predicted: EstimateRecord.Memory(prepared.estimate(data).memory), peakResident: nil))
        if prepared.hasPolicies {
            let asked = prepared.pace
            strategies = Strategies(machine: asked?.profile.machine, threads: asked?.threads, layers: prepared.strategies.isEmpty ? (try? prepared.allStrategies(measuring: false)) ?? [] : prepared.strategies)
        }
        self.data.shape = prepared.description.facts.shape
        if let terms = data.train.normalizationTerms, terms.scale.count <= 4096, terms.scale != [1] || terms.shift != [0] {
            (self.data.scale, self.data.shift) = terms
        }
    }

    mutating func finish(_ result: TrainingResult, work: WorkRecord, pretrain: PretrainRecord?, _ problems: [Diagnostic]) {
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
        self.pretrain = pretrain
        memory.peakResident = Machine.peakResidentBytes
    }
}

extension RunRecord.Layer {
    /// The layers as they are now, before and after alike.
    static func all(of interpreter: Interpreter) -> [RunRecord.Layer] {
        let units = Dictionary(interpreter.units.map { ($0.name, $0.count) }) { $1 }
        return zip(interpreter.schedule.phases[0].train.graph.layers, interpreter.layerParameters).map { layer, parameters in
            RunRecord.Layer(
                name: layer.name, type: layer.type, unitsBefore: units[layer.name], unitsAfter: units[layer.name], parametersBefore: parameters,
                parametersAfter: parameters)
        }
    }
}

extension RunRecord {
    /// What the network has become.
    mutating func noteNetwork(_ interpreter: Interpreter) {
        parameters.after = interpreter.parameterCount
        for (index, now) in Layer.all(of: interpreter).enumerated() where layers?.indices.contains(index) == true {
            layers?[index].unitsAfter = now.unitsAfter
            layers?[index].parametersAfter = now.parametersAfter
        }
    }
}

func absolutePath(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}
