import Diagnostics
import Testing

func diagnostic(
    _ text: String, marking part: String, path: String = "model.yaml", _ message: String = "unknown key `unit` in a dense layer",
    label: String? = nil, related: [String] = [], help: [String] = [], replacement: String? = nil
) -> Diagnostic {
    let source = SourceText(path: path, text: text)
    func range(_ part: String) -> SourceRange {
        let whole = Array(text.utf8), wanted = Array(part.utf8)
        let start = whole.indices.first { whole[$0...].starts(with: wanted) } ?? 0
        return SourceRange(source, start, start + wanted.count)
    }
    return Diagnostic(
        .unknownKey, message, at: .range(range(part)), label: label,
        related: related.map { RelatedPlace(.range(range($0)), "see here") }, help: help,
        fix: replacement.map { Fix(range(part), $0) })
}

@Suite struct TextRenderingTests {
    @Test func asInTheDescriptionOfTheLanguage() {
        let text = String(repeating: "\n", count: 31) + "    - { name: h1, type: dense, unit: 1000, policy: hashed }\n"
        let found = diagnostic(text, marking: "unit", path: "fashion-hash-mlp.yaml", help: ["did you mean `units`?"], replacement: "units")
        #expect(render([found]) == """
            error[NNC0102]: unknown key `unit` in a dense layer
              --> fashion-hash-mlp.yaml:32:32
               |
            32 |     - { name: h1, type: dense, unit: 1000, policy: hashed }
               |                                ^^^^
               = help: did you mean `units`?

            1 error

            """)
    }

    @Test func relatedPlacesLabelsAndFixes() {
        let text = "units: 4\n" + String(repeating: "\n", count: 8) + "unit: 5\n"
        let found = diagnostic(text, marking: "unit: 5", "given twice", label: "here", related: ["units"], replacement: "")
        #expect(render([found, found]) == String(repeating: """
            error[NNC0102]: given twice
              --> model.yaml:10:1
               |
            10 | unit: 5
               | ^^^^^^^ here
               = help: remove `unit: 5`
            note: see here
              --> model.yaml:1:1
               |
             1 | units: 4
               | -----


            """, count: 2).dropLast() + "\n2 errors\n")
    }

    @Test func otherPlaces() {
        func rendered(_ location: Location) -> String { render([Diagnostic(.unknownKey, "message", at: location)]) }
        #expect(rendered(.nowhere) == "error[NNC0102]: message\n\n1 error\n")
        #expect(rendered(.file(path: "a.yaml")) == "error[NNC0102]: message\n --> a.yaml\n\n1 error\n")
        #expect(rendered(.place(path: "a.csv", line: 7, column: 0)) == "error[NNC0102]: message\n --> a.csv:7\n\n1 error\n")
        #expect(rendered(.place(path: "a.csv", line: 7, column: 3)) == "error[NNC0102]: message\n --> a.csv:7:3\n\n1 error\n")
    }

    /// The snippet's lines: number, source, marks.
    private func snippet(_ found: Diagnostic, width: Int = 120) -> [String] {
        render([found], width: width).split(separator: "\n", omittingEmptySubsequences: false).dropFirst(3).prefix { !$0.isEmpty && !$0.contains("= help") }.map(String.init)
    }

    @Test(arguments: [
        ("\tunit", "unit", "    ^^^^"), ("模型 unit", "unit", "     ^^^^"), ("e\u{301} unit", "unit", "  ^^^^"),
        ("🙂👨‍👩‍👧 unit", "unit", "     ^^^^"), ("a 模型 b", "模型", "  ^^^^"), ("é: ünit", "ünit", "   ^^^^"),
    ])
    func marksStandBelowTheirText(_ line: String, _ part: String, _ marks: String) {
        #expect(snippet(diagnostic(line, marking: part)).last == "  | " + marks)
    }

    @Test func emptyRangesAndLineEnds() {
        let source = SourceText(path: "m", text: "a:\r\nb: 1\r\n")
        func marks(_ start: Int, _ end: Int) -> [String] {
            snippet(Diagnostic(.unknownKey, "m", at: .range(SourceRange(source, start, end))))
        }
        #expect(marks(2, 2) == ["1 | a:", "  |   ^"])
        #expect(marks(1, 4) == ["1 | a:", "  |  ^"])
        #expect(marks(10, 10) == ["3 |", "  | ^"])
        #expect(marks(500, 600) == ["3 |", "  | ^"])
        #expect(snippet(diagnostic("\u{FEFF}unit: 1", marking: "unit")) == ["1 | unit: 1", "  | ^^^^"])
    }

    @Test func severalLines() {
        let text = "a: [\n  1,\n  2,\n  3 ]\n"
        #expect(snippet(diagnostic(text, marking: "[\n  1,\n  2,\n  3 ]", label: "all of it")) == [
            "1 | a: [", "  |    ^", "...", "4 |   3 ]", "  |   ^^^ all of it",
        ])
        #expect(snippet(diagnostic("a:\n  b", marking: "a:\n  b")) == ["1 | a:", "  | ^^", "2 |   b", "  |   ^"])
    }

    @Test(arguments: [0, 5, 50, 200, 296])
    func longLinesAreCut(_ before: Int) throws {
        let line = String(repeating: "x", count: before) + "unit" + String(repeating: "y", count: 296 - before)
        let lines = snippet(diagnostic(line, marking: "unit"), width: 80)
        let text = try #require(lines.first), marks = try #require(lines.last)
        #expect(text.count <= 80 && text.count >= 70)
        let column = try #require(marks.firstIndex(of: "^"))
        let start = text.index(text.startIndex, offsetBy: marks.distance(from: marks.startIndex, to: column))
        #expect(text[start...].hasPrefix("unit"))
        #expect(marks.hasSuffix("^^^^") && !marks.hasSuffix("^^^^^"))
        #expect(text.contains("…"))
    }

    @Test func aVeryLongLine() throws {
        let line = String(repeating: "ü", count: 1 << 17) + "unit" + String(repeating: "模", count: 1 << 17)
        let lines = snippet(diagnostic(line, marking: "unit"), width: 80)
        #expect(lines.count == 2)
        #expect(try #require(lines.first).contains("üunit模"))
        #expect(render([diagnostic(line, marking: "unit")]).contains("model.yaml:1:\((1 << 17) + 1)\n"))
        // A mark that is longer than the terminal is wide ends where the text does.
        let wide = snippet(diagnostic(String(repeating: "z", count: 500), marking: String(repeating: "z", count: 500)), width: 80)
        #expect(try #require(wide.last).count <= 80)
    }

    @Test func nothingSteersTheTerminal() {
        let found = diagnostic("a\u{1B}[31m: unit\u{202E}", marking: "unit", "key `\u{1B}[2J`", help: ["\u{7}"])
        let text = render([found])
        #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E })
        #expect(text.contains("␛[31m"))
    }

    @Test func colourOnlyWhereAskedFor() {
        let found = diagnostic("unit: 1", marking: "unit", help: ["x"])
        #expect(!render([found]).contains("\u{1B}"))
        let coloured = render([found], colour: true)
        #expect(coloured.contains("\u{1B}[1;31m^^^^\u{1B}[0m"))
    }

    @Test func bytesThatAreNoText() {
        let source = SourceText(path: "m", bytes: Array("a: ".utf8) + [0xE4, 0xB8, 0x20, 0xFF] + Array("b".utf8))
        let found = Diagnostic(.unknownKey, "m", at: .range(SourceRange(source, 6, 7)))
        #expect(snippet(found) == ["1 | a: \u{FFFD} \u{FFFD}b", "  |      ^"])
    }

    @Test func summaries() {
        #expect(summary([]) == "")
        #expect(render([]) == "")
    }
}
