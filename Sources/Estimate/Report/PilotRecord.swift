/// What some steps of training showed of how many rows of weights a step updates, where each example chooses units of its own. A stable interface: keys are added, never renamed.
public struct PilotRecord: Codable, Sendable, Hashable {
    public struct Layer: Codable, Sendable, Hashable {
        public var name: String
        public var units: Int
        /// Units that each example chooses.
        public var perExample: Int
        /// Rows of a full step: as they were expected for the pilot, as the pilot had them on average, and as they are expected of the run now.
        public var expectedInPilot: Int
        public var seen: Double
        public var expectedInRun: Int

        public init(name: String, units: Int, perExample: Int, expectedInPilot: Int, seen: Double, expectedInRun: Int) {
            self.name = name
            self.units = units
            self.perExample = perExample
            self.expectedInPilot = expectedInPilot
            self.seen = seen
            self.expectedInRun = expectedInRun
        }
    }

    public var steps: Int
    public var seconds: Double
    public var layers: [Layer]

    public init(steps: Int, seconds: Double, layers: [Layer]) {
        self.steps = steps
        self.seconds = seconds
        self.layers = layers
    }

    var title: String { "Rows of weights that a step updates, seen in a pilot of \(Readable.grouped(steps)) \(steps == 1 ? "step" : "steps") (\(Readable.time(seconds)))" }

    func table(_ show: (Int) -> String) -> TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("units", .right, expendable: 2), TextTable.Column("of an example", .right, expendable: 1), TextTable.Column("expected in the pilot", .right, short: "expected"),
            TextTable.Column("seen", .right), TextTable.Column("expected in the run", .right, short: "in the run"),
        ])
        for layer in layers {
            table.add([layer.name] + [layer.units, layer.perExample, layer.expectedInPilot, Int(layer.seen.rounded()), layer.expectedInRun].map(show))
        }
        return table
    }
}
