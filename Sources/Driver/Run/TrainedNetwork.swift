import Diagnostics
import Kernels
import Lowering
import Model
import Runtime

extension PreparedModel {
    /// The network that a run has saved, with its weights.
    ///
    /// - Parameters:
    ///   - weights: the file of them.
    ///   - wanted: which units it computes where policies choose some; nil for what the run was evaluated with.
    ///   - best: how many of the best outputs are kept where the others are not.
    ///   - longestInput: entries of the longest example.
    func trainedNetwork(
        _ weights: String, wanted: EvaluatedNetwork? = nil, best: Int = LoweringOptions.bestUnits, longestInput: Int = 0
    ) throws -> (prepared: PreparedModel, interpreter: Interpreter) {
        let made = try with(UnitCounts(savedIn: weights), networks: wanted.map { [$0] }, best: best, longestInput: longestInput)
        try made.refuseIfTooLarge(memory: Machine.memory)
        let interpreter = try made.makeInterpreter(pool: WorkerPool(threads: made.threads, deterministic: model.train.deterministic))
        try loadWeights(weights, into: interpreter, wanted: wanted)
        return (made, interpreter)
    }
}
