import Diagnostics

extension Dataset {
    /// Reads headers only, and counts the lines of csv files. Sparse text files are read as a whole where the cache beside them does not tell
    /// how long their rows are, which leaves one. A known data set need not be there.
    public static func probe(_ request: DataRequest) throws(DiagnosticError) -> DataSummary {
        if case .sparse(let source) = request.source { return try probe(source, request) }
        if case .known(let name) = request.source {
            let known = try KnownDataset.named(name)
            var unavailable: Diagnostic?
            do throws(DiagnosticError) { _ = try known.locate(request, at: name.location) } catch { unavailable = error.diagnostics.first }
            return try summary(
                request, train: known.layout(known.trainExamples, request.target), validation: try validationLayout(request),
                test: known.layout(known.testExamples, request.target), classes: known.classNames.count,
                classNames: known.classNames, unavailable: unavailable)
        }
        let sources = try DataSources(request)
        return try summary(
            request, train: sources.train.layout, validation: sources.validation?.layout, test: sources.test?.layout,
            classes: sources.classes ?? request.classes?.value, classNames: sources.classNames, unavailable: nil)
    }

    private static func validationLayout(_ request: DataRequest) throws(DiagnosticError) -> Layout? {
        try DataSources.validation(request)?.layout
    }

    private static func summary(
        _ request: DataRequest, train: Layout, validation: Layout?, test: Layout?, classes: Int?, classNames: [String],
        unavailable: Diagnostic?
    ) throws(DiagnosticError) -> DataSummary {
        let sizes = try TrainingParts.Sizes(request, count: train.count)
        let width: Int? = if case .values(let width) = train.target { width } else { nil }
        let splits = sizes.isWhole ? 0 : Split.indexBytes(count: sizes.train) + (sizes.validation > 0 ? Split.indexBytes(count: sizes.validation) : 0)
        let stores = [train, validation, test].compactMap { $0?.byteCount }
        let parts = stores + [splits, NormalizationTerms.byteCount(NormalizationTerms.terms(request.normalization, train))]
        let bytes = parts.reduce(0) { sum, next in
            let (total, overflow) = sum.addingReportingOverflow(next)
            return overflow ? Int.max : total
        }
        return DataSummary(
            shape: train.shape, classes: width == nil ? classes : nil,
            targetWidth: request.target == .classes ? nil : width ?? classes, trainExamples: sizes.train,
            validationExamples: validation?.count ?? sizes.validation, testExamples: test?.count ?? 0, byteCount: bytes,
            // Shuffled row numbers are made beside the lists of rows that they end up in.
            loadingByteCount: readingBytes + (sizes.isWhole ? 0 : train.count.multipliedSaturating(by: 8)),
            classNames: classNames, unavailable: unavailable)
    }
}
