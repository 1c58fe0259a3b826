import Estimate
import Graph
import Kernels
import Ops
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
    private let interpreter: Interpreter

    init(_ network: CalibrationNetwork, _ schedule: Schedule, pool: WorkerPool) throws(OutOfMemory) {
        self.network = network
        self.schedule = schedule
        interpreter = try Interpreter(schedule: schedule, seed: 1, pool: pool)
    }

    /// The same network, trained further by other threads.
    init(_ other: TimedNetwork, pool: WorkerPool) {
        (network, schedule) = (other.network, other.schedule)
        interpreter = Interpreter(sharing: other.interpreter, pool: pool)
    }

    /// The plans of a schedule that are timed.
    static func plans(_ schedule: Schedule) -> [Plan] {
        schedule.phases.prefix(1).flatMap { [$0.train] + $0.evaluations } + schedule.pretraining.prefix(1).map(\.plan)
    }

    /// Steps that are timed at least: so many that everything comes round that is done once in an epoch. Of small steps there are more.
    static func leastSteps(_ plan: Plan) -> Int { plan.actsInSomeSteps ? CalibrationNetwork.stepsPerEpoch + 1 : 3 }

    /// Of small steps so many are done as take that long, before they are timed and while they are: the caches, and what a processor has learned of the way through a step, are as they are
    /// in training only after some twenty.
    private static let seconds = (warmUp: 0.004, timed: 0.008)
    private static let mostSteps = (warmUp: 15, timed: 30)

    /// - Parameter evaluates: whether the plans of evaluation are timed too.
    func run(evaluates: Bool) throws(OutOfMemory) -> Times {
        var times = Times()
        var kinds = [Interpreter.TimedPlan.training]
        for index in schedule.phases[0].evaluations.indices { kinds.append(.evaluation(twin: index > 0)) }
        if !schedule.pretraining.isEmpty { kinds.append(.pretraining(0)) }
        for (plan, kind) in zip(Self.plans(schedule), kinds) {
            if case .evaluation = kind, !evaluates { continue }
            let timed = try time(plan, kind)
            times.nodes += timed.nodes
            if kind == .training { times.beside = timed.beside }
        }
        return times
    }

    private func time(_ plan: Plan, _ kind: Interpreter.TimedPlan) throws(OutOfMemory) -> Times {
        var isEvaluation = false
        if case .evaluation = kind { isEvaluation = true }
        let batch = plan.batch, clock = ContinuousClock(), source = CalibrationExamples(network.facts, count: 16 * batch, alikeness: network.alikeness)
        guard let memory = Arena(byteCount: 4 * batch) else { throw OutOfMemory(bytes: 4 * batch) }
        let indices: Ints = memory.strip(offset: 0, count: batch)
        var samples: [[(seconds: Double, active: Int)]] = Array(repeating: [], count: plan.graph.nodes.count)
        var beside: [Double] = []
        var times = Array(repeating: NodeTime(), count: plan.graph.nodes.count)
        var step = 0, timed = 0, begun = clock.now
        func elapsed() -> Double { (clock.now - begun) / .seconds(1) }
        // Of large steps the first is timed too: they are few, and what is done seldom may be done in it alone.
        var isWarm = false
        while timed < Self.leastSteps(plan) || elapsed() < Self.seconds.timed && timed < Self.mostSteps.timed {
            let state = StepState(learningRate: 1e-4, iteration: step + 1, seed: 1)
            // Other examples in each step, so that they find other weights at hand.
            for index in 0..<batch { indices[index] = Int32((step * batch + index) % source.count) }
            let whole = interpreter.timedStep(kind, source: source, indices: indices, state: state, into: &times)
            step += 1
            if !isWarm {
                let isLarge = step == 1 && elapsed() > Self.seconds.warmUp
                isWarm = isLarge || elapsed() > Self.seconds.warmUp || step >= Self.mostSteps.warmUp
                if isWarm { begun = clock.now }
                if !isLarge { continue }
            }
            timed += 1
            var sum = 0.0
            for (node, time) in times.enumerated() {
                sum += time.seconds
                // Alone, a thread that waits waits for its processor, which is no part of the work.
                let seconds = interpreter.pool.threads == 1 ? min(time.seconds, time.ran) : time.seconds
                // What acts in some steps only is timed when it does.
                if !(plan.graph.nodes[node].operation is any Scheduled) || time.active != 0 { samples[node].append((seconds, time.active)) }
            }
            beside.append(max(0, whole - sum))
        }
        var result = Times()
        for (index, node) in plan.graph.nodes.enumerated() where !(node.operation is any View) && !samples[index].isEmpty {
            let seen = samples[index]
            // How many different rows it meets only training finds out.
            if isEvaluation, node.operation is any SharesRows { continue }
            var operands = plan.graph.workOperands(node, batch: batch)
            if node.operation is any DataDependent { operands.active = ActiveCount(units: seen.reduce(0) { $0 + $1.active } / seen.count) }
            let operation = plan.operation(index, meeting: samples)
            func bytes(_ values: [ValueID]) -> Int { values.reduce(0) { $0 + plan.graph[$1].type.byteCount(batch: batch) } }
            result.nodes.append(Node(
                name: node.operation.name, variant: Pace.variant(node, in: plan.graph), batch: batch, inputBytes: bytes(node.inputs), outputBytes: bytes(node.outputs),
                work: operation.work(operands).total, seconds: seen.map(\.seconds).typical, isEvaluation: isEvaluation))
        }
        result.beside = beside.typical
        return result
    }
}

extension Plan {
    /// A node's operation, with as many different rows as its layer's update has found.
    fileprivate func operation(_ index: Int, meeting samples: [[(seconds: Double, active: Int)]]) -> any Operation {
        let node = graph.nodes[index]
        guard var product = node.operation as? any SharesRows, let layer = node.layer,
            let update = graph.nodes.indices.first(where: { place in
                guard graph.nodes[place].layer == layer, case .union? = (graph.nodes[place].operation as? any RowUpdate)?.rows else { return false }
                return !samples[place].isEmpty
            })
        else { return node.operation }
        product.rows = .counted(samples[update].reduce(0) { $0 + $1.active } / samples[update].count)
        return product
    }
}

extension [Double] {
    /// The median, and not nothing.
    var typical: Double { isEmpty ? 0 : Swift.max(sorted()[count / 2], 1e-9) }
}
