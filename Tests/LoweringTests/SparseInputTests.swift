import AllocationCounter
import Diagnostics
import Graph
import Kernels
import Lowering
import Model
import Runtime
import Testing

/// Examples that are lists of features: what the lowering makes of them, and that it trains as on the same examples written out.
@Suite struct SparseInputTests {
    static func yaml(_ layers: String, optimizer: String = "{ type: sgd, learning_rate: 0.1 }", features: Int = 12, train: String = "") -> String {
        """
        version: 1
        model:
          input: { shape: [\(features)] }
          layers:
        \(layers.split(separator: "\n").map { "    - " + $0 }.joined(separator: "\n"))
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: \(optimizer)\(train) }
        """
    }

    static let two = "{ name: h, type: dense, units: 9, activation: tanh }\n{ name: out, type: dense, units: 5, activation: softmax }"

    static func facts(_ features: Int = 12, longest: Int = 6) -> DataFacts {
        DataFacts(shape: [features], targets: .classes(5), sparse: DataFacts.SparseInput(longest: longest, average: Double(longest) - 0.5))
    }

    static func lowered(_ yaml: String, _ facts: DataFacts? = nil, threads: Int = 1) throws -> Schedule {
        let model = try Networks.model(yaml)
        var diagnostics: [Diagnostic] = []
        return try lower(model, facts: facts ?? Self.facts(), options: LoweringOptions(threads: threads), diagnostics: &diagnostics).schedule
    }

    /// What a model file is told.
    static func problems(_ yaml: String) throws -> [Diagnostic] {
        do {
            _ = try lowered(yaml)
            return []
        } catch let error as DiagnosticError {
            return error.diagnostics
        }
    }

    @Test func weightsAreStoredByInput() throws {
        let graph = try Self.lowered(Self.yaml(Self.two)).phases[0].train.graph
        let kernel = try #require(graph.values.first { $0.name == "h.kernel" })
        #expect(kernel.type == TensorType(batched: false, [12, 9]) && kernel.axes == [.inputs, .units])
        #expect(graph.values.first { $0.name == "input" }?.type == TensorType(batched: true, [6]))
        #expect(graph.values.first { $0.name == "input_places" }?.type == TensorType(.int32, batched: true, [6]))
        // Fan-in and fan-out are those of the same layer on all inputs.
        var diagnostics: [Diagnostic] = []
        let whole = try lower(
            Networks.model(Self.yaml(Self.two)), facts: DataFacts(shape: [12], targets: .classes(5)), options: LoweringOptions(threads: 1),
            diagnostics: &diagnostics).schedule.phases[0].train.graph
        #expect(whole.values.first { $0.name == "h.kernel" }?.role == kernel.role)
    }

    @Test func onlyWhatWasReadIsUpdated() throws {
        let graph = try Self.lowered(Self.yaml(Self.two, optimizer: "{ type: adam, learning_rate: 0.1 }", features: 5000), Self.facts(5000)).phases[0].train.graph
        let product = try #require(graph.nodes.first { $0.operation.name == "sparse_input_backward_weights" })
        // As many rows as 16 examples of 6 features can have.
        #expect(product.outputs.map { graph[$0].type.shape } == [[96, 9], [9], [97]])
        let updates = graph.nodes.filter { $0.layer == 0 && $0.slot == .update }
        #expect(updates.map(\.operation.name) == ["adam_row_update", "adam_update"])
        #expect(graph.values.first { $0.name == "h.kernel.last_update" }?.axes == [.inputs])
        #expect(updates[0].inputs.contains(product.outputs[2]))
        #expect(!graph.nodes.contains { $0.layer == 0 && $0.slot == .backwardInput && $0.operation.name != "activation_gradient" })
    }

    static let optimizers = [
        "{ type: sgd, learning_rate: 0.1 }", "{ type: sgd, learning_rate: 0.1, weight_decay: 0.01 }", "{ type: momentum, learning_rate: 0.05 }",
        "{ type: adam, learning_rate: 0.01 }", "{ type: adamw, learning_rate: 0.01, weight_decay: 0.1 }",
    ]

