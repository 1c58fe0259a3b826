import Diagnostics
import Foundation
import Kernels

/// The content of a text file in blocks of whole lines, each of which may be worked on by several threads. The file is never
/// held as a whole.
final class TextBlocks {
    /// Large enough that waiting for the slowest thread at its end costs nothing.
    static let standardSize = 1 << 25

    private let stream: ByteStream
    private let file: DataPath
    private var memory: Arena
    /// Bytes of the file in memory, and how many of them the last block took.
    private var filled = 0
    private var used = 0
    private var isAtEnd = false
    private var isAtStart = true

    init(_ file: DataPath, size: Int) throws(DiagnosticError) {
        self.file = file
        stream = try ByteStream(file)
        // Small files need no large block.
        let most = (file.isGzip ? file.byteCount.multipliedSaturating(by: 1032) : file.byteCount).addingSaturating(1)
        memory = try Self.allocate(max(1, min(size, most)), file)
    }

    private static func allocate(_ bytes: Int, _ file: DataPath) throws(DiagnosticError) -> Arena {
        guard let arena = Arena(byteCount: bytes) else { throw DiagnosticError(.dataTooLarge(bytes, free: nil, at: file.named)) }
        return arena
    }

    private var bytes: Bytes { memory.strip(offset: 0, count: memory.byteCount) }

    /// The next lines, with their ends, and nil after the last ones. They are in memory until the next call.
    ///
    /// - Parameter line: the number of the first of them, for the message where it has no end.
    func next(line: Int) throws(DiagnosticError) -> Bytes? {
        let rest = filled - used
        if used > 0, rest > 0 { memmove(bytes.base, bytes.base + used, rest) }
        filled = rest
        used = 0
        // What is left of the last block has no line end in it.
        var searched = rest
        while true {
            if !isAtEnd {
                let room = memory.byteCount - filled
                let got = try stream.read(into: bytes[filled..<memory.byteCount])
                filled += got
                isAtEnd = got < room
            }
            if isAtEnd {
                used = filled
                break
            }
            if let last = (searched..<filled).last(where: { bytes[$0] == 0x0A }) {
                used = last + 1
                break
            }
            searched = filled
            try grow(line: line)
        }
        defer { isAtStart = false }
        if used == 0 { return nil }
        let hasMark = isAtStart && used >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        return bytes[(hasMark ? 3 : 0)..<used]
    }

    private func grow(line: Int) throws(DiagnosticError) {
        guard memory.byteCount < CSVLines.longestLine else {
            throw DiagnosticError(file.diagnostic(
                .lineTooLong, "line \(line) of `\(file.path)` is longer than \(byteText(CSVLines.longestLine))", line: line,
                help: ["is this a text file?"]))
        }
        let larger = try Self.allocate(2 * memory.byteCount, file)
        larger.strip(UInt8.self, offset: 0, count: filled).copy(from: bytes[0..<filled])
        memory = larger
    }
}

extension Bytes {
    /// Cuts text into about `pieces` parts of whole lines.
    func cutAtLines(pieces: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        for piece in 1...Swift.max(1, pieces) {
            let wanted = Swift.max(start, count * piece / Swift.max(1, pieces))
            let end = wanted < count ? Swift.min(lineEnd(wanted, count) + 1, count) : count
            if end > start { parts.append(start..<end) }
            start = Swift.max(start, end)
        }
        return parts
    }

    /// The place of the first line end from `start`, or `end`.
    @inline(__always)
    func lineEnd(_ start: Int, _ end: Int) -> Int { first(0x0A, start, end) }

    /// The first place of a byte from `start`, or `end`.
    @inline(__always)
    func first(_ byte: Int32, _ start: Int, _ end: Int) -> Int {
        guard start < end, let found = memchr(base + start, byte, end - start) else { return end }
        return found.assumingMemoryBound(to: UInt8.self) - base
    }

    func text(_ range: Range<Int>) -> String { String(decoding: range.prefix(400).map { self[$0] }, as: UTF8.self) }
}

/// Spaces and tabs.
@inline(__always)
func isSpacing(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
