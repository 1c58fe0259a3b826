import Kernels

/// What changes from step to step, and is not a tensor.
public struct StepState: Sendable {
    /// Already scheduled for this step.
    public var learningRate: Float
    /// Counts steps from 1, over the whole run.
    public var iteration: Int
    /// Counts updates from 1, since the optimizer began (anew).
    public var update: Int
    /// The run's seed. Random streams are functions of (seed, stream, iteration, index) and keep no state.
    public var seed: UInt64

    /// - Parameter update: `iteration`, unless the optimizer has begun anew.
    public init(learningRate: Float, iteration: Int, update: Int? = nil, seed: UInt64) {
        self.learningRate = learningRate
        self.iteration = iteration
        self.update = update ?? iteration
        self.seed = seed
    }
}

/// What a kernel call sees: where its operands are, how many examples the batch holds, and the threads.
public struct RunContext: Sendable {
    /// Inputs, then outputs.
    let offsets: [Int]
    let arena: Arena
    public let inputTypes: [TensorType]
    public let outputTypes: [TensorType]
    public let pool: WorkerPool
    let scratchOffset: Int
    let scratchCount: Int
    public var batch: Int
    public var step: StepState

    public init(
        arena: Arena, inputOffsets: [Int], outputOffsets: [Int], inputTypes: [TensorType], outputTypes: [TensorType],
        scratchOffset: Int, scratchCount: Int, pool: WorkerPool, batch: Int, step: StepState
    ) {
        self.arena = arena
        offsets = inputOffsets + outputOffsets
        self.inputTypes = inputTypes
        self.outputTypes = outputTypes
        self.scratchOffset = scratchOffset
        self.scratchCount = scratchCount
        self.pool = pool
        self.batch = batch
        self.step = step
    }

    /// The values of an input: `batch` examples of it where it is batched.
    public func input(_ index: Int) -> Floats { strip(offsets[index], inputTypes[index]) }
    public func inputInts(_ index: Int) -> Ints { strip(offsets[index], inputTypes[index]) }
    public func inputBytes(_ index: Int) -> Bytes { strip(offsets[index], inputTypes[index]) }
    public func output(_ index: Int) -> Floats { strip(offsets[inputTypes.count + index], outputTypes[index]) }
    public func outputInts(_ index: Int) -> Ints { strip(offsets[inputTypes.count + index], outputTypes[index]) }
    public func outputBytes(_ index: Int) -> Bytes { strip(offsets[inputTypes.count + index], outputTypes[index]) }
    public var scratch: Floats { arena.strip(offset: scratchOffset, count: scratchCount) }

    private func strip<Element: BitwiseCopyable>(_ offset: Int, _ type: TensorType) -> Strip<Element> {
        arena.strip(offset: offset, count: type.count(batch: batch))
    }
}
