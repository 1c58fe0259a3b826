import Graph

/// What `run.json` and `nnc estimate --format json` say of the time that work was predicted to take. A stable interface: keys are added, never renamed.
public struct SecondsRecord: Codable, Sendable, Hashable {
    public struct Training: Codable, Sendable, Hashable {
        /// On a full batch, once all policies act.
        public var step: Double
        /// The mean over the epochs, without evaluation; nil where the number of examples is not known.
        public var epoch: Double?
        public var run: Double?

        init(_ seconds: SecondsEstimate, isLengthKnown: Bool) {
            step = seconds.step.total
            epoch = isLengthKnown ? seconds.epoch : nil
            run = isLengthKnown ? seconds.run.total : nil
        }
    }

    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var step: Double
    }

    /// The machine that they hold for.
    public var machine: MachineProfile.Key
    public var threads: Int
    public var predicted: Training
    /// Without policies; nil where there are none.
    public var dense: Training?
    public var evaluation: Double?
    public var front: Double?
    public var pretrain: Double?
    public var layers: [Layer]

    public init?(_ estimate: Estimate, dense twin: Estimate?) {
        guard let seconds = estimate.seconds else { return nil }
        machine = seconds.machine
        threads = seconds.threads
        predicted = Training(seconds, isLengthKnown: estimate.isLengthKnown)
        dense = twin?.seconds.map { Training($0, isLengthKnown: estimate.isLengthKnown) }
        evaluation = estimate.isLengthKnown ? seconds.evaluation : nil
        front = seconds.front
        pretrain = seconds.pretraining.isEmpty || !estimate.isLengthKnown ? nil : seconds.pretraining.reduce(0, +)
        layers = zip(estimate.layers, seconds.step.layers).map { Layer(name: $0.name, step: $1.total) }
    }
}

extension EstimateReport {
    var secondsTitle: String {
        guard let seconds = estimate.seconds else { return "" }
        return "Time of the same step on \(seconds.machine.processor), \(seconds.threads) \(seconds.threads == 1 ? "thread" : "threads")"
    }

    /// Of a step, by layer and slot; nil where no machine's seconds were asked for.
    var secondsTable: TextTable? {
        guard let step = estimate.seconds?.step else { return nil }
        var table = TextTable(
            [TextTable.Column("layer")] + Slot.allCases.map { slot in
                TextTable.Column(slot.rawValue.replacing("_", with: " "), .right, expendable: slot == .overhead ? 2 : 1)
            } + [TextTable.Column("sum", .right)])
        func row(_ name: String, _ seconds: (Slot) -> Double) -> [String] {
            let all = Slot.allCases.map(seconds)
            return [name] + all.map(Readable.time) + [Readable.time(all.reduce(0, +))]
        }
        for (layer, seconds) in zip(estimate.layers, step.layers) { table.add(row(layer.name) { seconds[$0] }) }
        table.add(["batches and measures"] + Slot.allCases.map { _ in "" } + [Readable.time(step.beside)])
        table.beginFooter()
        table.add(["sum"] + Slot.allCases.map { slot in Readable.time(step.layers.reduce(0) { $0 + $1[slot] }) } + [Readable.time(step.total)])
        return table
    }

    /// Seconds dense, with policies, and their share.
    func times(_ time: (SecondsEstimate) -> Double?) -> [String] {
        guard let own = estimate.seconds, let twin = dense?.seconds else { return estimate.seconds == nil ? [] : ["", "", ""] }
        guard let done = time(own), let all = time(twin) else { return ["", "", ""] }
        return [Readable.time(all), Readable.time(done), all > 0 ? Readable.decimal(100 * done / all, digits: 1) + " %" : "-"]
    }
}
