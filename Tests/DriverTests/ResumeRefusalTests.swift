import Estimate
import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

/// What stands in the way of going on is said, and never resumed wrongly.
@Suite struct ResumeRefusalTests {
    static let trainText = "epochs: 6\n  batch_size: 8\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 1e-2 }\n  metrics: [accuracy]\n  checkpoint: { every: 2 steps, keep: 3 }"

    /// A run that was stopped after five steps, and one that was not.
    static func stopped(_ folder: TemporaryFolder, text: String = sampleModel(train: trainText), steps: Int = 5) throws -> (file: String, run: RunDirectory) {
        let file = try folder.write("m.yaml", text)
        _ = try trained(file, output: folder.path("whole"))
        let stop = StopAfter(steps)
        var options = TrainingOptions(file: file, output: folder.path("run"), progress: .none)
        options.isStopRequested = { stop.ask() }
        _ = try train(options)
        return (file, RunDirectory(path: folder.path("run")))
    }

    static func resume(_ run: RunDirectory, _ arguments: String...) throws -> Program.Result {
        try Program.run(["train", "--resume", run.path, "--progress", "none"] + arguments)
    }

    @Test func whatDiffersIsNamed() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<60).map { "\($0 % 7),\($0 % 5),\($0 % 3)\n" }.joined()
        let data = try folder.write("d.csv", "a,b,label\n" + rows)
        let text = sampleModel(data: "format: csv\n  train: { features: d.csv }\n  columns: { label: label }\n  validation: 20%", train: Self.trainText)
        let (file, run) = try Self.stopped(folder, text: text)

        try folder.write("m.yaml", text.replacing("1e-2", with: "3e-2"))
        try folder.write("d.csv", "a,b,label\n" + rows.replacing("6,", with: "5,"))
        let changed = try Self.resume(run)
        #expect(changed.code == 2 && changed.messages.contains("NNC0650") && changed.messages.contains("--force"), "\(changed.messages)")
        #expect(changed.messages.contains("learning_rate: 3e-2") && changed.messages.contains("d.csv"), "\(changed.messages)")
        #expect(try run.readRecord().status == .interrupted)
        // What it was made from may be gone, or may be no model file any more.
        try folder.write("m.yaml", "version: 1\nnonsense: 3\n")
        #expect(try Self.resume(run).messages.contains("not right any more"))
        try FileManager.default.removeItem(atPath: file)
        let gone = try Self.resume(run)
        #expect(gone.messages.contains("d.csv") && !gone.messages.contains("m.yaml"), "\(gone.messages)")

        // As it was, it goes on; it stands on its own.
        try folder.write("d.csv", "a,b,label\n" + rows)
        let resolved = try String(contentsOfFile: run.resolvedPath, encoding: .utf8)
        try resolved.replacing("1e-2", with: "5e-2").write(toFile: run.resolvedPath, atomically: true, encoding: .utf8)
        #expect(try Self.resume(run).messages.contains("learning_rate: 5e-2"))
        try resolved.write(toFile: run.resolvedPath, atomically: true, encoding: .utf8)
        var record = try run.readRecord()
        record.cpu = "Zuse Z1"
        try run.write(record)
        #expect(try Self.resume(run).messages.contains("Zuse Z1"))
        let forced = try Self.resume(run, "--force")
        #expect(forced.code == 0, "\(forced.messages)")
        #expect(try run.readRecord().resumed?.last?.differences.count == 1)
        record = try run.readRecord()
        record.cpu = try RunDirectory(path: folder.path("whole")).readRecord().cpu
        try run.write(record)
        try expectSameRun(folder.path("whole"), run.path)
        #expect(FileManager.default.fileExists(atPath: data))
    }

    @Test func damagedCheckpoints() throws {
        let folder = try TemporaryFolder()
        let (_, run) = try Self.stopped(folder)
        #expect(run.checkpointNames.map(\.text) == ["step-2", "step-4", "step-5"])
        let weights = run.weightsPath("step-5"), json = run.checkpointPath("step-4")
        var bytes = try #require(FileManager.default.contents(atPath: weights))
        bytes[bytes.count - 3] ^= 1
        try bytes.write(to: URL(fileURLWithPath: weights))
        let text = try #require(FileManager.default.contents(atPath: json))
        try text.prefix(text.count / 2).write(to: URL(fileURLWithPath: json))
        let result = try Self.resume(run)
        #expect(result.code == 0 && result.messages.contains("NNC0652") && result.messages.contains("step-2"), "\(result.messages)")
        try expectSameRun(folder.path("whole"), run.path)

        let again = try TemporaryFolder()
        let (_, lost) = try Self.stopped(again)
        for name in lost.checkpointNames { unlink(lost.statePath(name.text)) }
        let none = try Self.resume(lost)
        #expect(none.code == 2 && none.messages.contains("NNC0651"), "\(none.messages)")
        #expect(try lost.readRecord().status == .interrupted)
    }

    @Test func oneProcessAtATime() throws {
        let folder = try TemporaryFolder()
        let (_, run) = try Self.stopped(folder)
        let lock = try RunLock(run)
        let result = try Self.resume(run)
        #expect(result.code == 2 && result.messages.contains("NNC0653"), "\(result.messages)")
        withExtendedLifetime(lock) {}
    }

    @Test func finishedAndNotBegun() throws {
        let folder = try TemporaryFolder()
        let (_, run) = try Self.stopped(folder)
        for name in run.checkpointNames { run.removeCheckpoint(name) }
        let anew = try Program.run(["train", "--resume", run.path])
        #expect(anew.code == 0 && anew.messages.contains("begins anew"), "\(anew.messages)")
        try expectSameRun(folder.path("whole"), run.path)
        #expect(try run.readRecord().model == RunDirectory(path: folder.path("whole")).readRecord().model)
        let before = try FileManager.default.contentsOfDirectory(atPath: run.checkpointsPath)
        let over = try Self.resume(run)
        #expect(over.code == 0 && over.messages.contains("is finished"), "\(over.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: run.checkpointsPath) == before)
        #expect(try Program.run(["train", "--resume", folder.path("nothing")]).messages.contains("NNC0635"))
        for wrong in [["train"], ["train", "--resume", run.path, "m.yaml"], ["train", "m.yaml", "--force"], ["train", "--resume", run.path, "--set", "train.epochs=1"]] {
            #expect(try Program.run(wrong).code == 64)
        }
    }

    /// A finished run whose resolved file asks for more goes on as if it had been that long from the start.
    @Test func moreEpochs() throws {
        let folder = try TemporaryFolder()
        let short = sampleModel(train: Self.trainText.replacing("epochs: 6", with: "epochs: 2"))
        _ = try trained(try folder.write("m.yaml", short), output: folder.path("run"))
        _ = try trained(try folder.write("long.yaml", sampleModel(train: Self.trainText.replacing("epochs: 6", with: "epochs: 4"))), output: folder.path("whole"))
        let run = RunDirectory(path: folder.path("run"))
        #expect(try Self.resume(run, "--force").messages.contains("nothing to go on with"))
        let resolved = try String(contentsOfFile: run.resolvedPath, encoding: .utf8)
        try resolved.replacing("epochs: 2", with: "epochs: 4").write(toFile: run.resolvedPath, atomically: true, encoding: .utf8)
        // It is said how, and nothing happens without it.
        let asked = try Self.resume(run)
        #expect(asked.code == 0 && asked.messages.contains("--force") && asked.messages.contains("nothing to go on with"), "\(asked.messages)")
        let longer = try Self.resume(run, "--force")
        #expect(longer.code == 0 && !longer.messages.contains("nothing to go on with"), "\(longer.messages)")
        try expectSameRun(folder.path("whole"), run.path, files: false)
        #expect(try run.readRecord().resumed?.last?.differences.contains { $0.contains("epochs: 4") } == true)
        #expect(try run.readRecord().epochs.count == 4)
        // Without a checkpoint it does not begin anew.
        for name in run.checkpointNames { run.removeCheckpoint(name) }
        try resolved.replacing("epochs: 2", with: "epochs: 6").write(toFile: run.resolvedPath, atomically: true, encoding: .utf8)
        #expect(try Self.resume(run, "--force").messages.contains("nothing to go on with"))
        #expect(try run.readRecord().epochs.count == 4 && FileManager.default.fileExists(atPath: run.finalWeightsPath))
    }

    /// Whatever stands in the JSON, there is an error or a run, and never a trap. Every place in turn; `NNC_HOSTILE=1` changes all of them.
    @Test func hostileCheckpoints() throws {
        let folder = try TemporaryFolder(inMemory: true)
        let text = """
            version: 1
            seed: 3
            data: { format: synthetic, synthetic: { generator: blobs, train: 60, test: 10, features: 4, classes: 2, noise: 0.4 }, validation: 20%, normalize: zscore }
            model:
              layers:
                - { name: h1, type: dense, units: 8, activation: sigmoid, policy: { neurons: { type: shrink_recall, keep: 50%, score: activity, every: 2 steps, recall: 1 steps, final_recall: 1 steps, probe: 16 } } }
                - { name: out, type: dense, units: 2, activation: softmax }
            train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: { type: adam }, metrics: [auc], pretrain: { type: rbm, epochs: 1, visible: gaussian, batch_size: 16 }, checkpoint: { every: 1 steps, keep: 1, best: validation.loss } }

            """
        for steps in [2, 5] {
            let place = try TemporaryFolder(inMemory: true)
            let (_, run) = try Self.stopped(place, text: text, steps: steps)
            let name = try #require(run.checkpointNames.last)
            let json = try #require(FileManager.default.contents(atPath: run.checkpointPath(name.text)))
            let tree = try JSONSerialization.jsonObject(with: json)
            var paths: [[any Sendable]] = []
            Self.leaves(tree, [], &paths)
            #expect(paths.count > 60)
            let record = try run.readRecord()
            var refused = 0, tried = 0
            let stride = ProcessInfo.processInfo.environment["NNC_HOSTILE"] == nil ? 7 : 1
            for (index, path) in paths.enumerated() where index % stride == steps % stride {
                tried += 1
                let values: [Any] = [-1, 1e300, 9_223_372_036_854_775_807 as Int, NSNull(), "nan", [-5], 0, 3]
                let changed = Self.replacing(tree, path[...], with: values[(index + steps) % values.count])
                // What goes on may take the files away: each begins from the same ones.
                let copy = folder.path("copy")
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: run.path, toPath: copy)
                let target = RunDirectory(path: copy)
                try JSONSerialization.data(withJSONObject: changed).write(to: URL(fileURLWithPath: target.checkpointPath(name.text)))
                try target.write(record)
                do { _ = try train(TrainingOptions(resume: copy, force: true, threads: 1, progress: .none)) } catch {
                    let found = CommandFailure(error)
                    #expect(!found.diagnostics.isEmpty && found.diagnostics.allSatisfy { $0.kind != .internalFault }, "\(path): \(found.diagnostics.map(\.message))")
                    refused += 1
                }
            }
            #expect(refused > tried / 2)
        }
    }

    private static func leaves(_ node: Any, _ path: [any Sendable], _ found: inout [[any Sendable]]) {
        found.append(path)
        if let object = node as? [String: Any] {
            for key in object.keys.sorted() { if let value = object[key] { leaves(value, path + [key], &found) } }
        } else if let list = node as? [Any] {
            for (index, value) in list.enumerated().prefix(3) { leaves(value, path + [index], &found) }
        }
    }

    private static func replacing(_ node: Any, _ path: ArraySlice<any Sendable>, with value: Any) -> Any {
        guard let step = path.first else { return value is NSNull || value is String || value is Int || value is Double ? ["x": value] : value }
        if var object = node as? [String: Any], let key = step as? String, let inner = object[key] {
            object[key] = path.count == 1 ? value : replacing(inner, path.dropFirst(), with: value)
            return object
        }
        if var list = node as? [Any], let index = step as? Int {
            list[index] = path.count == 1 ? value : replacing(list[index], path.dropFirst(), with: value)
            return list
        }
        return node
    }
}
