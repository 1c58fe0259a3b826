/// The text of one file, or of one `--set` argument, kept as bytes together with the start of each line.
///
/// Places are UTF-8 byte offsets into it; lines and columns are computed when something is shown.
public final class SourceText: Sendable {
    /// As the user named it; `--set` for a command-line argument.
    public let path: String
    public let bytes: [UInt8]
    private let lineStarts: [Int]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        lineStarts = starts
    }

    public convenience init(path: String, text: String) {
        self.init(path: path, bytes: Array(text.utf8))
    }

    public var lineCount: Int { lineStarts.count }

    /// The 0-based line that holds a byte offset.
    public func line(at offset: Int) -> Int {
        var low = 0, high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The byte offset at which a 0-based line starts.
    public func start(ofLine line: Int) -> Int { lineStarts[min(max(line, 0), lineStarts.count - 1)] }

    /// The bytes of a 0-based line, without its line ending.
    public func lineBytes(_ line: Int) -> ArraySlice<UInt8> {
        guard line >= 0, line < lineStarts.count else { return [] }
        let start = lineStarts[line]
        var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return bytes[start..<max(start, end)]
    }
}

/// A half-open range of UTF-8 byte offsets in one text.
public struct SourceRange: Sendable, Hashable {
    public let source: SourceText
    public let start: Int
    public let end: Int

    public init(_ source: SourceText, _ start: Int, _ end: Int) {
        self.source = source
        self.start = start
        self.end = max(start, end)
    }

    public static func == (a: SourceRange, b: SourceRange) -> Bool {
        a.source === b.source && a.start == b.start && a.end == b.end
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(source))
        hasher.combine(start)
        hasher.combine(end)
    }
}

/// Where a problem is.
public enum Location: Sendable, Hashable {
    /// In a text that is at hand: shown with its line and a caret.
    case range(SourceRange)
    /// In a data file, too large to keep: line and column count from 1, column 0 is the whole line.
    case place(path: String, line: Int, column: Int)
    /// In a file as a whole.
    case file(path: String)
    case nowhere
}
