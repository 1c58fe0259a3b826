/// One line of a text, as offsets.
struct TextLine {
    let start: Int
    /// Without the line ending.
    let end: Int
    /// The first character after indentation and dashes.
    let content: Int
    /// The colon that ends the key, if there is one.
    let colon: Int?
    /// The bytes before `content`: the column that its key has.
    var column: Int { content - start }
    /// Whether it begins with `- `.
    let hasDash: Bool
    /// The bytes of indentation, before dashes.
    let indentation: Int
    /// Nothing but space or a comment.
    let isBlank: Bool
}

extension [UInt8] {
    func lineStart(_ offset: Int) -> Int {
        var start = Swift.min(offset, count)
        while start > 0, self[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return start
    }

    func lineEnd(_ offset: Int) -> Int {
        var end = offset
        while end < count, self[end] != UInt8(ascii: "\n") { end += 1 }
        return end
    }

    func column(_ offset: Int) -> Int { offset - lineStart(offset) }

    /// Whether only space stands before an offset in its line.
    func isLineStart(_ offset: Int) -> Bool { self[lineStart(offset)..<Swift.min(offset, count)].allSatisfy(isSpace) }

    func endOfWord(_ offset: Int) -> Int {
        var end = offset
        while end < count, isWord(self[end]) { end += 1 }
        return end
    }

    /// The word at an offset, empty where there is none.
    func word(_ offset: Int) -> String {
        guard offset < count else { return "" }
        return String(decoding: self[offset..<endOfWord(offset)], as: UTF8.self)
    }

    func line(_ offset: Int) -> TextLine {
        let start = lineStart(offset), end = lineEnd(start)
        var content = start
        while content < end, isSpace(self[content]) { content += 1 }
        let indentation = content - start
        var hasDash = false
        while content < end, self[content] == UInt8(ascii: "-"), content + 1 == end || isSpace(self[content + 1]) {
            hasDash = true
            content += 1
            while content < end, isSpace(self[content]) { content += 1 }
        }
        return TextLine(
            start: start, end: end, content: content, colon: colon(from: content, to: end), hasDash: hasDash,
            indentation: indentation, isBlank: content == end && !hasDash || content < end && self[content] == UInt8(ascii: "#"))
    }

    /// The first `:` outside quotes that is followed by space, but for comments.
    private func colon(from start: Int, to end: Int) -> Int? {
        var quote: UInt8?
        var offset = start
        while offset < end {
            let byte = self[offset]
            if let open = quote {
                if byte == open { quote = nil }
            } else if offset == start, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "#"), offset > start, isSpace(self[offset - 1]) {
                return nil
            } else if byte == UInt8(ascii: ":"), offset + 1 == end || isSpace(self[offset + 1]) {
                return offset
            }
            offset += 1
        }
        return nil
    }

    /// The nearest line above the one of `offset` that holds something.
    func lineAbove(_ offset: Int) -> TextLine? {
        var start = lineStart(offset)
        while start > 0 {
            let above = line(start - 1)
            if !above.isBlank { return above }
            start = above.start
        }
        return nil
    }
}
