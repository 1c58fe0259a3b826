import Diagnostics
import Syntax
import Testing
import TestSupport

/// The files that are broken as YAML: what the parser alone says about them.
@Suite struct SyntaxGoldenTests {
    @Test func filesAreMarkedAsTheParserSeesThem() throws {
        let files = try GoldenFile.all(in: "Diagnostics/syntax")
        #expect(files.count >= 20)
        for file in files {
            let mismatch = file.mismatch { file in
                var diagnostics: [Diagnostic] = []
                _ = parse(file.source, diagnostics: &diagnostics)
                return diagnostics
            }
            #expect(mismatch == nil, "\(mismatch ?? "")")
        }
    }
}
