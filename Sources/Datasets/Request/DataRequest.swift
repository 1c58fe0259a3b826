import Diagnostics
import Foundation

/// A value of the model file, with the place where it is written.
public struct Written<Value: Sendable>: Sendable {
    public var value: Value
    public var location: Location

    public init(_ value: Value, _ location: Location = .nowhere) {
        self.value = value
        self.location = location
    }
}

/// Which examples are wanted, and in which form.
public struct DataRequest: Sendable {
    public enum Source: Sendable {
        /// A data set whose files, sizes and checksums are built in.
        case known(Written<String>)
        case files(format: Format, train: FileSet, test: FileSet?)
        case synthetic(SyntheticRequest)
        /// Rows of what is not zero, with lists of labels.
        case sparse(SparseSource)
    }

    public enum Format: String, Sendable, CaseIterable { case idx, npy, csv, cifar10, cifar100 }

    /// The files of one split. `labels` is nil for formats that keep them beside the features.
    public struct FileSet: Sendable {
        public var features: [Written<String>]
        public var labels: Written<String>?

        public init(features: [Written<String>], labels: Written<String>? = nil) {
            self.features = features
            self.labels = labels
        }
    }

    /// csv only. A column is named as in the header, or by its position from 0.
    public struct Columns: Sendable {
        /// Nil: the last column.
        public var label: Written<String>?
        /// Nil: every column but the label.
        public var features: [Written<String>]?
        /// Nil: there is a header where a cell of the first line is not a number.
        public var header: Bool?

        public init(label: Written<String>?, features: [Written<String>]? = nil, header: Bool? = nil) {
            self.label = label
            self.features = features
            self.header = header
        }
    }

    public enum Normalization: String, Sendable, CaseIterable {
        /// Bytes are divided by 255, other numbers stay.
        case unit
        /// Mean and deviation of the training split: per channel for images, per column for tables.
        case zscore
        case none
    }

    public enum Validation: Sendable {
        /// Split off the training set by the seed: a share, 0...1.
        case share(Double)
        /// Split off the training set by the seed: so many examples.
        case count(Int)
        case files(FileSet)
    }

    /// What the loss wants of the labels.
    public enum Target: Sendable, Hashable {
        /// Class numbers.
        case classes
        /// Numbers, `width` per example (nil: not known). Class numbers become one-hot rows, or, for a width of 1,
        /// the number itself. Lists of labels become rows with a 1 for each of them.
        case values(width: Int?)
        /// Nothing: what is read has none, and is to be given some.
        case absent
    }

    public var source: Source
    public var validation: Written<Validation>?
    public var normalization: Normalization
    public var columns: Columns?
    /// Training examples taken, drawn by the seed, before validation is split off. Nil: all.
    public var limit: Int?
    /// What the first class is called in the files.
    public var labelBase: Int
    public var seed: UInt64
    public var target: Target
    /// What the network can tell apart. Nil: one more than the largest label.
    public var classes: Written<Int>?
    /// The `data` block.
    public var location: Location
    /// Where known data sets are looked for.
    public var searchDirectories: [String]
    /// That read and make sparse examples.
    public var threads: Int

    public init(
        source: Source, validation: Written<Validation>? = nil, normalization: Normalization = .none,
        columns: Columns? = nil, limit: Int? = nil, labelBase: Int = 0, seed: UInt64 = 0, target: Target = .classes,
        classes: Written<Int>? = nil, location: Location = .nowhere,
        searchDirectories: [String] = DataRequest.standardDirectories(), threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        self.source = source
        self.validation = validation
        self.normalization = normalization
        self.columns = columns
        self.limit = limit
        self.labelBase = labelBase
        self.seed = seed
        self.target = target
        self.classes = classes
        self.location = location
        self.searchDirectories = searchDirectories
        self.threads = threads
    }
}

/// Examples made by a procedure instead of read.
public struct SyntheticRequest: Sendable {
    public enum Generator: String, Sendable, CaseIterable {
        case blobs, spirals, rectangles, convex, higgsLike = "higgs_like"

        /// Of its examples.
        func shape(features: Int) -> [Int] {
            switch self {
            case .blobs, .spirals: [features]
            case .rectangles, .convex: [Bitmap.side, Bitmap.side, 1]
            case .higgsLike: [HiggsLike.features]
            }
        }

        /// Whether it makes pictures, as bytes.
        var isImage: Bool { self == .rectangles || self == .convex }

        /// Nil where the request decides.
        var fixedClasses: Int? { self == .blobs || self == .spirals ? nil : 2 }
    }

    public var generator: Generator
    public var trainExamples: Int
    public var testExamples: Int
    /// blobs: any number; spirals: 2. The image tasks have 28×28×1 and higgs_like 28, whatever stands here.
    public var features: Int
    /// blobs and spirals; the other tasks have two, whatever stands here.
    public var classes: Int
    /// Standard deviation of the noise (blobs, spirals).
    public var noise: Double

    public init(
        generator: Generator, trainExamples: Int, testExamples: Int, features: Int = 2, classes: Int = 2, noise: Double = 0.1
    ) {
        self.generator = generator
        self.trainExamples = trainExamples
        self.testExamples = testExamples
        self.features = features
        self.classes = classes
        self.noise = noise
    }
}
