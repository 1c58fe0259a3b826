import Estimate
import Graph
import Kernels
import Runtime

/// The rates of single kinds of work, each by a loop that does little else.
struct BaseRates {
    var rates: Rates
    var memory: [MachineProfile.Memory]
    /// Seconds for a number of a batch that is put together.
    var assembled: MachineProfile.Seconds
    /// Seconds for a number that a measure looks at.
    var measured: Double

    /// - Parameter pools: of one thread, and, where there are more, of all.
    init(pools: [WorkerPool], operations: [MachineProfile.Operation]) {
        let one = pools[0], all = pools[pools.count - 1]
        let largest = 48 << 20, arena = Arena(byteCount: largest + (2 << 20)) ?? Arena(byteCount: 4 << 20)
        let bytes = (arena?.byteCount ?? 0) - (2 << 20)
        memory = [256 << 10, 4 << 20, largest].filter { $0 <= bytes }.compactMap { size in
            arena.map { arena in
                func both(_ rate: (WorkerPool) -> Double) -> MachineProfile.Seconds {
                    let first = rate(one)
                    return MachineProfile.Seconds(one: first, all: one === all ? first : rate(all))
                }
                return MachineProfile.Memory(bytes: size, streamed: both { Self.streamed(arena, size, $0) }, gathered: both { Self.gathered(arena, size, $0) })
            }
        }
        func points(_ names: [String]) -> [MachineProfile.Point] { operations.filter { names.contains($0.name) }.flatMap(\.points) }
        /// The best of an operation that does little else than work of one kind.
        func best(_ points: [MachineProfile.Point], _ count: (Work) -> Int, otherwise: Double) -> Double {
            points.map { Double(count($0.work)) / $0.seconds.one }.max().flatMap { $0 > 1e3 ? $0 : nil } ?? otherwise
        }
        let typical = Rates.typical, every = operations.flatMap(\.points)
        let middle = memory.count > 1 ? memory[1] : memory.first
        rates = Rates(
            gemm: best(every, \.gemm, otherwise: typical.gemm), multiplications: best(every, \.multiplications, otherwise: typical.multiplications),
            additions: arena.map { Self.additions($0, one) } ?? typical.additions, transcendentals: arena.map { Self.transcendentals($0, one) } ?? typical.transcendentals,
            comparisons: best(every.filter { $0.work.allMultiplications == 0 && $0.work.comparisons > $0.work.additions }, \.comparisons, otherwise: typical.comparisons),
            streamed: middle?.streamed.one ?? typical.streamed, gathered: memory.last?.gathered.one ?? typical.gathered,
            call: every.map(\.seconds.one).min() ?? typical.call)
        func assembling(_ pool: WorkerPool) -> Double { arena.map { Self.assembling($0, pool) } ?? 2e-10 }
        assembled = MachineProfile.Seconds(one: assembling(one), all: assembling(all))
        measured = arena.map(Self.measuring) ?? 1e-9
    }

    /// The seconds that `body` takes.
    private static func seconds(_ times: Int, _ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        body()
        return (0..<times).map { _ in clock.measure(body) / .seconds(1) }.typical
    }

    private static func times(_ bytes: Int) -> Int { max(5, min(200, (32 << 20) / bytes)) }

    /// Bytes per second of adding two arrays up into a third.
    private static func streamed(_ arena: Arena, _ bytes: Int, _ pool: WorkerPool) -> Double {
        let count = bytes / 12 / 16 * 16
        let a: Floats = arena.strip(offset: 0, count: count), b: Floats = arena.strip(offset: 4 * count, count: count), c: Floats = arena.strip(offset: 8 * count, count: count)
        return Double(12 * count) / seconds(times(bytes)) { add(a, b, into: c, pool) }
    }

    /// Bytes per second of reading rows of 100 numbers all over, and writing them one after the other.
    private static func gathered(_ arena: Arena, _ bytes: Int, _ pool: WorkerPool) -> Double {
        let width = 100, rows = bytes / 400, count = min(1000, rows)
        let table: Floats = arena.strip(offset: 0, count: rows * width), into: Floats = arena.strip(offset: bytes, count: count * width)
        let indices: Ints = arena.strip(offset: bytes + 4 * count * width, count: count)
        // Strides of about the golden ratio go through all of it without a pattern that a processor knows.
        for index in 0..<count { indices[index] = Int32(Int(Double(index) * 0.6180339887 * Double(rows)) % rows) }
        var turn = 0
        return Double(4 * count * width) / seconds(20) {
            for index in 0..<count { indices[index] = Int32((Int(indices[index]) + 7919 * (turn + 1)) % rows) }
            turn += 1
            copyRows(from: table, rowLength: width, indices: indices, into: into, pool)
        }
    }

    private static func additions(_ arena: Arena, _ pool: WorkerPool) -> Double {
        let count = 2048
        let a: Floats = arena.strip(offset: 0, count: count), b: Floats = arena.strip(offset: 4 * count, count: count)
        return Double(64 * count) / seconds(20) { for _ in 0..<64 { add(a, b, into: b, pool) } }
    }

    private static func transcendentals(_ arena: Arena, _ pool: WorkerPool) -> Double {
        let count = 2048
        let x: Floats = arena.strip(offset: 0, count: count), y: Floats = arena.strip(offset: 4 * count, count: count)
        for index in 0..<count { x[index] = Float(index % 64) / 16 - 2 }
        return Double(16 * count) / seconds(20) { for _ in 0..<16 { activationForward(.tanh, x, y, pool) } }
    }

    /// Seconds for a number, of images of 784 bytes from all over a set of many.
    private static func assembling(_ arena: Arena, _ pool: WorkerPool) -> Double {
        let width = 784, count = 128, total = arena.byteCount - (2 << 20), rows = total / width
        guard rows > count else { return 2e-10 }
        let images: Bytes = arena.strip(offset: 0, count: rows * width)
        let into: Floats = arena.strip(offset: total, count: count * width), rest = total + 4 * count * width
        let indices: Ints = arena.strip(offset: rest, count: count)
        let scale: Floats = arena.strip(offset: rest + 4 * count, count: 1), shift: Floats = arena.strip(offset: rest + 4 * count + 64, count: 1)
        var turn = 0
        return seconds(30) {
            for index in 0..<count { indices[index] = Int32((index * 40_503 + turn * 7919) % rows) }
            turn += 1
            gatherRows(from: images, rowLength: width, indices: indices, into: into, scale: scale, shift: shift, pool)
        } / Double(count * width)
    }

    /// Seconds for a number of the output, of the accuracy of 128 examples with ten classes.
    private static func measuring(_ arena: Arena) -> Double {
        let batch = 128, width = 10
        let losses: Floats = arena.strip(offset: 0, count: batch), output: Floats = arena.strip(offset: 4096, count: batch * width), labels: Ints = arena.strip(offset: 65_536, count: batch)
        var accumulator = MetricAccumulator([.loss, .accuracy], truth: .classNumbers, width: width, examples: batch)
        for index in 0..<batch { labels[index] = 3 }
        return seconds(50) { accumulator.add(losses: losses, output: output, labels: labels, targets: nil, batch: batch) } / Double(batch * width)
    }
}
