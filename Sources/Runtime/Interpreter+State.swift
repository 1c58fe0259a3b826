import Graph
import Kernels

/// What an interpreter knows between two steps beside the values that last.
public struct InterpreterState: Codable, Sendable {
    /// In `Schedule.phases`.
    public var phase: Int
    /// Whether there are plans of pre-training still.
    public var isPretraining: Bool
    /// Counted work so far.
    public var training: [SlotWork]
    public var evaluation: [SlotWork]
    public var pretraining: [SlotWork]
}

extension Interpreter {
    public var state: InterpreterState {
        InterpreterState(
            phase: phase, isPretraining: !pretrains.isEmpty, training: countedTraining, evaluation: countedEvaluation, pretraining: countedPretraining)
    }

    /// Gives all that lasts its numbers, where a file has them: of the run's weights, or of the rest.
    ///
    /// - Parameter files: between them they must have every value once, and nothing that is not asked for but names that begin with `@`.
    public func load(_ files: [Safetensors]) throws {
        let values = persistentValues, names = Set(values.map(\.name))
        var places: [String: (file: Safetensors, tensor: Safetensors.Tensor)] = [:]
        for file in files {
            for tensor in file.tensors where !tensor.name.hasPrefix("@") {
                guard names.contains(tensor.name) else { throw StateMisfit("it has `\(tensor.name)`, which the network has not") }
                guard places.updateValue((file, tensor), forKey: tensor.name) == nil else { throw StateMisfit("it has `\(tensor.name)` twice") }
            }
        }
        for value in values {
            guard let (file, tensor) = places[value.name] else { throw StateMisfit("it lacks `\(value.name)`") }
            guard tensor.shape == value.type.shape else { throw StateMisfit("`\(value.name)` is \(tensor.shape) in it, and \(value.type.shape) in the network") }
            try file.read(tensor, of: value.type.dtype, into: value.numbers)
        }
    }

    /// Gives the layers that never change their numbers: before the examples go through them, once.
    public func loadFront(_ files: [Safetensors]) throws {
        guard let plan = schedule.front else { return }
        let wanted = Set(plan.graph.values.filter(\.role.isPersistent).map(\.name))
        for value in persistentValues where wanted.contains(value.name) {
            guard let file = files.first(where: { $0[value.name] != nil }), let tensor = file[value.name] else { throw StateMisfit("it lacks `\(value.name)`") }
            guard tensor.shape == value.type.shape else { throw StateMisfit("`\(value.name)` is \(tensor.shape) in it, and \(value.type.shape) in the network") }
            try file.read(tensor, of: value.type.dtype, into: value.numbers)
        }
    }
}

extension Schedule {
    /// What outlives a step in a network with these plans, in the order of the graphs, as `Interpreter.persistentValues` has it.
    public func lastingValues(isPretraining: Bool) -> [Value] {
        let plans = (front.map { [$0] } ?? []) + phases.map(\.train) + phases.map(\.evaluate) + phases.compactMap(\.twin) + (isPretraining ? pretraining.map(\.plan) : [])
        var seen: Set<String> = [], found: [Value] = []
        for plan in plans {
            let readers = plan.graph.readerCounts()
            for (index, value) in plan.graph.values.enumerated() where value.role.initial != nil && readers[index] > 0 && seen.insert(value.name).inserted {
                found.append(value)
            }
        }
        return found
    }
}