    @Test("sparse examples train as the same examples written out", arguments: optimizers, [
        two, "{ name: out, type: dense, units: 5, activation: softmax }",
        "{ name: h, type: dense, units: 7, activation: gelu }\n{ name: g, type: dense, units: 4, inputs: [input], use_bias: false, activation: relu }\n{ type: concatenate, inputs: [h, g] }\n{ name: out, type: dense, units: 5, activation: softmax }",
    ])
    func asWrittenOut(optimizer: String, layers: String) throws {
        let yaml = Self.yaml(layers, optimizer: optimizer)
        let whole = try Interpreter(schedule: Networks.lowered(yaml, threads: 1), seed: 5, pool: WorkerPool(threads: 1))
        let sparse = try Interpreter(schedule: Self.lowered(yaml), seed: 5, pool: WorkerPool(threads: 1))
        for value in sparse.persistentValues where value.type.dtype == .float32 {
            let other = try #require(whole.persistentValues.first { $0.name == value.name })
            if value.axes == [.inputs, .units] { value.numbers.transpose(from: other.numbers, rows: value.type.shape[1]) }
        }
        for step in 1...9 {
            train(whole, SparseLists(isWhole: true), step)
            train(sparse, SparseLists(), step)
            for i in 0..<16 { #expect(abs(whole.trainLosses(16)[i] - sparse.trainLosses(16)[i]) < 1e-4) }
        }
        for value in sparse.persistentValues where value.type.dtype == .float32 {
            let other = try #require(whole.persistentValues.first { $0.name == value.name })
            let byInput = value.axes == [.inputs, .units] && value.type.shape[0] == 12
            for i in 0..<value.numbers.count {
                let place = byInput ? i % value.type.shape[1] * 12 + i / value.type.shape[1] : i
                #expect(abs(value.numbers[i] - other.numbers[place]) < 1e-4, "\(value.name) \(i)")
            }
        }
    }

    private func train(_ interpreter: Interpreter, _ source: SparseLists, _ step: Int) {
        let buffer = Arena(byteCount: 64)!, indices: Ints = buffer.strip(offset: 0, count: 16)
        for i in 0..<16 { indices[i] = Int32((step * 16 + i) % source.count) }
        #expect(interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.05, iteration: step, seed: 5)) == .done)
    }

    @Test func bitsDoNotDependOnThreads() throws {
        let features = 400, layers = "{ name: h, type: dense, units: 136, activation: relu }\n{ name: out, type: dense, units: 5, activation: softmax }"
        let yaml = Self.yaml(layers, optimizer: "{ type: adam, learning_rate: 0.01 }", features: features)
        func numbers(_ threads: Int) throws -> [[UInt32]] {
            let schedule = try Self.lowered(yaml, Self.facts(features, longest: 200), threads: threads)
            let interpreter = try Interpreter(schedule: schedule, seed: 5, pool: WorkerPool(threads: threads))
            for step in 1...5 { train(interpreter, SparseLists(features: features, longest: 200), step) }
            return interpreter.persistentValues.map { value in (0..<value.numbers.count).map { value.numbers[$0].bitPattern } }
        }
        let one = try numbers(1)
        #expect(try numbers(2) == one && numbers(3) == one)
    }

    @Test func workIsCountedByEntries() throws {
        let schedule = try Self.lowered(Self.yaml(Self.two, optimizer: "{ type: sgd, learning_rate: 0.1 }"))
        let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 1)), source = SparseLists()
        train(interpreter, source, 1)
        let entries = (0..<16).reduce(0) { $0 + source.features(of: (16 + $1) % source.count).count }
        let counted = interpreter.countedTraining[0]
        #expect(counted.forward.allMultiplications == entries * 9)
        #expect(counted.backwardWeights.allMultiplications == entries * 9)
        let plan = schedule.phases[0].train
        let lower = plan.workByLayer(batch: 16, bound: .lower)[0].total, upper = plan.workByLayer(batch: 16, bound: .upper)[0].total
        #expect(lower.allMultiplications <= counted.total.allMultiplications && counted.total.allMultiplications <= upper.allMultiplications)
    }

    @Test func aFrozenLayerHasNoGradient() throws {
        let layers = Self.two.replacing("activation: tanh", with: "activation: tanh, trainable: false")
        let schedule = try Self.lowered(Self.yaml(layers)), graph = schedule.phases[0].train.graph
        #expect(!graph.nodes.contains { $0.layer == 0 && $0.slot != .forward })
        let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 1))
        let kernel = try #require(interpreter.persistentValues.first { $0.name == "h.kernel" }).numbers
        let before = (0..<kernel.count).map { kernel[$0] }
        train(interpreter, SparseLists(), 1)
        #expect((0..<kernel.count).map { kernel[$0] } == before)
    }

    @Test("only dense layers read sparse input", arguments: [
        "{ name: x, type: batch_normalization }", "{ name: x, type: dropout, rate: 0.5 }", "{ name: x, type: activation, activation: relu }",
        "{ name: x, type: flatten }", "{ name: x, type: conv2d, filters: 3, kernel_size: 3 }",
        "{ name: h, type: dense, units: 12 }\n{ name: x, type: add, inputs: [h, input] }",
        "{ name: h, type: dense, units: 12 }\n{ name: x, type: concatenate, inputs: [input, h] }",
    ])
    func otherLayers(_ layers: String) throws {
        let problems = try Self.problems(Self.yaml(layers + "\n{ name: out, type: dense, units: 5, activation: softmax }"))
        #expect(problems.map(\.kind) == [.sparseInputNeedsDense])
        #expect(problems.first?.message.contains("`x`") == true)
    }

    /// In a process of its own, since the count is of all threads.
    @Test func stepsAllocateNothing() async {
        await #expect(processExitsWith: .success) {
            let schedule = try SparseInputTests.lowered(SparseInputTests.yaml(SparseInputTests.two, optimizer: "{ type: adam, learning_rate: 0.1 }"), threads: 2)
            let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 2))
            let source = SparseLists(), buffer = Arena(byteCount: 64)!, indices: Ints = buffer.strip(offset: 0, count: 16)
            for i in 0..<16 { indices[i] = Int32(i) }
            func steps(_ count: Int) {
                for step in 1...count {
                    _ = interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.1, iteration: step, seed: 1))
                    interpreter.evaluateStep(source: source, indices: indices)
                }
            }
            // The first step may set up what the BLAS library keeps for good.
            steps(2)
            #expect(allocations { steps(10) } == 0)
        }
    }
}

