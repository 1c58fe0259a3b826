import Diagnostics

/// Training, validation and test examples, checked and in memory.
public final class Dataset: Sendable {
    public let train: Split
    public let validation: Split?
    public let test: Split?
    /// Of one example.
    public let shape: [Int]
    /// Class numbers are 0..<classes; nil where targets are numbers.
    public let classes: Int?
    /// Of known data sets, in the order of the class numbers; otherwise empty.
    public let classNames: [String]
    /// Of the training split, before normalization; nil for sparse examples.
    public let statistics: Statistics?
    /// How long the rows of sparse examples are; nil where examples are not sparse.
    public let sparse: SparseForm?
    /// What was read, in the order of reading.
    public let files: [DataFileRecord]
    /// Memory that the examples take, the lists of rows included.
    public let byteCount: Int
    /// What looks wrong without being an error.
    public let warnings: [Diagnostic]

    init(
        train: Split, validation: Split?, test: Split?, classes: Int?, classNames: [String], statistics: Statistics?,
        sparse: SparseForm? = nil, files: [DataFileRecord], byteCount: Int, warnings: [Diagnostic]
    ) {
        self.train = train
        self.validation = validation
        self.test = test
        shape = train.shape
        self.classes = classes
        self.classNames = classNames
        self.statistics = statistics
        self.sparse = sparse
        self.files = files
        self.byteCount = byteCount
        self.warnings = warnings
    }
}

/// What can be said of a data set from the headers of its files, or, for a known or a made one, without any file.
public struct DataSummary: Sendable {
    /// Of one example.
    public var shape: [Int]
    /// Nil where only the labels themselves could tell, or targets are numbers.
    public var classes: Int?
    /// How long the rows of sparse examples are; nil where examples are not sparse.
    public var sparse: SparseForm?
    /// Numbers per example where the loss wants numbers: of the targets, or one for each class. Nil as above.
    public var targetWidth: Int?
    public var trainExamples: Int
    public var validationExamples: Int
    public var testExamples: Int
    /// `Dataset.byteCount` of the same request.
    public var byteCount: Int
    /// More than `byteCount` that loading takes at its peak, and then gives back.
    public var loadingByteCount: Int
    public var classNames: [String]
    /// A known data set that is not on this machine: the facts hold, but it cannot be opened.
    public var unavailable: Diagnostic?
}
