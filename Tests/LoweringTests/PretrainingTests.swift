import AllocationCounter
import Graph
import Kernels
import Lowering
import Runtime
import Testing

/// Layer by layer before the run, by contrastive divergence.
@Suite struct PretrainingTests {
    static func network(_ pretrain: String = "type: rbm, epochs: 3, learning_rate: 0.1", optimizer: String = "adam", bias: String = "true") -> String {
        """
        version: 1
        model:
          input: { shape: [5, 4, 1] }
          layers:
            - { type: flatten }
            - { name: h1, type: dense, units: 33, activation: sigmoid, use_bias: \(bias) }
            - { name: d, type: dropout, rate: 0.25 }
            - { name: h2, type: dense, units: 17, activation: sigmoid }
            - { name: out, type: dense, units: 5, activation: softmax }
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: \(optimizer), pretrain: { \(pretrain) } }
        """
    }

    /// So many epochs of each layer, the last step of each on fewer examples. Gives the mean reconstruction error of each epoch, by layer.
    static func pretrain(_ interpreter: Interpreter, epochs: Int, rate: Float = 0.1) -> [[Double]] {
        let source = Bits(width: 20), buffer = Arena(byteCount: 400)!
        let indices: Ints = buffer.strip(offset: 0, count: 100)
        for i in 0..<100 { indices[i] = Int32(i) }
        return interpreter.schedule.pretraining.indices.map { layer in
            let batch = interpreter.schedule.pretraining[layer].plan.batch
            var step = 0
            return (0..<epochs).map { _ in
                var sum = 0.0
                for start in stride(from: 0, to: 100, by: batch) {
                    let part = indices[start..<min(start + batch, 100)]
                    step += 1
                    let result = interpreter.pretrainStep(
                        layer, source: source, indices: part, state: StepState(learningRate: rate, iteration: step, seed: 5))
                    #expect(result == .done)
                    let errors = interpreter.reconstructionErrors(layer, part.count)
                    for i in 0..<part.count { sum += Double(errors[i]) }
                }
                return sum / 100
            }
        }
    }

    private static func interpreter(_ yaml: String, threads: Int = 1) throws -> Interpreter {
        try Interpreter(schedule: Networks.lowered(yaml, threads: threads), seed: 5, pool: WorkerPool(threads: threads))
    }

    private static func numbers(_ interpreter: Interpreter) -> [(name: String, bits: [UInt32])] {
        withExtendedLifetime(interpreter) {
            interpreter.persistentValues.map { value in (value.name, (0..<value.numbers.count).map { value.numbers[$0].bitPattern }) }
        }
    }

