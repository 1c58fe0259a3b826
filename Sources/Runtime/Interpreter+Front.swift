import Graph
import Kernels

/// The part of a network that never changes.
extension Interpreter {
    /// Numbers that it puts out for an example; nil where there is none.
    public var frontWidth: Int? {
        guard let graph = front?.plan.graph, let output = graph.result("output") else { return nil }
        return graph[output].type.count
    }

    /// Writes what it puts out for all examples: [examples, frontWidth]. All threads of the pool take part.
    func runFront(_ source: borrowing some ExampleSource, into features: Floats) throws(OutOfMemory) {
        guard let width = frontWidth, let batch = front?.plan.batch else { return }
        let bytes = Count.product(batch, MemoryLayout<Int32>.size)
        guard let memory = Arena(byteCount: bytes) else { throw OutOfMemory(bytes: bytes) }
        let indices: Ints = memory.strip(offset: 0, count: batch)
        var start = 0
        while start < source.count {
            let part = indices.prefix(min(batch, source.count - start))
            for index in 0..<part.count { part[index] = Int32(truncatingIfNeeded: start + index) }
            if let output = frontStep(source, part) { features[start * width..<(start + part.count) * width].copy(from: output) }
            start += part.count
        }
    }
}
