import Estimate
import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

@Suite struct InspectionTests {
    static let policy = "{ backward: { type: topk, k: 30% }, neurons: { type: simplify, drop_below: 20%, every: 3 steps, phases: { simplify: 1 epoch, recover: 9 epochs } } }"

    static func shrinking(_ policy: String) -> String {
        sampleModel(
            data: "format: synthetic\n  synthetic: { generator: blobs, train: 300, test: 100, features: 20, classes: 5, noise: 0.5 }\n  validation: 10%",
            layers: "- { name: h1, type: dense, units: 60, activation: relu, policy: \(policy) }\n    - { name: n, type: batch_normalization }\n    - { name: h2, type: dense, units: 60, activation: relu, policy: \(policy) }\n    - { name: out, type: dense, units: 5, activation: softmax }",
            train: "epochs: 4\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 0.01 }\n  metrics: [accuracy]\n  threads: 2")
    }

    @Test("what came of a run that shrank: widths, parameters, and each unit that left, once")
    func shrinks() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        let outcome = try trained(try folder.write("m.yaml", Self.shrinking(Self.policy)), output: run)
        let found = try RunInspection(RunDirectory(path: run))
        #expect(found.layers.map(\.name).starts(with: ["h1", "n", "h2", "out"]))
        #expect(found.parameters.before == outcome.record.parameters.before && found.parameters.after == outcome.record.parameters.after)
        #expect(try #require(found.parameters.ratio) > 1.1)
        #expect(found.layers.reduce(0) { $0 + ($1.parametersBefore ?? 0) } == found.parameters.before)
        #expect(found.layers.reduce(0) { $0 + ($1.parametersAfter ?? 0) } == found.parameters.after)
        #expect(!found.changes.isEmpty)
        for name in ["h1", "h2"] {
            let layer = try #require(found.layers.first { $0.name == name })
            let changes = found.changes.filter { $0.layer == name }
            #expect(layer.unitsBefore == 60 && layer.unitsAfter == outcome.interpreter.units.first { $0.name == name }?.count)
            let left = changes.flatMap { $0.left ?? [] }
            #expect(Set(left).count == left.count && left.allSatisfy { (0..<60).contains($0) })
            #expect(60 - left.count == layer.unitsAfter)
            var units = 60
            for change in changes {
                #expect(change.unitsBefore == units && change.unitsAfter == units - (change.left?.count ?? 0))
                units = change.unitsAfter
            }
        }
        let out = try #require(found.layers.first { $0.name == "out" })
        #expect(out.unitsBefore == 5 && out.unitsAfter == 5 && found.layers[1].unitsBefore == nil)
        let work = try #require(found.multiplications), counted = try #require(work.counted), share = try #require(work.share)
        #expect(counted < work.dense && share > 0 && share < 1)
        #expect(found.status == .finished && found.epochs == 4 && found.steps == outcome.result.steps && found.seconds > 0)
        #expect(found.metrics == outcome.record.metrics)

        let table = try Program.run(["inspect", run], environment: ["COLUMNS": "100"])
        #expect(table.code == 0 && table.output.contains("Units that came and went") && table.output.contains("x fewer parameters"), "\(table.output)\(table.messages)")
        let json = try Program.run(["inspect", run, "--format", "json"])
        #expect(try JSONText.decode(RunInspection.self, from: json.output) == found)
    }

    @Test("units that others have taken the place of are shown, though there are as many as before")
    func swapped() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try folder.write("m.yaml", sampleModel()), output: run)
        var line = MetricsLine(epoch: 1, step: 5)
        line.units = ["h1": 16]
        line.left = ["h1": [2, 3, 9]]
        line.returned = ["h1": [4, 5, 6]]
        try folder.write("run/metrics.jsonl", try JSONText.line(line))
        let found = try RunInspection(RunDirectory(path: run))
        #expect(found.changes.map(\.unitsBefore) == [16] && found.changes.map(\.unitsAfter) == [16])
        #expect(found.changes.first?.left == [2, 3, 9] && found.changes.first?.returned == [4, 5, 6])
        let table = try inspectRun(run)
        let row = try #require(table.split(separator: "\n").first { $0.contains("16 -> 16") })
        #expect(row.contains("2, 3, 9") && row.split(separator: " ").filter { $0 == "3" }.count == 2, "\(row)")
    }

    @Test("a run that changed nothing")
    func plain() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try folder.write("m.yaml", sampleModel()), output: run)
        let found = try RunInspection(RunDirectory(path: run))
        #expect(found.changes.isEmpty && found.parameters.ratio == 1 && found.multiplications?.share == 1)
        #expect(found.layers.prefix(2).map(\.unitsAfter) == [16, 3])
        #expect(found.layers.prefix(2).map(\.parametersAfter) == [80, 51])
        let table = try Program.run(["inspect", run])
        #expect(table.code == 0 && !table.output.contains("Units that came"))
    }

    @Test("killed and older runs are shown as far as they go, and broken ones refused")
    func incomplete() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try folder.write("m.yaml", Self.shrinking(Self.policy)), output: run)
        let whole = try RunInspection(RunDirectory(path: run))
        let record = try RunDirectory(path: run).readRecord()

        // Killed: the record is that of the start, and the last line is cut off.
        var killed = record
        killed.status = .running
        killed.parameters.after = killed.parameters.before
        killed.layers = killed.layers?.map { layer in
            var layer = layer
            layer.unitsAfter = layer.unitsBefore
            layer.parametersAfter = layer.parametersBefore
            return layer
        }
        (killed.work, killed.epochs, killed.steps, killed.metrics) = (nil, [], 0, [:])
        try folder.write("run/run.json", try JSONText.pretty(killed))
        let lines = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8)
        try folder.write("run/metrics.jsonl", String(lines.dropLast(10)))
        let found = try RunInspection(RunDirectory(path: run))
        #expect(found.status == .running && found.epochs == 3 && found.steps > 0 && found.seconds > 0)
        #expect(found.layers.map(\.unitsAfter) == whole.layers.map(\.unitsAfter))
        #expect(found.parameters.after == nil && found.multiplications == nil && found.changes == whole.changes)
        #expect(found.metrics["validation"]?["accuracy"] != nil)
        #expect(try Program.run(["inspect", run]).code == 0)

        // Older: no layers in the record, no units named in the lines.
        var older = record
        older.layers = nil
        try folder.write("run/run.json", try JSONText.pretty(older))
        try folder.write("run/metrics.jsonl", lines.replacing(#/"left":\{[^}]*\},/#, with: ""))
        let old = try RunInspection(RunDirectory(path: run))
        #expect(old.layers.map(\.unitsBefore) == [60, nil, 60, 5])
        #expect(old.layers.first?.unitsAfter == whole.layers.first?.unitsAfter)
        #expect(old.parameters == whole.parameters && old.changes.count == whole.changes.count && old.changes.allSatisfy { $0.left == nil })
        #expect(try Program.run(["inspect", run]).code == 0)

        try FileManager.default.removeItem(atPath: run + "/metrics.jsonl")
        #expect(try Program.run(["inspect", run]).code == 0)
        try folder.write("run/run.json", "{}")
        for path in [run, folder.path("missing")] {
            let result = try Program.run(["inspect", path])
            #expect(result.code == 2 && result.messages.contains("NNC0635"))
        }
    }

    @Test func listsOfUnits() {
        #expect(InspectionReport.list([]) == "")
        #expect(InspectionReport.list([4, 1, 2, 3, 9, 11, 12]) == "1–4, 9, 11, 12")
        #expect(InspectionReport.list((0..<30).map { 3 * $0 }).hasSuffix("21, …"))
    }
}
