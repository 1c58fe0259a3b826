import Diagnostics
import Foundation

/// An id and a place, as expected or as found.
public struct Mark: Hashable, CustomStringConvertible {
    public enum Place: Hashable {
        /// The last component of a path; line and column from 1 in code points; 0 is unknown.
        case text(file: String, line: Int, column: Int, length: Int)
        case file
        case nowhere
    }

    public let id: String
    public let place: Place

    /// Reads a comment; nil where it is no mark. `line` is the line above it.
    init?(comment: String, file: String, line: Int) {
        let trimmed = comment.drop { $0 == " " }
        guard trimmed.first == "#" else { return nil }
        let words = trimmed.dropFirst().split(separator: " ", omittingEmptySubsequences: true)
        guard let first = words.first else { return nil }
        if first.allSatisfy({ $0 == "^" }), words.count > 1, Self.isID(words[1]) {
            let column = comment.distance(from: comment.startIndex, to: first.startIndex) + 1
            (id, place) = (String(words[1]), .text(file: file, line: line, column: column, length: first.count))
        } else if first == "file:" || first == "nowhere:", words.count > 1, Self.isID(words[1]) {
            (id, place) = (String(words[1]), first == "file:" ? .file : .nowhere)
        } else if first == "at" || first == "in", words.count > 2, Self.isID(words[2]) {
            guard let place = Self.place(String(words[1]), isOther: first == "in", file, line) else { return nil }
            (id, self.place) = (String(words[2]), place)
        } else {
            return nil
        }
    }

    /// `1+5`, `12:1+5`; with another file `base.yaml:3:5+4`, `data.csv:7`, `data.csv:7:2`.
    private static func place(_ text: String, isOther: Bool, _ file: String, _ line: Int) -> Place? {
        let halves = text.split(separator: "+")
        var parts = (halves.first ?? "").split(separator: ":").map(String.init)
        let length = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
        var name = file
        if isOther {
            guard parts.count > 1 else { return nil }
            name = parts.removeFirst()
        }
        let numbers = parts.compactMap(Int.init)
        guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
        if isOther { return .text(file: name, line: numbers[0], column: numbers.count > 1 ? numbers[1] : 0, length: length) }
        return .text(file: name, line: numbers.count > 1 ? numbers[0] : line, column: numbers[numbers.count - 1], length: length)
    }

    private static func isID(_ word: Substring) -> Bool {
        word.hasPrefix("NNC") && word.count == 7 && word.dropFirst(3).allSatisfy(\.isNumber)
    }

    /// Where a diagnostic was found. An empty range counts as one character; only the first line of a longer one counts.
    init(_ diagnostic: Diagnostic) {
        id = diagnostic.kind.id
        switch diagnostic.location {
        case .nowhere: place = .nowhere
        case .file: place = .file
        case .place(let path, let line, let column):
            place = .text(file: (path as NSString).lastPathComponent, line: line, column: column, length: 0)
        case .range(let range):
            let source = range.source
            let (line, column) = source.position(at: range.start)
            let lineEnd = source.lineBytes(line - 1).endIndex
            let end = source.position(at: min(range.end, max(range.start, lineEnd)))
            place = .text(
                file: (source.path as NSString).lastPathComponent, line: line, column: column, length: max(1, end.column - column))
        }
    }

    public var description: String {
        switch place {
        case .file: "\(id) file"
        case .nowhere: "\(id) nowhere"
        case .text(let file, let line, let column, let length): "\(id) \(file):\(line):\(column)+\(length)"
        }
    }

    /// The comment that would mark this place.
    func comment(in source: SourceText) -> String? {
        switch place {
        case .file: return "# file: \(id)"
        case .nowhere: return "# nowhere: \(id)"
        case .text(let file, let line, let column, let length):
            guard file == (source.path as NSString).lastPathComponent else {
                return "# in \(file):\(line)" + (column > 0 ? ":\(column)" : "") + (length > 0 ? "+\(length)" : "") + " \(id)"
            }
            if column < 2 { return "# at \(column)+\(length) \(id)  (line \(line))" }
            return "#" + String(repeating: " ", count: column - 2) + String(repeating: "^", count: length) + " \(id)  (line \(line))"
        }
    }
}
