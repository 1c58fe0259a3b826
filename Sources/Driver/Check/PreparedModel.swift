import Diagnostics
import Estimate
import Graph
import Kernels
import Lowering
import Model
import Runtime

/// A checked model with what is known of its data, lowered: all that a command needs that does not train.
public struct PreparedModel: Sendable {
    public let model: ModelFile
    public let description: DataKnowledge
    public let threads: Int
    public let lowered: Lowered
    /// The schedule of the same network without policies.
    public let denseSchedule: Schedule

    public var schedule: Schedule { lowered.schedule }

    /// With the sizes of the data as far as they are known without loading them.
    public var estimate: Estimate { estimateSchedule(schedule, length: length(description.counts), dataBytes: description.bytes) }
    public var denseEstimate: Estimate { estimateSchedule(denseSchedule, length: length(description.counts), dataBytes: description.bytes) }

    /// With the sizes of the data at hand.
    func estimate(_ data: LoadedData) -> Estimate { estimateSchedule(schedule, length: length(data.counts), dataBytes: data.bytes) }

    func length(_ counts: SplitCounts) -> RunLength {
        let train = model.train
        let stepsPerEpoch = max(1, (counts.train + train.batchSize - 1) / train.batchSize)
        let every = train.evaluateEvery.steps(stepsPerEpoch: stepsPerEpoch, batchSize: train.batchSize)
        let steps = Count.product(stepsPerEpoch, train.epochs)
        // At the end of the run it is evaluated in any case.
        let evaluations = steps / every + (steps % every == 0 ? 0 : 1)
        let evaluated = Count.sum(Count.product(evaluations, counts.validation), counts.test)
        return RunLength(trainExamples: counts.train, epochs: train.epochs, evaluatedExamples: evaluated)
    }

    /// Work that so many steps were predicted to take, beside what they took.
    func workRecord(steps: Int, examples: Int, counted: [SlotWork]) -> WorkRecord {
        let batch = max(model.train.batchSize, 1)
        let stepsPerEpoch = max(1, (examples + batch - 1) / batch)
        let rest = steps % stepsPerEpoch
        func predicted(_ schedule: Schedule) -> Estimate {
            var whole = estimateSchedule(
                schedule, length: RunLength(trainExamples: examples, epochs: steps / stepsPerEpoch, evaluatedExamples: 0), dataBytes: 0)
            // The steps of an epoch that was not finished are all full ones.
            let part = estimateSchedule(
                schedule, length: RunLength(trainExamples: rest * batch, epochs: rest > 0 ? 1 : 0, evaluatedExamples: 0), dataBytes: 0)
            for index in whole.layers.indices { whole.layers[index].run += part.layers[index].run }
            return whole
        }
        return WorkRecord(predicted(schedule), dense: predicted(denseSchedule), counted: counted)
    }

    /// Refuses a plan that the machine cannot hold, before anything is allocated.
    func refuseIfTooLarge(memory: Int) throws(DiagnosticError) {
        let need = estimate.memory
        guard need.total > memory else { return }
        let parts = EstimateReport.parts(of: need).filter { $0.bytes > 0 }.map { "\($0.name) \(Readable.bytes($0.bytes))" }
        throw DiagnosticError(Diagnostic(
            .notEnoughMemory, "training needs \(Readable.bytes(need.total)) of memory, and there are \(Readable.bytes(memory))",
            at: widestLayer ?? .nowhere, label: "the layer with the most parameters",
            help: ["it is made up of \(parts.joined(separator: ", "))", "fewer units or a smaller `train.batch_size` need less"]))
    }

    private var widestLayer: Location? {
        let layers = estimate.layers
        guard let widest = layers.max(by: { $0.parameters < $1.parameters }), widest.parameters > 0 else { return nil }
        return model.layers.first { $0.name.value == widest.name }?.location
    }

    func makeInterpreter(pool: WorkerPool) throws(DiagnosticError) -> Interpreter {
        do { return try Interpreter(schedule: schedule, seed: model.seed, pool: pool) } catch { throw outOfMemory(bytes: error.bytes) }
    }

    func outOfMemory(bytes: Int) -> DiagnosticError {
        DiagnosticError(Diagnostic(.notEnoughMemory, "the system did not give \(Readable.bytes(bytes)) of memory", at: .nowhere))
    }
}
