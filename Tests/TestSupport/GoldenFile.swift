import Diagnostics
import Foundation

/// A model file whose expected diagnostics are marked in its comments.
///
/// A mark stands below the line it is about, and may be followed by words:
///
///     units: 5x
///     #      ^^ NNC0203
///
/// The carets cover the characters of the range; of a range over several lines, those of its first line. Where carets cannot stand:
///
///     # at 1+5 NNC0102               column 1, five characters, of the line above
///     # at 12:1+5 NNC0102            the same in line 12
///     # in base.yaml:3:5+4 NNC0102   in another text (`--set` is one), or `data.csv:7` or `data.csv:7:2` in a data file
///     # file: NNC0601                in a file as a whole
///     # nowhere: NNC0630
///
/// Lines `#! nnc: set model.layers.h1.units=5` hold options for the check.
public struct GoldenFile {
    public let url: URL
    public let source: SourceText
    public let options: [String]
    public let expected: [Mark]

    public init(_ url: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: url))
        self.init(url, SourceText(path: url.path, bytes: bytes))
    }

    public init(_ url: URL, _ source: SourceText) {
        self.url = url
        self.source = source
        var options: [String] = []
        var expected: [Mark] = []
        var line = 0
        for number in 1...max(1, source.lineCount) {
            let text = String(decoding: source.lineBytes(number - 1), as: UTF8.self)
            if let mark = Mark(comment: text, file: url.lastPathComponent, line: line) {
                expected.append(mark)
            } else if text.hasPrefix("#! nnc:") {
                options.append(text.dropFirst(7).trimmingCharacters(in: .whitespaces))
            } else {
                line = number
            }
        }
        self.options = options
        self.expected = expected
    }

    /// All golden files below a directory of `Tests/Golden`, in the order of their paths.
    public static func all(in directory: String) throws -> [GoldenFile] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden").appendingPathComponent(directory).resolvingSymlinksInPath()
        let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".yaml") }.sorted().map { try GoldenFile(root.appendingPathComponent($0)) }
    }

    /// What differs from the marks, ready to be printed; nil where nothing does. Severity and words are not compared.
    public func mismatch(_ actual: [Diagnostic]) -> String? {
        var missing = expected
        var unexpected: [Diagnostic] = []
        for diagnostic in actual {
            let mark = Mark(diagnostic)
            if let index = missing.firstIndex(of: mark) { missing.remove(at: index) } else { unexpected.append(diagnostic) }
        }
        if missing.isEmpty, unexpected.isEmpty { return nil }
        var lines = ["\(url.path):"]
        lines += missing.map { "  missing     \($0)" }
        lines += unexpected.map { "  unexpected  \(Mark($0))  \($0.message)" }
        lines += unexpected.compactMap { Mark($0).comment(in: source) }.map { "  to mark it: \($0)" }
        return lines.joined(separator: "\n")
    }

    /// Runs a check on the file and compares. Nil where everything is as marked.
    public func mismatch(check: (GoldenFile) throws -> [Diagnostic]) rethrows -> String? {
        mismatch(try check(self))
    }
}
