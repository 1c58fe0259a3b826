import Kernels

/// The examples of one purpose: training, validation or test.
///
/// Examples are numbered from 0 within the split. Splits of the same files share the memory of the examples.
public final class Split: @unchecked Sendable {
    public let count: Int
    /// Of one example.
    public let shape: [Int]
    /// Class numbers are 0..<classes; nil where targets are numbers.
    public let classes: Int?
    /// Numbers in a target row: the classes, or the width of the targets.
    public let targetWidth: Int

    let store: ExampleStore
    /// The store's row of each example, or nil where the split is the whole store in its order.
    let rows: Ints?
    let normalization: NormalizationTerms
    /// Holds `rows` and `mapped`.
    private let arena: Arena?
    /// The store's rows of the examples at hand.
    private let mapped: Ints

    /// Examples gathered in one go.
    private static let stride = 4096

    init?(_ store: ExampleStore, rows: [Int32]?, classes: Int?, normalization: NormalizationTerms) {
        self.store = store
        self.normalization = normalization
        self.classes = classes
        shape = store.layout.shape
        if let rows {
            guard let arena = Arena(byteCount: Self.indexBytes(count: rows.count)) else { return nil }
            let list: Ints = arena.strip(offset: 0, count: rows.count)
            for (index, row) in rows.enumerated() { list[index] = row }
            self.arena = arena
            self.rows = list
            mapped = arena.strip(offset: (rows.count * 4).roundedUp, count: min(rows.count, Self.stride))
            count = rows.count
        } else {
            arena = nil
            self.rows = nil
            mapped = store.noRows
            count = store.layout.count
        }
        targetWidth = switch store.target {
        case .classes: classes ?? 0
        case .values(_, let width): width
        }
    }

    /// Memory for the list of rows of a split of so many examples.
    static func indexBytes(count: Int) -> Int { (count * 4).roundedUp + min(count, stride) * 4 }

    /// Memory that is this split's alone.
    public var indexByteCount: Int { arena?.byteCount ?? 0 }

    /// Writes the examples at `indices`, one after the other, normalized. Allocates nothing.
    ///
    /// Not to be called from two threads at once.
    /// - Parameters:
    ///   - features: [indices.count, shape]
    ///   - labels: [indices.count], for class numbers; left alone where the targets are numbers
    ///   - targets: [indices.count, width]; class numbers become one-hot rows, or, for a width of 1, the number itself
    public func assemble(_ indices: Ints, features: Floats, labels: Ints?, targets: Floats?, pool: WorkerPool) {
        let length = store.layout.rowLength
        precondition(features.count >= indices.count * length)
        precondition((labels?.count ?? indices.count) >= indices.count)
        // What the buffer holds more than the examples fill is not written.
        let width = indices.count == 0 ? 0 : (targets?.count ?? 0) / indices.count
        var start = 0
        while start < indices.count {
            let size = min(Self.stride, indices.count - start)
            let rows = map(indices[start..<start + size])
            gather(rows, into: features[start * length..<(start + size) * length], pool)
            if let labels { gatherLabels(rows, into: labels[start..<start + size]) }
            if let targets { gatherTargets(rows, into: targets[start * width..<(start + size) * width], width: width) }
            start += size
        }
    }

    private func map(_ indices: Ints) -> Ints {
        guard let rows else { return indices }
        for index in 0..<indices.count { mapped[index] = rows[Int(indices[index])] }
        return mapped.prefix(indices.count)
    }

    private func gather(_ rows: Ints, into features: Floats, _ pool: WorkerPool) {
        let length = store.layout.rowLength
        let scale = normalization.scale, shift = normalization.shift
        switch store.features {
        case .bytes(let bytes):
            gatherRows(from: bytes, rowLength: length, indices: rows, into: features, scale: scale, shift: shift, pool)
        case .floats(let floats):
            gatherRows(from: floats, rowLength: length, indices: rows, into: features, scale: scale, shift: shift, pool)
        }
    }

    private func gatherLabels(_ rows: Ints, into labels: Ints) {
        guard case .classes(let numbers) = store.target else { return }
        for index in 0..<rows.count { labels[index] = numbers[Int(rows[index])] }
    }

    private func gatherTargets(_ rows: Ints, into targets: Floats, width: Int) {
        switch store.target {
        case .classes(let numbers):
            if width == 1 {
                for index in 0..<rows.count { targets[index] = Float(numbers[Int(rows[index])]) }
                return
            }
            targets.fill(0)
            for index in 0..<rows.count {
                let label = Int(numbers[Int(rows[index])])
                if label < width { targets[index * width + label] = 1 }
            }
        case .values(let values, let own):
            precondition(width == own)
            for index in 0..<rows.count {
                let row = Int(rows[index]) * own
                targets[index * own..<(index + 1) * own].copy(from: values[row..<row + own])
            }
        }
    }

    /// The class of an example; nil where targets are numbers.
    public func label(of index: Int) -> Int? {
        guard case .classes(let numbers) = store.target, index >= 0, index < count else { return nil }
        return Int(numbers[rows.map { Int($0[index]) } ?? index])
    }
}
