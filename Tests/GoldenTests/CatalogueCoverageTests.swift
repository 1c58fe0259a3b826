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
        "NNC0340": "DatasetsTests/IDXTests.lyingHeadersAreRefusedBeforeMemoryIsTaken",
        "NNC0341": "DatasetsTests/NPYTests.badHeaders",
        "NNC0342": "DatasetsTests/KnownTests.cifarRecords",
        "NNC0343": "DatasetsTests/NPYTests.badHeaders",
        "NNC0344": "DatasetsTests/NPYTests.badHeaders",
        "NNC0345": "DatasetsTests/IDXTests.lyingHeadersAreRefusedBeforeMemoryIsTaken",
        "NNC0346": "DatasetsTests/IDXTests.lyingHeadersAreRefusedBeforeMemoryIsTaken",
        "NNC0347": "DatasetsTests/NPYTests.shapes",
        "NNC0348": "DatasetsTests/IDXTests.featuresAndLabelsMustMatch",
        "NNC0349": "DatasetsTests/IDXTests.labelsMustBeNamed",
        "NNC0350": "DatasetsTests/CSVTests.splitsMustAgree",
        "NNC0351": "DatasetsTests/CSVTests.filesThatAreNotTables",
        "NNC0360": "DatasetsTests/IDXTests.labelsOutOfRange",
        "NNC0361": "DatasetsTests/CSVTests.badCellsAreLocated",
        "NNC0362": "DatasetsTests/IDXTests.labelsOutOfRange",
        "NNC0363": "DatasetsTests/NPYTests.nonFiniteNumbersAreLocated",
        "NNC0364": "DatasetsTests/CSVTests.badCellsAreLocated",
        "NNC0365": "DatasetsTests/CSVTests.raggedLines",
        "NNC0366": "DatasetsTests/CSVTests.columnsThatAreNotThere",
        "NNC0367": "DatasetsTests/CSVTests.columnsThatAreNotThere",
        "NNC0368": "DatasetsTests/CSVTests.columnsThatAreNotThere",
        "NNC0369": "DatasetsTests/CSVTests.filesThatAreNotTables",
        "NNC0370": "DatasetsTests/CSVTests.quotesThatDoNotMatch",
        "NNC0371": "DatasetsTests/CSVTests.aLineWithoutEndIsRefused",
        "NNC0372": "DatasetsTests/CSVTests.splitsMustAgree",
        "NNC0373": "DatasetsTests/SplitTests.splitsThatLeaveNothing",
        "NNC0374": "DatasetsTests/SplitTests.whatNeverChangesBecomesZero",
        "NNC0376": "DatasetsTests/KnownTests.unknownNames",
        "NNC0377": "DatasetsTests/KnownTests.otherFilesUnderAKnownName",
        "NNC0378": "DatasetsTests/SparseErrorTests.headers",
        "NNC0379": "DatasetsTests/SparseErrorTests.features",
        "NNC0380": "DatasetsTests/SparseErrorTests.labels",
        "NNC0381": "DatasetsTests/SparseErrorTests.ranges",
        "NNC0382": "DatasetsTests/SparseErrorTests.repetitions",
        "NNC0383": "DatasetsTests/SparseDatasetTests.rowsArePaddedToTheLongest",
        "NNC0554": "DriverTests/CurriculumTests.noExample",
        "NNC0590": "DriverTests/EndingTests.lossNotFinite",
        "NNC0601": "DatasetsTests/KnownTests.filesThatCannotBeOpened",
        "NNC0602": "DatasetsTests/KnownTests.filesThatCannotBeOpened",
        "NNC0603": "DatasetsTests/KnownTests.filesThatCannotBeOpened",
        "NNC0604": "DatasetsTests/IDXTests.lyingHeadersAreRefusedBeforeMemoryIsTaken",
        "NNC0605": "DatasetsTests/IDXTests.damagedPackingIsFound",
        "NNC0606": "DatasetsTests/KnownTests.theErrorSaysWhereItLooked",
        "NNC0607": "DatasetsTests/KnownTests.anotherChecksumIsAWarning",
        "NNC0608": "DatasetsTests/SyntheticTests.impossibleRequests",
        "NNC0630": "DriverTests/BadInputTests.modelFiles",
        "NNC0631": "DriverTests/BadInputTests.outputDirectories",
        "NNC0632": "DriverTests/BadInputTests.outputDirectories",
        "NNC0633": "DriverTests/BadInputTests.fullDisk",
        "NNC0634": "DriverTests/BadInputTests.absurdSizes",
        "NNC0635": "DriverTests/EvaluationTests.brokenRuns",
        "NNC0636": "DriverTests/EvaluationTests.brokenRuns",
        "NNC0637": "DriverTests/BadInputTests.noData",
        "NNC0638": "DriverTests/CheckTests.targetsUnknown",
        "NNC0643": "DriverTests/FrozenFrontTests.noteWhereItDoesNotFit",
        "NNC0644": "DriverTests/PredictionTests.mistakes",
        "NNC0645": "DriverTests/PredictionTests.mistakes",
        "NNC0646": "DriverTests/ProfileTests.filesThatCannotBeUsed",
        "NNC0647": "DriverTests/ProfileTests.cacheThatCannotBeWritten",
        "NNC0648": "DriverTests/ExportTests.mistakes",
        "NNC0650": "DriverTests/ResumeRefusalTests.whatDiffersIsNamed",
        "NNC0651": "DriverTests/ResumeRefusalTests.damagedCheckpoints",
        "NNC0652": "DriverTests/ResumeRefusalTests.damagedCheckpoints",
        "NNC0653": "DriverTests/ResumeRefusalTests.oneProcessAtATime",
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
