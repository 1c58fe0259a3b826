import Diagnostics
import Foundation
import Model
import Syntax
import Testing
import TestSupport

/// The files that are YAML, but break the language: what the composition and the checker say about them.
@Suite struct ModelGoldenTests {
    /// Policies of no program, for what the checker says about any.
    static let policies = [
        PolicySchema(
            slot: .forward, keyword: "some_units", summary: "Computes some of the units.",
            fields: [
                Key("active", .amount, required: true, "How many.", example: "active: 5%"),
                Key("rebuild", .object(ObjectSchema("`rebuild`", "When to choose anew.", keys: [Key("every", .span, default: "50 steps", "How often.")])), "When to choose anew."),
            ]),
        PolicySchema(slot: .backward, keyword: "some_entries", summary: "Keeps some entries of the gradient.", fields: [Key("k", .integer(1...1000), required: true, "How many.", example: "k: 160")]),
    ]

    static func diagnose(_ file: GoldenFile) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        let sets = file.options.filter { $0.hasPrefix("set ") }.map { String($0.dropFirst(4)) }
        let environment = ["DATA": "data"]
        let tree = compose(main: file.source, sets: sets, environment: environment, read: { path in
            guard let data = FileManager.default.contents(atPath: path) else {
                return .failure(DiagnosticError(Diagnostic(.extendsNotPath, "cannot read \(path)", at: .file(path: path))))
            }
            return .success(SourceText(path: path, bytes: [UInt8](data)))
        }, diagnostics: &diagnostics)
        if let tree {
            _ = check(tree, policies: policies, directory: "", environment: environment, diagnostics: &diagnostics)
        }
        return diagnostics
    }

    @Test func filesAreMarkedAsTheCheckerSeesThem() throws {
        let files = try GoldenFile.all(in: "Diagnostics/model")
        #expect(files.count >= 50)
        for file in files {
            let mismatch = file.mismatch(check: Self.diagnose)
            #expect(mismatch == nil, "\(mismatch ?? "")")
        }
    }
}
