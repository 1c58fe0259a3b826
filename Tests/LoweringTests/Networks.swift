import Diagnostics
import Foundation
import Graph
import Kernels
import Lowering
import Model
import Runtime
import Syntax

/// Networks of all layer types, for the tests of this folder.
enum Networks {
    static let mlp = """
        version: 1
        seed: 7
        model:
          input: { shape: [20] }
          layers:
            - { name: h1, type: dense, units: 33, activation: relu }
            - { name: h2, type: dense, units: 17, activation: tanh }
            - { name: out, type: dense, units: 5, activation: softmax }
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: { type: sgd, learning_rate: 0.1 } }
        """

    static let cnn = """
        version: 1
        model:
          input: { shape: [12, 12, 2] }
          layers:
            - { name: c1, type: conv2d, filters: 8, kernel_size: 3, padding: same, activation: relu }
            - { name: p1, type: max_pooling2d, pool_size: 2 }
            - { name: c2, type: conv2d, filters: 16, kernel_size: 3, padding: same, activation: relu }
            - { name: p2, type: max_pooling2d, pool_size: 2 }
            - { type: flatten }
            - { name: h, type: dense, units: 24, activation: gelu }
            - { name: out, type: dense, units: 5, activation: softmax }
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: { type: sgd, learning_rate: 0.05 } }
        """

    static let dag = """
        version: 1
        model:
          input: { shape: [20] }
          layers:
            - { name: a, type: dense, units: 16 }
            - { name: n, type: batch_normalization }
            - { name: r, type: activation, activation: relu }
            - { name: b, type: dense, units: 16, activation: sigmoid }
            - { name: sum, type: add, inputs: [r, b] }
            - { name: d, type: dropout, rate: 0.25 }
            - { name: both, type: concatenate, inputs: [d, a] }
            - { name: out, type: dense, units: 5, activation: softmax }
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: { type: adam, learning_rate: 0.01 } }
        """

    static let all = [("mlp", mlp), ("cnn", cnn), ("dag", dag)]

    static func model(_ yaml: String) throws -> ModelFile {
        var diagnostics: [Diagnostic] = []
        let tree = parse(SourceText(path: "test.yaml", text: yaml), diagnostics: &diagnostics)
        let model = tree.flatMap { check($0, policies: [], directory: "", environment: [:], diagnostics: &diagnostics) }
        guard let model, !diagnostics.hasErrors else { throw DiagnosticError(diagnostics) }
        return model
    }

    static func facts(_ model: ModelFile) -> DataFacts {
        DataFacts(shape: model.input.shape?.value ?? [], targets: .classes(5))
    }

    static func lowered(_ yaml: String, skip: Set<String> = [], threads: Int = 2) throws -> Schedule {
        let model = try model(yaml)
        var diagnostics: [Diagnostic] = []
        return try lower(model, facts: facts(model), options: LoweringOptions(threads: threads, runner: PassRunner(skip: skip)), diagnostics: &diagnostics).schedule
    }
}

/// Examples out of the seed: the classes are told apart by where the large numbers are.
final class Examples: ExampleSource {
    let count = 100
    private let width: Int
    private let storage: Arena

    init(width: Int) {
        self.width = width
        storage = Arena(byteCount: 100 * width * 4)!
        let features: Floats = storage.strip(offset: 0, count: 100 * width)
        let stream = RandomStream(seed: 3, purpose: .synthetic, index: 0, iteration: 0)
        for i in 0..<features.count { features[i] = stream.normal(at: i) + (i % width % 5 == i / width % 5 ? 1 : 0) }
    }

    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        let all: Floats = storage.strip(offset: 0, count: count * width)
        for row in 0..<indices.count {
            let example = Int(indices[row])
            batch.features?[row * width..<(row + 1) * width].copy(from: all[example * width..<(example + 1) * width])
            batch.labels?[row] = Int32(example % 5)
        }
    }
}

/// The numbers of all parameters after so many steps, the last of each seven on fewer examples.
func trained(_ schedule: Schedule, width: Int, steps: Int, threads: Int = 1) throws -> [(name: String, numbers: [Float])] {
    let interpreter = try Interpreter(schedule: schedule, seed: 5, pool: WorkerPool(threads: threads))
    let source = Examples(width: width), batch = interpreter.batch
    let buffer = Arena(byteCount: batch * 4)!
    for step in 0..<steps {
        let indices: Ints = buffer.strip(offset: 0, count: step % 7 == 6 ? batch - 5 : batch)
        for i in 0..<indices.count { indices[i] = Int32((step * batch + i) % source.count) }
        _ = interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.05, iteration: step + 1, seed: 5))
    }
    return interpreter.persistentValues.map { value in (value.name, (0..<value.numbers.count).map { value.numbers[$0] }) }
}
