import Kernels

/// One line of a sparse text file, in parts. All places are in its block.
struct SparseLine {
    let start: Int
    /// Labels with commas; empty where there are none.
    let labels: Range<Int>
    /// What follows, without a comment and without the line's end.
    let features: Range<Int>

    /// Neither labels nor features.
    var isBlank: Bool { labels.isEmpty && features.isEmpty }
}

/// The lines of a piece of text, one after the other. Counting and parsing go through the same lines, so that the one knows how much
/// room the other needs.
struct SparseLines {
    let bytes: Bytes
    let isXC: Bool
    private var position: Int
    private let end: Int

    init(_ bytes: Bytes, _ range: Range<Int>, isXC: Bool) {
        self.bytes = bytes
        self.isXC = isXC
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> SparseLine? {
        guard position < end else { return nil }
        let start = position
        var stop = bytes.lineEnd(start, end)
        position = min(stop + 1, end)
        if !isXC { stop = bytes.first(0x23, start, stop) }
        while stop > start, isSpacing(bytes[stop - 1]) || bytes[stop - 1] == 0x0D { stop -= 1 }
        var first = start
        while first < stop, isSpacing(bytes[first]) { first += 1 }
        var tokenEnd = first
        var isFeature = isXC && first > start
        while tokenEnd < stop, !isSpacing(bytes[tokenEnd]) {
            if bytes[tokenEnd] == 0x3A { isFeature = true }
            tokenEnd += 1
        }
        if isFeature { return SparseLine(start: start, labels: first..<first, features: first..<stop) }
        return SparseLine(start: start, labels: first..<tokenEnd, features: tokenEnd..<stop)
    }
}

/// What a piece of text holds at most, and exactly where nothing is wrong with it.
struct SparseTally {
    var lines = 0
    /// Lines with labels or features on them.
    var filledLines = 0
    /// The last of them, from 1; 0 where there is none.
    var lastFilled = 0
    var values = 0
    var labels = 0

    init() {}

    init(_ bytes: Bytes, _ range: Range<Int>, isXC: Bool) {
        var text = SparseLines(bytes, range, isXC: isXC)
        while let line = text.next() {
            lines += 1
            if line.isBlank { continue }
            filledLines += 1
            lastFilled = lines
            if !line.labels.isEmpty { labels += 1 + count(0x2C, line.labels, bytes) }
            values += count(0x3A, line.features, bytes)
        }
    }

    @inline(__always)
    private func count(_ byte: UInt8, _ range: Range<Int>, _ bytes: Bytes) -> Int {
        var count = 0
        for index in range { count &+= bytes[index] == byte ? 1 : 0 }
        return count
    }

    /// With what follows it.
    mutating func add(_ next: SparseTally) {
        if next.lastFilled > 0 { lastFilled = lines + next.lastFilled }
        lines += next.lines
        filledLines += next.filledLines
        values += next.values
        labels += next.labels
    }
}
