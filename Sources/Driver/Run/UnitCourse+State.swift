import Graph
import Lowering
import Runtime

/// What the policies of the slot `neurons` have come to, for a checkpoint.
struct UnitState: Codable {
    struct Watcher: Codable {
        /// Steps done at its last look, and at its next one.
        var seen: Int
        var next: Int?
        /// What the policy wants to know then.
        var memory: [String: Double]
    }

    var watchers: [Watcher]
    var network: NetworkState
    /// Work of looking and deciding, by layer.
    var overhead: [SlotWork]
    var pretrainingOverhead: [SlotWork]
}

extension UnitCourse {
    var state: UnitState {
        UnitState(
            watchers: watchers.map { UnitState.Watcher(seen: $0.seen, next: $0.next, memory: $0.memory) }, network: network.state, overhead: overhead,
            pretrainingOverhead: pretrainingOverhead)
    }

    /// Goes back to a state. Afterwards the interpreter has the plans of the units that were there, and all that lasts is to be loaded.
    func restore(_ state: UnitState, _ interpreter: Interpreter, tensor: (String) throws -> [UInt32]?) throws {
        guard state.watchers.count == watchers.count, state.overhead.count == overhead.count, state.pretrainingOverhead.count == pretrainingOverhead.count,
            (state.overhead + state.pretrainingOverhead).allSatisfy(\.isNonNegative)
        else { throw StateMisfit("it has other policies") }
        for (index, watcher) in state.watchers.enumerated() {
            guard (0...1 << 40).contains(watcher.seen), watcher.next.map({ $0 >= 0 }) ?? true else { throw StateMisfit("a policy of it looked at no possible step") }
            watchers[index].seen = watcher.seen
            watchers[index].next = watcher.next
            watchers[index].memory = watcher.memory
        }
        overhead = state.overhead
        pretrainingOverhead = state.pretrainingOverhead
        try network.restore(state.network, interpreter, facts: facts, options: options, tensor: tensor)
    }
}
