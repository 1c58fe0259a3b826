import Diagnostics

/// A text file of sparse examples, and how it is to be read.
public struct SparseRequest: Sendable {
    public enum Format: Sendable, Hashable {
        /// The text format of the extreme-classification repository (Bhatia and others, 2016): a header line `examples features labels`, then
        /// a line for each example, `label,label feature:value feature:value`. Features and labels are counted from 0. A line
        /// without labels begins with a space, or with a feature.
        case xc
        /// The format of LIBSVM and SVMlight: `label feature:value feature:value`, or several labels with commas. Labels are counted from 0
        /// unless it is said otherwise.
        /// A line without labels begins with a feature; what follows a `#` is a comment.
        case libsvm(LibSVM)
    }

    /// What a libsvm file does not say of itself.
    public struct LibSVM: Sendable, Hashable {
        /// Nil: one more than the largest feature of the file.
        public var features: Int?
        /// Nil: one more than the largest label of the file.
        public var labels: Int?
        /// Features are usually counted from 1.
        public var countsFromZero: Bool
        /// What the first label is called in the file: 0 or 1.
        public var firstLabel: Int

        public init(features: Int? = nil, labels: Int? = nil, countsFromZero: Bool = false, firstLabel: Int = 0) {
            self.features = features
            self.labels = labels
            self.countsFromZero = countsFromZero
            self.firstLabel = firstLabel
        }
    }

    public var file: Written<String>
    public var format: Format
    /// Whether what was read is kept beside the file, and read from there the next time.
    public var isCached: Bool

    public init(_ file: Written<String>, _ format: Format, isCached: Bool = true) {
        self.file = file
        self.format = format
        self.isCached = isCached
    }
}
