import Diagnostics
import Kernels

/// Something for each split that has examples of its own.
struct SparseParts<Content> {
    let train: Content
    /// From a file of its own.
    let validation: Content?
    let test: Content?

    var others: [Content] { [validation, test].compactMap(\.self) }
}

/// Which files of sparse examples a request names, and how they are to be read.
struct SparseFiles {
    private let request: DataRequest
    private let format: SparseSource.Format
    let parts: SparseParts<Written<String>>

    init(_ format: SparseSource.Format, train: Written<String>, test: Written<String>?, _ request: DataRequest) {
        self.request = request
        self.format = format
        let validation: Written<String>? = if case .files(let files) = request.validation?.value { files.features.first } else { nil }
        parts = SparseParts(train: train, validation: validation, test: test)
    }

    /// What each file has; throws the problems of all of them.
    func map<Result>(_ read: (SparseRequest) throws(DiagnosticError) -> Result) throws(DiagnosticError) -> SparseParts<Result> {
        var problems: [Diagnostic] = []
        func attempt(_ file: Written<String>?) -> Result? {
            guard let file else { return nil }
            do throws(DiagnosticError) { return try read(SparseRequest(file, textFormat)) } catch {
                problems += error.diagnostics
                return nil
            }
        }
        let train = attempt(parts.train), validation = attempt(parts.validation), test = attempt(parts.test)
        guard problems.isEmpty, let train else { throw DiagnosticError(problems) }
        return SparseParts(train: train, validation: validation, test: test)
    }

    private var textFormat: SparseRequest.Format {
        switch format {
        case .xc: .xc
        case .libsvm(let first, let features):
            .libsvm(SparseRequest.LibSVM(features: features, labels: declaredLabels, countsFromZero: first == 0, firstLabel: request.labelBase))
        }
    }

    /// How many labels the network can tell apart. One number tells two.
    private var declaredLabels: Int? {
        switch request.target {
        case .classes: request.classes?.value
        case .values(let width): width == 1 ? 2 : width
        case .absent: nil
        }
    }

    /// Where the files of all splits must agree.
    func check(_ extents: SparseParts<SparseExtents>) throws(DiagnosticError) {
        guard case .xc = format else { return }
        var problems: [Diagnostic] = []
        for (name, file, other) in [("test", parts.test, extents.test), ("validation", parts.validation, extents.validation)] {
            guard let file, let other else { continue }
            func differ(_ what: String, _ here: Int, _ there: Int) {
                guard here != there else { return }
                problems.append(Diagnostic(
                    .splitShapesDiffer, "the header of the \(name) file says \(here) \(what), that of the training file \(there)", at: .file(path: file.value),
                    related: [RelatedPlace(.file(path: parts.train.value), "the training examples are here")]))
            }
            differ("features", other.features, extents.train.features)
            differ("labels", other.labelCount, extents.train.labelCount)
        }
        guard problems.isEmpty else { throw DiagnosticError(problems) }
    }

    /// The part of a made data set that its size is asked of.
    static func extents(_ made: LabelsRequest, _ request: DataRequest) throws(DiagnosticError) -> SparseParts<SparseExtents> {
        if let validation = request.validation, case .files = validation.value {
            throw DiagnosticError(Diagnostic(
                .badSyntheticData, "validation examples of a synthetic data set cannot come from files", at: validation.location,
                help: ["split them off: `validation: 10%`"]))
        }
        let sizes = try SyntheticLabelSizes(made, seed: request.seed, at: request.location)
        return SparseParts(
            train: try sizes.extents(made.trainExamples, .train, at: request.location), validation: nil,
            test: made.testExamples == 0 ? nil : try sizes.extents(made.testExamples, .test, at: request.location))
    }
}

/// What all splits have in common.
struct SparseShape {
    let form: SparseForm
    let features: Int
    /// Nil where targets are numbers.
    let classes: Int?
    let targetWidth: Int
    /// See `Split.Content`.
    let firstTarget: Int

    init(_ extents: SparseParts<SparseExtents>, _ request: DataRequest) {
        form = SparseForm(train: extents.train, others: extents.others)
        // A file of which nobody said how many there are has as many as occur in it.
        let all = [extents.train] + extents.others
        features = all.reduce(1) { max($0, $1.features) }
        let labels = all.reduce(1) { max($0, $1.labelCount) }
        switch request.target {
        case .classes:
            classes = labels
            targetWidth = labels
            firstTarget = 0
        case .values(let width):
            classes = nil
            targetWidth = width == 1 && labels == 2 ? 1 : labels
            firstTarget = targetWidth == 1 && labels == 2 ? 1 : 0
        case .absent:
            classes = nil
            targetWidth = 0
            firstTarget = 0
        }
    }
}
