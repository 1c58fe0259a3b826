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
                .files(format: Format(format), train: FileSet(train), test: test.map { FileSet($0) })
            case .synthetic(let made): .synthetic(SyntheticRequest(made))
            }
        let outputs = model.outputCount
        let isClasses = model.train.loss.value == .crossEntropy
        let last = model.layers.last?.location ?? data.location
        self.init(
            source: source, validation: spec.validation.map { Written(Validation($0.value), $0.location) },
            normalization: Normalization(spec.normalization), columns: spec.columns.map { Columns($0) }, limit: spec.limit,
            labelBase: spec.labelBase, seed: model.seed, target: isClasses ? .classes : .values(width: outputs),
            classes: isClasses ? outputs.map { Written($0, last) } : nil, location: data.location)
    }
}

extension DataRequest.Format {
    init(_ format: DataSpec.Format) {
        self =
            switch format {
            case .idx: .idx
            case .npy: .npy
            case .csv: .csv
            case .cifar10: .cifar10
            case .cifar100: .cifar100
            }
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

extension SyntheticRequest {
    init(_ spec: SyntheticSpec) {
        let generator: Generator =
            switch spec.generator {
            case .blobs: .blobs
            case .spirals: .spirals
            case .rectangles: .rectangles
            case .convex: .convex
            case .higgsLike: .higgsLike
            }
        self.init(
            generator: generator, trainExamples: spec.trainExamples, testExamples: spec.testExamples, features: spec.features,
            classes: spec.classes, noise: spec.noise)
    }
}
