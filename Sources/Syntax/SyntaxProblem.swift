import Diagnostics

/// What libyaml stopped at, put in the words of someone who wrote a model file.
struct SyntaxProblem {
    let diagnostic: Diagnostic
    /// Where the mistake began, which is what is skipped: often earlier than where libyaml noticed it.
    let culprit: Int

    init(_ problem: YAMLEvents.Problem, flow: (outer: Int, inner: Int)?, _ source: SourceText, _ text: [UInt8]) {
        let reader = SyntaxProblemReader(problem: problem, innermostFlow: flow?.inner, source: source, text: text)
        let (diagnostic, culprit) = reader.explain()
        self.diagnostic = diagnostic
        self.culprit = min(flow?.outer ?? culprit, culprit)
    }
}

/// Looks at the text around the place at which libyaml stopped.
///
/// The wording of libyaml's problems is part of its behaviour (0.2.x); an unknown one ends in `NNC0101` with that wording.
struct SyntaxProblemReader {
    let problem: YAMLEvents.Problem
    let innermostFlow: Int?
    let source: SourceText
    let text: [UInt8]

    typealias Result = (Diagnostic, Int)
    var at: Int { problem.offset }
    var context: Int { problem.contextOffset ?? problem.offset }

    func explain() -> Result {
        switch problem.message {
        case "found character that cannot start any token": cannotStart()
        case "found a tab character that violates indentation", "found a tab character where an indentation space is expected": tab(at)
        case "mapping values are not allowed in this context": unexpectedColon()
        case "could not find expected ':'": missingColon(at: context)
        case "block sequence entries are not allowed in this context": misplacedItem("a list item cannot stand on the line of its key")
        case "did not find expected key": text.isLineStart(at) ? badLine() : textAfterValue()
        case "did not find expected '-' indicator": text.isLineStart(at) ? noDash() : textAfterValue()
        case "did not find expected ',' or ']'": unclosed("]")
        case "did not find expected ',' or '}'": unclosed("}")
        case "found unexpected end of stream", "found unexpected document indicator": unclosedQuote(at: context)
        case "found unknown escape character", "did not find expected hexdecimal number", "found invalid Unicode character escape code":
            badEscape()
        case "did not find expected alphabetic or numeric character": noName()
        case "did not find expected <document start>":
            text.isLineStart(at) ? lessIndented() : textAfterValue()
        case "did not find expected node content": noValue()
        case "found undefined tag handle": tag()
        case "did not find expected comment or line break" where problem.context.hasSuffix("a block scalar"): blockHeader()
        default: problem.context.hasSuffix("a tag") ? tag() : other()
        }
    }

    // MARK: - characters

    private func cannotStart() -> Result {
        if character(at) == "\t" { return tab(at) }
        let found = character(at)
        return (Diagnostic(
            .unexpectedCharacter, "a value cannot begin with `\(found)`", at: place(at, at + 1),
            help: ["put the value in quotes"]), at)
    }

    private func tab(_ offset: Int) -> Result {
        let start = text.lineStart(offset)
        var end = start
        while end < text.count, text[end] == UInt8(ascii: " ") || text[end] == UInt8(ascii: "\t") { end += 1 }
        // A tab within the line stands where libyaml says.
        let range = end > offset ? (start, end) : (offset, offset + 1)
        return (Diagnostic(.tabIndentation, "YAML is indented with spaces, not with tabs", at: place(range.0, range.1)), start)
    }

    private func noName() -> Result {
        let found = character(context)
        let what = problem.context.hasSuffix("alias") ? "an alias" : "an anchor"
        return (Diagnostic(
            .unexpectedCharacter, "`\(found)` begins \(what), but no name follows", at: place(context, context + 1),
            help: ["if this is a text, put it in quotes"]), context)
    }

