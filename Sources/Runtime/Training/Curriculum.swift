import Graph
import Kernels

/// For the first steps of a run, only some of the examples.
///
/// An epoch has as many examples, and so as many steps, as any other: it goes through the allowed ones in a new order again and
/// again. So everything that counts steps or epochs stays right.
public struct Curriculum: Sendable {
    /// Positions in the training split; none is no curriculum.
    public var examples: [Int32]
    public var steps: Int

    public init(examples: [Int32], steps: Int) {
        self.examples = examples
        self.steps = steps
    }
}

/// The order of the examples of each epoch: a function of the seed, the epoch and its first step.
struct EpochOrder {
    let order: Ints
    private let allowed: Ints
    /// Holds both.
    private let memory: Arena
    private let curriculum: Curriculum?
    private let seed: UInt64
    private let batch: Int

    init(count: Int, _ settings: TrainingSettings) throws(OutOfMemory) {
        let curriculum = settings.curriculum?.examples.isEmpty == false ? settings.curriculum : nil
                let size = MemoryLayout<Int32>.size, part = curriculum?.examples.count ?? 0
        let first = Count.product(Count.sum(Count.product(count, size), Arena.alignment - 1) / Arena.alignment, Arena.alignment)
        let bytes = Count.sum(first, Count.product(part, size))
        guard let memory = Arena(byteCount: bytes) else { throw OutOfMemory(bytes: bytes) }
        self.memory = memory
        self.curriculum = curriculum
        seed = settings.seed
        batch = settings.batchSize
        order = memory.strip(offset: 0, count: count)
        allowed = memory.strip(offset: first, count: part)
    }

    /// Puts the examples of an epoch into `order`. Allocates nothing.
    ///
    /// - Parameter step: steps done before it.
    func prepare(epoch: Int, step: Int) {
        // From the identity every time: what came before has no influence.
        for index in 0..<order.count { order[index] = Int32(truncatingIfNeeded: index) }
        shuffle(order, stream: stream(epoch, pass: 0))
        guard let curriculum, step < curriculum.steps else { return }
        let left = curriculum.steps - step
        let restricted = left < order.count / max(batch, 1) + 1 ? min(left * batch, order.count) : order.count
        var start = 0, pass = 1
        while start < restricted {
            for (index, example) in curriculum.examples.enumerated() { allowed[index] = example }
            shuffle(allowed, stream: stream(epoch, pass: pass))
            let size = min(allowed.count, restricted - start)
            for index in 0..<size { order[start + index] = allowed[index] }
            start += size
            pass += 1
        }
    }

    private func stream(_ epoch: Int, pass: Int) -> RandomStream {
        RandomStream(seed: seed, purpose: .shuffle, index: UInt64(pass), iteration: UInt64(epoch))
    }
}
