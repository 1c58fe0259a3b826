import Graph
import Kernels

/// Examples as they leave the part of a network that never changes, with their answers; or, without such a part, as they are.
public struct FrontExamples<Source: ExampleSource>: ExampleSource {
    public let source: Source
    /// [count, what the front puts out]
    private let features: Floats?
    /// Holds them.
    private let memory: Arena?

    public var count: Int { source.count }

    public init(_ source: Source) {
        self.source = source
        features = nil
        memory = nil
    }

    /// Runs the front's plan once on each example.
    ///
    /// The interpreter has the weights that the front goes on with.
    public init(_ source: Source, front interpreter: Interpreter) throws(OutOfMemory) {
        self.source = source
        guard let width = interpreter.frontWidth else {
            features = nil
            memory = nil
            return
        }
        let bytes = Self.bytes(examples: source.count, width: width)
        guard let memory = Arena(byteCount: bytes) else { throw OutOfMemory(bytes: bytes) }
        let features: Floats = memory.strip(offset: 0, count: source.count * width)
        try interpreter.runFront(source, into: features)
        self.memory = memory
        self.features = features
    }

    /// Memory that so many examples take.
    public static func bytes(examples: Int, width: Int) -> Int { Count.product([examples, width, MemoryLayout<Float>.size]) }

    public func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        guard let features, let wanted = batch.features else { return source.assemble(indices, into: batch, pool: pool) }
        copyRows(from: features, rowLength: wanted.count / max(indices.count, 1), indices: indices, into: wanted, pool)
        var answers = batch
        answers.features = nil
        source.assemble(indices, into: answers, pool: pool)
    }
}
