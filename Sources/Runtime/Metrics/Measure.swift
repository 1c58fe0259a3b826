/// What is reported of a split, with the names of the model file.
public enum Measure: String, Codable, Sendable, CaseIterable {
    case loss, accuracy, top5Accuracy = "top_5_accuracy"
    case precisionAt1 = "precision_at_1", precisionAt3 = "precision_at_3", precisionAt5 = "precision_at_5"
    case auc

    public var higherIsBetter: Bool { self != .loss }
}

/// How the right answers are given.
public enum Truth: Sendable, Hashable {
    /// One class number per example.
    case classNumbers
    /// Zeros and ones, any number of them per example.
    case multiLabel
    /// Numbers to be met; several per example are read as scores of classes where a metric needs classes.
    case values
}

/// The measures of one split, in the order in which they were asked for.
public struct Scores: Codable, Sendable, Hashable {
    public struct Entry: Codable, Sendable, Hashable {
        public var measure: Measure
        public var value: Double
        public init(_ measure: Measure, _ value: Double) {
            self.measure = measure
            self.value = value
        }
    }

    public var entries: [Entry]
    /// The same measures of the network evaluated in the other way, where both are asked for.
    public var twin: (name: String, entries: [Entry])? {
        get { twinName.map { ($0, twinEntries) } }
        set { (twinName, twinEntries) = (newValue?.name, newValue?.entries ?? []) }
    }
    private var twinName: String?
    private var twinEntries: [Entry] = []

    public init(_ entries: [Entry]) { self.entries = entries }
    public subscript(measure: Measure) -> Double? { entries.first { $0.measure == measure }?.value }
}
