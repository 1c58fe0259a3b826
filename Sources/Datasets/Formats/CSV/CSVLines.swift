import Diagnostics

/// The lines of a text file, one at a time, without their ends. Empty lines are passed over, but counted.
struct CSVLines {
    /// A longer line is refused: memory stays bounded whatever the file holds.
    static let longestLine = 1 << 26

    private let stream: ByteStream
    private(set) var buffer: [UInt8]
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// Of the line last handed out, from 1.
    private(set) var number = 0

    init(_ file: DataPath) throws(DiagnosticError) {
        stream = try ByteStream(file)
        buffer = [UInt8](repeating: 0, count: ByteStream.bufferSize)
    }

    /// The next line's place in `buffer`, or nil at the end of the file.
    mutating func next() throws(DiagnosticError) -> Range<Int>? {
        while true {
            var position = start
            while true {
                while position < end, buffer[position] != 0x0A { position += 1 }
                if position < end || isAtEnd { break }
                position -= start
                try fill()
                position += start
            }
            if start == end { return nil }
            var line = start..<position
            start = min(position + 1, end)
            number += 1
            if number == 1, buffer[line].starts(with: [0xEF, 0xBB, 0xBF]) { line = (line.lowerBound + 3)..<line.upperBound }
            if line.upperBound > line.lowerBound, buffer[line.upperBound - 1] == 0x0D { line = line.lowerBound..<(line.upperBound - 1) }
            if buffer[line].contains(where: { $0 != 0x20 && $0 != 0x09 }) { return line }
        }
    }

    /// Moves what is left to the front and reads more behind it.
    private mutating func fill() throws(DiagnosticError) {
        if start > 0 {
            for index in start..<end { buffer[index - start] = buffer[index] }
            end -= start
            start = 0
        }
        if end == buffer.count {
            if buffer.count >= Self.longestLine {
                throw stream.file.problem(
                    .lineTooLong, "line \(number + 1) of `\(stream.file.path)` is longer than \(byteText(Self.longestLine))",
                    help: ["is this a text file?"])
            }
            buffer += [UInt8](repeating: 0, count: buffer.count)
        }
        var piece = [UInt8](repeating: 0, count: min(buffer.count - end, ByteStream.bufferSize))
        let got = try stream.read(into: &piece)
        for index in 0..<got { buffer[end + index] = piece[index] }
        end += got
        isAtEnd = got == 0
    }
}

/// The cells of one line. A cell may stand in quotes, with quotes in it doubled; a quoted cell may not go over the
/// end of the line.
struct CSVCells {
    /// In the buffer, without quotes and without space around.
    private(set) var ranges: [Range<Int>] = []
    /// Where each cell begins in the buffer, its quote included.
    private var starts: [Int] = []
    private var lineStart = 0

    /// With the place in the buffer.
    enum Problem { case unclosedQuote(Int), textAfterQuote(Int) }

    mutating func split(_ line: Range<Int>, of buffer: [UInt8]) -> Problem? {
        ranges.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        lineStart = line.lowerBound
        var position = line.lowerBound
        while true {
            while position < line.upperBound, Self.isSpace(buffer[position]) { position += 1 }
            let first = position
            starts.append(first)
            if position < line.upperBound, buffer[position] == UInt8(ascii: "\"") {
                position += 1
                while true {
                    while position < line.upperBound, buffer[position] != UInt8(ascii: "\"") { position += 1 }
                    if position == line.upperBound { return .unclosedQuote(first) }
                    if position + 1 < line.upperBound, buffer[position + 1] == UInt8(ascii: "\"") { position += 2 } else { break }
                }
                ranges.append(first + 1..<position)
                position += 1
                while position < line.upperBound, Self.isSpace(buffer[position]) { position += 1 }
                if position < line.upperBound, buffer[position] != UInt8(ascii: ",") { return .textAfterQuote(position) }
            } else {
                while position < line.upperBound, buffer[position] != UInt8(ascii: ",") { position += 1 }
                var last = position
                while last > first, Self.isSpace(buffer[last - 1]) { last -= 1 }
                ranges.append(first..<last)
            }
            if position == line.upperBound { return nil }
            position += 1
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Of a place in the buffer, in characters from 1.
    func column(at place: Int, in buffer: [UInt8]) -> Int {
        buffer[lineStart..<place].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    /// Where a cell begins, in characters from 1.
    func column(_ cell: Int, in buffer: [UInt8]) -> Int { column(at: starts[cell], in: buffer) }

    func text(_ index: Int, in buffer: [UInt8]) -> String {
        String(decoding: buffer[ranges[index]], as: UTF8.self).replacing("\"\"", with: "\"")
    }
}

/// A decimal number as a person or a program writes it; nil for anything else. `nan` and `inf` are numbers here, so
/// that they can be refused by name.
func decimal(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
    var position = range.lowerBound
    let end = range.upperBound
    guard position < end else { return nil }
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
    var digits: UInt64 = 0, count = 0, exponent = 0, isExact = true
    var point = false
    scan: while position < end {
        switch bytes[position] {
        case let byte where byte >= 0x30 && byte <= 0x39:
            count += 1
            if digits < 900_000_000_000_000 {
                digits = digits * 10 + UInt64(byte - 0x30)
                if point { exponent -= 1 }
            } else {
                isExact = false
            }
        case UInt8(ascii: ".") where !point: point = true
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            guard count > 0 else { return nil }
            break scan
        default: return special(bytes, range)
        }
        position += 1
    }
    guard count > 0 else { return nil }
    if position < end {
        var written = 0, sign = 1
        position += 1
        if position < end, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            sign = bytes[position] == UInt8(ascii: "-") ? -1 : 1
            position += 1
        }
        guard position < end else { return nil }
        while position < end {
            guard bytes[position] >= 0x30, bytes[position] <= 0x39 else { return nil }
            if written < 100_000 { written = written * 10 + Int(bytes[position] - 0x30) }
            position += 1
        }
        exponent += sign * written
    }
    // Whole numbers below 2^53 and powers of ten up to 22 are exact, so one division or product rounds once.
    if isExact, abs(exponent) <= 22 {
        let power = powersOfTen[abs(exponent)]
        let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
        return isNegative ? -value : value
    }
    return Double(String(decoding: bytes[range], as: UTF8.self))
}

private let powersOfTen: [Double] = (0...22).map { exponent in (0..<exponent).reduce(1.0) { value, _ in value * 10 } }

private func special(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
    guard range.count <= 9 else { return nil }
    switch String(decoding: bytes[range], as: UTF8.self).lowercased() {
    case "nan", "-nan", "+nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: return nil
    }
}
