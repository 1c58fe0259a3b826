import Foundation
import Kernels
import Runtime
import SwiftProtobuf
import TestSupport
import Testing

@testable import Driver
@testable import Export

/// `metrics.csv` and TensorBoard's event file, beside `metrics.jsonl`.
@Suite struct MetricsOutputTests {
    static let model = """
        version: 1
        name: outputs
        data: { format: synthetic, validation: 10%, synthetic: { generator: blobs, features: 4, classes: 3, train: 200, test: 20 } }
        model:
          layers:
            - { name: h, type: dense, units: 16, activation: relu, policy: { neurons: { type: shrink_recall, keep: 50%, warm_up: 1 epoch, every: 100 epochs } } }
            - { name: out, type: dense, units: 3, activation: softmax }
        train: { epochs: 3, batch_size: 20, loss: cross_entropy, optimizer: { type: sgd, learning_rate: 0.1 }, evaluate: { every: 5 steps } }
        output: { metrics: [jsonl, csv, tensorboard], histograms: 1 epoch }
        """

    /// The messages of an event file; records whose checks are wrong end it.
    static func events(in directory: String) throws -> [TensorBoardEvent] {
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first { $0.contains("tfevents") })
        return try events(of: directory + "/" + name)
    }

    static func events(of path: String) throws -> [TensorBoardEvent] {
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        var events: [TensorBoardEvent] = [], at = 0
        while at + 16 <= bytes.count {
            let length = bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let message = Array(bytes[(at + 12)..<(at + 12 + length)])
            #expect(Array(bytes[at..<at + 16 + length]) == EventFile.record(message))
            events.append(try TensorBoardEvent(serializedBytes: message))
            at += 16 + length
        }
        #expect(at == bytes.count)
        return events
    }

    @Test func sameNumbersEverywhere() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        _ = try trained(try folder.write("m.yaml", Self.model), output: run)
        let lines = RunDirectory(path: run).metricsLines, epochs = lines.filter { $0.train != nil }
        #expect(epochs.count == 3)

        let events = try Self.events(in: run)
        #expect(events.first?.fileVersion == "brain.Event:2")
        func scalars(_ tag: String) -> [Int: Float] {
            Dictionary(events.flatMap { event in event.summary.value.filter { $0.tag == tag && $0.value != nil }.map { (Int(event.step), $0.simpleValue) } }) { $1 }
        }
        #expect(scalars("train/loss") == Dictionary(epochs.map { ($0.step, Float($0.train?["loss"] ?? -1)) }) { $1 })
        #expect(scalars("validation/accuracy").count == lines.count { $0.validation != nil })
        // All units, then half of them, then all.
        #expect(scalars("units/h")[0] == 16 && scalars("units/h")[9] == 8 && scalars("units/h")[27] == 16)
        let histograms = events.flatMap { event in event.summary.value.filter { $0.tag == "weights/out.bias" }.map { (event.step, $0.histo) } }
        #expect(histograms.map(\.0) == [1, 9, 18, 27] && histograms.allSatisfy { $0.1.num == 3 && $0.1.bucket.reduce(0, +) == 3 })

        let rows = try String(contentsOfFile: run + "/metrics.csv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let loss = try #require(rows[0].firstIndex(of: "train_loss")), units = try #require(rows[0].firstIndex(of: "units_h"))
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows.dropFirst().compactMap { Double($0[loss]) } == epochs.compactMap { $0.train?["loss"] })
        #expect(rows[1][units] == "16" && rows.contains { $0[units] == "8" })
    }

    @Test func onlyWhatIsAskedFor() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        _ = try trained(try folder.write("m.yaml", sampleModel()), output: run)
        #expect(try FileManager.default.contentsOfDirectory(atPath: run).allSatisfy { !$0.contains("tfevents") && $0 != "metrics.csv" })
    }

    @Test func theTableIsCutWhereARunGoesOn() throws {
        let folder = try TemporaryFolder(), path = folder.path("metrics.csv")
        #expect(MetricsTable.bytes(path) == nil)
        let table = try MetricsTable(path, columns: ["train/loss"])
        try table.write(MetricsSample(epoch: 1, step: 5, pretraining: "h", values: []))
        try table.write(MetricsSample(epoch: 1, step: 3, values: [("train/loss", .nan), ("more", 1)]))
        let bytes = try #require(MetricsTable.bytes(path))
        try table.write(MetricsSample(epoch: 1, step: 6, values: [("train/loss", 2)]))
        try OutputFile.append(",1,12,0.", to: path)
        // It goes on where it was, unless it has other columns.
        try MetricsTable(path, columns: ["train/loss"], keeping: bytes).write(MetricsSample(epoch: 2, step: 7, values: [("train/loss", 0.5)]))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "pretraining,epoch,step,train_loss\nh,1,5,\n,1,3,\n,2,7,0.5\n")
        _ = try MetricsTable(path, columns: ["train/loss", "units/h"], keeping: bytes)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "pretraining,epoch,step,train_loss,units_h\n")
    }

    /// A run that stopped and went on has the table of one that did not, but for its times, and says in the event file where it went on.
    @Test func sameTableAfterAResumption() throws {
        let folder = try TemporaryFolder(), file = try folder.write("m.yaml", Self.model)
        func rows(_ run: String) throws -> [[Substring]] {
            try String(contentsOfFile: folder.path(run) + "/metrics.csv", encoding: .utf8).split(separator: "\n").map { line in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                return Array(cells[..<3] + cells[5...])
            }
        }
        _ = try trained(file, output: folder.path("whole"))
        _ = try trainedInParts(TrainingOptions(file: file, progress: .none), run: folder.path("parts")) { $0 == 0 ? 14 : 1000 }
        #expect(try rows("parts") == rows("whole"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("parts")).filter { $0.contains("tfevents") }
        #expect(files.count == 2)
        let starts = try files.flatMap { try Self.events(of: folder.path("parts") + "/" + $0) }.filter { $0.sessionLog.status == .start }
        #expect(starts.map(\.step) == [15])
    }

    @Test func checksOfRecords() {
        // The check value of the polynomial's definition, and RFC 3720's of 32 zeros.
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.of(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(EventFile.record([]).count == 16)
    }

    @Test func histogramsCountEveryNumber() throws {
        let arena = try #require(Arena(byteCount: 64)), numbers: Floats = arena.strip(offset: 0, count: 6)
        for (index, value) in [Float(-1), 0, 0.5, 3, .nan, .infinity].enumerated() { numbers[index] = value }
        let histogram = try #require(Histogram(of: numbers))
        #expect(histogram.least == -1 && histogram.most == 3 && histogram.sum == 2.5 && histogram.squares == 10.25)
        #expect(histogram.counts.reduce(0, +) == 4 && histogram.limits.last == 3 && histogram.limits == histogram.limits.sorted())
        numbers.fill(2)
        #expect(Histogram(of: numbers)?.counts == [6])
        numbers.fill(.nan)
        #expect(Histogram(of: numbers) == nil)
    }
}
