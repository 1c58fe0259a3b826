import Diagnostics
import Kernels

/// What the numbers of a sparse text file must be below, and where they begin.
struct SparseLimits {
    var isXC: Bool
    var firstFeature: Int
    var firstLabel: Int
    /// Columns, and labels, are below.
    var features: Int
    var labels: Int
}

/// Parses a piece of a block, straight into the places of its rows.
struct SparseParser {
    let file: DataPath
    let bytes: Bytes
    let limits: SparseLimits
    let arrays: SparseArrays
    /// The next row, number and label, and the line that is being read.
    private(set) var row: Int
    private(set) var value: Int
    private(set) var label: Int
    private(set) var line: Int
    private(set) var maxColumn = -1
    private(set) var maxLabel = -1
    private(set) var problems = SparseProblems()
    private let valueEnd: Int
    private let labelEnd: Int
    private var sorted: [UInt64] = []

    /// `before` counts what stands before the piece, `tally` what is in it.
    init(_ file: DataPath, _ bytes: Bytes, _ limits: SparseLimits, _ arrays: SparseArrays, before: SparseTally, tally: SparseTally, firstLine: Int) {
        self.file = file
        self.bytes = bytes
        self.limits = limits
        self.arrays = arrays
        row = limits.isXC ? before.lines : before.filledLines
        value = before.values
        label = before.labels
        valueEnd = before.values + tally.values
        labelEnd = before.labels + tally.labels
        line = firstLine + before.lines - 1
    }

    mutating func parse(_ range: Range<Int>) {
        var text = SparseLines(bytes, range, isXC: limits.isXC)
        while !problems.isEnough, let next = text.next() {
            line += 1
            // Blank lines are examples in xc, as far as the header counts them.
            if next.isBlank, !limits.isXC || row >= arrays.sizes.count { continue }
            parseLabels(next)
            parseFeatures(next)
            row += 1
            arrays.rowStarts[row] = Int64(value)
            arrays.labelStarts[row] = Int64(label)
        }
    }

    private mutating func report(_ line: SparseLine, _ problem: (SparsePlace) -> Diagnostic) {
        let place = SparsePlace(file: file, bytes: bytes, line: self.line, start: line.start)
        problems.add(problem(place))
    }

    private mutating func parseFeatures(_ line: SparseLine) {
        let end = line.features.upperBound, first = value
        var position = line.features.lowerBound, previous = -1, isAscending = true
        while true {
            while position < end, isSpacing(bytes[position]) { position += 1 }
            if position == end { break }
            let word = position
            let number = readWhole(&position, end)
            guard let number, position < end, bytes[position] == 0x3A else {
                position = wordEnd(position, end)
                report(line) { $0.badFeature(word..<position, number: nil) }
                continue
            }
            let indexEnd = position
            position += 1
            let found = readFloat(bytes, &position, end: end)
            guard let found, position == end || isSpacing(bytes[position]) else {
                position = wordEnd(position, end)
                report(line) { $0.badFeature(word..<position, number: (indexEnd + 1)..<position) }
                continue
            }
            if !found.isFinite { report(line) { $0.nonFinite((indexEnd + 1)..<position) } }
            let column = number - limits.firstFeature
            guard column >= 0, column < limits.features, value < valueEnd else {
                let allowed = limits.features == 0 ? nil : limits.firstFeature...limits.firstFeature + limits.features - 1
                report(line) { [isXC = limits.isXC] in $0.featureOutOfRange(word..<indexEnd, allowed, isBelow: column < 0, isXC: isXC) }
                continue
            }
            arrays.columns[value] = Int32(truncatingIfNeeded: column)
            arrays.values[value] = found
            value += 1
            isAscending = isAscending && column > previous
            previous = column
            maxColumn = max(maxColumn, column)
        }
        if !isAscending { sortFeatures(first..<value, line) }
    }

