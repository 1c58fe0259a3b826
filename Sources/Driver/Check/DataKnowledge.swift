import Datasets
import Diagnostics
import Graph
import Lowering
import Model

/// Examples of each split; 0 where there is none, or where it is not known.
public struct SplitCounts: Sendable, Hashable {
    public var train = 0
    public var validation = 0
    public var test = 0

    public init(train: Int = 0, validation: Int = 0, test: Int = 0) {
        self.train = train
        self.validation = validation
        self.test = test
    }
}

/// What is known of the data without loading them.
public struct DataKnowledge: Sendable {
    public var facts: DataFacts
    public var counts: SplitCounts
    /// What the examples will take in memory; 0 where it is not known.
    public var bytes: Int
    /// Why the data cannot be opened here, where that is known.
    public var unavailable: [Diagnostic]

    /// Whether a batch of these examples has room in plans that were made for what was known.
    func fits(_ dataset: Dataset) -> Bool {
        guard let form = dataset.sparse else { return facts.sparse == nil }
        guard let sparse = facts.sparse, form.longestRow <= sparse.longest, dataset.shape == facts.shape else { return false }
        switch facts.targets {
        case .classes(let count): return form.hasOneLabelEach && dataset.classes ?? 0 <= count
        case .labelLists(let labels, let longest, _): return form.mostLabels <= longest && dataset.classes ?? 0 <= labels
        case .vector(let width): return dataset.train.targetWidth == width
        }
    }
}

extension ModelFile {
    /// Looks at the headers of the data, if there are any, and falls back on what the file itself says.
    func dataKnowledge(_ diagnostics: inout [Diagnostic]) -> DataKnowledge? {
        var unavailable: [Diagnostic] = []
        var summary: DataSummary?
        if let data {
            do {
                let found = try Dataset.probe(DataRequest(self, data))
                summary = found
                unavailable = [found.unavailable].compactMap { $0 }
            } catch {
                // Elsewhere the data may well be there: a file that says enough can be checked without them.
                // Of sparse examples only the data can say how long they are.
                guard error.diagnostics.allSatisfy({ $0.kind == .missingDataFile }), input.shape != nil, outputCount != nil, !data.value.isSparse else {
                    diagnostics += error.diagnostics
                    return nil
                }
                unavailable = error.diagnostics
            }
        }
        if let sparse = input.sparse, sparse.value, data == nil {
            diagnostics.append(Diagnostic(
                .sparseInputUnknown, "how many features of an example are not zero is not known", at: sparse.location,
                help: ["name data, or have some made up: `format: synthetic` with `generator: labels`"]))
            return nil
        }
        // Only how alike its choices are depends on it.
        let choosesUnits = layers.contains { $0.policies.contains { $0.slot == .forward } }
        let directions = choosesUnits ? data.flatMap { Dataset.directions(DataRequest(self, $0)) } : nil
        guard let shape = agreedShape(summary, &diagnostics), let targets = targets(summary, &diagnostics) else { return nil }
        if case .labelLists = targets, let curriculum = train.curriculum {
            diagnostics.append(Diagnostic(
                .curriculumNeedsClasses, "a curriculum of classes does not fit examples with lists of labels", at: curriculum.location,
                help: ["take `curriculum` out"]))
            return nil
        }
        let facts = DataFacts(shape: shape, targets: targets, sparse: summary?.sparse.map { DataFacts.SparseInput($0) }, trainExamples: summary?.trainExamples ?? 0, directions: directions)
        return DataKnowledge(
            facts: facts,
            counts: summary.map { SplitCounts(train: $0.trainExamples, validation: $0.validationExamples, test: $0.testExamples) } ?? SplitCounts(),
            bytes: summary?.byteCount ?? 0, unavailable: unavailable)
    }

    /// The input's shape, from the file or the data; where both give it, they must agree.
    private func agreedShape(_ summary: DataSummary?, _ diagnostics: inout [Diagnostic]) -> [Int]? {
        guard let given = input.shape else {
            if let summary { return summary.shape }
            diagnostics.append(Diagnostic(
                .inputShapeUnknown, "the shape of the input is not known", at: layers.first?.location ?? .nowhere,
                help: ["give it: `input: { shape: [784] }`, or name data to take it from"]))
            return nil
        }
        guard let summary, summary.shape != given.value else { return given.value }
        // The same numbers in the same order under another shape are the same example.
        let isReshape = Count.product(summary.shape) == Count.product(given.value)
        let isSparse = summary.sparse != nil
        func trimmed(_ shape: [Int]) -> ArraySlice<Int> { shape[...((shape.lastIndex { $0 != 1 }) ?? 0)] }
        let isFlat = summary.shape.count == 1 || given.value.count == 1
        if isReshape, !isSparse, isFlat || trimmed(summary.shape) == trimmed(given.value) { return given.value }
        diagnostics.append(Diagnostic(
            .inputShapeDiffers, "the input is declared as \(given.value), but an example of the data is \(summary.shape)", at: given.location,
            related: data.map { [RelatedPlace($0.location, "the data")] } ?? [],
            help: [isSparse && isReshape ? "sparse examples have one number for the features they may have: `shape: [\(summary.shape[0])]`" : "leave `input.shape` out to take it from the data"]))
        return nil
    }

    private func targets(_ summary: DataSummary?, _ diagnostics: inout [Diagnostic]) -> DataFacts.Targets? {
        let wantsClasses = train.loss.value == .crossEntropy
        if wantsClasses, let labels = summary?.classes, let form = summary?.sparse, !form.hasOneLabelEach {
            return .labelLists(labels: labels, longest: form.mostLabels, average: form.averageLabels)
        }
        if let count = wantsClasses ? summary?.classes ?? outputCount : summary?.targetWidth ?? outputCount {
            return wantsClasses ? .classes(count) : .vector(count)
        }
        diagnostics.append(Diagnostic(
            .targetsUnknown, "how many \(wantsClasses ? "classes" : "numbers") there are to learn is not known", at: layers.last?.location ?? .nowhere,
            help: ["end the network with a dense layer"]))
        return nil
    }
}

extension DataFacts.SparseInput {
    init(_ form: SparseForm) { self.init(longest: form.longestRow, average: form.averageRow) }
}
