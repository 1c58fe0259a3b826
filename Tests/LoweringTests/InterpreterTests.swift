import AllocationCounter
import Graph
import Kernels
import Lowering
import Runtime
import Testing

@Suite struct InterpreterTests {
    @Test(arguments: Networks.all.map(\.1))
    func bitsDoNotDependOnThreads(yaml: String) throws {
        let model = try Networks.model(yaml)
        let width = Networks.facts(model).shape.reduce(1, *)
        let one = try trained(Networks.lowered(yaml, threads: 1), width: width, steps: 8, threads: 1)
        for threads in [2, 3] {
            let other = try trained(Networks.lowered(yaml, threads: threads), width: width, steps: 8, threads: threads)
            for (a, b) in zip(one, other) {
                #expect(a.numbers.map(\.bitPattern) == b.numbers.map(\.bitPattern), "\(a.name) with \(threads) threads")
            }
        }
    }

    @Test func countedEqualsPredicted() throws {
        let schedule = try Networks.lowered(Networks.cnn)
        let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 1))
        let source = Examples(width: 288), buffer = Arena(byteCount: 64)!
        for count in [16, 16, 4] {
            let indices: Ints = buffer.strip(offset: 0, count: count)
            for i in 0..<count { indices[i] = Int32(i) }
            _ = interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.1, iteration: 1, seed: 1))
        }
        let plan = schedule.phases[0].train
        let full = plan.workByLayer(batch: 16), partial = plan.workByLayer(batch: 4)
        for (layer, work) in interpreter.countedTraining.enumerated() { #expect(work == full[layer] * 2 + partial[layer]) }
    }

    @Test func aNonFiniteLossStopsBeforeTheWeights() throws {
        let schedule = try Networks.lowered(Networks.mlp)
        let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 1))
        let source = Examples(width: 20), buffer = Arena(byteCount: 64)!
        let indices: Ints = buffer.strip(offset: 0, count: 16)
        let weights = try #require(interpreter.persistentValues.first { $0.name == "h2.kernel" }).numbers
        weights[3] = .nan
        let bias = try #require(interpreter.persistentValues.first { $0.name == "h1.bias" }).numbers
        #expect(interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.1, iteration: 1, seed: 1)) == .nonFiniteLoss)
        #expect((0..<bias.count).allSatisfy { bias[$0] == 0 })
        let found = try #require(interpreter.locateNonFinite(batch: 16))
        #expect(found.value == "h2.kernel" && found.layer == 1)
    }

    /// Moving averages are written before the loss is known, and must survive a batch that has none.
    @Test func aNonFiniteBatchSparesTheMovingAverages() throws {
        let interpreter = try Interpreter(schedule: Networks.lowered(Networks.dag), seed: 1, pool: WorkerPool(threads: 1))
        let source = Examples(width: 20), buffer = Arena(byteCount: 64)!
        let indices: Ints = buffer.strip(offset: 0, count: 16)
        for i in 0..<16 { indices[i] = Int32(i) }
        let weights = try #require(interpreter.persistentValues.first { $0.name == "a.kernel" }).numbers
        weights.fill(.nan)
        #expect(interpreter.trainStep(source: source, indices: indices, state: StepState(learningRate: 0.1, iteration: 1, seed: 1)) == .nonFiniteLoss)
        for name in ["n.moving_mean", "n.moving_variance"] {
            let numbers = try #require(interpreter.persistentValues.first { $0.name == name }).numbers
            #expect((0..<numbers.count).allSatisfy { numbers[$0].isFinite })
        }
    }

    /// The invariant of the step loop. In a process of its own, since the count is of all threads.
    @Test func stepsAllocateNothing() async {
        await #expect(processExitsWith: .success) {
            for (_, yaml) in Networks.all {
                let schedule = try Networks.lowered(yaml)
                let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: WorkerPool(threads: 2))
                let width = schedule.phases[0].train.graph.values.first { $0.role == .input }!.type.count
                let source = Examples(width: width), buffer = Arena(byteCount: 64)!
                let indices: Ints = buffer.strip(offset: 0, count: 16)
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
}
