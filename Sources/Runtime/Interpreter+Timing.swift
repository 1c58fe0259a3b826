import Foundation
import Graph
import Kernels

/// What one execution of a node took, and how many units it found active.
public struct NodeTime: Sendable, Hashable {
    public var seconds = 0.0
    /// Of these, about: in which the calling thread ran, and did not wait for its processor or for others; of what takes microseconds, all.
    public var ran = 0.0
    public var active = 0

    public init() {}
}

/// Steps whose operations are timed one by one.
extension Interpreter {
    public enum TimedPlan: Sendable, Hashable {
        case training
        case evaluation(twin: Bool)
        /// In `schedule.pretraining`.
        case pretraining(Int)
    }

    /// A step, with the time of each node in the order of the plan.
    ///
    /// - Returns: the seconds of all of it, with what it does beside its nodes, but without putting the batch together.
    public func timedStep(_ plan: TimedPlan, source: borrowing some ExampleSource, indices: Ints, state: StepState, into times: inout [NodeTime]) -> Double {
        switch plan {
        case .training: train.timedStep(source, indices, state, arena: arena, pool: pool, into: &times)
        case .evaluation(let twin):
            twin && !twins.isEmpty
                ? twins[phase].timedStep(source, indices, state, arena: arena, pool: pool, into: &times)
                : evaluation.timedStep(source, indices, state, arena: arena, pool: pool, into: &times)
        case .pretraining(let index): pretrains[index].timedStep(source, indices, state, arena: arena, pool: pool, into: &times)
        }
    }
}

/// Seconds that this thread has run.
public func threadSeconds() -> Double {
    var time = timespec()
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 ? Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec) : 0
}

extension ContinuousClock {
    /// What passes from one reading to the next, which is in every time that is measured.
    fileprivate var secondsToRead: Double {
        let readings = 16, start = now
        var last = start
        for _ in 0..<readings { last = now }
        return (last - start) / .seconds(1) / Double(readings)
    }
}

extension Program {
    /// Seconds in the step before.
    private static var longNode: Double { 2e-5 }

    fileprivate mutating func timedStep(
        _ source: borrowing some ExampleSource, _ indices: Ints, _ state: StepState, arena: Arena, pool: WorkerPool, into times: inout [NodeTime]
    ) -> Double {
        precondition(times.count == operations.count)
        assemble(source, indices, arena: arena, pool: pool)
        let clock = ContinuousClock(), reading = clock.secondsToRead, start = clock.now
        prepare(batch: indices.count, state: state)
        var beside = Duration.zero
        for index in operations.indices {
            // A thread's own clock is a call of the system, which leaves the processor's caches and predictions colder than a step does: what is short is
            // timed without it.
            let isLong = times[index].seconds > Self.longNode
            let outside = clock.now, processor = isLong ? threadSeconds() : 0, begun = clock.now
            times[index].active = run(node: index)
            let ended = clock.now
            times[index].seconds = max(0, (ended - begun) / .seconds(1) - reading)
            times[index].ran = isLong ? threadSeconds() - processor : times[index].seconds
            beside += (begun - outside) + (clock.now - ended)
        }
        count(batch: indices.count)
        return (clock.now - start - beside) / .seconds(1)
    }
}
