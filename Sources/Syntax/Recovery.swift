import Diagnostics

/// Blanks what could not be read, so that the rest can: first the entry in which the mistake is; where that does not help, the
/// whole top-level block. Offsets stay as they are.
struct Recovery {
    private(set) var text: [UInt8]
    private(set) var blanks: [NodeBuilder.Blank] = []
    private(set) var lostAnchors: Set<String> = []
    private let source: SourceText
    private var attempts = 0
    /// The parts in which a further problem is but a consequence, as lines.
    private var suspects: [ClosedRange<Int>] = []
    private var blocks: Set<Int> = []

    init(_ source: SourceText, _ text: [UInt8]) {
        self.source = source
        self.text = text
    }

    /// Reports a problem and blanks what it spoiled. False where nothing more can be done.
    mutating func skip(_ problem: SyntaxProblem, _ diagnostics: inout [Diagnostic]) -> Bool {
        attempts += 1
        let line = source.line(at: problem.culprit)
        // Just below an unreadable entry, a line that does not fit in can be a consequence.
        let doesNotFit = [.badIndentation, .misplacedListItem].contains(problem.diagnostic.kind) && text.line(problem.culprit).content >= problem.culprit
        let isConsequence = suspects.contains { $0.contains(line) || doesNotFit && $0.upperBound + 1 == line }
        if !isConsequence { diagnostics.append(problem.diagnostic) }
        // Parsing a large file again and again would take long.
        guard attempts <= SyntaxLimits.recoveries, attempts * text.count <= SyntaxLimits.recoveredBytes else { return false }
        if isConsequence { return blankBlock(around: line) }
        if problem.diagnostic.kind == .tabIndentation, replaceTabs() { return true }
        blankEntry(at: line, keepingKey: ![.misplacedListItem, .badIndentation].contains(problem.diagnostic.kind))
        return true
    }

    /// A tab is seldom alone: all of the file's indentation is read with a space for each tab.
    private mutating func replaceTabs() -> Bool {
        var replaced = false
        for line in 0..<source.lineCount {
            var offset = source.start(ofLine: line)
            var inLine = false
            while offset < text.count, text[offset] == UInt8(ascii: " ") || text[offset] == UInt8(ascii: "\t") {
                if text[offset] == UInt8(ascii: "\t") {
                    text[offset] = UInt8(ascii: " ")
                    inLine = true
                }
                offset += 1
            }
            if inLine { suspects.append(line...line) }
            replaced = replaced || inLine
        }
        return replaced
    }

    private mutating func blankEntry(at line: Int, keepingKey: Bool) {
        let first = text.line(source.start(ofLine: line))
        let column = first.colon == nil && first.hasDash ? first.indentation : first.column
        var last = line
        for next in (line + 1)..<max(source.lineCount, line + 1) {
            let other = text.line(source.start(ofLine: next))
            if other.isBlank { continue }
            let closes = other.content < other.end && (text[other.content] == UInt8(ascii: "]") || text[other.content] == UInt8(ascii: "}"))
            let belongs = other.indentation > column || (other.indentation == column && (closes || other.hasDash && !first.hasDash))
            guard belongs else { break }
            last = next
        }
        blank(first, throughLine: last, keepingKey: keepingKey)
        suspects.append(line...last)
    }

    /// Blanks from the last line that begins in the first column up to the next one.
    private mutating func blankBlock(around line: Int) -> Bool {
        func beginsBlock(_ line: Int) -> Bool {
            let start = source.start(ofLine: line)
            return start < text.count && isWord(text[start]) && text[start] != UInt8(ascii: "-")
        }
        var first = line
        while first > 0, !beginsBlock(first) { first -= 1 }
        guard blocks.insert(first).inserted else { return false }
        var last = line
        while last + 1 < source.lineCount, !beginsBlock(last + 1) { last += 1 }
        blank(text.line(source.start(ofLine: first)), throughLine: last, keepingKey: true)
        suspects.append(first...last)
        return true
    }

    /// Blanks a line, or what follows its dashes and its key, through the end of another line.
    private mutating func blank(_ line: TextLine, throughLine last: Int, keepingKey: Bool) {
        var start = keepingKey ? line.content : line.start
        let word = text.endOfWord(start)
        if keepingKey, word > start, word < line.end {
            if text[word] == UInt8(ascii: ":") {
                start = word + 1
            } else if text[word] == UInt8(ascii: " "), line.colon == nil {
                // `epochs 5`: the key is read as if the colon were there.
                text[word] = UInt8(ascii: ":")
                start = word + 1
            }
        }
        let end = text.lineEnd(source.start(ofLine: last))
        noteAnchors(start, end)
        for offset in start..<max(start, end) where text[offset] != UInt8(ascii: "\n") && text[offset] != UInt8(ascii: "\r") {
            text[offset] = UInt8(ascii: " ")
        }
        blanks.append(NodeBuilder.Blank(start: start, end: max(start, end), isLine: !keepingKey))
    }

    private mutating func noteAnchors(_ start: Int, _ end: Int) {
        for offset in start..<max(start, end) where text[offset] == UInt8(ascii: "&") {
            let name = text.word(offset + 1)
            if !name.isEmpty { lostAnchors.insert(name) }
        }
    }
}
