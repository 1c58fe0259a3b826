import Foundation

/// Rows of text in columns: for a terminal, for Markdown, or as comma-separated values.
public struct TextTable: Sendable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment
        /// Used instead of the title where the line is narrow.
        public var shortTitle: String
        /// Columns with the highest number are left out first; 0 stays.
        public var expendable: Int

        public init(_ title: String, _ alignment: Alignment = .left, short: String? = nil, expendable: Int = 0) {
            self.title = title
            self.alignment = alignment
            shortTitle = short ?? title
            self.expendable = expendable
        }
    }

    public var columns: [Column]
    public var rows: [[String]] = []
    /// Rows from here on stand below a rule.
    public var footerStart: Int?

    public init(_ columns: [Column]) { self.columns = columns }

    public mutating func add(_ row: [String]) { rows.append(row) }

    /// Begins the footer with the next row.
    public mutating func beginFooter() { footerStart = rows.count }

    // MARK: forms

    /// For a terminal of so many columns: short titles, then fewer columns, then cut first cells, until it fits.
    public func plain(width: Int) -> String {
        var shown = Array(columns.indices)
        var short = false
        while lineWidth(shown, short: short) > width {
            if !short {
                short = true
            } else if let least = shown.filter({ columns[$0].expendable > 0 }).max(by: { columns[$0].expendable < columns[$1].expendable }) {
                shown.removeAll { $0 == least }
            } else {
                break
            }
        }
        var widths = shown.map { columnWidth($0, short: short) }
        let excess = widths.reduce(2 * (shown.count - 1), +) - width
        if excess > 0, let first = widths.first { widths[0] = max(first - excess, min(first, 4)) }
        let total = widths.reduce(2 * (shown.count - 1), +)

        var lines = [line(shown.map { short ? columns[$0].shortTitle : columns[$0].title }, shown, widths)]
        lines.append(String(repeating: "-", count: total))
        for (index, row) in rows.enumerated() {
            if index == footerStart { lines.append(String(repeating: "-", count: total)) }
            lines.append(line(shown.map { row[$0] }, shown, widths))
        }
        // What cannot be made narrower is cut rather than wrapped.
        return lines.map { $0.count > max(width, 8) ? String($0.prefix(max(width, 8) - 1)) + "…" : $0 }.joined(separator: "\n") + "\n"
    }

    public var markdown: String {
        func cell(_ text: String) -> String { text.replacingOccurrences(of: "|", with: "\\|") }
        var lines = ["| " + columns.map { cell($0.title) }.joined(separator: " | ") + " |"]
        lines.append("|" + columns.map { $0.alignment == .right ? "---:|" : "---|" }.joined())
        for row in rows { lines.append("| " + row.map(cell).joined(separator: " | ") + " |") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// RFC 4180, with line feeds.
    public var csv: String {
        func cell(_ text: String) -> String {
            guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
            return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
        }
        return ([columns.map(\.title)] + rows).map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
    }

    // MARK: widths

    private func columnWidth(_ column: Int, short: Bool) -> Int {
        let title = short ? columns[column].shortTitle : columns[column].title
        return rows.reduce(title.count) { max($0, $1[column].count) }
    }

    private func lineWidth(_ shown: [Int], short: Bool) -> Int {
        shown.reduce(2 * (shown.count - 1)) { $0 + columnWidth($1, short: short) }
    }

    private func line(_ cells: [String], _ shown: [Int], _ widths: [Int]) -> String {
        var text = ""
        for (position, cell) in cells.enumerated() {
            let width = widths[position]
            let fitted = cell.count > width ? String(cell.prefix(max(width - 1, 0))) + "…" : cell
            let padding = String(repeating: " ", count: width - fitted.count)
            text += (position > 0 ? "  " : "") + (columns[shown[position]].alignment == .left ? fitted + padding : padding + fitted)
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
