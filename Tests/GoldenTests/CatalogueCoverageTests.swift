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
        "NNC0590": "DriverTests/EndingTests.lossNotFinite",
        "NNC0630": "DriverTests/BadInputTests.modelFiles",
        "NNC0631": "DriverTests/BadInputTests.outputDirectories",
        "NNC0632": "DriverTests/BadInputTests.outputDirectories",
        "NNC0633": "DriverTests/BadInputTests.fullDisk",
        "NNC0634": "DriverTests/BadInputTests.absurdSizes",
        "NNC0635": "DriverTests/EvaluationTests.brokenRuns",
        "NNC0636": "DriverTests/EvaluationTests.brokenRuns",
        "NNC0637": "DriverTests/BadInputTests.noData",
        "NNC0638": "DriverTests/CheckTests.targetsUnknown",
        "NNC0699": "no input shows it",
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
