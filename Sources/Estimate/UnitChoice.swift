import Graph

/// What it saves and costs over a run that a layer computes some of its units only.
public struct UnitChoice: Sendable {
    /// Of the units of which the row and the input, as they are hashed, are at some angle, the share that is found.
    public struct Retrieved: Sendable {
        /// Degrees.
        public var angle: Int
        public var share: Double

        public init(angle: Int, share: Double) {
            self.angle = angle
            self.share = share
        }
    }

    public var layer: String
    /// How they are chosen: `simhash, 50 tables of 6 codes`.
    public var function: String
    public var units: Int
    public var active: Int
    /// Of hash tables whose functions go by the angle; empty for others.
    public var retrieved: [Retrieved]
    /// Units that tables find by chance; nil without tables.
    public var foundByChance: Double?
    /// The dense layer's work that is not done.
    public var saved: Work
    /// Finding the units of each example or batch.
    public var choosing: Work
    /// Keeping up to date what finds them.
    public var refreshing: Work
    /// Counting for the log.
    public var watching: Work

    public init(
        layer: String, function: String, units: Int, active: Int, retrieved: [Retrieved] = [], foundByChance: Double? = nil, saved: Work = Work(),
        choosing: Work = Work(), refreshing: Work = Work(), watching: Work = Work()
    ) {
        self.layer = layer
        self.function = function
        self.units = units
        self.active = active
        self.retrieved = retrieved
        self.foundByChance = foundByChance
        self.saved = saved
        self.choosing = choosing
        self.refreshing = refreshing
        self.watching = watching
    }
}

extension Schedule {
    /// Work of one node of a phase's training plan over a run of so many steps.
    public func runWork(phase index: Int, node: Int, length: RunLength) -> Work {
        let plan = phases[index].train, epoch = StepsPerEpoch(examples: length.trainExamples, batch: plan.batch)
        let total = Count.product(epoch.count, length.epochs), starts = starts(stepsPerEpoch: max(1, epoch.count))
        let from = min(starts[index], total), to = index + 1 < starts.count ? min(starts[index + 1], total) : total
        var times = to - from, small = epoch.partial(in: to) - epoch.partial(in: from)
        if let schedule = (plan.graph.nodes[node].operation as? any Scheduled)?.schedule {
            times = schedule.times(before: to + 1) - schedule.times(before: from + 1)
            small = epoch.rest > 0 ? schedule.times(from: from, to: to, onMultiplesOf: epoch.count) : 0
        }
        var work = plan.work(node: node, batch: plan.batch).total * (times - small)
        if small > 0 { work += plan.work(node: node, batch: epoch.rest).total * small }
        return work
    }
}
