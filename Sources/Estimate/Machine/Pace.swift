import func Foundation.exp
import func Foundation.log
import Graph

/// A machine profile, ready to say how long plans take on so many threads.
///
/// What an operation takes is what the rates say of its work, times how far they were off where the same operation was measured: between measured sizes the
/// factor is the mean of theirs in logarithms, each weighed by its distance. So it lies between what was measured, and an operation that never was goes by the rates.
public struct Pace: Sendable {
    public let profile: MachineProfile
    public let threads: Int
    /// By operation: where it was measured, and the logarithms of the factors on one thread and on all.
    private let measured: [String: [Measured]]
    /// The threads' speed-up for what was not measured.
    private let speedUp: Double

    private struct Measured: Sendable {
        var place: Place
        var one: Double
        var all: Double
    }

    /// Logarithms of the sizes of an execution.
    private struct Place: Sendable {
        var variant: String
        var batch: Double, input: Double, output: Double, expected: Double

        init(variant: String, batch: Int, inputBytes: Int, outputBytes: Int, expected: Double) {
            self.variant = variant
            self.batch = log(Double(max(batch, 1)))
            input = log(Double(max(inputBytes, 4)))
            output = log(Double(max(outputBytes, 4)))
            self.expected = log(expected)
        }

        func squaredDistance(_ other: Place) -> Double {
            func square(_ path: KeyPath<Place, Double>) -> Double {
                let difference = self[keyPath: path] - other[keyPath: path]
                return difference * difference
            }
            // Another variant is as far away as sizes of which one is six times the other.
            return square(\.batch) + square(\.input) + square(\.output) + square(\.expected) + (variant == other.variant ? 0 : 3)
        }
    }

    public init(_ profile: MachineProfile, threads: Int) {
        self.profile = profile
        // More than the machine has were not measured, and do not help.
        self.threads = profile.operations.isEmpty ? max(threads, 1) : max(1, min(threads, profile.machine.threads))
        var measured: [String: [Measured]] = [:]
        var ratios: [Double] = []
        for operation in profile.operations {
            measured[operation.name] = operation.points.map { point in
                let expected = profile.rates.seconds(point.work)
                if expected > 5e-5 { ratios.append(point.seconds.one / point.seconds.all) }
                let place = Place(variant: point.variant, batch: point.batch, inputBytes: point.inputBytes, outputBytes: point.outputBytes, expected: expected)
                return Measured(place: place, one: log(point.seconds.one / expected), all: log(point.seconds.all / expected))
            }
        }
        self.measured = measured
        // Without measurements work is taken to be shared out evenly.
        let middle = ratios.isEmpty ? Double(max(profile.machine.threads, 1)) : ratios.sorted()[ratios.count / 2]
        speedUp = max(1, middle)
    }

    /// Workers that do not wait for each other do a step each, on one thread; otherwise all threads do one together.
    public func ofAStep(asynchronous: Bool) -> Pace { asynchronous ? Pace(profile, threads: 1) : self }

    /// Seconds of one execution of an operation.
    public func seconds(_ node: Node, in graph: Graph, _ work: Work, batch: Int, inputBytes: Int, outputBytes: Int) -> Double {
        let expected = profile.rates.seconds(work)
        guard let points = measured[node.operation.name] else {
            let call = profile.rates.call
            return onThreads(one: expected, all: call + (expected - call) / (profile.operations.isEmpty ? Double(threads) : speedUp))
        }
        let place = Place(variant: Self.variant(node, in: graph), batch: batch, inputBytes: inputBytes, outputBytes: outputBytes, expected: expected)
        var weights = 0.0, one = 0.0, all = 0.0
        for point in points {
            let distance = place.squaredDistance(point.place) + 1e-3
            let weight = 1 / (distance * distance)
            weights += weight
            one += weight * point.one
            all += weight * point.all
        }
        return onThreads(one: expected * exp(one / weights), all: expected * exp(all / weights))
    }

    /// The words of the attributes, without their numbers: those in which an operation does something else, not the same with other sizes.
    ///
    /// And which operations have chosen the units that it is told of: how alike the choices of a batch are decides how much of the weights is at hand.
    public static func variant(_ node: Node, in graph: Graph) -> String {
        let words: [String] = node.operation.attributes.compactMap { key, value in
            let word = value.prefix { $0.isLetter || $0 == "_" }
            return word.isEmpty ? nil : "\(key)=\(word)"
        }
        let indices = node.inputs.filter { graph[$0].type.dtype == .int32 }
        let choosers: [String] = indices.compactMap { index in graph.nodes.first { $0.outputs.contains(index) }.map { "by=\($0.operation.name)" } }
        return (words + choosers).joined(separator: " ")
    }

