import Foundation
import Lowering
import Model
import Policies
import Testing

/// The files in `grammar/` are generated and committed.
///
/// With NNC_WRITE_GRAMMAR=1 in the environment this writes them anew.
@Suite struct GrammarTests {
    static let directory = checkout.appendingPathComponent("grammar")

    @Test(arguments: [("model.schema.json", schemaJSON(policies: allPolicies.map { $0.schema })), ("reference.md", referenceMarkdown(policies: allPolicies.map { $0.schema }))])
    func committedFilesAreFresh(_ name: String, _ text: String) throws {
        let file = Self.directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["NNC_WRITE_GRAMMAR"] == "1" { try text.write(to: file, atomically: true, encoding: .utf8) }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(committed == text, "grammar/\(name) is stale: NNC_WRITE_GRAMMAR=1 swift test --filter GrammarTests writes it anew")
    }

    @Test func theSchemaHasNoAlternatives() {
        let schema = schemaJSON(policies: allPolicies.map { $0.schema })
        #expect(!schema.contains("\"oneOf\""))
        #expect(!schema.contains("\"anyOf\""))
        #expect((try? JSONSerialization.jsonObject(with: Data(schema.utf8))) != nil)
    }
}

/// The schema as an editor's validator reads it. Needs check-jsonschema (PyPI) on the PATH or in NNC_CHECK_JSONSCHEMA.
@Suite struct SchemaValidatorTests {
    static let validator: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["NNC_CHECK_JSONSCHEMA"] { return given }
        return (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/check-jsonschema" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// The golden files whose mistake a schema can see.
    static let broken = [
        "NNC0102-unknown-key", "NNC0130-missing-blocks", "NNC0131-other-tools-name", "NNC0132-no-version", "NNC0132-wrong-version", "NNC0133-key-not-supported",
        "NNC0134-value-not-supported", "NNC0135-not-a-model-file", "NNC0142-extends-not-a-path", "NNC0146-set-not-a-mapping", "NNC0201-wrong-type",
        "NNC0202-out-of-range", "NNC0203-unknown-word", "NNC0204-share-without-percent", "NNC0205-span-without-unit", "NNC0206-yes-and-no", "NNC0207-malformed-span",
        "NNC0208-share-out-of-range",
        "NNC0209-empty-value", "NNC0210-number-in-quotes", "NNC0211-no-layers", "NNC0211-wrong-count", "NNC0212-half-a-step", "NNC0213-malformed-time", "NNC0213-unknown-unit-of-time",
        "NNC0214-malformed-name", "NNC0218-number-of-inputs", "NNC0222-whole-number", "NNC0223-not-a-list", "NNC0224-bare-file", "NNC0505-malformed-monitor", "NNC0505-no-split",
    ]

    @Test(.enabled(if: validator != nil, "check-jsonschema is not installed")) func examplesAreAccepted() throws {
        let models = checkout.appendingPathComponent("models")
        let files = try FileManager.default.contentsOfDirectory(atPath: models.path).filter { $0.hasSuffix(".yaml") }.sorted()
        let wrong = try rejected(files.map { models.appendingPathComponent($0).path })
        #expect(wrong == [])
    }

    @Test(.enabled(if: validator != nil, "check-jsonschema is not installed")) func brokenFilesAreRejected() throws {
        let golden = checkout.appendingPathComponent("Tests/Golden/Diagnostics/model")
        let files = Self.broken.map { golden.appendingPathComponent($0 + ".yaml").path }
        #expect(try rejected(files).sorted() == files.sorted())
    }

    /// Which of the files the validator finds wrong.
    private func rejected(_ files: [String]) throws -> [String] {
        let validator = try #require(Self.validator)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: validator)
        process.arguments = ["--output-format", "json", "--schemafile", GrammarTests.directory.appendingPathComponent("model.schema.json").path] + files
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        struct Report: Decodable {
            struct Problem: Decodable { var filename: String }
            var errors: [Problem]?
            var parse_errors: [Problem]?
        }
        let report = try JSONDecoder().decode(Report.self, from: data)
        return Array(Set((report.errors ?? []).map(\.filename) + (report.parse_errors ?? []).map(\.filename)))
    }
}
