import Diagnostics
import Kernels

/// Examples of which most features are zero, each with any number of labels, in rows of what is not zero (CSR).
///
/// Row i's features are `columns` and `values` at `row(i)`, its labels `labels` at `labelPlaces(i)`; both ascend in each row, and none
/// comes twice. All arrays lie in one allocation.
public final class SparseExamples: Sendable {
    public let count: Int
    /// Columns run from 0 to one less.
    public let features: Int
    /// Labels run from 0 to one less.
    public let labelCount: Int
    /// Of the longest row: how many features it has.
    public let maxRowLength: Int
    /// Of the longest list of labels.
    public let maxLabelCount: Int
    /// [count + 1]
    public let rowStarts: Strip<Int64>
    /// [non-zeros]
    public let columns: Ints
    /// [non-zeros], finite.
    public let values: Floats
    /// [count + 1]
    public let labelStarts: Strip<Int64>
    /// [labels of all examples]
    public let labels: Ints
    let arrays: SparseArrays

    /// The arrays must be sound.
    init(_ arrays: SparseArrays, features: Int, labelCount: Int) {
        self.arrays = arrays
        self.features = features
        self.labelCount = labelCount
        count = arrays.sizes.count
        rowStarts = arrays.rowStarts
        columns = arrays.columns
        values = arrays.values
        labelStarts = arrays.labelStarts
        labels = arrays.labels
        var longest: Int64 = 0, mostLabels: Int64 = 0
        for row in 0..<arrays.sizes.count {
            longest = max(longest, arrays.rowStarts[row + 1] - arrays.rowStarts[row])
            mostLabels = max(mostLabels, arrays.labelStarts[row + 1] - arrays.labelStarts[row])
        }
        maxRowLength = Int(longest)
        maxLabelCount = Int(mostLabels)
    }

    var extents: SparseExtents {
        SparseExtents(sizes: arrays.sizes, features: features, labelCount: labelCount, maxRowLength: maxRowLength, maxLabelCount: maxLabelCount)
    }

    /// Memory that the arrays take.
    public var byteCount: Int { arrays.arena.byteCount }

    /// Where the features of an example lie.
    public func row(_ example: Int) -> Range<Int> { Int(rowStarts[example])..<Int(rowStarts[example + 1]) }

    /// Where the labels of an example lie.
    public func labelPlaces(_ example: Int) -> Range<Int> { Int(labelStarts[example])..<Int(labelStarts[example + 1]) }
}

/// Sparse examples from a file, and what is known of the file.
public struct SparseFile: Sendable {
    public enum Origin: Sendable { case text, cache }

    public let examples: SparseExamples
    public let record: DataFileRecord
    /// Whether the text was parsed, or the cache beside it was read.
    public let origin: Origin

    /// Reads the file, or the cache beside it where that is of this file and whole. A cache that is not is replaced; where
    /// none can be written, there is none.
    ///
    /// Throws the problems of the file, each with its line and column, up to some number of them.
    public static func open(_ request: SparseRequest, pool: WorkerPool) throws(DiagnosticError) -> SparseFile {
        let file = try DataPath(request.file)
        guard request.isCached else {
            return SparseFile(examples: try SparseTextReader(file, request.format, pool).read(), record: try file.record(), origin: .text)
        }
        let before = FileStamp(file.path)
        let cache = SparseCache(file, request.format)
        var record: DataFileRecord?
        if let stored = cache.stored() {
            let isUntouched = before.map { stored.stamp == $0 } ?? false
            if !isUntouched { record = try file.record() }
            if isUntouched || record?.sha256 == stored.sha256, let examples = try cache.examples(stored) {
                let known = DataFileRecord(path: file.path, byteCount: stored.stamp.byteCount, sha256: stored.sha256)
                // Only its time is new: from now on that tells.
                if !isUntouched, let before, before.isSettled { cache.write(examples, stamp: before, sha256: stored.sha256) }
                return SparseFile(examples: examples, record: known, origin: .cache)
            }
        }
        let known = if let record { record } else { try file.record() }
        let examples = try SparseTextReader(file, request.format, pool).read()
        // What changed while it was read is not kept.
        if let before, FileStamp(file.path) == before { cache.write(examples, stamp: before, sha256: known.sha256) }
        return SparseFile(examples: examples, record: known, origin: .text)
    }
}
