import Diagnostics
import Testing
import TestSupport

/// Every diagnostic can be seen in a golden file, or a named test covers it.
@Suite struct CatalogueCoverageTests {
    /// What no model file can show.
    static let coveredElsewhere: [String: String] = [
        "NNC0119": "SyntaxTests/TextCheckTests.tooLarge",
        "NNC0120": "SyntaxTests/TextCheckTests.otherEncodings",
        "NNC0121": "SyntaxTests/TextCheckTests.binary",
        "NNC0141": "ModelTests/CompositionTests.tooManyBases",
    ]

    @Test func everyIDIsShown() throws {
        let shown = Set(try GoldenFile.all(in: "Diagnostics").flatMap { $0.expected.map(\.id) })
        let missing = DiagnosticKind.all.map(\.id).filter { !shown.contains($0) && Self.coveredElsewhere[$0] == nil }
        #expect(missing.isEmpty, "ids without a golden file: \(missing.joined(separator: ", "))")
    }

    @Test func nothingIsListedInVain() throws {
        let shown = Set(try GoldenFile.all(in: "Diagnostics").flatMap { $0.expected.map(\.id) })
        let known = Set(DiagnosticKind.all.map(\.id))
        #expect(shown.subtracting(known).sorted() == [])
        #expect(Self.coveredElsewhere.keys.filter { shown.contains($0) || !known.contains($0) }.sorted() == [])
    }
}
