import Graph
import Kernels
import Lowering
import Runtime
import TestSupport
import Testing

@testable import Driver

/// A network that does not train unless it is told to, for what a policy does to it at one moment.
final class StandingNetwork {
    let prepared: PreparedModel
    let loaded: LoadedData
    let interpreter: Interpreter
    let course: (any Reshaping)?
    let heldBytes: () -> Int
    private let memory: Arena
    private let indices: Ints

    init(_ text: String, threads: Int = 1) throws {
        let folder = try TemporaryFolder()
        prepared = try #require(checkModel(try folder.write("m.yaml", text)).prepared)
        loaded = try loadData(prepared, console: Console())
        interpreter = try prepared.makeInterpreter(pool: WorkerPool(threads: threads))
        let course = UnitCourse(prepared.model, facts: prepared.description.facts, options: prepared.options, train: loaded.train)
        self.course = course
        heldBytes = { course?.heldBytes ?? 0 }
        let count = min(loaded.train.count, 32)
        memory = try #require(Arena(byteCount: 4 * count))
        indices = memory.strip(offset: 0, count: count)
        for i in 0..<count { indices[i] = Int32(i) }
    }

    /// Of the first examples of the training split.
    func outputs() -> [Float] {
        interpreter.evaluateStep(source: loaded.train, indices: indices)
        let count = indices.count
        return (0..<count * interpreter.outputCount).map { interpreter.evaluationOutput(count)[$0] }
    }

    /// One step of training on them.
    func step() {
        _ = interpreter.trainStep(source: loaded.train, indices: indices, state: StepState(learningRate: 0.1, iteration: 1, seed: 3))
    }

    /// Calls `body` with each parameter of some layers that has units: where the numbers of a unit are, and whether it is a bias.
    func forEachUnit(of layers: [Int], _ body: (_ layer: Int, _ numbers: Floats, _ places: (Int) -> [Int], _ isBias: Bool) -> Void) {
        for value in interpreter.persistentValues {
            guard let layer = value.layer, layers.contains(layer), case .parameter = value.role, let axis = value.axes.firstIndex(of: .units) else { continue }
            let inner = value.type.shape[(axis + 1)...].reduce(1, *), units = value.type.shape[axis]
            body(layer, value.numbers, { unit in (0..<value.numbers.count).filter { $0 / inner % units == unit } }, value.type.shape.count == 1)
        }
    }
}
