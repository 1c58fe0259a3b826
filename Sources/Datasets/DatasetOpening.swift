import Diagnostics
import Kernels

extension Dataset {
    /// Reads and checks everything that a run will need. Takes no more memory than `probe` says.
    ///
    /// Throws all problems of all files together.
    public static func open(_ request: DataRequest) throws(DiagnosticError) -> Dataset {
        if case .sparse(let source) = request.source { return try open(source, request) }
        let sources = try DataSources(request)
        var warnings: [Diagnostic] = []
        let files = try sources.records(&warnings)
        let train = try Stored(sources.train, request)
        let validationFiles = try sources.validation.map { reader throws(DiagnosticError) in try Stored(reader, request) }
        let test = try sources.test.map { reader throws(DiagnosticError) in try Stored(reader, request) }

        var problems: [Diagnostic] = []
        for stored in [train, validationFiles, test].compactMap(\.self) { stored.read(&problems) }
        guard problems.isEmpty else { throw DiagnosticError(problems) }

        let classes = try LabelCheck(request, known: sources.classes)
            .run(train: train, others: [validationFiles, test].compactMap(\.self), &warnings)
        let parts = try TrainingParts(request, count: train.store.layout.count)
        let statistics = Statistics(train.store, rows: parts.train)
        warnings += constantFeatures(statistics, train, request)
        return try assembled(
            sources, classes: classes, statistics: statistics, files: files, warnings: warnings, request: request,
            train: (train.store, parts.train),
            validation: validationFiles.map { ($0.store, nil) } ?? parts.validation.map { (train.store, $0) },
            test: test.map { ($0.store, nil) })
    }

    private typealias Part = (store: ExampleStore, rows: [Int32]?)

    private static func assembled(
        _ sources: DataSources, classes: Int?, statistics: Statistics, files: [DataFileRecord], warnings: [Diagnostic],
        request: DataRequest, train: Part, validation: Part?, test: Part?
    ) throws(DiagnosticError) -> Dataset {
        let terms = NormalizationTerms(request.normalization, train.store.layout, statistics)
        func split(_ part: Part) throws(DiagnosticError) -> Split {
            guard let terms, let split = Split(part.store, rows: part.rows, classes: classes, normalization: terms) else {
                throw DiagnosticError(.dataTooLarge(part.store.layout.count.multipliedSaturating(by: 4), free: nil, at: request.location))
            }
            return split
        }
        let splits = (
            train: try split(train),
            validation: try validation.map { part throws(DiagnosticError) in try split(part) },
            test: try test.map { part throws(DiagnosticError) in try split(part) })
        let stores = [train.store] + [validation?.store, test?.store].compactMap(\.self).filter { $0 !== train.store }
        let bytes = stores.reduce(0) { $0 + $1.byteCount }
            + [splits.train, splits.validation, splits.test].compactMap(\.self).reduce(0) { $0 + $1.indexByteCount }
            + NormalizationTerms.byteCount(NormalizationTerms.terms(request.normalization, train.store.layout))
        return Dataset(
            train: splits.train, validation: splits.validation, test: splits.test, classes: classes,
            classNames: sources.classNames, statistics: statistics, files: files, byteCount: bytes, warnings: warnings)
    }

    private static func constantFeatures(_ statistics: Statistics, _ train: Stored, _ request: DataRequest) -> [Diagnostic] {
        let constant = statistics.deviation.indices.filter { statistics.deviation[$0] == 0 }
        guard !constant.isEmpty else { return [] }
        let isImage = train.store.layout.shape.count == 3
        let all = constant.count == statistics.deviation.count
        let names = constant.prefix(5).map(String.init).joined(separator: ", ") + (constant.count > 5 ? ", …" : "")
        let what = all ? "every feature has" : isImage ? "channel \(names) has" : "\(constant.count == 1 ? "feature" : "features") \(names) \(constant.count == 1 ? "has" : "have")"
        return [
            Diagnostic(
                .constantFeatures, "\(what) the same value in all \(request.normalization == .zscore ? "training examples, and becomes 0" : "training examples")",
                at: train.reader.files.first.map { .file(path: $0.path) } ?? request.location)
        ]
    }
}

/// A reader and the memory it fills.
struct Stored {
    let reader: any SplitReader
    let store: ExampleStore

    init(_ reader: any SplitReader, _ request: DataRequest) throws(DiagnosticError) {
        self.reader = reader
        store = try ExampleStore(reader.layout, for: request.location)
    }

    func read(_ problems: inout [Diagnostic]) { reader.read(into: store, &problems) }
}
