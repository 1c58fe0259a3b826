/// What a `MetricAccumulator` has added up.
struct MetricState: Sendable {
    /// Of the area under a curve: the scores of one class.
    struct Column: Sendable {
        /// 33 bits each.
        var keys: [UInt64]
        var isLost: Bool
    }

    /// By measure.
    var sums: [Double]
    var examples: Int
    /// None where there is no area to measure.
    var columns: [Column]
}
