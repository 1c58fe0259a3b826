import Graph
import Kernels

/// Runs the evaluation plan over a whole split and measures what it puts out.
public struct Evaluator {
    private let interpreter: Interpreter
    private let batch: Int
    private let indices: Ints
    /// Holds `indices`.
    private let memory: Arena
    private var accumulator: MetricAccumulator

    /// - Parameter examples: of the largest split.
    public init(interpreter: Interpreter, measures: [Measure], truth: Truth, examples: Int) throws(OutOfMemory) {
        let batch = interpreter.evaluationBatch
        let bytes = Count.product(batch, MemoryLayout<Int32>.size)
        guard let memory = Arena(byteCount: bytes) else { throw OutOfMemory(bytes: bytes) }
        self.interpreter = interpreter
        self.batch = batch
        self.memory = memory
        indices = memory.strip(offset: 0, count: batch)
        accumulator = MetricAccumulator(measures, truth: truth, width: interpreter.outputCount, examples: examples)
    }

    public mutating func scores(_ source: some ExampleSource) -> Scores {
        var scores = scores(source, twin: false)
        if let name = interpreter.schedule.twinName { scores.twin = (name, self.scores(source, twin: true).entries) }
        return scores
    }

    private mutating func scores(_ source: some ExampleSource, twin: Bool) -> Scores {
        accumulator.reset()
        var start = 0
        while start < source.count {
            let size = min(batch, source.count - start)
            let part = indices.prefix(size)
            for index in 0..<size { part[index] = Int32(truncatingIfNeeded: start + index) }
            interpreter.evaluateStep(source: source, indices: part, twin: twin)
            let classes = accumulator.truth == .classNumbers
            accumulator.add(
                losses: interpreter.evaluationLosses(size, twin: twin), output: interpreter.evaluationOutput(size, twin: twin),
                labels: classes ? interpreter.evaluationLabels(size, twin: twin) : nil,
                targets: classes ? nil : interpreter.evaluationTargets(size, twin: twin), best: interpreter.evaluationBest(size, twin: twin), batch: size)
            start += size
        }
        return accumulator.scores()
    }
}

extension Interpreter {
    var evaluationBatch: Int { schedule.phases[phase].evaluate.batch }
}
