import Graph

/// Seconds by slot, as `SlotWork` is work by slot.
public struct SlotSeconds: Sendable, Hashable {
    private var values = Array(repeating: 0.0, count: Slot.allCases.count)

    public init() {}

    public subscript(slot: Slot) -> Double {
        get { values[Self.place(slot)] }
        set { values[Self.place(slot)] = newValue }
    }

    public var total: Double { values.reduce(0, +) }

    private static func place(_ slot: Slot) -> Int {
        switch slot {
        case .forward: 0
        case .backwardInput: 1
        case .backwardWeights: 2
        case .update: 3
        case .overhead: 4
        }
    }

    public static func += (a: inout SlotSeconds, b: SlotSeconds) { for place in a.values.indices { a.values[place] += b.values[place] } }

    public static func * (a: SlotSeconds, times: Double) -> SlotSeconds {
        var product = a
        for place in a.values.indices { product.values[place] *= times }
        return product
    }
}

/// What a run is expected to take, of the work that the estimate counts.
public struct SecondsEstimate: Sendable, Hashable {
    /// Layers, then what belongs to none, then what a step takes beside its operations: putting the batch together, and measuring.
    public struct Parts: Sendable, Hashable {
        public var layers: [SlotSeconds]
        public var beside: Double

        public var total: Double { layers.reduce(beside) { $0 + $1.total } }

        init(layers count: Int) {
            layers = Array(repeating: SlotSeconds(), count: count)
            beside = 0
        }

        mutating func add(_ other: Parts, times: Double = 1) {
            for index in layers.indices where index < other.layers.count { layers[index] += other.layers[index] * times }
            beside += other.beside * times
        }
    }

    /// A step on a full batch once all policies act, without what is due in some steps only.
    public var step: Parts
    /// Training proper: without evaluation.
    public var run: Parts
    /// The mean over the epochs.
    public var epoch: Double
    /// Over the whole run.
    public var evaluation: Double
    /// Once for each example; nil without layers that never change.
    public var front: Double?
    /// By layer that is pre-trained.
    public var pretraining: [Double]
    /// Which machine's they are.
    public var machine: MachineProfile.Key
    public var threads: Int

    init(_ schedule: Schedule, courses: Courses, pretraining: [Courses]?, length: RunLength, steps asked: Int?, pace: Pace) {
        let batch = schedule.phases.first?.train.batch ?? 1, perEpoch = StepsPerEpoch(examples: length.trainExamples, batch: batch)
        let total = asked ?? Count.product(perEpoch.count, length.epochs)
        let worker = pace.ofAStep(asynchronous: schedule.workers > 1)
        step = worker.parts(schedule.phases[schedule.phases.count - 1].train, batch: batch)
        let steps = worker.run(courses.expected, perEpoch, total)
        run = Parts(layers: steps.layers.count)
        run.add(steps, times: 1 / Double(max(1, min(schedule.workers, pace.threads))))
        let epochs = perEpoch.count > 0 ? Double(total) / Double(perEpoch.count) : 0
        epoch = epochs > 0 ? run.total / epochs : 0
        evaluation = pace.evaluation(courses.expected, length, total)
        front = schedule.front.map { plan in length.splits.reduce(0) { $0 + pace.passes(plan, examples: $1) } }
        self.pretraining = schedule.pretraining.enumerated().map { index, phase in
            let stretches = pretraining.flatMap { index < $0.count ? $0[index].expected : nil } ?? [Stretch(start: 0, train: phase.plan, evaluate: [])]
            let perEpoch = StepsPerEpoch(examples: length.trainExamples, batch: phase.plan.batch)
            return pace.run(stretches, perEpoch, Count.product(perEpoch.count, phase.epochs)).total
        }
        machine = pace.profile.machine
        threads = pace.threads
    }
}

extension Pace {
    /// A step of a plan, by layer and slot.
    public func parts(_ plan: Plan, batch: Int) -> SecondsEstimate.Parts {
        var parts = SecondsEstimate.Parts(layers: plan.graph.layers.count + 1)
        for (index, node) in plan.graph.nodes.enumerated() {
            parts.layers[node.layer ?? plan.graph.layers.count][node.slot] += seconds(plan, node: index, batch: batch)
        }
        parts.beside = overhead(plan, batch: batch)
        return parts
    }

    /// All steps of a run, through the plans that it goes through.
    func run(_ stretches: [Stretch], _ epoch: StepsPerEpoch, _ total: Int) -> SecondsEstimate.Parts {
        var sum = SecondsEstimate.Parts(layers: (stretches.first?.train.graph.layers.count ?? 0) + 1)
        for (index, stretch) in stretches.enumerated() {
            let from = min(stretch.start, total), to = index + 1 < stretches.count ? min(stretches[index + 1].start, total) : total
            for look in stretch.looks where look.step <= total {
                for (layer, work) in look.work.enumerated() where layer < sum.layers.count { sum.layers[layer][.overhead] += seconds(work.total) }
            }
            guard to > from else { continue }
            let small = epoch.partial(in: to) - epoch.partial(in: from), full = to - from - small
            if full > 0 { sum.add(parts(stretch.train, batch: stretch.train.batch), times: Double(full)) }
            if small > 0 { sum.add(parts(stretch.train, batch: epoch.rest), times: Double(small)) }
            for (layer, seconds) in scheduledSeconds(stretch.train, from: from, to: to).enumerated() { sum.layers[layer][.overhead] += seconds }
        }
        return sum
    }

    /// Examples are evaluated evenly over the run.
    func evaluation(_ stretches: [Stretch], _ length: RunLength, _ total: Int) -> Double {
        var sum = 0.0, done = 0
        for (index, stretch) in stretches.enumerated() {
            let isLast = index + 1 == stretches.count
            let share = isLast || total == 0 ? 1 : min(1, Double(stretches[index + 1].start) / Double(total))
            let upTo = isLast ? length.evaluatedExamples : part(share, of: length.evaluatedExamples)
            let examples = max(0, upTo - done)
            done = max(done, upTo)
            for plan in stretch.evaluate { sum += passes(plan, examples: examples) }
        }
        return sum
    }

    /// Running a plan once over so many examples.
    func passes(_ plan: Plan, examples: Int) -> Double {
        let rest = examples % plan.batch, full = examples / plan.batch
        return (full > 0 ? Double(full) * seconds(plan, batch: plan.batch) : 0) + (rest > 0 ? seconds(plan, batch: rest) : 0)
    }
}
