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
            help: ["indent it by \(above.column) \(above.column == 1 ? "space" : "spaces") as the line above"]), line.content)
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

    private func indentation() -> Result {
        let name = text.word(at)
        let expected = text.column(context), found = text.column(at)
        return (Diagnostic(
            .badIndentation, "the indentation of \(found) fits no line above", at: place(at, at + max(1, name.utf8.count)),
            related: [RelatedPlace(place(context, context + max(1, text.word(context).utf8.count)), "the lines around it begin in this column")],
            help: ["indent it by \(expected) \(expected == 1 ? "space" : "spaces"), or by more than the key it belongs to"]), at)
    }

    func lessIndented() -> Result {
        if "]}".contains(character(at)) { return strayBracket() }
        let name = text.word(at)
        return (Diagnostic(
            .badIndentation, "the line is indented less than the first line of the file", at: place(at, at + max(1, name.utf8.count)),
            help: ["begin all top-level keys in the first column"]), at)
    }

    private func strayBracket() -> Result {
        (Diagnostic(.unexpectedCharacter, "there is no bracket that this `\(character(at))` could close", at: place(at, at + 1)), at)
    }

    /// Something follows a value that had ended: a quoted one or a list in brackets.
    func textAfterValue() -> Result {
        if let quote = openQuote(before: at) { return unclosedEarlier(quote) }
        if "]}".contains(character(at)) { return strayBracket() }
        return (Diagnostic(
            .unexpectedCharacter, "the value has ended before this", at: place(at, max(at + 1, text.endOfWord(at))),
            help: ["a quoted text or a bracket ends a value; put the whole value in quotes if this belongs to it"]), at)
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
