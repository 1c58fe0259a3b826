import Diagnostics

/// One csv file, measured: its columns are found, its lines are counted.
struct CSVFile: Sendable {
    let file: DataPath
    /// Cells in every line.
    let width: Int
    /// Nil: the file has none, and columns go by position.
    let names: [String]?
    /// Nil where no answers are wanted.
    let label: Int?
    let features: [Int]
    /// Lines that hold an example.
    let count: Int

    init(_ written: Written<String>, _ request: DataRequest) throws(DiagnosticError) {
        file = try DataPath(written)
        var lines = try CSVLines(file)
        guard let first = try lines.next() else {
            throw file.problem(.noExamples, "`\(file.path)` has no line with anything on it")
        }
        if lines.buffer[first].contains(0) {
            throw file.problem(.badCell, "`\(file.path)` is not a text file: line \(lines.number) holds a zero byte")
        }
        var cells = CSVCells()
        if let problem = cells.split(first, of: lines.buffer) { throw DiagnosticError(file.quoteProblem(problem, cells, lines)) }
        let texts = cells.ranges.indices.map { cells.text($0, in: lines.buffer) }
        width = texts.count
        let buffer = lines.buffer
        let hasHeader = request.columns?.header ?? cells.ranges.contains { decimal(buffer, $0) == nil && !$0.isEmpty }
        names = hasHeader ? texts : nil
        if width == 1, texts[0].contains(where: { $0 == ";" || $0 == "\t" }) {
            throw DiagnosticError(file.diagnostic(
                .wrongSeparator, "`\(file.path)` has one column; its cells seem to be separated by \(texts[0].contains(";") ? "`;`" : "tabs")",
                line: lines.number, help: ["nnc reads cells separated by commas"]))
        }
        let columns = CSVColumns(file: file, names: names, width: width, line: lines.number)
        (label, features) = try columns.find(request)
        var count = hasHeader ? 0 : 1
        while try lines.next() != nil { count += 1 }
        self.count = count
        if count == 0 {
            throw file.problem(.noExamples, "`\(file.path)` has a header and no example", help: ["`columns: { header: false }` if the first line is an example"])
        }
    }

    /// A column as the user knows it.
    func name(_ column: Int) -> String { names.map { "`\(quoted($0[column], limit: 40))`" } ?? "\(column)" }
}

extension DataPath {
    func quoteProblem(_ problem: CSVCells.Problem, _ cells: CSVCells, _ lines: borrowing CSVLines) -> Diagnostic {
        let line = lines.number
        switch problem {
        case .unclosedQuote(let place):
            return diagnostic(
                .badQuotes, "a quoted cell of line \(line) does not end on it", line: line, column: cells.column(at: place, in: lines.buffer),
                help: ["close the quote; cells with line ends in them are not read"])
        case .textAfterQuote(let place):
            return diagnostic(
                .badQuotes, "there is more between the end of a quoted cell of line \(line) and the next comma", line: line,
                column: cells.column(at: place, in: lines.buffer), help: ["double the quotes inside a quoted cell"])
        }
    }
}

/// Finds the columns that the model file names.
private struct CSVColumns {
    let file: DataPath
    let names: [String]?
    let width: Int
    let line: Int

    func find(_ request: DataRequest) throws(DiagnosticError) -> (label: Int?, features: [Int]) {
        var problems: [Diagnostic] = []
        func column(_ name: Written<String>) -> Int? {
            do throws(DiagnosticError) { return try find(name) } catch {
                problems += error.diagnostics
                return nil
            }
        }
        // A file without answers may still have their column.
        let label = request.target == .absent ? labelByName(request) : request.columns?.label.map(column) ?? width - 1
        let features: [Int]
        if let named = request.columns?.features {
            features = named.compactMap { column($0) }
            if let place = named.indices.first(where: { problems.isEmpty && features[$0] == label }) {
                problems.append(Diagnostic(
                    .labelAmongFeatures, "column \(named[place].value) is the label, and a feature too", at: named[place].location,
                    help: ["a network that sees the label learns nothing else"]))
            }
        } else {
            features = (0..<width).filter { $0 != label }
        }
        guard problems.isEmpty, label != nil || request.target == .absent else { throw DiagnosticError(problems) }
        if features.isEmpty {
            throw file.problem(.missingColumn, "`\(file.path)` has no column besides the label", help: ["a network needs at least one feature"])
        }
        return (request.target == .absent ? nil : label, features)
    }

    private func labelByName(_ request: DataRequest) -> Int? {
        request.columns?.label.flatMap { label in names?.firstIndex(of: label.value) }
    }

    private func find(_ name: Written<String>) throws(DiagnosticError) -> Int {
        if let names {
            let found = names.indices.filter { names[$0] == name.value }
            if found.count > 1 {
                throw DiagnosticError(file.diagnostic(
                    .columnNamedTwice, "\(found.count) columns of `\(file.path)` are named `\(quoted(name.value, limit: 40))`", line: line,
                    help: ["name it by its position from 0: `\(found[0])`"]))
            }
            if let found = found.first { return found }
        }
        if let position = Int(name.value), position >= 0, position < width { return position }
        let shown = names.map { $0.prefix(10).map { "`\(quoted($0, limit: 40))`" }.joined(separator: ", ") + ($0.count > 10 ? ", …" : "") }
        let near = names.flatMap { nearest(name.value, in: $0) }
        let location = name.location == .nowhere ? Location.file(path: file.path) : name.location
        throw DiagnosticError(Diagnostic(
            .missingColumn, "`\(file.path)` has no column `\(quoted(name.value, limit: 40))`", at: location,
            related: name.location == .nowhere ? [] : [RelatedPlace(.place(path: file.path, line: line, column: 0), names == nil ? "the first line has \(width) cells" : "the header is here")],
            help: near.map { ["did you mean `\(quoted($0, limit: 40))`?"] } ?? shown.map { ["its columns are \($0)"] }
                ?? ["it has no header; columns are numbered 0…\(width - 1)"]))
    }
}
