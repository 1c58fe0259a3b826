import Diagnostics
import Kernels

extension Dataset {
    /// Examples of a file of their own that nobody has given answers to, in the format of a data set and made ready as its examples are.
    ///
    /// - Parameters:
    ///   - shape: of an example, as the network reads it.
    ///   - trained: the data set that the network has learnt from; needed where its mean and deviation are those of its training examples.
    public static func openInput(_ path: String, _ request: DataRequest, shape: [Int], trained: Dataset?) throws(DiagnosticError) -> Split {
        var wanted = request
        wanted.target = .absent
        wanted.validation = nil
        let file = Written(path)
        let stored: Stored
        switch request.source {
        case .sparse(let source): return try openInput(file, source, wanted, features: shape.first ?? 0)
        case .known(let name): stored = try read(try format(path, KnownDataset.named(name).format), file, wanted)
        case .files(let own, _, _): stored = try read(format(path, own), file, wanted)
        case .synthetic:
            guard let format = named(path) else {
                throw DiagnosticError(Diagnostic(
                    .unreadableDataFile, "what format `\(quoted(path))` has is not known", at: .file(path: path),
                    help: ["the network has learnt from made-up examples; others are read from files that end in `.csv` or `.npy`"]))
            }
            stored = try read(format, file, wanted)
        }
        let numbers = shape.reduce(1) { $0.multipliedSaturating(by: $1) }, layout = stored.store.layout
        guard layout.rowLength == numbers else {
            let isLabelled = layout.shape.count == 1 && layout.rowLength == numbers + 1
            throw DiagnosticError(Diagnostic(
                .splitShapesDiffer, "an example of `\(quoted(path))` is \(shapeText(layout.shape)), and the network reads \(shapeText(shape))", at: .file(path: path),
                help: isLabelled ? ["take the column of the labels out, or name it in the header as the model file does"] : []))
        }
        var problems: [Diagnostic] = []
        stored.read(&problems)
        guard problems.isEmpty else { throw DiagnosticError(problems) }
        let terms: NormalizationTerms?
        if case .dense(_, let own)? = trained?.train.content { terms = own } else {
            terms = NormalizationTerms(request.normalization, layout, Statistics(stored.store, rows: nil))
        }
        guard let terms, let split = Split(stored.store, rows: nil, classes: nil, normalization: terms) else {
            throw DiagnosticError(.dataTooLarge(layout.byteCount, free: nil, at: .file(path: path)))
        }
        return split
    }

    /// Whether what is added to the numbers of a file, or what they are multiplied by, is known from the training examples only.
    public static func inputNeedsTraining(_ path: String, _ request: DataRequest) -> Bool {
        let own: DataRequest.Format? =
            switch request.source {
            case .known(let name): (try? KnownDataset.named(name))?.format
            case .files(let format, _, _): format
            case .sparse, .synthetic: nil
            }
        switch request.normalization {
        case .none: return false
        case .zscore: if case .sparse = request.source { return false } else { return true }
        // Numbers that were bytes in the training examples may be none in a file of another format.
        case .unit: return own.map { format(path, $0) != $0 } ?? false
        }
    }

    /// The format of a file: what its name says, else that of the training examples.
    private static func format(_ path: String, _ own: DataRequest.Format) -> DataRequest.Format { named(path) ?? own }

    private static func named(_ path: String) -> DataRequest.Format? {
        path.hasSuffix(".npy") ? .npy : path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") ? .csv : nil
    }

    private static func read(_ format: DataRequest.Format, _ file: Written<String>, _ request: DataRequest) throws(DiagnosticError) -> Stored {
        try Stored(try DataSources.reader(format, DataRequest.FileSet(features: [file]), request), request)
    }

    private static func openInput(_ file: Written<String>, _ source: SparseSource, _ request: DataRequest, features: Int) throws(DiagnosticError) -> Split {
        // Made-up examples are written down as those of the first format are.
        let format: SparseSource.Format =
            switch source {
            case .files(.libsvm(let first, _), _, _): .libsvm(firstFeature: first, features: features)
            case .files(.xc, _, _), .labels: .xc
            }
        let pool = WorkerPool(threads: max(1, request.threads))
        let examples = try SparseFiles(format, train: file, test: nil, request).map { wanted throws(DiagnosticError) in
            var wanted = wanted
            // It is read once.
            wanted.isCached = false
            return try SparseFile.open(wanted, pool: pool)
        }.train.examples
        guard examples.features == features else {
            throw DiagnosticError(Diagnostic(
                .splitShapesDiffer, "the examples of `\(quoted(file.value))` have \(examples.features) features, and the network reads \(features)", at: .file(path: file.value)))
        }
        guard let split = Split(examples, rows: nil, features: features, classes: nil, targetWidth: 0, firstTarget: 0) else {
            throw DiagnosticError(.dataTooLarge(examples.byteCount, free: nil, at: .file(path: file.value)))
        }
        return split
    }
}

extension Split {
    /// Of sparse examples, the features of the longest; nil where they are not sparse.
    public var longestRow: Int? {
        if case .sparse(let examples, _) = content { return examples.maxRowLength }
        return nil
    }

    /// What numbers as they are stored are multiplied by, and what is then added; nil of sparse examples.
    public var normalizationTerms: (scale: [Float], shift: [Float])? {
        guard case .dense(_, let terms) = content else { return nil }
        return ((0..<terms.scale.count).map { terms.scale[$0] }, (0..<terms.shift.count).map { terms.shift[$0] })
    }
}
