import Estimate
import Graph
import Kernels
import Runtime

/// Measures the machine: how fast it does each kind of work, and what the operations of networks of usual sizes take in a step of training.
///
/// Every operation is timed where it stands, with the memory around it as warm or cold as a step leaves it. Of its times the lower quartile is kept, so that
/// a machine that does something else at times is still measured; how much of the time it did is noted.
///
/// - Parameter threads: all that are to be used; what one thread takes is measured beside.
public func calibrate(processor: String, blas: String, threads: Int) throws -> MachineProfile {
    let counts = threads > 1 ? [1, threads] : [1]
    let pools = counts.map { WorkerPool(threads: $0) }
    var points: [String: [MachineProfile.Point]] = [:]
    var order: [String] = []
    var beside: [Double] = []
    var elapsed = 0.0, ran = 0.0
    let clock = ContinuousClock()
    for network in CalibrationNetwork.all {
        let schedule = try network.lowered(threads: threads)
        let start = clock.now, processor = threadSeconds()
        var runs = [try TimedNetwork(network, schedule, pool: pools[0]).run()]
        elapsed += (clock.now - start) / .seconds(1)
        ran += threadSeconds() - processor
        if pools.count > 1 { runs.append(try TimedNetwork(network, schedule, pool: pools[1]).run()) }
        guard let one = runs.first, let all = runs.last else { continue }
        for (first, last) in zip(one.nodes, all.nodes) {
            if points[first.name] == nil { order.append(first.name) }
            points[first.name, default: []].merge(first.point(all: last.seconds), onlyIfNew: first.isEvaluation)
        }
        // The smallest step shows best what it takes beside its operations.
        if beside.isEmpty { beside = [one.beside, all.beside] }
    }
    let operations = order.sorted().map { MachineProfile.Operation(name: $0, points: points[$0] ?? []) }
    let base = BaseRates(pools: pools, operations: operations)
    var profile = MachineProfile(
        machine: MachineProfile.Key(processor: processor, blas: blas, threads: threads), rates: base.rates, memory: base.memory,
        step: MachineProfile.Step(seconds: .init(one: beside.first ?? 0, all: beside.last ?? 0), assembled: base.assembled, measured: base.measured), operations: operations)
    profile.presence = elapsed > 0 ? min(1, ran / elapsed) : 1
    return profile
}

extension [MachineProfile.Point] {
    /// Of a size that was there already the shorter time is kept; what training takes says more than what evaluation does.
    fileprivate mutating func merge(_ point: MachineProfile.Point, onlyIfNew: Bool) {
        func isSame(_ other: MachineProfile.Point) -> Bool {
            other.variant == point.variant && other.batch == point.batch && other.inputBytes == point.inputBytes && other.outputBytes == point.outputBytes && other.work == point.work
        }
        guard let index = firstIndex(where: isSame) else { return append(point) }
        if onlyIfNew { return }
        self[index].seconds.one = Swift.min(self[index].seconds.one, point.seconds.one)
        self[index].seconds.all = Swift.min(self[index].seconds.all, point.seconds.all)
    }
}

/// Multiplications that a calibration does on one thread and again on all: what its few seconds are spent on.
public func calibrationWork(threads: Int) throws -> Int {
    try CalibrationNetwork.all.reduce(0) { sum, network in
        let schedule = try network.lowered(threads: threads)
        return Count.sum(sum, TimedNetwork.plans(schedule).reduce(0) { Count.sum($0, Count.product($1.stepWork, TimedNetwork.steps($1.stepWork))) })
    }
}

extension Plan {
    /// Multiplications of a step on a full batch.
    var stepWork: Int { workByLayer(batch: batch, acting: true).reduce(0) { Count.sum($0, $1.total.allMultiplications) } }
}
