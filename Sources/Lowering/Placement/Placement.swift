import Graph
import Kernels

/// Gives every value a place in one arena: what lasts at the bottom, then what comes and goes within a step, buffers
/// reused as soon as their value is dead, then scratch.
///
/// The plans of one schedule share parameters (by name), and the same ground for all that is transient.
struct Placement {
    private(set) var memory = MemoryParts()
    private var persistent: [String: Int] = [:]
    private var persistentEnd = 0

    init(_ graphs: [Graph], batch: Int) {
        for graph in graphs {
            for (index, value) in graph.values.enumerated() where value.role.isPersistent {
                guard persistent[value.name] == nil, graph.isRead(ValueID(index)) else { continue }
                let bytes = Self.aligned(value.type.byteCount(batch: batch))
                persistent[value.name] = persistentEnd
                persistentEnd = Count.sum(persistentEnd, bytes)
                switch value.role {
                case .parameter: memory.parameters = Count.sum(memory.parameters, bytes)
                case .optimizerState: memory.optimizer = Count.sum(memory.optimizer, bytes)
                default: memory.layerState = Count.sum(memory.layerState, bytes)
                }
            }
        }
    }

    /// Places one graph above what lasts. `place` all graphs first, then `finish`.
    mutating func place(_ graph: Graph, batch: Int, threads: Int) -> Plan {
        let storage = Storage(graph, batch: batch)
        var offsets = Array(repeating: 0, count: graph.values.count)
        var placed: [(offset: Int, bytes: Int, root: Int)] = []
        // Large buffers first: small ones fit into the gaps that they leave.
        let transient = graph.values.indices.filter {
            storage.roots[$0] == $0 && !graph.values[$0].role.isPersistent && storage.last[$0] >= 0
        }
        func bytes(_ root: Int) -> Int { Self.aligned(graph.values[root].type.byteCount(batch: batch)) }
        for root in transient.sorted(by: { (bytes($1), $0) < (bytes($0), $1) }) {
            let size = bytes(root)
            var offset = 0
            for other in placed where storage.first[other.root] <= storage.last[root] && storage.first[root] <= storage.last[other.root] {
                guard offset < Count.sum(other.offset, other.bytes) else { continue }
                // `placed` is in the order of offsets: the first gap that is wide enough is taken.
                if Count.sum(offset, size) <= other.offset { break }
                offset = Count.sum(other.offset, other.bytes)
            }
            let position = placed.firstIndex { $0.offset > offset } ?? placed.count
            placed.insert((offset, size, root), at: position)
            offsets[root] = Count.sum(persistentEnd, offset)
            memory.activations = max(memory.activations, Count.sum(offset, size))
        }
        for index in graph.values.indices {
            let value = graph.values[index]
            offsets[index] = value.role.isPersistent ? persistent[value.name] ?? 0 : offsets[storage.roots[index]]
        }
        let scratch = graph.nodes.map { $0.operation.scratch(graph.workOperands($0, batch: batch), threads: threads) }
        memory.scratch = max(memory.scratch, Self.aligned(Count.product(scratch.max() ?? 0, 4)))
        return Plan(graph: graph, batch: batch, offsets: offsets, scratchCounts: scratch, scratchOffset: 0)
    }

    /// Scratch lies above the largest plan, and above that what further workers need, each the same again. Returns the bytes of one.
    mutating func finish(_ plans: inout [Plan], workers: Int) -> Int {
        for index in plans.indices { plans[index].scratchOffset = Count.sum(persistentEnd, memory.activations) }
        let stride = Count.sum(memory.activations, memory.scratch)
        memory.activations = Count.product(workers, memory.activations)
        memory.scratch = Count.product(workers, memory.scratch)
        return stride
    }

    private static func aligned(_ bytes: Int) -> Int {
        let (sum, overflow) = bytes.addingReportingOverflow(Arena.alignment - 1)
        return overflow ? Int.max : sum / Arena.alignment * Arena.alignment
    }
}

extension Graph {
    func isRead(_ value: ValueID) -> Bool { nodes.contains { $0.inputs.contains(value) } }
}
