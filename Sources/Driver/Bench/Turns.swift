import Dispatch
import Synchronization

/// Lets several threads work one at a time, each for a slice, so that whatever else the machine does meets them alike.
final class Turns: Sendable {
    private let gates: [DispatchSemaphore]
    private let present: Mutex<[Bool]>

    init(_ count: Int) {
        gates = (0..<count).map { _ in DispatchSemaphore(value: 0) }
        present = Mutex(Array(repeating: true, count: count))
    }

    /// Lets the first one begin.
    func start() { gates.first?.signal() }

    func wait(_ index: Int) { gates[index].wait() }

    /// Hands over to the next one that is still there, and waits for its own turn.
    func pass(_ index: Int) {
        guard let next = next(after: index), next != index else { return }
        gates[next].signal()
        gates[index].wait()
    }

    /// Hands over for good.
    func leave(_ index: Int) {
        present.withLock { $0[index] = false }
        if let next = next(after: index) { gates[next].signal() }
    }

    private func next(after index: Int) -> Int? {
        present.withLock { present in (1...present.count).map { (index + $0) % present.count }.first { present[$0] } }
    }
}
