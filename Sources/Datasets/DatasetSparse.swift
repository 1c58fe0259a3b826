import Diagnostics
import Kernels

extension Dataset {
    /// Reads or makes sparse examples. An example without labels is one of which nothing is true; softmax learns nothing from it.
    static func open(_ source: SparseSource, _ request: DataRequest) throws(DiagnosticError) -> Dataset {
        let pool = WorkerPool(threads: max(1, request.threads))
        let parts: SparseParts<SparseExamples>
        var records: [DataFileRecord] = []
        switch source {
        case .files(let format, let train, let test):
            let files = SparseFiles(format, train: train, test: test, request)
            let read = try files.map { file throws(DiagnosticError) in try SparseFile.open(file, pool: pool) }
            records = ([read.train] + read.others).map(\.record)
            parts = SparseParts(train: read.train.examples, validation: read.validation?.examples, test: read.test?.examples)
            try files.check(parts.extents)
        case .labels(let made):
            _ = try SparseFiles.extents(made, request)
            let labels = try SyntheticLabels(made, seed: request.seed, at: request.location)
            parts = SparseParts(
                train: try labels.examples(made.trainExamples, .train, pool: pool, at: request.location), validation: nil,
                test: made.testExamples == 0 ? nil : try labels.examples(made.testExamples, .test, pool: pool, at: request.location))
        }
        let shape = SparseShape(parts.extents, request)
        let rows = try TrainingParts(request, count: parts.train.count)
        func split(_ examples: SparseExamples, _ rows: [Int32]?) throws(DiagnosticError) -> Split {
            guard
                let split = Split(
                    examples, rows: rows, features: shape.features, classes: shape.classes, targetWidth: shape.targetWidth, firstTarget: shape.firstTarget)
            else { throw DiagnosticError(.dataTooLarge(examples.count.multipliedSaturating(by: 4), free: nil, at: request.location)) }
            return split
        }
        let train = try split(parts.train, rows.train)
        let validation: Split? = if let own = parts.validation { try split(own, nil) } else { try rows.validation.map { part throws(DiagnosticError) in try split(parts.train, part) } }
        let test = try parts.test.map { examples throws(DiagnosticError) in try split(examples, nil) }
        let bytes = ([parts.train] + parts.others).reduce(0) { $0 + $1.byteCount } + [train, validation, test].compactMap(\.self).reduce(0) { $0 + $1.indexByteCount }
        return Dataset(
            train: train, validation: validation, test: test, classes: shape.classes, classNames: [], statistics: nil, sparse: shape.form, files: records,
            byteCount: bytes, warnings: withoutLabels(train, parts.train, shape, request, records.first))
    }

    /// Where the loss is one over classes, an example without any is not learned from.
    private static func withoutLabels(
        _ train: Split, _ examples: SparseExamples, _ shape: SparseShape, _ request: DataRequest, _ file: DataFileRecord?
    ) -> [Diagnostic] {
        guard shape.classes != nil else { return [] }
        let count = (0..<train.count).count { examples.labelPlaces(train.row(Int32($0))).isEmpty }
        guard count > 0 else { return [] }
        return [
            Diagnostic(
                .examplesWithoutLabels, "\(count == train.count ? "none" : "\(count)") of the \(train.count) training examples \(count == train.count ? "has a label" : count == 1 ? "has no label" : "have no label")",
                at: file.map { .file(path: $0.path) } ?? request.location, help: ["`cross_entropy` learns nothing from them; `binary_cross_entropy` learns that no label is theirs"])
        ]
    }

    static func probe(_ source: SparseSource, _ request: DataRequest) throws(DiagnosticError) -> DataSummary {
        let extents: SparseParts<SparseExtents>
        switch source {
        case .files(let format, let train, let test):
            let files = SparseFiles(format, train: train, test: test, request)
            let pool = WorkerPool(threads: max(1, request.threads))
            extents = try files.map { file throws(DiagnosticError) in try SparseExtents.of(file, pool: pool) }
            try files.check(extents)
        case .labels(let made): extents = try SparseFiles.extents(made, request)
        }
        let shape = SparseShape(extents, request)
        let sizes = try TrainingParts.Sizes(request, count: extents.train.sizes.count)
        let splits = sizes.isWhole ? 0 : Split.indexBytes(count: sizes.train) + (sizes.validation > 0 ? Split.indexBytes(count: sizes.validation) : 0)
        let bytes = ([extents.train] + extents.others).reduce(splits) { $0.addingSaturating($1.sizes.byteCount) }
        return DataSummary(
            shape: [shape.features], classes: shape.classes, sparse: shape.form, targetWidth: shape.classes == nil ? shape.targetWidth : nil,
            trainExamples: sizes.train, validationExamples: extents.validation?.sizes.count ?? sizes.validation, testExamples: extents.test?.sizes.count ?? 0,
            byteCount: bytes,
            loadingByteCount: readingBytes + TextBlocks.standardSize + (sizes.isWhole ? 0 : extents.train.sizes.count.multipliedSaturating(by: 8)),
            classNames: [], unavailable: nil)
    }
}

extension SparseParts where Content == SparseExamples {
    var extents: SparseParts<SparseExtents> { SparseParts<SparseExtents>(train: train.extents, validation: validation?.extents, test: test?.extents) }
}
