import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Signals, crashes and disks that fail: what a run loses, and that it goes on.
@Suite(.serialized) struct SurvivalTests {
    /// A second or so of small epochs, with a checkpoint after each.
    static let text = sampleModel(
        data: "format: synthetic\n  synthetic: { generator: blobs, train: 400, test: 50, features: 4, classes: 3, noise: 0.4 }\n  validation: 10%",
        layers: "- { name: h1, type: dense, units: 16, activation: relu, policy: { backward: { type: topk, k: 5 } } }\n    - { name: out, type: dense, units: 3, activation: softmax }",
        train: "epochs: 60\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: adam\n  metrics: [accuracy]\n  checkpoint: { every: 5 steps, keep: 2, best: validation.accuracy }")

    static func start(_ arguments: [String], messages: String? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments + ["--progress", "none"]
        process.standardOutput = FileHandle.nullDevice
        if let messages { try Data().write(to: URL(fileURLWithPath: messages)) }
        process.standardError = messages.flatMap { FileHandle(forWritingAtPath: $0) } ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    static func wait(for path: String) { for _ in 0..<2000 where !FileManager.default.fileExists(atPath: path) { usleep(5000) } }

    /// Each run is killed up to three times; what is lost is made anew, to the same bits. `NNC_KILLS` says how many kills; six by default.
    @Test func killedAtAnyMoment() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", Self.text)
        _ = try trained(model, output: folder.path("whole"))
        let wanted = ProcessInfo.processInfo.environment["NNC_KILLS"].flatMap { Int($0) } ?? 6
        var kills = 0, round = 0
        while kills < wanted, round < 10 * wanted {
            round += 1
            let run = RunDirectory(path: folder.path("run"))
            try? FileManager.default.removeItem(atPath: run.path)
            for part in 0..<3 {
                let process = try Self.start(part == 0 ? ["train", model, "--output", run.path] : ["train", "--resume", run.path])
                Self.wait(for: run.recordPath)
                usleep(UInt32.random(in: 0...1_200_000))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                guard process.terminationReason == .uncaughtSignal else {
                    #expect(process.terminationStatus == 0)
                    break
                }
                kills += 1
                // Nothing that has its name is half a file.
                for name in run.checkpointNames { #expect(throws: Never.self) { _ = try CheckpointText.decode(try #require(FileManager.default.contents(atPath: run.checkpointPath(name.text)))) } }
            }
            let last = try Program.run(["train", "--resume", run.path, "--progress", "none"])
            #expect(last.code == 0 && !last.messages.contains("NNC065"), "\(last.messages)")
            try expectSameRun(folder.path("whole"), run.path)
        }
        #expect(kills >= wanted)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func stoppedBySignal(signal: Int32) throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", Self.text)
        _ = try trained(model, output: folder.path("whole"))
        let run = RunDirectory(path: folder.path("run"))
        let process = try Self.start(["train", model, "--output", run.path], messages: folder.path("messages"))
        for _ in 0..<2000 where run.checkpointNames.isEmpty { usleep(2000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        let messages = try String(contentsOfFile: folder.path("messages"), encoding: .utf8)
        #expect(messages.contains("nnc train --resume \(run.path)"), "\(messages)")
        #expect(try run.readRecord().steps == run.checkpointNames.last?.step)
        #expect(try Program.run(["train", "--resume", run.path, "--progress", "none"]).code == 0)
        try expectSameRun(folder.path("whole"), run.path)
    }

    /// Steps of a second or so: the first signal waits for the end of one, the second does not.
    @Test func secondSignalStopsAtOnce() throws {
        let folder = try TemporaryFolder()
        let layers = "- { name: h1, type: dense, units: 4000, activation: relu }\n    - { name: h2, type: dense, units: 4000, activation: relu }\n    - { name: out, type: dense, units: 3, activation: softmax }"
        let model = try folder.write("m.yaml", sampleModel(
            data: "format: synthetic\n  synthetic: { generator: blobs, train: 4000, features: 4, classes: 3 }", layers: layers,
            train: "epochs: 1000\n  batch_size: 2000\n  loss: cross_entropy\n  optimizer: sgd\n  checkpoint: { every: 1000000 steps }"))
        let process = try Self.start(["train", model, "--output", folder.path("run"), "--threads", "1"])
        Self.wait(for: folder.path("run/run.json"))
        usleep(1_000_000)
        kill(process.processIdentifier, SIGINT)
        usleep(100_000)
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    }

    /// Data are in memory by then.
    @Test func dataThatVanish() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<400).map { "\($0 % 7),\($0 % 5),\($0 % 3)\n" }.joined()
        try folder.write("d.csv", "a,b,label\n" + rows)
        let data = "format: csv\n  train: { features: d.csv }\n  columns: { label: label }\n  validation: 20%"
        let model = try folder.write("m.yaml", Self.text.replacing("format: synthetic\n  synthetic: { generator: blobs, train: 400, test: 50, features: 4, classes: 3, noise: 0.4 }\n  validation: 10%", with: data))
        let run = RunDirectory(path: folder.path("run"))
        let process = try Self.start(["train", model, "--output", run.path, "--set", "train.epochs=100000"])
        for _ in 0..<2000 where run.checkpointNames.isEmpty { usleep(2000) }
        unlink(folder.path("d.csv"))
        let before = run.metricsLines.count
        for _ in 0..<2000 where run.metricsLines.count < before + 20 { usleep(5000) }
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        // To go on they must be there.
        let missing = try Program.run(["train", "--resume", run.path])
        #expect(missing.code == 2 && missing.messages.contains("d.csv"), "\(missing.messages)")
        try folder.write("d.csv", "a,b,label\n" + rows)
        let again = try Self.start(["train", "--resume", run.path])
        let seen = run.metricsLines.count
        for _ in 0..<2000 where run.metricsLines.count < seen + 3 { usleep(5000) }
        kill(again.processIdentifier, SIGTERM)
        again.waitUntilExit()
        #expect(again.terminationStatus == 130)
    }

    /// Runs a shell with a small file system of its own; nil where the machine does not let us mount one.
    static func onSmallDisk(_ folder: TemporaryFolder, size: String, _ script: String) throws -> String? {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        shell.arguments = [
            "unshare", "-m", "bash", "-c",
            "mkdir -p '\(folder.path("disk"))' && mount -t tmpfs -o size=\(size) none '\(folder.path("disk"))' || exit 99\ncd '\(folder.path("disk"))'\nnnc='\(Program.path)'\n\(script)",
        ]
        try Data().write(to: URL(fileURLWithPath: folder.path("said")))
        shell.standardOutput = FileHandle(forWritingAtPath: folder.path("said"))
        shell.standardError = shell.standardOutput
        guard (try? shell.run()) != nil else { return nil }
        shell.waitUntilExit()
        guard shell.terminationReason == .exit, shell.terminationStatus == 0 else { return nil }
        return try String(contentsOfFile: folder.path("said"), encoding: .utf8)
    }

    @Test func fullDisk() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", Self.text)
        _ = try trained(model, output: folder.path("whole"))
        let said = try Self.onSmallDisk(folder, size: "128k", """
            $nnc train '\(model)' --output run --progress none; echo first $?
            find run -name '*.partial'
            mount -o remount,size=100m '\(folder.path("disk"))'
            $nnc train --resume run --progress none; echo second $?
            cp -r run '\(folder.path("run"))'
            """)
        guard let said else { return }
        #expect(said.contains("first 1") && said.contains("NNC0633") && said.contains("No space left"), "\(said)")
        #expect(said.contains("second 0") && !said.contains("NNC065") && !said.contains(".partial"), "\(said)")
        try expectSameRun(folder.path("whole"), folder.path("run"))
        // It had come to a checkpoint before the disk was full.
        #expect(try RunDirectory(path: folder.path("run")).readRecord().resumed?.last?.checkpoint != nil)
    }

