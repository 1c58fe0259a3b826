import Diagnostics
import Kernels

/// How large sparse examples are, which the header of a cache says as well as the examples themselves.
struct SparseExtents: Sendable, Hashable {
    var sizes: SparseSizes
    var features: Int
    var labelCount: Int
    /// Features of the longest row, and labels of the longest list.
    var maxRowLength: Int
    var maxLabelCount: Int

    /// Of a file.
    ///
    /// A cache that is newer than any change of the file answers at once. Where there is none the file is read, since only its whole text
    /// tells how long the longest row is; that leaves a cache, so the run that follows does not parse it again.
    static func of(_ request: SparseRequest, pool: WorkerPool) throws(DiagnosticError) -> SparseExtents {
        let file = try DataPath(request.file)
        if request.isCached, let stored = SparseCache(file, request.format).stored(), let stamp = FileStamp(file.path), stored.stamp == stamp {
            return stored.extents
        }
        return try SparseFile.open(request, pool: pool).examples.extents
    }
}

/// How long the rows of sparse examples are, and their lists of labels.
public struct SparseForm: Sendable, Hashable {
    /// Features of the longest example of all splits, at least 1.
    public var longestRow: Int
    /// Of the training file.
    public var averageRow: Double
    /// Labels of the example of all splits that has most, at least 1.
    public var mostLabels: Int
    /// Of the training file.
    public var averageLabels: Double
    /// Whether each example of each split has exactly one label: that is a class.
    public var hasOneLabelEach: Bool

    init(train: SparseExtents, others: [SparseExtents]) {
        let all = [train] + others
        longestRow = max(1, all.reduce(0) { max($0, $1.maxRowLength) })
        mostLabels = max(1, all.reduce(0) { max($0, $1.maxLabelCount) })
        averageRow = Double(train.sizes.values) / Double(max(1, train.sizes.count))
        averageLabels = Double(train.sizes.labels) / Double(max(1, train.sizes.count))
        hasOneLabelEach = all.allSatisfy { $0.maxLabelCount == 1 && $0.sizes.labels == $0.sizes.count }
    }
}
