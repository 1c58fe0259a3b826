import Diagnostics
import Driver
import Testing
import TestSupport

/// Files that are right but for their shapes, or for where their policies stand: what the whole check says, as `nnc check` does it.
@Suite struct WholeCheckGoldenTests {
    @Test(arguments: ["shapes", "policies", "weights"])
    func filesAreMarkedAsTheCheckSeesThem(_ directory: String) throws {
        let files = try GoldenFile.all(in: "Diagnostics/" + directory)
        #expect(files.count >= 4)
        for file in files {
            let overrides = file.options.filter { $0.hasPrefix("set ") }.map { String($0.dropFirst(4)) }
            let mismatch = file.mismatch { checkModel($0.source, overrides: overrides, threads: 1, readsWeights: true).diagnostics }
            #expect(mismatch == nil, "\(mismatch ?? "")")
        }
    }
}
