import Diagnostics

public struct DataSpec: Sendable {
    public enum Source: Sendable {
        /// A data set whose files, sizes and checksums are built in.
        case known(String)
        /// Files of one format; the paths are absolute or relative to the working directory by now.
        case files(format: Format, train: FileSet, test: FileSet?)
        case synthetic(SyntheticSpec)
    }

    public enum Format: String, Sendable, CaseIterable {
        case idx, npy, csv, cifar10, cifar100, libsvm, xc

        /// Whether examples are given by what of them is not zero.
        public var isSparse: Bool { self == .libsvm || self == .xc }
    }

    /// The files of one split. `labels` is nil for formats that keep them beside the features.
    public struct FileSet: Sendable {
        public var features: [Located<String>]
        public var labels: Located<String>?
        public init(features: [Located<String>], labels: Located<String>?) {
            self.features = features
            self.labels = labels
        }
    }

    /// csv only.
    public struct Columns: Sendable {
        /// Names, or 0-based positions written as numbers.
        public var label: Located<String>?
        public var features: [Located<String>]?
        public var header: Bool?
        public init(label: Located<String>?, features: [Located<String>]?, header: Bool?) {
            self.label = label
            self.features = features
            self.header = header
        }
    }

    public enum Normalization: String, Sendable, CaseIterable {
        /// Bytes are divided by 255, other numbers stay.
        case unit
        /// Mean and deviation of the training split.
        case zscore
        case none
    }

    public enum Validation: Sendable {
        /// Split off the training set by the seed.
        case amount(Amount)
        case files(FileSet)
    }

    public var source: Source
    public var validation: Located<Validation>?
    public var normalization: Normalization
    public var columns: Columns?
    /// At most so many training examples.
    public var limit: Int?
    /// What the first label is called in the file (0 by default).
    public var labelBase: Int
    /// What the first feature is called in a libsvm file (1 by default).
    public var featureBase: Int

    /// Whether examples are given by what of them is not zero.
    public var isSparse: Bool {
        switch source {
        case .known: false
        case .files(let format, _, _): format.isSparse
        case .synthetic(let made): made.generator == .labels
        }
    }

    public init(
        source: Source, validation: Located<Validation>?, normalization: Normalization, columns: Columns?,
        limit: Int?, labelBase: Int, featureBase: Int = 1
    ) {
        self.source = source
        self.validation = validation
        self.normalization = normalization
        self.columns = columns
        self.limit = limit
        self.labelBase = labelBase
        self.featureBase = featureBase
    }
}
