import Datasets
import Diagnostics
import Estimate
import Foundation
import Kernels
import Model
import Runtime
import Syntax

public enum EvaluationFormat: String, Sendable, CaseIterable { case table, json }

/// Evaluates the weights of a run on every split of its data, as text.
public func evaluateRun(
    _ path: String, checkpoint: String = "final", network: TrainedUnits? = nil, threads: Int? = nil, format: EvaluationFormat = .table
) throws -> String {
    let scores = try evaluate(path, checkpoint: checkpoint, network: network, threads: threads)
    switch format {
    case .json:
        var metrics: [String: [String: Double]] = [:]
        for (split, values) in scores { metrics[split.rawValue] = values.finite }
        return try JSONText.pretty(["metrics": metrics])
    case .table:
        return scoreTable(scores).plain(width: Console().width(.results))
    }
}

/// The measures of every split with the saved weights, all taken with the weights as they are.
///
/// - Parameter network: which units are computed where policies choose some; nil for what the run was evaluated with.
public func evaluate(
    _ path: String, checkpoint: String = "final", network: TrainedUnits? = nil, threads: Int? = nil
) throws -> [(split: SplitName, scores: Scores)] {
    let directory = RunDirectory(path: path)
    let record = try directory.readRecord()
    // The resolved file stands on its own, whatever became of base files and of the place where the file stood.
    let checked = checkModel(directory.resolvedPath, threads: threads ?? record.threads, freeMemory: .max)
    let weights = "\(directory.checkpointsPath)/\(checkpoint).safetensors"
    let (prepared, interpreter) = try checked.required(on: Console()).trainedNetwork(weights, wanted: network)
    let data = try loadData(prepared, console: Console())

    let settings = TrainingSettings(prepared.model, examples: data.train.count)
    let splits = [(SplitName.train, data.train as Split?), (.validation, data.validation), (.test, data.test)]
    let largest = splits.compactMap { $0.1?.count }.max() ?? 0
    var evaluator: Evaluator
    do {
        evaluator = try Evaluator(interpreter: interpreter, measures: settings.measures, truth: settings.truth, examples: largest)
    } catch { throw prepared.outOfMemory(bytes: error.bytes) }
    var scores: [(split: SplitName, scores: Scores)] = []
    for (name, split) in splits { if let split { scores.append((name, evaluator.scores(split))) } }
    return scores
}

/// Fills the parameters and the layer state from a file, which must hold exactly these.
///
/// - Parameter wanted: a network that the run may not have been evaluated with. For all units, what policies have saved is not needed.
func loadWeights(_ path: String, into interpreter: Interpreter, wanted: EvaluatedNetwork? = nil) throws(DiagnosticError) {
    func misfit(_ message: String, help: [String] = []) -> DiagnosticError {
        DiagnosticError(Diagnostic(.weightsDoNotFit, message, at: .file(path: path), help: help))
    }
    do {
        let file = try Safetensors(path: path)
        if !interpreter.enterPhase(saving: Set(file.tensors.map(\.name))), wanted != nil { interpreter.enter(phase: interpreter.schedule.phases.count - 1, updates: 0) }
        let values = interpreter.savedValues
        let names = Set(values.map(\.name))
        if wanted == nil, let extra = file.tensors.first(where: { !names.contains($0.name) }) { throw misfit("`\(extra.name)` is no weight of this model") }
        for value in values {
            guard let tensor = file[value.name] else {
                let help = wanted == .policy ? ["a run keeps what its policies need to choose where it is evaluated with them: `evaluate: { with: [policy, dense] }`"] : []
                throw misfit("`\(value.name)` is missing from `\(path)`", help: help)
            }
            guard tensor.shape == value.type.shape else {
                throw misfit("`\(value.name)` is \(tensor.shape) in `\(path)`, and \(value.type.shape) in the model")
            }
            try file.read(tensor, of: value.type.dtype, into: value.numbers)
        }
    } catch let error as FileError {
        throw misfit("`\(error.path)` \(error.reason)")
    } catch let error as DiagnosticError {
        throw error
    } catch {
        throw misfit(String(describing: error))
    }
}