    @Test func theStepIsContrastiveDivergence() throws {
        let phases = try Networks.lowered(Self.network("type: rbm, cd: 2, weight_decay: 0.01")).pretraining
        #expect(phases.map(\.name) == ["h1", "h2"])
        #expect(phases.map(\.epochs) == [5, 5])
        let text = phases[0].plan.graph.text.split(separator: "\n").map(String.init)
        let operations = text.compactMap { line in line.split(separator: "=", maxSplits: 1).last.flatMap { $0.split(separator: "(").first }?.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.hasPrefix("%") }
        #expect(operations.filter { !$0.contains("->") } == [
            "flatten", "dense", "sample_bernoulli", "dense_backward_input", "visible_units", "dense", "sample_bernoulli", "dense_backward_input",
            "visible_units", "dense", "mean_squared_error", "contrastive_gradient", "momentum_update", "momentum_update", "momentum_update",
        ])
        // The layer below runs forward only.
        let upper = phases[1].plan.graph
        #expect(upper.nodes.filter { upper.layers[$0.layer ?? 0].name == "h1" }.map(\.operation.name) == ["dense"])
        #expect(upper.nodes.filter { $0.slot == .update }.allSatisfy { upper.layers[$0.layer ?? 0].name == "h2" })
    }

    @Test(arguments: [
        "type: rbm", "type: rbm, cd: 3", "type: rbm, momentum: 0", "type: rbm, batch_size: 7, weight_decay: 1e-4", "type: rbm, visible: gaussian",
    ], ["adam", "sgd", "{ type: momentum, learning_rate: 0.1 }"])
    func reconstructionsGetBetter(pretrain: String, optimizer: String) throws {
        let interpreter = try Self.interpreter(Self.network(pretrain, optimizer: optimizer))
        let isGaussian = pretrain.contains("gaussian")
        let errors = Self.pretrain(interpreter, epochs: 30, rate: isGaussian ? 0.01 : 0.2)
        // Biases alone would leave the variance of the bits, about 0.25.
        #expect(errors[0][29] < (isGaussian ? 0.6 * errors[0][0] : 0.125), "\(errors[0][0]) to \(errors[0][29])")
        #expect(errors[1][29] < errors[1][0], "\(errors[1][0]) to \(errors[1][29])")
    }

    @Test(arguments: ["type: rbm", "type: rbm, cd: 2, visible: gaussian, batch_size: 7"])
    func bitsDoNotDependOnThreads(pretrain: String) throws {
        var first: [(name: String, bits: [UInt32])]?
        for threads in 1...3 {
            let interpreter = try Self.interpreter(Self.network(pretrain), threads: threads)
            _ = Self.pretrain(interpreter, epochs: 3)
            let values = Self.numbers(interpreter)
            for (a, b) in zip(first ?? values, values) { #expect(a.name == b.name && a.bits == b.bits, "\(a.name) with \(threads) threads") }
            first = first ?? values
        }
    }

    @Test(arguments: ["true", "false"]) func countedEqualsPredicted(bias: String) throws {
        let interpreter = try Self.interpreter(Self.network(bias: bias))
        _ = Self.pretrain(interpreter, epochs: 2)
        for (phase, counted) in zip(interpreter.schedule.pretraining, interpreter.countedPretraining) {
            let full = phase.plan.workByLayer(batch: 16), partial = phase.plan.workByLayer(batch: 4)
            #expect(counted == zip(full, partial).reduce(SlotWork()) { $0 + $1.0 * 12 + $1.1 * 2 })
        }
        // None of it is counted as training.
        #expect(interpreter.countedTraining.allSatisfy { $0 == SlotWork() })
    }

    /// Training goes on with the weights, and with an optimizer that has not begun.
    @Test func onlyTheWeightsStay() throws {
        let interpreter = try Self.interpreter(Self.network()), fresh = Self.numbers(interpreter)
        _ = Self.pretrain(interpreter, epochs: 2)
        let counted = interpreter.countedPretraining
        interpreter.endPretraining()
        #expect(interpreter.countedPretraining == counted)
        let names = interpreter.persistentValues.map(\.name)
        #expect(!names.contains { $0.contains("visible_bias") })
        for (name, bits) in Self.numbers(interpreter) {
            let isPretrained = ["h1.kernel", "h1.bias", "h2.kernel", "h2.bias"].contains(name)
            #expect((bits != fresh.first { $0.name == name }?.bits) == isPretrained, "\(name)")
        }
        #expect(!interpreter.savedValues.contains { $0.name.contains("visible_bias") })
    }

    @Test func frozenLayersStay() throws {
        let yaml = Self.network().replacing("units: 33,", with: "units: 33, trainable: false,")
        let interpreter = try Self.interpreter(yaml), fresh = Self.numbers(interpreter)
        #expect(interpreter.schedule.pretraining.map(\.name) == ["h2"])
        _ = Self.pretrain(interpreter, epochs: 1)
        for (name, bits) in Self.numbers(interpreter) where name.hasPrefix("h1") { #expect(bits == fresh.first { $0.name == name }?.bits) }
    }

    @Test func anErrorThatIsNoNumberStopsBeforeTheWeights() throws {
        let interpreter = try Self.interpreter(Self.network("type: rbm, visible: gaussian"))
        let weights = try #require(interpreter.persistentValues.first { $0.name == "h1.kernel" }).numbers
        weights[3] = .infinity
        let before = Self.numbers(interpreter), buffer = Arena(byteCount: 64)!
        let indices: Ints = buffer.strip(offset: 0, count: 16)
        let state = StepState(learningRate: 0.1, iteration: 1, seed: 1)
        #expect(interpreter.pretrainStep(0, source: Bits(width: 20), indices: indices, state: state) == .nonFiniteLoss)
        for (a, b) in zip(before, Self.numbers(interpreter)) { #expect(a.bits == b.bits, "\(a.name)") }
    }

    @Test func stepsAllocateNothing() async {
        await #expect(processExitsWith: .success) {
            let interpreter = try PretrainingTests.interpreter(PretrainingTests.network("type: rbm, cd: 2"), threads: 2)
            let source = Bits(width: 20), buffer = Arena(byteCount: 64)!
            let indices: Ints = buffer.strip(offset: 0, count: 16)
            func steps(_ count: Int) {
                for step in 1...count {
                    for layer in 0..<2 {
                        _ = interpreter.pretrainStep(layer, source: source, indices: indices, state: StepState(learningRate: 0.1, iteration: step, seed: 1))
                    }
                }
            }
            steps(2)
            #expect(allocations { steps(10) } == 0)
        }
    }
}

/// A hundred patterns of zeros and ones, of five kinds, with a little noise.
final class Bits: ExampleSource {
    let count = 100
    private let width: Int

    init(width: Int) { self.width = width }

    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        let kinds = RandomStream(seed: 3, purpose: .synthetic, index: 0, iteration: 0)
        let noise = RandomStream(seed: 3, purpose: .synthetic, index: 1, iteration: 0)
        for row in 0..<indices.count {
            let example = Int(indices[row])
            for i in 0..<width {
                let isOn = kinds.uniform(at: example % 5 * width + i) < 0.5, isFlipped = noise.uniform(at: example * width + i) < 0.02
                batch.features?[row * width + i] = isOn != isFlipped ? 1 : 0
            }
            batch.labels?[row] = Int32(example % 5)
        }
    }
}
