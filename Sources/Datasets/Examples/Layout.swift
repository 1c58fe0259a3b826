import Kernels

/// What a split's files promise before their content is read: enough to give out memory.
struct Layout: Sendable, Hashable {
    enum Features: Sendable, Hashable { case bytes, floats }

    enum Target: Sendable, Hashable {
        case classes
        /// Numbers per example.
        case values(Int)
    }

    var count: Int
    /// Of one example: [28, 28, 1] for an image, [13] for the row of a table.
    var shape: [Int]
    var features: Features
    var target: Target

    /// Features of one example. The shape was checked when the layout was made.
    var rowLength: Int { shape.reduce(1) { $0.multipliedSaturating(by: $1) } }

    /// Images have channels, tables have columns: what is normalized by itself.
    var normalizedLength: Int { shape.count == 3 ? shape[2] : rowLength }

    var featureBytes: Int {
        count.multipliedSaturating(by: rowLength).multipliedSaturating(by: features == .bytes ? 1 : 4)
    }

    /// Memory for features and targets.
    var byteCount: Int {
        let width = if case .values(let width) = target { width } else { 1 }
        let (sum, overflow) = featureBytes.roundedUp.addingReportingOverflow(count.multipliedSaturating(by: width).multipliedSaturating(by: 4))
        return overflow ? .max : sum
    }
}

extension Int {
    /// To the next multiple of the arena's alignment.
    var roundedUp: Int { self > .max - Arena.alignment ? .max : (self + Arena.alignment - 1) / Arena.alignment * Arena.alignment }
}