    /// Between one thread and all that were measured: a part is done by one thread, and the rest is shared out.
    func onThreads(one: Double, all: Double) -> Double {
        let most = Double(profile.operations.isEmpty ? threads : profile.machine.threads)
        if threads == 1 || most <= 1 { return one }
        if Double(threads) == most { return all }
        let shared = max(0, (one - all) / (1 - 1 / most))
        return one - shared * (1 - 1 / Double(threads))
    }

    func onThreads(_ seconds: MachineProfile.Seconds) -> Double { onThreads(one: seconds.one, all: seconds.all) }

    // MARK: plans

    /// Expected seconds of one execution of a node; of one that acts in some steps only, of a step in which it does if `acting`.
    public func seconds(_ plan: Plan, node index: Int, batch: Int, acting: Bool = false, bound: Bound = .expected) -> Double {
        let node = plan.graph.nodes[index]
        if node.operation is any View { return 0 }
        let work = node.operation is any Scheduled && !acting ? plan.idleWork(node: index, batch: batch) : plan.work(node: index, batch: batch, bound: bound)
        func bytes(_ values: [ValueID]) -> Int { values.reduce(0) { Count.sum($0, plan.graph[$1].type.byteCount(batch: batch)) } }
        if node.operation is any Scheduled && !acting { return profile.rates.seconds(work.total) }
        return seconds(node, in: plan.graph, work.total, batch: batch, inputBytes: bytes(node.inputs), outputBytes: bytes(node.outputs))
    }

    /// Expected seconds of the operations of one step, by layer; the last entry is what belongs to no layer.
    public func secondsByLayer(_ plan: Plan, batch: Int, bound: Bound = .expected) -> [Double] {
        var sums = Array(repeating: 0.0, count: plan.graph.layers.count + 1)
        for (index, node) in plan.graph.nodes.enumerated() {
            sums[node.layer ?? plan.graph.layers.count] += seconds(plan, node: index, batch: batch, bound: bound)
        }
        return sums
    }

    /// Expected seconds of one step, with putting the batch together and measuring what comes out.
    public func seconds(_ plan: Plan, batch: Int, bound: Bound = .expected) -> Double {
        secondsByLayer(plan, batch: batch, bound: bound).reduce(0, +) + overhead(plan, batch: batch)
    }

    /// What a step takes beside its operations.
    public func overhead(_ plan: Plan, batch: Int) -> Double {
        var numbers = 0.0
        for value in plan.graph.values {
            switch value.role {
            case .input, .inputPlaces, .target: numbers += Double(value.type.count(batch: batch))
            default: continue
            }
        }
        let output = plan.graph.result("output").map { plan.graph[$0].type.count(batch: batch) } ?? 0
        return onThreads(profile.step.seconds) + numbers * onThreads(profile.step.assembled) + Double(output) * profile.step.measured
    }

    /// Expected seconds of what acts in some steps only, over steps `from + 1` to `to`, by layer.
    public func scheduledSeconds(_ plan: Plan, from: Int, to: Int, bound: Bound = .expected) -> [Double] {
        var sums = Array(repeating: 0.0, count: plan.graph.layers.count + 1)
        for (index, node) in plan.graph.nodes.enumerated() {
            guard let schedule = (node.operation as? any Scheduled)?.schedule else { continue }
            let times = schedule.times(before: to + 1) - schedule.times(before: from + 1)
            guard times > 0 else { continue }
            let more = seconds(plan, node: index, batch: plan.batch, acting: true, bound: bound) - seconds(plan, node: index, batch: plan.batch)
            sums[node.layer ?? plan.graph.layers.count] += Double(times) * max(0, more)
        }
        return sums
    }

    /// Of work that no operation of a plan does: what policies look at.
    public func seconds(_ work: Work) -> Double {
        let one = profile.rates.seconds(work)
        return onThreads(one: one, all: one / (profile.operations.isEmpty ? Double(threads) : speedUp))
    }
}
