import Foundation
import TestSupport
import Testing

@testable import Driver

/// What is free is looked at before anything is allocated.
@Suite struct MemoryTests {
    @Test func refusedUnlessAsked() throws {
        let folder = try TemporaryFolder()
        var options = TrainingOptions(file: try folder.write("m.yaml", sampleModel()), output: folder.path("run"), progress: .none)
        options.availableMemory = 1 << 20
        do {
            _ = try train(options)
            Issue.record("not refused")
        } catch {
            let problem = try #require(CommandFailure(error).diagnostics.first)
            #expect(problem.kind.id == "NNC0634")
            #expect(problem.message.contains("1.00 MiB are free"), "\(problem.message)")
            let help = problem.help.joined(separator: "\n")
            #expect(help.contains("parameters") && help.contains("--allow-swap"), "\(help)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
        options.allowSwap = true
        #expect(try train(options).record.status == .finished)
    }

    /// Both versions of the interface, groups within groups, and a path that is the host's.
    @Test func controlGroups() throws {
        let folder = try TemporaryFolder()
        func write(_ path: String, _ text: String) throws {
            try FileManager.default.createDirectory(atPath: (folder.path(path) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try folder.write(path, text)
        }
        func limits(_ membership: String) throws -> [ControlGroups.Limit] {
            try folder.write("self", membership)
            return ControlGroups(root: folder.path("groups"), membership: folder.path("self")).limits
        }
        #expect(try limits("0::/a/b\n") == [])
        try write("groups/a/memory.max", "1000\n")
        try write("groups/a/memory.current", "700\n")
        try write("groups/a/memory.stat", "anon 400\ninactive_file 100\nactive_file 50\nfile 900\n")
        try write("groups/a/b/memory.max", "max\n")
        try write("groups/a/b/memory.current", "10\n")
        #expect(try limits("0::/a/b\n") == [ControlGroups.Limit(most: 1000, used: 550)])
        try write("groups/memory/memory.limit_in_bytes", "5000\n")
        try write("groups/memory/memory.usage_in_bytes", "4000\n")
        try write("groups/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 500\ntotal_active_file 9999\n")
        #expect(try limits("3:cpu:/x\n4:cpuset,memory:/docker/1234\n0::/\n") == [ControlGroups.Limit(most: 5000, used: 0)])
        for damaged in ["", "::", "memory", "0::/../../etc\n", "4:memory:/a\n9:"] { _ = try limits(damaged) }
        try write("groups/a/memory.max", "99999999999999999999999\n")
        #expect(try limits("0::/a\n") == [])
        #expect(Machine.freeMemory > 0 && Machine.freeMemory <= Machine.memory)
    }
}
