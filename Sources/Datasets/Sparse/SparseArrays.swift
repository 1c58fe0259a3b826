import Diagnostics
import Kernels

/// How many numbers the arrays of sparse examples hold, and where each of them lies in the one allocation.
struct SparseSizes: Sendable, Hashable {
    var count: Int
    /// Non-zeros of all rows.
    var values: Int
    /// Labels of all rows.
    var labels: Int

    private var startsBytes: Int { count.addingSaturating(1).multipliedSaturating(by: 8).roundedUp }
    private var valueBytes: Int { values.multipliedSaturating(by: 4).roundedUp }
    private var labelBytes: Int { labels.multipliedSaturating(by: 4).roundedUp }

    // The offsets are asked for only once `byteCount` was given out.
    var labelStarts: Int { startsBytes }
    var columns: Int { 2 * startsBytes }
    var numbers: Int { columns + valueBytes }
    var labelNumbers: Int { numbers + valueBytes }

    /// `Int.max` where it cannot be counted.
    var byteCount: Int {
        [startsBytes, startsBytes, valueBytes, valueBytes, labelBytes].reduce(0) { $0.addingSaturating($1) }
    }
}

extension Int {
    func addingSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// The arrays of sparse examples while they are filled.
struct SparseArrays: Sendable {
    let sizes: SparseSizes
    let rowStarts: Strip<Int64>
    let labelStarts: Strip<Int64>
    let columns: Ints
    let values: Floats
    let labels: Ints
    let arena: Arena

    /// Zeros. `besides`: bytes that the reader needs at the same time.
    init(_ sizes: SparseSizes, besides: Int = 0, for location: Location) throws(DiagnosticError) {
        let bytes = sizes.byteCount
        if let free = freeMemory(), bytes.addingSaturating(besides) > free {
            throw DiagnosticError(.dataTooLarge(bytes, free: free, at: location))
        }
        guard bytes < .max, let arena = Arena(byteCount: bytes) else { throw DiagnosticError(.dataTooLarge(bytes, free: nil, at: location)) }
        self.sizes = sizes
        self.arena = arena
        rowStarts = arena.strip(offset: 0, count: sizes.count + 1)
        labelStarts = arena.strip(offset: sizes.labelStarts, count: sizes.count + 1)
        columns = arena.strip(offset: sizes.columns, count: sizes.values)
        values = arena.strip(offset: sizes.numbers, count: sizes.values)
        labels = arena.strip(offset: sizes.labelNumbers, count: sizes.labels)
    }

    /// Whether the arrays are what `SparseExamples` says of them.
    func isSound(features: Int, labelCount: Int) -> Bool {
        guard isAscending(rowStarts, columns, below: features), isAscending(labelStarts, labels, below: labelCount) else { return false }
        for index in 0..<values.count where !values[index].isFinite { return false }
        return true
    }

    private func isAscending(_ starts: Strip<Int64>, _ numbers: Ints, below limit: Int) -> Bool {
        guard starts[0] == 0, starts[sizes.count] == Int64(numbers.count) else { return false }
        for row in 0..<sizes.count {
            let from = starts[row], to = starts[row + 1]
            guard from <= to, to <= Int64(numbers.count) else { return false }
            var previous = -1
            for index in Int(from)..<Int(to) {
                let number = Int(numbers[index])
                guard number > previous, number < limit else { return false }
                previous = number
            }
        }
        return true
    }
}
