import Diagnostics

/// Mistakes that concern a whole line: colons, dashes, indentation.
extension SyntaxProblemReader {
    /// libyaml met a `:` where no key can end.
    func unexpectedColon() -> Result {
        let line = text.line(at)
        if let first = line.colon, first < at {
            return (Diagnostic(
                .secondColon, "a second `:` in one line", at: place(at, at + 1),
                related: [RelatedPlace(place(first, first + 1), "the first one ends the key")],
                help: ["if it belongs to the value, put the value in quotes; if not, begin a new line"]), line.content)
        }
        guard let above = text.lineAbove(at) else { return other() }
        if above.colon == nil, above.column == line.column { return missingColon(at: above.content) }
        if above.colon != nil, line.column > above.column { return deeper(line, above) }
        return other()
    }

    private func deeper(_ line: TextLine, _ above: TextLine) -> Result {
        let name = text.word(line.content), key = text.word(above.content)
        return (Diagnostic(
            .badIndentation, "`\(name)` is indented deeper than `\(key)`, which has a value already",
            at: place(line.content, line.content + name.utf8.count),
            related: [RelatedPlace(place(above.content, above.content + key.utf8.count), "the entry above")],
            help: [above.column == 0 ? "begin it in the first column" : "indent it by \(spaces(above.column)) as the line above"]), line.content)
    }

    /// A line that should be `key: value` begins here.
    func missingColon(at start: Int) -> Result {
        let content = text.line(start).content
        let word = text.word(content)
        let end = content + word.utf8.count
        if !word.isEmpty, end + 1 < text.count, text[end] == UInt8(ascii: ":"), !isSpace(text[end + 1]) {
            return (NodeBuilder.missingSpace(after: word, SourceRange(source, end, end + 1), source), content)
        }
        guard !word.isEmpty else { return other() }
        // `epochs 5` can only be put right in one way.
        let follows = end < text.count && text[end] == UInt8(ascii: " ")
        return (Diagnostic(
            .missingColon, "a `:` is missing after `\(word)`", at: place(content, end), help: follows ? [] : ["write `\(word): …`"],
            fix: follows ? Fix(SourceRange(source, end, end), ":") : nil), content)
    }

    /// A line within a mapping that does not begin with a key of it.
    func badLine() -> Result {
        if character(at) == "-" { return misplaced() }
        // `epochs 5` was read as the value of the key above it.
        if let above = text.lineAbove(at), above.colon == nil, !above.hasDash, above.column == text.column(at), text.endOfWord(above.content) > above.content {
            return missingColon(at: above.content)
        }
        if let quote = openQuote(before: at) {
            return (Diagnostic(.unclosedQuote, "this quote is not closed in its line", at: place(quote, quote + 1)), quote)
        }
        if "]}".contains(character(at)) { return strayBracket() }
        return indentation()
    }

    /// A line within a list that does not begin with a dash.
    func noDash() -> Result {
        guard text.column(at) == text.column(context) else { return indentation() }
        let name = text.word(at)
        return (Diagnostic(
            .misplacedListItem, "`\(name)` stands where the next `- ` of a list is expected", at: place(at, at + name.utf8.count),
            related: [RelatedPlace(place(context, context + 1), "the list begins here")],
            help: ["begin a new item with `- `, or indent the line so that it belongs to the item above"]), at)
    }

    private func misplaced() -> Result {
        (Diagnostic(
            .misplacedListItem, "a list item stands among the keys of a mapping", at: place(at, at + 1),
            related: [RelatedPlace(place(context, context + max(1, text.word(context).utf8.count)), "the mapping begins here")],
            help: ["indent the line so that it belongs to the key above it"]), at)
    }

    /// A line that begins in no column in which one of the open mappings and lists does.
    private func indentation() -> Result {
        let name = text.word(at)
        let found = text.column(at)
        guard let (column, start) = nearestColumn(to: found) else { return other() }
        let other = text.word(start)
        return (Diagnostic(
            .badIndentation, "the line is indented by \(spaces(found)), as none of those it could belong to",
            at: place(at, at + max(1, name.utf8.count)),
            related: [RelatedPlace(place(start, start + max(1, other.utf8.count)), "this begins after \(spaces(column))")],
            help: [column == 0 ? "begin it in the first column" : "indent it like one of the lines above, perhaps by \(spaces(column))"]), at)
    }

    /// The columns of the lines above that are still open, with where they begin; the one nearest to a column.
    private func nearestColumn(to found: Int) -> (column: Int, start: Int)? {
        var best: (column: Int, start: Int)?
        var limit = Int.max
        var line = text.lineAbove(at)
        for _ in 0..<10_000 {
            guard let above = line else { break }
            // A line with a dash stands in two columns: that of its key and that of the dash.
            for column in above.hasDash ? [above.column, above.indentation] : [above.column] where column < limit {
                limit = column
                if best.map({ abs($0.column - found) > abs(column - found) }) ?? true { best = (column, above.start + column) }
            }
            if limit == 0 { break }
            line = text.lineAbove(above.start)
        }
        return best
    }

    private func spaces(_ count: Int) -> String { count == 1 ? "1 space" : "\(count) spaces" }

    func lessIndented() -> Result {
        if "]}".contains(character(at)) { return strayBracket() }
        let name = text.word(at)
        return (Diagnostic(
            .badIndentation, "the line is indented less than the first line of the file", at: place(at, at + max(1, name.utf8.count)),
            help: ["begin all top-level keys in the first column"]), at)
    }

    func strayBracket() -> Result {
        (Diagnostic(.unexpectedCharacter, "there is no bracket that this `\(character(at))` could close", at: place(at, at + 1)), at)
    }

    /// Something follows a value that had ended: a quoted one or a list in brackets.
    func textAfterValue() -> Result {
        if let quote = openQuote(before: at) { return unclosedEarlier(quote) }
        if "]}".contains(character(at)) { return strayBracket() }
        let help = switch lastCharacter(before: at) {
        case "'": "within single quotes, a single quote is written twice: `''`"
        case "\"": "within double quotes, a double quote is written `\\\"`"
        default: "a bracket ends a value; put the whole value in quotes if this belongs to it"
        }
        return (Diagnostic(
            .unexpectedCharacter, "the value has ended before this", at: place(at, max(at + 1, text.endOfWord(at))), help: [help]), at)
    }

    private func lastCharacter(before offset: Int) -> String {
        var last = offset - 1
        while last > 0, isSpace(text[last]) { last -= 1 }
        return last >= 0 ? character(last) : ""
    }

    private func unclosedEarlier(_ quote: Int) -> Result {
        (Diagnostic(
            .unclosedQuote, "this quote is not closed in its line", at: place(quote, quote + 1),
            related: [RelatedPlace(place(at - 1, at), "the text goes on up to here")]), quote)
    }

    /// Where the text before an offset ended with a quote that was meant to open a text: the earlier line with the quote that opened it.
    private func openQuote(before offset: Int) -> Int? {
        var last = offset - 1
        let line = text.lineStart(offset)
        while last > line, isSpace(text[last]) { last -= 1 }
        guard last >= line, last < text.count, text[last] == UInt8(ascii: "\"") || text[last] == UInt8(ascii: "'") else { return nil }
        let quote = text[last]
        guard text[line..<offset].count(where: { $0 == quote }) % 2 == 1 else { return nil }
        var end = line - 1
        for _ in 0..<1000 where end > 0 {
            let start = text.lineStart(end)
            let quotes = text[start..<end].indices.filter { text[$0] == quote }
            if quotes.count % 2 == 1 { return quotes.last }
            end = start - 1
        }
        return nil
    }
}