    private func noValue() -> Result {
        guard at < text.count else { return other() }
        let found = character(at)
        if "]}".contains(found) {
            guard let open = innermostFlow else { return strayBracket() }
            return (Diagnostic(
                .unclosedBracket, "`\(found)` cannot close `\(character(open))`", at: place(at, at + 1),
                related: [RelatedPlace(place(open, open + 1), "this bracket is open")]), at)
        }
        let message = found == "," ? "a value is missing before this `,`" : "a value cannot begin with `\(found)`"
        return (Diagnostic(
            .unexpectedCharacter, message, at: place(at, at + 1), help: found == "," ? [] : ["if this is a text, put it in quotes"]), at)
    }

    private func blockHeader() -> Result {
        (Diagnostic(
            .invalidYAML, "the text of a block that begins with `|` or `>` starts on the next line", at: place(at, endOfToken(at))), at)
    }

    private func badEscape() -> Result {
        var start = min(at, text.count - 1)
        while start > context, text[start] != UInt8(ascii: "\\") { start -= 1 }
        let found = start + 1 < text.count ? character(start + 1) : ""
        return (Diagnostic(
            .badEscape, "`\\\(found)` is no escape that YAML knows", at: place(start, start + 1 + max(found.utf8.count, 1)),
            help: ["write `\\\\` for a backslash, or use single quotes"]), context)
    }

    private func unclosedQuote(at quote: Int) -> Result {
        (Diagnostic(.unclosedQuote, "this quote is never closed", at: place(quote, quote + 1)), quote)
    }

    private func tag() -> Result {
        let start = problem.contextOffset ?? at
        var end = start
        while end < text.count, !isSpace(text[end]), !isFlowIndicator(text[end]) { end += 1 }
        let name = String(decoding: text[start..<end], as: UTF8.self)
        return (Diagnostic(
            .tagNotAllowed, "the tag `\(name)` is not allowed in a model file", at: place(start, end),
            help: ["remove the tag; quotes make a value a string"]), start)
    }

    private func misplacedItem(_ message: String) -> Result {
        (Diagnostic(
            .misplacedListItem, message, at: place(at, at + 1),
            help: ["start each item with `- ` on a line of its own, or write `[a, b]`"]), at)
    }

    // MARK: - brackets

    private func unclosed(_ closing: Character) -> Result {
        let opening = character(context)
        let atEnd = text[min(at, text.count)...].allSatisfy(isSpace)
        if atEnd || source.line(at: at) != source.line(at: context) {
            // Where a key of the next lines was taken for a value, libyaml stops at its colon.
            let after = character(at) == ":" ? text.line(at).content : at
            let related = atEnd ? [] : [RelatedPlace(place(after, endOfToken(after)), "a `,` or `\(closing)` is missing before this")]
            return (Diagnostic(.unclosedBracket, "this `\(opening)` is not closed", at: place(context, context + 1), related: related), context)
        }
        return (Diagnostic(
            .unclosedBracket, "a `,` or `\(closing)` is missing here", at: place(at, endOfToken(at)),
            related: [RelatedPlace(place(context, context + 1), "to go on with this `\(opening)` or to close it")]), context)
    }

    private func endOfToken(_ start: Int) -> Int {
        var end = start
        while end < text.count, !isSpace(text[end]), !isFlowIndicator(text[end]), text[end] != UInt8(ascii: ":") { end += 1 }
        return max(end, min(start + 1, text.count))
    }

    // MARK: - what is left

    func other() -> Result {
        let context = problem.context.isEmpty ? "" : " \(problem.context)"
        return (Diagnostic(.invalidYAML, "this is not valid YAML:\(context) \(problem.message)", at: place(at, endOfToken(at))), at)
    }

    func place(_ start: Int, _ end: Int) -> Location {
        let last = min(max(end, start), text.count)
        return .range(SourceRange(source, min(start, last), last))
    }

    /// The character at an offset; the ends of the text are empty.
    func character(_ offset: Int) -> String {
        guard offset < text.count else { return "" }
        var end = offset + 1
        while end < text.count, isContinuation(text[end]) { end += 1 }
        return String(decoding: text[offset..<end], as: UTF8.self)
    }
}