/// Lists of features out of the seed, or the same examples written out. Any eight in a row have all features among them.
struct SparseLists: ExampleSource {
    let count = 50
    var features = 12
    var longest = 6
    var isWhole = false

    func features(of example: Int) -> StrideTo<Int> {
        let length = example % 4 == 3 ? longest - 1 : longest
        let step = features / longest, first = example % step
        return stride(from: first, to: first + length * step, by: step)
    }

    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        guard let numbers = batch.features else { return }
        let stream = RandomStream(seed: 8, purpose: .synthetic, index: 0, iteration: 0), width = numbers.count / indices.count
        numbers.fill(0)
        batch.places?.fill(-1)
        for row in 0..<indices.count {
            let example = Int(indices[row])
            for (j, feature) in features(of: example).enumerated() {
                numbers[row * width + (isWhole ? feature : j)] = stream.normal(at: example * features + feature) + (feature % 5 == example % 5 ? 1 : 0)
                batch.places?[row * width + j] = Int32(feature)
            }
            batch.labels?[row] = Int32(example % 5)
        }
    }
}

extension StrideTo<Int> {
    fileprivate var count: Int { reduce(0) { count, _ in count + 1 } }
}

extension Floats {
    fileprivate func transpose(from other: Floats, rows: Int) {
        let columns = count / rows
        for i in 0..<count { self[i] = other[i % rows * columns + i / rows] }
    }
}