    @Test func diskThatBecomesReadOnly() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", Self.text)
        _ = try trained(model, output: folder.path("whole"))
        let said = try Self.onSmallDisk(folder, size: "100m", """
            $nnc train '\(model)' --output run --progress none & job=$!
            until ls run/checkpoints/*.json >/dev/null 2>&1; do sleep 0.01; done
            until mount -o remount,ro '\(folder.path("disk"))' 2>/dev/null; do sleep 0.01; done
            wait $job; echo first $?
            $nnc train --resume run --progress none; echo second $?
            mount -o remount,rw '\(folder.path("disk"))'
            $nnc train --resume run --progress none; echo third $?
            cp -r run '\(folder.path("run"))'
            """)
        guard let said else { return }
        #expect(said.contains("first 1") && said.contains("NNC0633") && said.contains("Read-only"), "\(said)")
        #expect(said.contains("second 1"), "\(said)")
        #expect(said.contains("third 0") && !said.contains("NNC065"), "\(said)")
        try expectSameRun(folder.path("whole"), folder.path("run"))
    }

    /// Where nothing can be mounted: no file may grow beyond a limit, and the JSON of the checkpoints grows with the epochs.
    @Test func filesThatMayNotGrow() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", Self.text)
        _ = try trained(model, output: folder.path("whole"))
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", "trap '' XFSZ; ulimit -f 12; exec '\(Program.path)' train '\(model)' --output '\(folder.path("run"))' --progress none 2>&1 >/dev/null | cat > '\(folder.path("err"))'"]
        try shell.run()
        shell.waitUntilExit()
        let messages = try String(contentsOfFile: folder.path("err"), encoding: .utf8)
        #expect(messages.contains("NNC0633"), "\(messages)")
        let run = RunDirectory(path: folder.path("run"))
        #expect(!run.checkpointNames.isEmpty)
        let last = try Program.run(["train", "--resume", run.path, "--progress", "none"])
        #expect(last.code == 0 && !last.messages.contains("NNC065"), "\(last.messages)")
        try expectSameRun(folder.path("whole"), run.path)
    }
}
