import Diagnostics

/// The readers of a request: files are opened and measured, nothing is in memory yet.
struct DataSources {
    let train: any SplitReader
    /// From files of its own.
    let validation: (any SplitReader)?
    let test: (any SplitReader)?
    /// Where they are certain without looking at the labels.
    let classes: Int?
    let classNames: [String]
    private let known: KnownDataset?

    init(_ request: DataRequest) throws(DiagnosticError) {
        var problems: [Diagnostic] = []
        func attempt(_ body: () throws(DiagnosticError) -> (any SplitReader)?) -> (any SplitReader)? {
            do throws(DiagnosticError) { return try body() } catch {
                problems += error.diagnostics
                return nil
            }
        }
        let train: (any SplitReader)?, test: (any SplitReader)?
        switch request.source {
        case .known(let name):
            let known = try KnownDataset.named(name)
            let found = try known.locate(request, at: name.location)
            train = attempt { () throws(DiagnosticError) in try Self.reader(known.format, found.train, request) }
            test = attempt { () throws(DiagnosticError) in try Self.reader(known.format, found.test, request) }
            self.known = known
            classes = known.classNames.count
            classNames = known.classNames
        case .files(let format, let trainFiles, let testFiles):
            train = attempt { () throws(DiagnosticError) in try Self.reader(format, trainFiles, request) }
            test = attempt { () throws(DiagnosticError) in
                guard let testFiles else { return nil }
                return try Self.reader(format, testFiles, request)
            }
            known = nil
            classes = format == .cifar10 ? 10 : format == .cifar100 ? 100 : nil
            classNames = []
        case .synthetic(let made):
            train = attempt { () throws(DiagnosticError) in try SyntheticReader(made, .train, request) }
            test = attempt { () throws(DiagnosticError) in
                made.testExamples == 0 ? nil : try SyntheticReader(made, .test, request)
            }
            known = nil
            classes = made.generator.fixedClasses ?? made.classes
            classNames = []
        case .sparse: preconditionFailure("sparse examples are opened by readers of their own")
        }
        validation = attempt { () throws(DiagnosticError) in try Self.validation(request) }
        guard problems.isEmpty, let train else { throw DiagnosticError(problems) }
        self.train = train
        self.test = test
        try checkShapes()
        if let known, let test { try known.check(train: train.layout, test: test.layout, at: request.location) }
    }

    /// The reader of validation files, where they are given.
    static func validation(_ request: DataRequest) throws(DiagnosticError) -> (any SplitReader)? {
        guard let validation = request.validation, case .files(let files) = validation.value else { return nil }
        let format: DataRequest.Format = switch request.source {
        case .known(let name): try KnownDataset.named(name).format
        case .files(let format, _, _): format
        case .synthetic:
            throw DiagnosticError(Diagnostic(
                .badSyntheticData, "validation examples of a synthetic data set cannot come from files", at: validation.location,
                help: ["split them off: `validation: 10%`"]))
        case .sparse: preconditionFailure("sparse examples are opened by readers of their own")
        }
        return try reader(format, files, request)
    }

    static func reader(_ format: DataRequest.Format, _ files: DataRequest.FileSet, _ request: DataRequest) throws(DiagnosticError) -> any SplitReader {
        switch format {
        case .idx: try TensorReader(files, target: request.target, location: request.location, open: IDX.open)
        case .npy: try TensorReader(files, target: request.target, location: request.location, open: NPY.open)
        case .csv: try CSVReader(files, request)
        case .cifar10: try CIFARReader(files, labelBytes: 1, request)
        case .cifar100: try CIFARReader(files, labelBytes: 2, request)
        }
    }

    private func checkShapes() throws(DiagnosticError) {
        let problems = [("test", test), ("validation", validation)].compactMap { name, other -> Diagnostic? in
            guard let other else { return nil }
            let place = other.files.first, first = train.files.first
            let related = first.map { [RelatedPlace(.file(path: $0.path), "the training examples are here")] } ?? []
            let location = place.map { Location.file(path: $0.path) } ?? .nowhere
            if other.layout.shape != train.layout.shape {
                return Diagnostic(
                    .splitShapesDiffer, "\(name) examples have shape \(shapeText(other.layout.shape)), training examples \(shapeText(train.layout.shape))",
                    at: location, related: related)
            }
            if other.layout.target != train.layout.target {
                return Diagnostic(
                    .splitShapesDiffer, "\(name) targets have another form than those of training: \(text(other.layout.target)) instead of \(text(train.layout.target))",
                    at: location, related: related)
            }
            return nil
        }
        guard problems.isEmpty else { throw DiagnosticError(problems) }
    }

    private func text(_ target: Layout.Target) -> String {
        switch target {
        case .classes: "class numbers"
        case .values(let width): "\(width) \(width == 1 ? "number" : "numbers") per example"
        }
    }

    /// The checksums of all files; those of a known data set are compared with the built-in ones.
    func records(_ warnings: inout [Diagnostic]) throws(DiagnosticError) -> [DataFileRecord] {
        var records: [DataFileRecord] = []
        for file in train.files + (validation?.files ?? []) + (test?.files ?? []) {
            let record = try file.record()
            records.append(record)
            if let warning = known?.checksumWarning(record) { warnings.append(warning) }
        }
        return records
    }
}
