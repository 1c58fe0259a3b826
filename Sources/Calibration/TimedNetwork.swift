import Estimate
import Graph
import Kernels
import Runtime

/// A network in training whose operations are timed one by one.
struct TimedNetwork {
    /// A node as it was measured.
    struct Node {
        var name: String
        var variant: String
        var batch: Int
        var inputBytes: Int
        var outputBytes: Int
        var work: Work
        var seconds: Double
        /// Not in training: nothing else has pushed the weights out of the caches.
        var isEvaluation: Bool

        func point(all: Double) -> MachineProfile.Point {
            MachineProfile.Point(
                variant: variant, batch: batch, inputBytes: inputBytes, outputBytes: outputBytes, work: work, seconds: MachineProfile.Seconds(one: seconds, all: all))
        }
    }

    struct Times {
        var nodes: [Node] = []
        /// What a step of training takes beside its operations.
        var beside = 0.0
    }

    private let network: CalibrationNetwork
    private let schedule: Schedule
    private let pool: WorkerPool

    init(_ network: CalibrationNetwork, _ schedule: Schedule, pool: WorkerPool) {
        self.network = network
        self.schedule = schedule
        self.pool = pool
    }

    /// The plans of a schedule that are timed.
    static func plans(_ schedule: Schedule) -> [Plan] {
        schedule.phases.prefix(1).flatMap { [$0.train] + $0.evaluations } + schedule.pretraining.prefix(1).map(\.plan)
    }

    /// Steps that are timed: more of small ones, in each round, and at least so many that everything comes round that is done once in an epoch.
    ///
    /// - Parameter acts: whether there is such a thing.
    static func steps(_ multiplications: Int, acts: Bool) -> Int {
        max(acts ? CalibrationNetwork.stepsPerEpoch + 1 : 3, min(20, 30_000_000 / max(multiplications, 1)))
    }

    /// - Parameter evaluates: whether the plans of evaluation are timed too.
    func run(evaluates: Bool) throws(OutOfMemory) -> Times {
        let interpreter = try Interpreter(schedule: schedule, seed: 1, pool: pool)
        var times = Times()
        var kinds = [Interpreter.TimedPlan.training]
        for index in schedule.phases[0].evaluations.indices { kinds.append(.evaluation(twin: index > 0)) }
        if !schedule.pretraining.isEmpty { kinds.append(.pretraining(0)) }
        for (plan, kind) in zip(Self.plans(schedule), kinds) {
            if case .evaluation = kind, !evaluates { continue }
            let timed = try time(interpreter, plan, kind)
            times.nodes += timed.nodes
            if kind == .training { times.beside = timed.beside }
        }
        return times
    }

    private func time(_ interpreter: Interpreter, _ plan: Plan, _ kind: Interpreter.TimedPlan) throws(OutOfMemory) -> Times {
        var isEvaluation = false
        if case .evaluation = kind { isEvaluation = true }
        let steps = Self.steps(plan.stepWork, acts: plan.actsInSomeSteps), batch = plan.batch, source = CalibrationExamples(network.facts, count: 16 * batch)
        guard let memory = Arena(byteCount: 4 * batch) else { throw OutOfMemory(bytes: 4 * batch) }
        let indices: Ints = memory.strip(offset: 0, count: batch)
        var samples: [[(seconds: Double, active: Int)]] = Array(repeating: [], count: plan.graph.nodes.count)
        var beside: [Double] = []
        var times = Array(repeating: NodeTime(), count: plan.graph.nodes.count)
        // The first step touches memory for the first time, and is when some of what is done seldom is done.
        let warmUp = 1
        for step in 0..<(steps + warmUp) {
            let state = StepState(learningRate: 1e-4, iteration: step + 1, seed: 1)
            // Other examples in each step, so that they find other weights at hand.
            for index in 0..<batch { indices[index] = Int32((step * batch + index) % source.count) }
            let whole = interpreter.timedStep(kind, source: source, indices: indices, state: state, into: &times)
            guard step >= warmUp || steps < 8 else { continue }
            var sum = 0.0
            for (node, time) in times.enumerated() {
                sum += time.seconds
                // Alone, a thread that waits waits for its processor, which is no part of the work.
                let seconds = pool.threads == 1 ? min(time.seconds, time.ran) : time.seconds
                // What acts in some steps only is timed when it does.
                if !(plan.graph.nodes[node].operation is any Scheduled) || time.active != 0 { samples[node].append((seconds, time.active)) }
            }
            beside.append(max(0, whole - sum))
        }
        var result = Times()
        for (index, node) in plan.graph.nodes.enumerated() where !(node.operation is any View) && !samples[index].isEmpty {
            let seen = samples[index]
            var operands = plan.graph.workOperands(node, batch: batch)
            if node.operation is any DataDependent { operands.active = ActiveCount(units: seen.reduce(0) { $0 + $1.active } / seen.count) }
            func bytes(_ values: [ValueID]) -> Int { values.reduce(0) { $0 + plan.graph[$1].type.byteCount(batch: batch) } }
            result.nodes.append(Node(
                name: node.operation.name, variant: Pace.variant(node, in: plan.graph), batch: batch, inputBytes: bytes(node.inputs), outputBytes: bytes(node.outputs),
                work: node.operation.work(operands).total, seconds: seen.map(\.seconds).typical, isEvaluation: isEvaluation))
        }
        result.beside = beside.typical
        return result
    }
}

extension [Double] {
    /// Below the middle, since what disturbs a measurement makes it longer.
    var typical: Double { isEmpty ? 0 : Swift.max(sorted()[count / 2], 1e-9) }
}
