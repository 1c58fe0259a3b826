import Graph

/// What layers that compute some of their units only save and cost, in tables.
struct ChoiceTables {
    let choices: [UnitChoice]
    let show: (Int) -> String

    static let costTitle = "Choosing units: saved and spent over the whole run"
    static let retrievalTitle = "Share of the units that hash tables find, by the angle between unit and input as they are hashed"

    var costs: TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("by", expendable: 2), TextTable.Column("active"), TextTable.Column("for"),
            TextTable.Column("multiplications", .right, short: "mults"), TextTable.Column("additions", .right, short: "adds"),
            TextTable.Column("comparisons", .right, short: "comps", expendable: 1),
        ])
        for choice in choices {
            let head = [choice.layer, choice.function, "\(Readable.grouped(choice.active)) of \(Readable.grouped(choice.units))"]
            let rows = [("saved", choice.saved), ("choosing", choice.choosing), ("refreshing", choice.refreshing), ("watching", choice.watching)]
            for (place, (name, work)) in rows.enumerated() {
                table.add((place == 0 ? head : ["", "", ""]) + [name, show(work.allMultiplications), show(work.additions), show(work.comparisons)])
            }
        }
        return table
    }

    /// Nil where no layer has tables of a function that goes by the angle.
    var retrieval: TextTable? {
        let hashed = choices.filter { !$0.retrieved.isEmpty }
        guard let angles = hashed.first?.retrieved.map(\.angle) else { return nil }
        var table = TextTable(
            [TextTable.Column("layer"), TextTable.Column("by", expendable: 1)] + angles.map { TextTable.Column("\($0)°", .right) }
                + [TextTable.Column("found by chance", .right, short: "by chance"), TextTable.Column("active", .right)])
        for choice in hashed {
            table.add(
                [choice.layer, choice.function] + choice.retrieved.map { Readable.decimal(100 * $0.share, digits: 1) + " %" }
                    + [choice.foundByChance.map { Readable.grouped(Int($0.rounded())) } ?? "-", Readable.grouped(choice.active)])
        }
        return table
    }
}

/// The same for `nnc estimate --format json`.
public struct ChoiceRecord: Codable, Sendable, Hashable {
    public struct Operations: Codable, Sendable, Hashable {
        public var multiplications: Int
        public var additions: Int
        public var comparisons: Int

        init(_ work: Work) { (multiplications, additions, comparisons) = (work.allMultiplications, work.additions, work.comparisons) }
    }

    public struct Retrieved: Codable, Sendable, Hashable {
        /// Degrees.
        public var angle: Int
        public var share: Double
    }

    public var layer: String
    public var function: String
    public var units: Int
    public var active: Int
    /// Of simhash: the share of the units that is found, by the angle between unit and input.
    public var retrieved: [Retrieved]?
    /// Units that hash tables find by chance.
    public var foundByChance: Double?
    /// Over the whole run.
    public var saved: Operations
    public var choosing: Operations
    public var refreshing: Operations
    public var watching: Operations

    init(_ choice: UnitChoice) {
        layer = choice.layer
        function = choice.function
        units = choice.units
        active = choice.active
        retrieved = choice.retrieved.isEmpty ? nil : choice.retrieved.map { Retrieved(angle: $0.angle, share: $0.share) }
        foundByChance = choice.foundByChance
        (saved, choosing) = (Operations(choice.saved), Operations(choice.choosing))
        (refreshing, watching) = (Operations(choice.refreshing), Operations(choice.watching))
    }
}
