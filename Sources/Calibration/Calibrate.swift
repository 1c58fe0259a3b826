import Estimate
import Graph
import Kernels
import Runtime

/// Measures the machine: how fast it does each kind of work, and what the operations of networks of usual sizes take in a step of training.
///
/// Every operation is timed where it stands, with the memory around it as warm or cold as a step leaves it. Of its times the median is kept, so that
/// a machine that does something else at times is still measured; how much of the time it did is noted.
///
/// - Parameter threads: all that are to be used; what one thread takes is measured beside.
public func calibrate(processor: String, blas: String, threads: Int) throws -> MachineProfile {
    let counts = threads > 1 ? [1, threads] : [1]
    let pools = counts.map { WorkerPool(threads: $0) }
    var points: [String: [MachineProfile.Point]] = [:]
    var beside: [MachineProfile.Seconds] = []
    var elapsed = 0.0, ran = 0.0
    let clock = ContinuousClock()
    for number in 0..<rounds {
        var round: [String: [MachineProfile.Point]] = [:]
        for (index, network) in CalibrationNetwork.all.enumerated() {
            let schedule = try network.lowered(threads: threads)
            let start = clock.now, processor = threadSeconds()
            let first = try TimedNetwork(network, schedule, pool: pools[0]), one = try first.run(evaluates: number == 0)
            elapsed += (clock.now - start) / .seconds(1)
            ran += threadSeconds() - processor
            let all = pools.count > 1 ? try TimedNetwork(first, pool: pools[1]).run(evaluates: number == 0) : one
            for (first, last) in zip(one.nodes, all.nodes) { round[first.name, default: []].merge(first.point(all: last.seconds), onlyIfNew: first.isEvaluation) }
            // The smallest step shows best what it takes beside its operations.
            if index == 0 { beside.append(MachineProfile.Seconds(one: one.beside, all: all.beside)) }
        }
        for (name, measured) in round { points[name, default: []].join(measured) }
    }
    let operations = points.keys.sorted().map { MachineProfile.Operation(name: $0, points: points[$0] ?? []) }
    let base = BaseRates(pools: pools, operations: operations)
    var profile = MachineProfile(
        machine: MachineProfile.Key(processor: processor, blas: blas, threads: threads), rates: base.rates, memory: base.memory,
        step: MachineProfile.Step(seconds: .init(one: beside.map(\.one).min() ?? 0, all: beside.map(\.all).min() ?? 0), assembled: base.assembled, measured: base.measured), operations: operations)
    profile.presence = elapsed > 0 ? min(1, ran / elapsed) : 1
    return profile
}

extension MachineProfile.Point {
    fileprivate func isSame(_ other: MachineProfile.Point) -> Bool {
        other.variant == variant && other.batch == batch && other.inputBytes == inputBytes && other.outputBytes == outputBytes && other.work == work
    }
}

extension [MachineProfile.Point] {
    /// Of two rounds the mean counts; but where one took much longer, something was in its way.
    fileprivate mutating func join(_ other: [MachineProfile.Point]) {
        func between(_ a: Double, _ b: Double) -> Double { Swift.max(a, b) > 1.3 * Swift.min(a, b) ? Swift.min(a, b) : (a + b) / 2 }
        for point in other {
            guard let index = firstIndex(where: point.isSame) else {
                append(point)
                continue
            }
            self[index].seconds.one = between(self[index].seconds.one, point.seconds.one)
            self[index].seconds.all = between(self[index].seconds.all, point.seconds.all)
        }
    }

    /// Of a size that was there already the shorter time is kept; what training takes says more than what evaluation does.
    fileprivate mutating func merge(_ point: MachineProfile.Point, onlyIfNew: Bool) {
        guard let index = firstIndex(where: point.isSame) else { return append(point) }
        if onlyIfNew { return }
        self[index].seconds.one = Swift.min(self[index].seconds.one, point.seconds.one)
        self[index].seconds.all = Swift.min(self[index].seconds.all, point.seconds.all)
    }
}

/// How often every network is run, some seconds apart: a processor that is slow for a moment spoils one of them.
private let rounds = 2

/// Multiplications that a calibration does at least, on one thread and again on all: what most of its few seconds are spent on.
public func calibrationWork(threads: Int) throws -> Int {
    func work(_ plan: Plan) -> Int { Count.product(plan.stepWork, TimedNetwork.leastSteps(plan)) }
    return try CalibrationNetwork.all.reduce(0) { sum, network in
        let schedule = try network.lowered(threads: threads), evaluations = schedule.phases[0].evaluations.reduce(0) { Count.sum($0, work($1)) }
        let all = TimedNetwork.plans(schedule).reduce(0) { Count.sum($0, work($1)) }
        // Evaluation is in the first round only.
        return Count.sum(sum, Count.product(rounds, all) - (rounds - 1) * evaluations)
    }
}

extension Plan {
    /// Multiplications of a step on a full batch.
    var stepWork: Int { workByLayer(batch: batch, acting: true).reduce(0) { Count.sum($0, $1.total.allMultiplications) } }

    /// Whether anything is done in some steps only.
    var actsInSomeSteps: Bool { graph.nodes.contains { $0.operation is any Scheduled } }
}
