/// Diagnostics for people: the message, the place, the line with its marks, related places and help.
struct TextRenderer {
    let colour: Bool
    let width: Int

    func render(_ diagnostics: [Diagnostic]) -> String {
        guard !diagnostics.isEmpty else { return "" }
        var text = diagnostics.map(render).joined(separator: "\n")
        let counts = summary(diagnostics)
        if !counts.isEmpty { text += "\n" + counts + "\n" }
        return text
    }

    private func render(_ diagnostic: Diagnostic) -> String {
        let gutter = gutterWidth(diagnostic)
        let style: Style = diagnostic.severity == .error ? .error : diagnostic.severity == .warning ? .warning : .note
        var lines = [paint("\(diagnostic.severity.rawValue)[\(diagnostic.kind.id)]", style) + paint(": " + sanitized(diagnostic.message), .bold)]
        lines += place(diagnostic.location, gutter, label: diagnostic.label, mark: "^", style)
        for help in helpLines(diagnostic) {
            lines.append(pad(gutter + 1) + paint("=", .gutter) + " " + paint("help", .bold) + ": " + indented(help, gutter + 9))
        }
        for related in diagnostic.related {
            lines.append(paint("note", .note) + ": " + sanitized(related.message))
            lines += place(related.location, gutter, label: nil, mark: "-", .gutter)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Digits of the largest line number that is shown.
    private func gutterWidth(_ diagnostic: Diagnostic) -> Int {
        let lines = ([diagnostic.location] + diagnostic.related.map(\.location)).map { location -> Int in
            if case .range(let range) = location { range.source.line(at: range.end) + 1 } else { 1 }
        }
        return String(lines.max() ?? 1).count
    }

    private func place(_ location: Location, _ gutter: Int, label: String?, mark: Character, _ style: Style) -> [String] {
        let arrow = pad(gutter) + paint("-->", .gutter) + " "
        switch location {
        case .nowhere: return []
        case .file(let path): return [arrow + sanitized(path)]
        case .place(let path, let line, let column):
            return [arrow + sanitized(path) + ":\(line)" + (column > 0 ? ":\(column)" : "")]
        case .range(let range):
            let (line, column) = range.source.position(at: range.start)
            return [arrow + "\(sanitized(range.source.path)):\(line):\(column)"] + snippet(range, gutter, label: label, mark: mark, style)
        }
    }

    private func snippet(_ range: SourceRange, _ gutter: Int, label: String?, mark: Character, _ style: Style) -> [String] {
        let source = range.source
        let first = source.line(at: range.start)
        // A range that ends with a line ending does not reach into the next line.
        let last = max(first, source.line(at: max(range.start, range.end - 1)))
        let bar = pad(gutter + 1) + paint("|", .gutter)
        func numbered(_ line: Int, _ text: String) -> String {
            let number = String(line + 1)
            let shown = paint(pad(gutter - number.count) + number + " |", .gutter)
            return text.isEmpty ? shown : shown + " " + text
        }
        func marks(_ snippet: Snippet, _ label: String?) -> String {
            let marked = String(repeating: mark, count: snippet.marked) + (label.map { " " + sanitized($0) } ?? "")
            return bar + " " + pad(snippet.indent) + paint(marked, style)
        }
        let room = max(20, width - gutter - 3)
        let head = Snippet(source, line: first, start: range.start, end: range.end, width: room)
        var lines = [bar, numbered(first, head.text), marks(head, first == last ? label : nil)]
        if last > first {
            if last > first + 1 { lines.append(paint("...", .gutter)) }
            let bytes = source.lineBytes(last)
            let start = bytes.firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } ?? bytes.startIndex
            let tail = Snippet(source, line: last, start: min(start, range.end), end: range.end, width: room)
            lines += [numbered(last, tail.text), marks(tail, label)]
        }
        return lines
    }

    /// The help, and the fix in words where no help speaks of it.
    private func helpLines(_ diagnostic: Diagnostic) -> [String] {
        guard let fix = diagnostic.fix, !diagnostic.help.contains(where: { $0.contains("`\(fix.replacement)`") }) else { return diagnostic.help }
        let bytes = fix.range.source.bytes
        let old = String(decoding: bytes[min(fix.range.start, bytes.count)..<min(fix.range.end, bytes.count)], as: UTF8.self)
        let new = fix.replacement == " " ? "a space" : "`\(fix.replacement)`"
        if old.isEmpty { return diagnostic.help + ["insert \(new)"] }
        if fix.replacement.isEmpty { return diagnostic.help.isEmpty ? ["remove `\(old)`"] : diagnostic.help }
        return diagnostic.help + ["write \(new) in place of `\(old)`"]
    }

    private func indented(_ text: String, _ columns: Int) -> String {
        sanitized(text).split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + pad(columns))
    }

    private func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    private enum Style: String {
        case error = "1;31", warning = "1;33", note = "1;36", gutter = "1;34", bold = "1"
    }

    private func paint(_ text: String, _ style: Style) -> String {
        colour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
