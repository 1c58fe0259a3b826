import Diagnostics
import Estimate
import Foundation
import Testing
import TestSupport

@testable import Driver

/// Files that are right, and could do better: what is advised on a machine that was measured once.
@Suite struct AdviceGoldenTests {
    @Test func filesAreMarkedAsTheyAreAdvisedOn() throws {
        let machine = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden/Machines/zen4.json")
        let profile = try MachineProfile(readingFile: machine.path)
        let files = try GoldenFile.all(in: "Diagnostics/advice")
        #expect(files.count >= 5)
        for file in files {
            let mismatch = try file.mismatch { file in
                try #require(checkModel(file.source, threads: 2).prepared).on(Pace(profile, threads: 2)).advice
            }
            #expect(mismatch == nil, "\(mismatch ?? "")")
        }
    }
}
