import Datasets
import Diagnostics
import Model

extension Written {
    init(_ located: Located<Value>) { self.init(located.value, located.location) }
}

extension DataRequest.FileSet {
    init(_ files: DataSpec.FileSet) {
        self.init(features: files.features.map { Written($0) }, labels: files.labels.map { Written($0) })
    }
}

extension DataRequest {
    /// What the model file asks of the data.
    init(_ model: ModelFile, _ data: Located<DataSpec>) {
        let spec = data.value
        let source: Source =
            switch spec.source {
            case .known(let name): .known(Written(name, data.location))
            case .files(let format, let train, let test):
                if let format = Format(format) {
                    .files(format: format, train: FileSet(train), test: test.map { FileSet($0) })
                } else {
                    .sparse(SparseSource(format, spec, features: model.input.shape, train: train, test: test))
                }
            case .synthetic(let made):
                if let generator = SyntheticRequest.Generator(made.generator) {
                    .synthetic(SyntheticRequest(made, generator))
                } else {
                    .sparse(.labels(LabelsRequest(made)))
                }
            }
        let outputs = model.outputCount
        let isClasses = model.train.loss.value == .crossEntropy
        let last = model.layers.last?.location ?? data.location
        self.init(
            source: source, validation: spec.validation.map { Written(Validation($0.value), $0.location) },
            normalization: Normalization(spec.normalization), columns: spec.columns.map { Columns($0) }, limit: spec.limit,
            labelBase: spec.labelBase, seed: model.seed, target: isClasses ? .classes : .values(width: outputs),
            classes: isClasses ? outputs.map { Written($0, last) } : nil, location: data.location,
            threads: model.train.threads ?? Machine.processors)
    }
}

extension DataRequest.Format {
    /// Nil for the sparse ones.
    init?(_ format: DataSpec.Format) {
        switch format {
        case .idx: self = .idx
        case .npy: self = .npy
        case .csv: self = .csv
        case .cifar10: self = .cifar10
        case .cifar100: self = .cifar100
        case .libsvm, .xc: return nil
        }
    }
}

extension SparseSource {
    /// `features` is what the file says of the input.
    init(_ format: DataSpec.Format, _ spec: DataSpec, features: Located<[Int]>?, train: DataSpec.FileSet, test: DataSpec.FileSet?) {
        let declared = features.flatMap { $0.value.count == 1 ? $0.value[0] : nil }
        self = .files(
            format: format == .xc ? .xc : .libsvm(firstFeature: spec.featureBase, features: declared),
            train: Written(train.features), test: test.map { Written($0.features) })
    }
}

extension Written<String> {
    /// The checker lets sparse formats have one file each.
    fileprivate init(_ files: [Located<String>]) {
        self.init(files.first?.value ?? "", files.first?.location ?? .nowhere)
    }
}

extension LabelsRequest {
    init(_ spec: SyntheticSpec) {
        self.init(
            trainExamples: spec.trainExamples, testExamples: spec.testExamples, features: spec.features, labels: spec.classes,
            featuresPerExample: spec.sparse.featuresPerExample, labelsPerExample: spec.sparse.labelsPerExample, prototypeFeatures: spec.sparse.prototypeFeatures)
    }
}

extension DataRequest.Normalization {
    init(_ normalization: DataSpec.Normalization) {
        self =
            switch normalization {
            case .unit: .unit
            case .zscore: .zscore
            case .none: .none
            }
    }
}

extension DataRequest.Validation {
    init(_ validation: DataSpec.Validation) {
        self =
            switch validation {
            case .amount(.share(let share)): .share(share)
            case .amount(.count(let count)): .count(count)
            case .files(let files): .files(DataRequest.FileSet(files))
            }
    }
}

extension DataRequest.Columns {
    init(_ columns: DataSpec.Columns) {
        self.init(label: columns.label.map { Written($0) }, features: columns.features?.map { Written($0) }, header: columns.header)
    }
}

extension SyntheticRequest.Generator {
    /// Nil for that of sparse examples.
    init?(_ generator: SyntheticSpec.Generator) {
        switch generator {
        case .blobs: self = .blobs
        case .spirals: self = .spirals
        case .rectangles: self = .rectangles
        case .convex: self = .convex
        case .higgsLike: self = .higgsLike
        case .labels: return nil
        }
    }
}

extension SyntheticRequest {
    init(_ spec: SyntheticSpec, _ generator: Generator) {
        self.init(
            generator: generator, trainExamples: spec.trainExamples, testExamples: spec.testExamples, features: spec.features,
            classes: spec.classes, noise: spec.noise)
    }
}
