import Diagnostics
import Kernels

/// One split of csv files: lines of numbers, separated by commas; the label is one of the columns. Files after the
/// first continue it.
struct CSVReader: SplitReader {
    /// After so many problems in one file the rest of it is not shown.
    static let mostProblems = 20

    let layout: Layout
    private let parts: [CSVFile]
    private let hasClasses: Bool

    var files: [DataPath] { parts.map(\.file) }

    init(_ set: DataRequest.FileSet, _ request: DataRequest) throws(DiagnosticError) {
        var problems: [Diagnostic] = []
        var parts: [CSVFile] = []
        for path in set.features {
            do throws(DiagnosticError) { parts.append(try CSVFile(path, request)) } catch { problems += error.diagnostics }
        }
        if let labels = set.labels {
            problems.append(Diagnostic(
                .labelsNotApart, "csv keeps its labels in a column", at: labels.location, help: ["name it: `columns: { label: … }`"]))
        }
        guard problems.isEmpty, let first = parts.first else { throw DiagnosticError(problems) }
        for part in parts.dropFirst() where part.features.count != first.features.count {
            throw part.file.problem(
                .splitShapesDiffer, "`\(part.file.path)` has \(part.features.count) features, `\(first.file.path)` has \(first.features.count)")
        }
        let count = parts.reduce(0) { $0 + $1.count }
        guard count <= Int(Int32.max) else {
            throw first.file.problem(.badDataShape, "there are \(count) examples; nnc counts up to \(Int32.max)")
        }
        self.parts = parts
        hasClasses = switch request.target {
        case .classes: true
        case .values(let width): (width ?? 1) > 1
        case .absent: false
        }
        layout = Layout(count: count, shape: [first.features.count], features: .floats, target: hasClasses ? .classes : .values(request.target == .absent ? 0 : 1))
    }

    func read(into store: ExampleStore, _ problems: inout [Diagnostic]) {
        guard case .floats(let floats) = store.features else { return }
        var first = 0
        for part in parts {
            report(&problems) { problems throws(DiagnosticError) in
                var rows = RowReader(part, target: store.target, features: floats, first: first)
                try rows.read(&problems)
            }
            first += part.count
        }
    }

    /// The line is found by reading the file again: it is asked for only where something is wrong.
    func place(ofLabel example: Int) -> Location {
        var first = 0
        for part in parts {
            if example >= first + part.count {
                first += part.count
                continue
            }
            guard var lines = try? CSVLines(part.file) else { return .file(path: part.file.path) }
            var left = example - first + (part.names == nil ? 0 : 1)
            while let line = try? lines.next() {
                if left == 0 {
                    var cells = CSVCells()
                    guard let label = part.label, cells.split(line, of: lines.buffer) == nil, label < cells.ranges.count else { break }
                    return .place(path: part.file.path, line: lines.number, column: cells.column(label, in: lines.buffer))
                }
                left -= 1
            }
            return .file(path: part.file.path)
        }
        return .nowhere
    }
}

/// Parses the lines of one file into memory.
private struct RowReader {
    let part: CSVFile
    let target: ExampleStore.Target
    let features: Floats
    var row: Int
    let end: Int
    private var found: [Diagnostic] = []
    private var suppressed = 0

    init(_ part: CSVFile, target: ExampleStore.Target, features: Floats, first: Int) {
        self.part = part
        self.target = target
        self.features = features
        row = first
        end = first + part.count
    }

    mutating func read(_ problems: inout [Diagnostic]) throws(DiagnosticError) {
        var lines = try CSVLines(part.file)
        var cells = CSVCells()
        if part.names != nil { _ = try lines.next() }
        while let line = try lines.next() {
            guard row < end else { throw part.file.problem(.dataFileTooLong, "`\(part.file.path)` became longer while it was read") }
            if let problem = cells.split(line, of: lines.buffer) {
                add(part.file.quoteProblem(problem, cells, lines))
            } else if cells.ranges.count != part.width {
                let more = cells.ranges.count > part.width
                add(part.file.diagnostic(
                    .raggedRow, "line \(lines.number) has \(cells.ranges.count) \(cells.ranges.count == 1 ? "cell" : "cells"), the first line \(part.width)",
                    line: lines.number, column: cells.column(more ? part.width : cells.ranges.count - 1, in: lines.buffer)))
            } else {
                store(cells, lines)
            }
            row += 1
            if suppressed > 100 { break }
        }
        if found.isEmpty, row < end { throw part.file.problem(.dataFileTooShort, "`\(part.file.path)` became shorter while it was read") }
        if suppressed > 0, let last = found.popLast() {
            found.append(Diagnostic(
                last.kind, last.message, at: last.location, related: last.related,
                help: last.help + ["there are more problems in this file; the first \(CSVReader.mostProblems) are shown"]))
        }
        problems += found
    }

    private mutating func store(_ cells: CSVCells, _ lines: borrowing CSVLines) {
        let width = part.features.count
        for place in 0..<width {
            let column = part.features[place]
            if let value = number(cells, column, lines) { features[row * width + place] = Float(value) }
        }
        guard let column = part.label, let value = number(cells, column, lines) else { return }
        switch target {
        case .values(let values, _): values[row] = Float(value)
        case .classes(let labels):
            if let label = Int32(exactly: value) {
                labels[row] = label
            } else {
                add(part.file.diagnostic(
                    .notAClass, "`\(quoted(cells.text(column, in: lines.buffer), limit: 40))` in column \(part.name(column)) is not a class number",
                    line: lines.number, column: cells.column(column, in: lines.buffer), help: ["class numbers are whole and below \(Int32.max)"]))
            }
        }
    }

    private mutating func number(_ cells: CSVCells, _ column: Int, _ lines: borrowing CSVLines) -> Double? {
        let value = decimal(lines.buffer, cells.ranges[column])
        if let value, Float(value).isFinite { return value }
        let text = quoted(cells.text(column, in: lines.buffer), limit: 40)
        let place = (line: lines.number, column: cells.column(column, in: lines.buffer))
        if let value {
            add(part.file.diagnostic(
                .nonFiniteValue, value.isFinite ? "`\(text)` in column \(part.name(column)) is too large for a 32-bit number" : "column \(part.name(column)) holds `\(text)`",
                line: place.line, column: place.column, help: ["take the line out, or put a number in its place"]))
        } else {
            add(part.file.diagnostic(
                .badCell, text.isEmpty ? "the cell in column \(part.name(column)) is empty" : "`\(text)` in column \(part.name(column)) is not a number",
                line: place.line, column: place.column,
                help: part.names == nil && row == 0 ? ["if this is the header, leave `columns.header` out or set it to `true`"] : []))
        }
        return nil
    }

    private mutating func add(_ diagnostic: Diagnostic) {
        if found.count < CSVReader.mostProblems { found.append(diagnostic) } else { suppressed += 1 }
    }
}
