import Graph

/// The ways in which the work of a layer's policy can be done, and the one that is taken. A stable interface: keys are added, never renamed.
public struct StrategyRecord: Codable, Sendable, Hashable {
    public struct Way: Codable, Sendable, Hashable {
        /// `example`, `batch`, `example_dense`, `batch_dense`: what `strategy` takes. `compacted`: units that go are cut out, and the work stays dense, on average over the run; `dense`:
        /// they stay, multiplied by zero.
        public var strategy: String
        public var taken: Bool
        /// Why it is not there to be taken; nil where it is.
        public var ruledOut: String?
        /// Seconds of a whole step of training; nil where no machine was asked, and so are the others.
        public var step: Double?
        /// Seconds of the layer in it, by slot.
        public var seconds: [String: Double]?
        /// Of the layer in a step.
        public var multiplications: Int?

        public init(strategy: String, taken: Bool, ruledOut: String? = nil, step: Double? = nil, seconds: [Double]? = nil, multiplications: Int? = nil) {
            self.strategy = strategy
            self.taken = taken
            self.ruledOut = ruledOut
            self.step = step
            self.seconds = seconds.map { seconds in Dictionary(zip(Slot.allCases.map(\.rawValue), seconds)) { $1 } }
            self.multiplications = multiplications
        }
    }

    public var layer: String
    /// Of the policy: `forward`, `backward` or `neurons`.
    public var slot: String
    public var taken: String
    /// Why: `cheapest`, `usual`, `pinned`, `only` or `unasked`.
    public var reason: String
    public var ways: [Way]
    /// Seconds of the layer in a step of the network without policies, for comparison.
    public var withoutPolicies: Double?

    public init(layer: String, slot: String, taken: String, reason: String, ways: [Way], withoutPolicies: Double? = nil) {
        self.layer = layer
        self.slot = slot
        self.taken = taken
        self.reason = reason
        self.ways = ways
        self.withoutPolicies = withoutPolicies
    }
}

/// The same as a table.
public struct StrategyTable: Sendable {
    let records: [StrategyRecord]
    let show: @Sendable (Int) -> String

    public static let title = "Ways to do the work that policies leave, one step of training"
    /// Under the table.
    public static let legend = """
        example: rows are gathered for each example; batch: the batch's rows are packed; with _dense, all are computed and the others dropped. `strategy` on a layer pins one of these.
        compacted: units that go are cut out of the network, here with those that are expected to be there on average; dense: they would stay, as zeros.

        """

    public init(_ records: [StrategyRecord], show: @escaping @Sendable (Int) -> String = { Readable.count($0) }) {
        self.records = records
        self.show = show
    }

    public var table: TextTable {
        let isTimed = records.contains { $0.ways.contains { $0.step != nil } }
        var table = TextTable(
            [TextTable.Column("layer"), TextTable.Column("slot", expendable: 2), TextTable.Column("strategy")]
                + (isTimed
                    ? [TextTable.Column("step", .right), TextTable.Column("layer", .right)]
                        + Slot.allCases.map { TextTable.Column($0.rawValue.replacing("_", with: " "), .right, short: Self.short($0), expendable: 3) }
                        + [TextTable.Column("multiplications", .right, short: "mults", expendable: 1)] : [])
                + [TextTable.Column("")])
        for record in records {
            for (place, way) in record.ways.enumerated() {
                var row = place == 0 ? [record.layer, record.slot] : ["", ""]
                row.append(way.strategy)
                if isTimed { row += times(way) }
                table.add(row + [way.taken ? Self.reason(record.reason) : way.ruledOut ?? ""])
            }
            if isTimed, let dense = record.withoutPolicies {
                table.add(["", "", "(no policy)", "", Readable.time(dense)] + Slot.allCases.map { _ in "" } + ["", ""])
            }
        }
        return table
    }

    private func times(_ way: StrategyRecord.Way) -> [String] {
        guard let step = way.step, let seconds = way.seconds else { return Array(repeating: "", count: 3 + Slot.allCases.count) }
        let slots = Slot.allCases.map { seconds[$0.rawValue] ?? 0 }
        return [Readable.time(step), Readable.time(slots.reduce(0, +))] + slots.map(Readable.time) + [way.multiplications.map(show) ?? ""]
    }

    private static func reason(_ reason: String) -> String {
        switch reason {
        case "cheapest": "taken: the cheapest"
        case "usual": "taken: none is cheaper by more than predictions are off"
        case "pinned": "taken: the file says so"
        case "only": "taken: the only one"
        default: "taken: no machine was asked"
        }
    }

    private static func short(_ slot: Slot) -> String {
        switch slot {
        case .forward: "fwd"
        case .backwardInput: "bwd in"
        case .backwardWeights: "bwd w"
        case .update: "upd"
        case .overhead: "over"
        }
    }
}
