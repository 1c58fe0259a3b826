import Foundation
import Runtime
import TestSupport
import Testing

@testable import Driver

/// Files of other formats that `nnc predict` reads and writes.
@Suite struct PredictionFileTests {
    /// The shape that a file's header promises, and its numbers.
    static func matrix(_ path: String) throws -> (shape: [Int], numbers: [Float]) {
        let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        #expect(bytes.prefix(8) == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0])
        let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        let header = String(decoding: bytes[10..<start], as: UTF8.self)
        #expect(start % 64 == 0 && header.hasSuffix("\n") && header.contains("'descr': '<f4', 'fortran_order': False"))
        let shape = try #require(header.firstMatch(of: /\((\d+), (\d+)\)/)).output
        let numbers = stride(from: start, to: bytes.count, by: 4).map { place in
            Float(bitPattern: bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        return ([try #require(Int(shape.1)), try #require(Int(shape.2))], numbers)
    }

    @Test func allOutputsAsAMatrix() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        _ = try trained(try PredictionTests.table(folder), output: run)
        #expect(try PredictionTests.lines([run, "--output", folder.path("p.npy")]).isEmpty)
        let (shape, numbers) = try Self.matrix(folder.path("p.npy"))
        #expect(shape == [31, 3] && numbers.count == 93)
        // The same as in the table, by class.
        for (row, line) in try PredictionTests.lines([run]).dropFirst().enumerated() {
            let cells = line.split(separator: ",")
            for pair in 0..<3 { #expect(Float(cells[2 + 2 * pair]) == numbers[row * 3 + (Int(cells[1 + 2 * pair]) ?? 0) - 1]) }
        }
        _ = try trained(try PredictionTests.table(folder, loss: "mse"), output: folder.path("numbers"))
        _ = try PredictionTests.lines([folder.path("numbers"), "--format", "npy", "--output", folder.path("n")])
        #expect(try Self.matrix(folder.path("n")).shape == [31, 1])
        for wrong in [["--format", "npy"], ["--output", folder.path("q.npy"), "--top", "2"]] { #expect(try Program.run(["predict", run] + wrong).code == 64) }
        #expect(!FileManager.default.fileExists(atPath: folder.path("q.npy")))
    }

    /// Outputs of which evaluation keeps the best only.
    @Test func manyOutputsAsAMatrix() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        let policy = "policy: { forward: { type: hash_gather, function: simhash, hashes: 3, tables: 10, active: 60 } }"
        _ = try trained(try folder.write("m.yaml", """
            version: 1
            name: many
            data: { format: synthetic, synthetic: { generator: labels, features: 500, labels: 300, train: 1000, test: 33 } }
            model:
              layers:
                - { name: h, type: dense, units: 16, activation: relu }
                - { name: out, type: dense, units: 300, activation: softmax, \(policy) }
            train: { epochs: 1, batch_size: 50, loss: cross_entropy, optimizer: { type: adam, learning_rate: 1e-2 } }
            """), output: run)
        for (network, computed) in [("policy", 60), ("dense", 300)] {
            _ = try PredictionTests.lines([run, "--with", network, "--output", folder.path("p.npy")])
            let (shape, numbers) = try Self.matrix(folder.path("p.npy"))
            #expect(shape == [33, 300])
            for row in 0..<33 {
                let own = numbers[row * 300..<(row + 1) * 300]
                #expect(own.count { $0 != 0 } == computed && abs(own.reduce(0, +) - 1) < 1e-4)
            }
            let best = try PredictionTests.lines([run, "--with", network])[1].split(separator: ",")
            #expect(abs(numbers[Int(best[1]) ?? 0] - (Float(best[2]) ?? 0)) < 1e-6)
        }
    }

    /// Bytes of an idx file and the same numbers as csv and npy: what bytes are divided by, they are.
    @Test func filesOfOtherFormats() throws {
        let folder = try TemporaryFolder(), run = folder.path("run")
        func bytes(_ row: Int) -> [UInt8] { (0..<4).map { UInt8(($0 * 50 + row * 37) % 256) } }
        func big(_ number: Int) -> [UInt8] { [0, 0, UInt8(number >> 8), UInt8(number & 255)] }
        func idx(_ name: String, rows: Int, first: Int) throws {
            let data: [UInt8] = [0, 0, 8, 3] + big(rows) + big(2) + big(2) + (first..<first + rows).flatMap(bytes)
            try Data(data).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        try idx("x", rows: 40, first: 0)
        try Data([0, 0, 8, 1] + big(40) + (0..<40).map { UInt8($0 % 2) }).write(to: URL(fileURLWithPath: folder.path("y")))
        try idx("new", rows: 9, first: 40)
        try folder.write("new.csv", (40..<49).map { bytes($0).map { "\($0)" }.joined(separator: ",") + "\n" }.joined())
        let array = npyHeader(rows: 9, columns: 4) + (40..<49).flatMap(bytes).flatMap { value in
            let bits = Float(value).bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        }
        try Data(array).write(to: URL(fileURLWithPath: folder.path("new.npy")))
        for normalize in ["unit", "zscore"] {
            _ = try trained(try folder.write("m.yaml", """
                version: 1
                name: bytes
                data: { format: idx, train: { features: x, labels: y }, normalize: \(normalize) }
                model:
                  layers:
                    - { type: flatten }
                    - { name: out, type: dense, units: 2, activation: softmax }
                train: { epochs: 1, batch_size: 8, loss: cross_entropy, optimizer: { type: sgd, learning_rate: 0.1 } }
                """), output: run + normalize)
            let lines = try PredictionTests.lines([run + normalize, folder.path("new")])
            #expect(lines.count == 10)
            #expect(try PredictionTests.lines([run + normalize, folder.path("new.csv")]) == lines)
            #expect(try PredictionTests.lines([run + normalize, folder.path("new.npy")]) == lines)
        }
    }
}