    private mutating func sortFeatures(_ range: Range<Int>, _ line: SparseLine) {
        sorted.removeAll(keepingCapacity: true)
        for index in range { sorted.append(UInt64(UInt32(bitPattern: arrays.columns[index])) << 32 | UInt64(arrays.values[index].bitPattern)) }
        sorted.sort()
        for (index, word) in zip(range, sorted) {
            let column = Int32(truncatingIfNeeded: word >> 32)
            if index > range.lowerBound, arrays.columns[index - 1] == column {
                let feature = Int(column) + limits.firstFeature
                let second = secondPlace(of: feature, line.features, isSeparator: isSpacing)
                report(line) { $0.repeated(false, feature, second) }
            }
            arrays.columns[index] = column
            arrays.values[index] = Float(bitPattern: UInt32(truncatingIfNeeded: word))
        }
    }

    private mutating func parseLabels(_ line: SparseLine) {
        guard !line.labels.isEmpty else { return }
        let end = line.labels.upperBound, first = label
        var position = line.labels.lowerBound, previous = -1, isAscending = true
        while true {
            let word = position
            let isNegative = position < end && bytes[position] == 0x2D
            if isNegative || (position < end && bytes[position] == 0x2B) { position += 1 }
            let number = readWhole(&position, end)
            if let number, position == end || bytes[position] == 0x2C {
                let place = number - limits.firstLabel
                if place >= 0, place < limits.labels, !isNegative || number == 0, label < labelEnd {
                    arrays.labels[label] = Int32(truncatingIfNeeded: place)
                    label += 1
                    isAscending = isAscending && place > previous
                    previous = place
                    maxLabel = max(maxLabel, place)
                } else {
                    let allowed = limits.labels == 0 ? nil : limits.firstLabel...limits.firstLabel + limits.labels - 1
                    report(line) { [limits] in $0.labelOutOfRange(word..<position, allowed, isBelow: place < 0, isXC: limits.isXC) }
                }
            } else {
                position = bytes.first(0x2C, position, end)
                report(line) { $0.badLabel(word..<position) }
            }
            if position == end { break }
            position += 1
        }
        if !isAscending { sortLabels(first..<label, line) }
    }

    private mutating func sortLabels(_ range: Range<Int>, _ line: SparseLine) {
        sorted.removeAll(keepingCapacity: true)
        for index in range { sorted.append(UInt64(arrays.labels[index])) }
        sorted.sort()
        for (index, word) in zip(range, sorted) {
            arrays.labels[index] = Int32(truncatingIfNeeded: word)
            if index > range.lowerBound, arrays.labels[index - 1] == arrays.labels[index] {
                let label = Int(word) + limits.firstLabel
                let second = secondPlace(of: label, line.labels) { $0 == 0x2C }
                report(line) { $0.repeated(true, label, second) }
            }
        }
    }

    /// A number without sign; what is too large for any use comes out as too large. Nil, where there is no digit.
    @inline(__always)
    private func readWhole(_ position: inout Int, _ end: Int) -> Int? {
        let start = position
        var number = 0
        while position < end {
            let digit = bytes[position] &- 0x30
            if digit > 9 { break }
            if number < 1 << 40 { number = number &* 10 &+ Int(digit) }
            position += 1
        }
        return position > start ? number : nil
    }

    private func wordEnd(_ start: Int, _ end: Int) -> Int {
        var position = start
        while position < end, !isSpacing(bytes[position]) { position += 1 }
        return position
    }

    /// Where a number begins a word for the second time.
    private func secondPlace(of number: Int, _ range: Range<Int>, isSeparator: (UInt8) -> Bool) -> Int {
        var position = range.lowerBound, times = 0
        while position < range.upperBound {
            while position < range.upperBound, isSeparator(bytes[position]) || bytes[position] == 0x2B { position += 1 }
            let word = position
            if readWhole(&position, range.upperBound) == number { times += 1 }
            if times == 2 { return word }
            while position < range.upperBound, !isSeparator(bytes[position]) { position += 1 }
        }
        return range.lowerBound
    }
}
