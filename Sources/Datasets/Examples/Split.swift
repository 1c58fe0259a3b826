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

    enum Content {
        case dense(ExampleStore, NormalizationTerms)
        /// Target numbers are for the labels from `firstTarget` on.
        case sparse(SparseExamples, firstTarget: Int)
    }

    let content: Content
    /// The store's row of each example, or nil where the split is the whole store in its order.
    let rows: Ints?
    /// Holds `rows`.
    private let arena: Arena?

    /// Nil where there is no memory for the list of rows.
    convenience init?(_ store: ExampleStore, rows: [Int32]?, classes: Int?, normalization: NormalizationTerms) {
        let width = switch store.target {
        case .classes: classes ?? 0
        case .values(_, let width): width
        }
        self.init(.dense(store, normalization), count: store.layout.count, rows: rows, shape: store.layout.shape, classes: classes, targetWidth: width)
    }

    /// The same of sparse examples, each of `features` numbers.
    convenience init?(_ examples: SparseExamples, rows: [Int32]?, features: Int, classes: Int?, targetWidth: Int, firstTarget: Int) {
        self.init(.sparse(examples, firstTarget: firstTarget), count: examples.count, rows: rows, shape: [features], classes: classes, targetWidth: targetWidth)
    }

    private init?(_ content: Content, count all: Int, rows: [Int32]?, shape: [Int], classes: Int?, targetWidth: Int) {
        self.content = content
        self.classes = classes
        self.shape = shape
        self.targetWidth = targetWidth
        if let rows {
            guard let arena = Arena(byteCount: Self.indexBytes(count: rows.count)) else { return nil }
            let list: Ints = arena.strip(offset: 0, count: rows.count)
            for (index, row) in rows.enumerated() { list[index] = row }
            self.arena = arena
            self.rows = list
            count = rows.count
        } else {
            arena = nil
            self.rows = nil
            count = all
        }
    }

    /// Memory for the list of rows of a split of so many examples.
    static func indexBytes(count: Int) -> Int { (count * 4).roundedUp }

    /// Memory that is this split's alone.
    public var indexByteCount: Int { arena?.byteCount ?? 0 }

    /// Writes the examples at `indices`, one after the other, normalized. Allocates nothing, and may be called from several threads
    /// at once.
    ///
    /// - Parameters:
    ///   - features: [indices.count, shape]; of sparse examples [indices.count, K], K being at least the longest row: the numbers that are there, then zeros;
    ///     without places all numbers, as of dense examples. Nil where only the answers are wanted
    ///   - places: of sparse examples, [indices.count, K]: which feature each number is, ascending, and -1 behind the last
    ///   - labels: [indices.count], for class numbers; left alone where the targets are numbers. Of sparse examples [indices.count, M], M being at
    ///     least the longest list: ascending, and -1 behind the last
    ///   - targets: [indices.count, width]; class numbers become one-hot rows, or, for a width of 1, the number itself; a list of labels
    ///     becomes a row with a 1 for each
    public func assemble(_ indices: Ints, features: Floats?, places: Ints? = nil, labels: Ints?, targets: Floats?, pool: WorkerPool) {
        switch content {
        case .dense(let store, let normalization): assemble(store, normalization, indices, features, labels, targets, pool)
        case .sparse(let examples, let firstTarget): assemble(examples, firstTarget, indices, features, places, labels, targets, pool)
        }
    }

    private func assemble(
        _ store: ExampleStore, _ normalization: NormalizationTerms, _ indices: Ints, _ features: Floats?, _ labels: Ints?, _ targets: Floats?, _ pool: WorkerPool
    ) {
        let length = store.layout.rowLength
        precondition((labels?.count ?? indices.count) >= indices.count)
        // What the buffer holds more than the examples fill is not written.
        let width = indices.count == 0 ? 0 : (targets?.count ?? 0) / indices.count
        if let features {
            precondition(features.count >= indices.count * length)
            gather(store, normalization, indices, into: features.prefix(indices.count * length), pool)
        }
        if let labels { gatherLabels(store, indices, into: labels) }
        if let targets { gatherTargets(store, indices, into: targets, width: width) }
    }

    /// The store's row of an example.
    func row(_ index: Int32) -> Int { rows.map { Int($0[Int(index)]) } ?? Int(index) }

    private func gather(_ store: ExampleStore, _ normalization: NormalizationTerms, _ indices: Ints, into features: Floats, _ pool: WorkerPool) {
        let length = store.layout.rowLength
        let scale = normalization.scale, shift = normalization.shift
        switch store.features {
        case .bytes(let bytes):
            gatherRows(from: bytes, rowLength: length, indices: indices, through: rows, into: features, scale: scale, shift: shift, pool)
        case .floats(let floats):
            gatherRows(from: floats, rowLength: length, indices: indices, through: rows, into: features, scale: scale, shift: shift, pool)
        }
    }

    private func gatherLabels(_ store: ExampleStore, _ indices: Ints, into labels: Ints) {
        guard case .classes(let numbers) = store.target else { return }
        for place in 0..<indices.count { labels[place] = numbers[row(indices[place])] }
    }

    private func gatherTargets(_ store: ExampleStore, _ indices: Ints, into targets: Floats, width: Int) {
        switch store.target {
        case .classes(let numbers):
            if width == 1 {
                for place in 0..<indices.count { targets[place] = Float(numbers[row(indices[place])]) }
                return
            }
            targets.fill(0)
            for place in 0..<indices.count {
                let label = Int(numbers[row(indices[place])])
                if label < width { targets[place * width + label] = 1 }
            }
        case .values(let values, let own):
            precondition(width == own)
            for place in 0..<indices.count {
                let row = row(indices[place]) * own
                targets[place * own..<(place + 1) * own].copy(from: values[row..<row + own])
            }
        }
    }

    /// The class of an example; nil where targets are numbers, or the example has no label or several.
    public func label(of index: Int) -> Int? {
        guard index >= 0, index < count else { return nil }
        let row = row(Int32(index))
        switch content {
        case .dense(let store, _):
            guard case .classes(let numbers) = store.target else { return nil }
            return Int(numbers[row])
        case .sparse(let examples, _):
            let places = examples.labelPlaces(row)
            return classes != nil && places.count == 1 ? Int(examples.labels[places.lowerBound]) : nil
        }
    }
}
