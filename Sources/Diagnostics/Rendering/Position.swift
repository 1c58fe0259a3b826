extension SourceText {
    /// Line and column of a byte offset, both from 1; columns count code points, as editors and annotations do.
    public func position(at offset: Int) -> (line: Int, column: Int) {
        let line = line(at: min(max(offset, 0), bytes.count))
        var column = 1
        for byte in bytes[textStart(ofLine: line)..<max(textStart(ofLine: line), min(offset, bytes.count))] where byte & 0xC0 != 0x80 {
            column += 1
        }
        return (line + 1, column)
    }

    /// Where the text of a 0-based line starts: after a byte order mark, which nobody counts.
    func textStart(ofLine line: Int) -> Int {
        let start = start(ofLine: line)
        return start == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : start
    }
}

/// A location in the form that files and annotations want: lines and columns from 1, the end is exclusive.
struct Region: Hashable {
    let file: String
    var line: Int?
    var column: Int?
    var endLine: Int?
    var endColumn: Int?

    init?(_ location: Location) {
        switch location {
        case .nowhere: return nil
        case .file(let path): file = path
        case .place(let path, let line, let column):
            file = path
            self.line = line
            self.column = column > 0 ? column : nil
        case .range(let range):
            file = range.source.path
            (line, column) = range.source.position(at: range.start)
            (endLine, endColumn) = range.source.position(at: range.end)
        }
    }
}
