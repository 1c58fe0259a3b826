import Diagnostics

/// What is wrong with single nodes, and where exactly they stand.
extension NodeBuilder {
    /// The place of a node without its anchor and tag, which libyaml counts in.
    func range(of event: YAMLEvents.Event) -> SourceRange {
        var start = event.start
        if event.anchor != nil || event.hasTag {
            start = endOfProperties(event, each: { _, _ in })
            // A block is said to end where it begins; an anchored nothing ends with the anchor.
            return SourceRange(source, start, max(start, event.end))
        }
        var end = event.end
        while end > start, isSpace(text[end - 1]) { end -= 1 }
        return SourceRange(source, start, end)
    }

    mutating func checkTag(_ event: YAMLEvents.Event) {
        guard event.hasTag else { return }
        var tag: SourceRange?
        _ = endOfProperties(event) { start, end in
            if text[start] == UInt8(ascii: "!") { tag = SourceRange(source, start, end) }
        }
        let place = tag ?? SourceRange(source, event.start, event.start + 1)
        let name = String(decoding: text[place.start..<place.end], as: UTF8.self)
        let help = name == "!include" ? "`extends:` builds upon another file" : "remove the tag; quotes make a value a string"
        diagnostics.append(Diagnostic(.tagNotAllowed, "the tag `\(name)` is not allowed in a model file", at: .range(place), help: [help]))
    }

    /// Goes over `&anchor` and `!tag` and the space between, and returns where the value itself begins.
    private func endOfProperties(_ event: YAMLEvents.Event, each: (Int, Int) -> Void) -> Int {
        var offset = event.start
        var properties = (event.anchor == nil ? 0 : 1) + (event.hasTag ? 1 : 0)
        while offset < text.count {
            if isSpace(text[offset]) {
                offset += 1
            } else if text[offset] == UInt8(ascii: "#") {
                while offset < text.count, text[offset] != UInt8(ascii: "\n") { offset += 1 }
            } else if properties > 0, text[offset] == UInt8(ascii: "&") || text[offset] == UInt8(ascii: "!") {
                let start = offset
                while offset < text.count, !isSpace(text[offset]), !isFlowIndicator(text[offset]) { offset += 1 }
                each(start, offset)
                properties -= 1
                if case .scalar(let scalar) = event.kind, scalar.text.isEmpty, properties == 0, offset >= event.end { return offset }
            } else {
                break
            }
        }
        return offset
    }

    /// The `&name` at or shortly before an offset.
    func anchorRange(_ name: String, from start: Int) -> SourceRange {
        let mark = [UInt8(ascii: "&")] + Array(name.utf8)
        var offset = start
        while offset >= 0, start - offset < 4096 {
            if text[offset...].starts(with: mark) { return SourceRange(source, offset, offset + mark.count) }
            offset -= 1
        }
        return SourceRange(source, start, start + 1)
    }

    mutating func reportSecondDocument(at event: YAMLEvents.Event) {
        let end = min(event.start + 3, text.count)
        diagnostics.append(Diagnostic(
            .severalDocuments, "a second document begins here", at: .range(SourceRange(source, event.start, end)),
            help: ["a model file is one document; what follows is not read"]))
    }

    mutating func reportKey(_ key: Node, in frame: Frame) {
        let what = key.elements == nil ? "a mapping" : "a list"
        let isTemplate = frame.isFlow && key.range.start == frame.start + 1 && key.entries != nil
        diagnostics.append(Diagnostic(
            .keyNotScalar, "\(what) cannot be a key", at: key.location,
            help: [isTemplate ? "`{{ … }}` is not filled in: model files have no templates; use `--set` to change a value" : "a key is a single word"]))
    }

    mutating func reportDuplicate(_ name: String, _ key: Node, first: Node, help: String) {
        diagnostics.append(Diagnostic(
            .duplicateKey, "the key `\(name)` is given twice", at: key.location,
            related: [RelatedPlace(first.location, "first given here")], help: [help]))
    }

    /// Returns the key before the colon.
    @discardableResult
    mutating func reportMissingSpace(in range: SourceRange, at colon: Int) -> String {
        let word = String(decoding: text[range.start..<colon], as: UTF8.self)
        diagnostics.append(Self.missingSpace(after: word, SourceRange(source, colon, colon + 1), source))
        return word
    }

    static func missingSpace(after word: String, _ colon: SourceRange, _ source: SourceText) -> Diagnostic {
        Diagnostic(
            .missingSpace, "a space is missing after `\(word):`", at: .range(colon),
            fix: Fix(SourceRange(source, colon.end, colon.end), " "))
    }

    /// `{ epochs:5 }` is for YAML a key `epochs:5` without a value. Returns the colon.
    func missingSpace(_ key: Node, _ scalar: Scalar, _ value: Node, isFlow: Bool) -> Int? {
        guard isFlow, scalar.style == .plain, value.range.start == value.range.end, value.scalar?.value == .null else { return nil }
        return colon(in: key.range)
    }

    /// A key with, on the next line, `epochs:5` or `-accuracy`: that was meant to be an entry or an item.
    mutating func strayWord(_ key: Node, _ value: Node) -> Node {
        guard let scalar = value.scalar, scalar.style == .plain, value.range.start >= key.range.end,
            source.line(at: value.range.start) > source.line(at: key.range.end)
        else { return value }
        if isDashedWord(value.range) {
            let dash = value.range.start
            diagnostics.append(Diagnostic(
                .missingSpace, "a space is missing after `-`", at: .range(SourceRange(source, dash, dash + 1)),
                fix: Fix(SourceRange(source, dash + 1, dash + 1), " ")))
            return Node(.invalid, value.range)
        }
        guard let colon = colon(in: value.range) else { return value }
        reportMissingSpace(in: value.range, at: colon)
        return Node(.invalid, value.range)
    }

    /// `-accuracy`, but not `-5`.
    private func isDashedWord(_ range: SourceRange) -> Bool {
        guard range.end - range.start > 1, text[range.start] == UInt8(ascii: "-") else { return false }
        let next = text[range.start + 1] | 0x20
        return next >= UInt8(ascii: "a") && next <= UInt8(ascii: "z")
    }

    /// The colon of `word:rest`, but not of `https://…`.
    private func colon(in range: SourceRange) -> Int? {
        var offset = range.start
        while offset < range.end, isWord(text[offset]) { offset += 1 }
        guard offset > range.start, offset + 1 < range.end, text[offset] == UInt8(ascii: ":") else { return nil }
        return text[offset + 1] == UInt8(ascii: "/") ? nil : offset
    }
}

func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
func isFlowIndicator(_ byte: UInt8) -> Bool { "[]{},".utf8.contains(byte) }
/// Letters, digits, `_`, `-` and `.`: what a key of a model file consists of.
func isWord(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == 0x5F || byte == 0x2D || byte == 0x2E
}
