import Diagnostics
import Foundation
import Lowering
import Model
import Policies
import Syntax
import Testing

@testable import Driver

/// What every policy owes, whatever it does.
@Suite struct CatalogueTests {
    static let schemas = allPolicies.map { $0.schema }

    @Test func keywordsAreUnique() {
        #expect(Set(Self.schemas.map { "\($0.slot.rawValue).\($0.keyword)" }).count == Self.schemas.count)
    }

    /// The example of each policy is part of a file that trains; a policy that needs another one stands beside the first of these.
    @Test(arguments: schemas.indices) func examplesAreRight(_ index: Int) throws {
        let schema = Self.schemas[index], keyword = schema.keyword
        let example = try #require(schema.example)
        let beside = schema.slot == .neurons ? ", \(try #require(Self.schemas.first { $0.slot == .backward }?.example))" : ""
        // Sampled softmax is for outputs.
        let isOutputs = schema.slot == .forward && keyword == "sampled"
        let text = isOutputs ? mlp("", output: example) : mlp(example + beside)
        let checked = checkModel(SourceText(path: "example.yaml", text: text), threads: 1)
        #expect(checked.diagnostics.isEmpty, "\(checked.diagnostics.map(\.message))")
        #expect(checked.prepared?.hasPolicies == true)
        #expect(schema.summary.count > 40)
        for key in schema.fields { #expect(key.example != nil || key.defaultText != nil, "\(keyword): \(key.name)") }
    }

    /// Adding a policy touches its own file and the catalogue.
    @Test func keywordsStandNowhereElse() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" && !$0.path.contains("/Policies/") && !$0.path.contains("/Diagnostics/Catalogue/") }
        #expect(files.count > 100)
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for schema in Self.schemas where schema.keyword != "random" {
                #expect(!text.contains("\"\(schema.keyword)\""), "\(file.lastPathComponent) names the policy `\(schema.keyword)`")
            }
        }
    }
}
