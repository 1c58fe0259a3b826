import Foundation
import Model
import Runtime
import TestSupport
import Testing

@testable import Driver

/// What `nnc predict` says of the examples of a split, or of a file.
@Suite struct PredictionTests {
    /// Three classes that are told apart by four columns of a table, called from 1.
    static func table(_ folder: TemporaryFolder, loss: String = "cross_entropy", normalize: String = "none") throws -> String {
        func lines(_ count: Int, labelled: Bool = true) -> String {
            (0..<count).map { row in
                let label = row % 3, features = (0..<4).map { column in Double((row * 7 + column * 5) % 11) / 11 + (column == label ? 3 : 0) }
                return (features.map { "\($0)" } + (labelled ? ["\(label + 1)"] : [])).joined(separator: ",") + "\n"
            }.joined()
        }
        try folder.write("train.csv", "a,b,c,d,kind\n" + lines(120))
        try folder.write("test.csv", "a,b,c,d,kind\n" + lines(31))
        try folder.write("new.csv", "a,b,c,d\n" + lines(31, labelled: false))
        let output = loss == "cross_entropy" ? "units: 3, activation: softmax" : loss == "mse" ? "units: 1" : "units: 3, activation: sigmoid"
        return try folder.write("m.yaml", """
            version: 1
            name: table
            data:
              format: csv
              train: { features: train.csv }
              test: { features: test.csv }
              columns: { label: kind }
              label_base: 1
              normalize: \(normalize)
            model:
              layers:
                - { name: h1, type: dense, units: 16, activation: relu }
                - { name: out, type: dense, \(output) }
            train: { epochs: 20, batch_size: 20, loss: \(loss), optimizer: { type: adam, learning_rate: 1e-2 } }
            """)
    }

    static func lines(_ arguments: [String]) throws -> [String] {
        let result = try Program.run(["predict"] + arguments)
        #expect(result.code == 0, "\(result.messages)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test(arguments: ["none", "zscore"]) func labelsAsInTheFiles(normalize: String) throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try Self.table(folder, normalize: normalize), output: run)
        let lines = try Self.lines([run])
        #expect(lines.count == 32 && lines[0] == "example,label_1,score_1,label_2,score_2,label_3,score_3")
        for (row, line) in lines.dropFirst().enumerated() { #expect(line.hasPrefix("\(row),\(row % 3 + 1),"), "\(line)") }
        // The same examples from a file, with the column of the answers and without; on any number of threads.
        #expect(try Self.lines([run, folder.path("new.csv")]) == lines)
        #expect(try Self.lines([run, folder.path("test.csv"), "--threads", "3"]) == lines)
        let two = try Self.lines([run, "--top", "2", "--format", "jsonl"])
        #expect(two.count == 31)
        struct Line: Decodable { var example: Int, labels: [Int], scores: [Float] }
        let last = try JSONDecoder().decode(Line.self, from: Data(two[30].utf8))
        #expect(last.example == 30 && last.labels.first == 1 && last.labels.count == 2 && last.scores[0] > last.scores[1])
        #expect(try Self.lines([run, "--split", "train"]).count == 121)
    }

    @Test func filesAppearWhole() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try Self.table(folder), output: run)
        #expect(try Self.lines([run, "--output", folder.path("p.jsonl")]).isEmpty)
        #expect(try String(contentsOfFile: folder.path("p.jsonl"), encoding: .utf8).split(separator: "\n") == Self.lines([run, "--format", "jsonl"]).map { Substring($0) })
        #expect(try Program.run(["predict", run, "--output", folder.path("none/p.csv")]).messages.contains("NNC0633"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("partial") })
    }

    @Test func mistakes() throws {
        let folder = try TemporaryFolder()
        let run = folder.path("run")
        _ = try trained(try Self.table(folder), output: run)
        func messages(_ arguments: String..., code: Int32 = 2) throws -> String {
            let result = try Program.run(["predict", run] + arguments)
            #expect(result.code == code && result.output.isEmpty, "\(result.messages)")
            return result.messages
        }
        #expect(try messages("--top", "4").contains("NNC0644"))
        #expect(try messages("--split", "validation").contains("NNC0645"))
        try folder.write("wide.csv", "1,2,3,4,5,6\n")
        #expect(try messages(folder.path("wide.csv")).contains("NNC0372"))
        try folder.write("labelled.csv", "1,2,3,4,1\n")
        #expect(try messages(folder.path("labelled.csv")).contains("take the column of the labels out"))
        try folder.write("words.csv", "1,2,x,4\n2,3,4,y\n")
        #expect(try messages(folder.path("words.csv")).contains("NNC0364"))
        #expect(try messages(folder.path("missing.csv")).contains("NNC0601"))
        #expect(try messages("--checkpoint", "none").contains("NNC0636"))
        #expect(try messages("--top", "0", code: 64).contains("at least 1"))
        #expect(try messages(folder.path("new.csv"), "--split", "test", code: 64).contains("--split"))
        #expect(try Program.run(["predict", folder.path("nothing")]).messages.contains("NNC0635"))
    }

    /// Numbers are written as they are, and several labels by their own probabilities.
    @Test func otherLosses() throws {
        let folder = try TemporaryFolder()
        _ = try trained(try Self.table(folder, loss: "mse"), output: folder.path("numbers"))
        #expect(try Self.lines([folder.path("numbers")])[0] == "example,output_0")
        #expect(try Self.lines([folder.path("numbers"), "--format", "jsonl"])[0].hasPrefix("{\"example\":0,\"outputs\":["))
        #expect(try Program.run(["predict", folder.path("numbers"), "--top", "1"]).messages.contains("NNC0644"))
        _ = try trained(try Self.table(folder, loss: "binary_cross_entropy"), output: folder.path("labels"))
        #expect(try Self.lines([folder.path("labels"), "--top", "3"])[0].hasSuffix("score_3"))
    }

    /// An output layer of which a hash finds some units: by it, and by all units.
    @Test func hashedOutputs() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("m.yaml", """
            version: 1
            name: many
            data:
              format: synthetic
              synthetic: { generator: labels, features: 500, labels: 300, train: 2000, test: 101 }
            model:
              layers:
                - { name: h, type: dense, units: 16, activation: relu }
                - name: out
                  type: dense
                  units: 300
                  activation: softmax
                  policy: { forward: { type: hash_gather, function: simhash, hashes: 3, tables: 10, active: 60 } }
            train:
              epochs: 2
              batch_size: 50
              loss: cross_entropy
              optimizer: { type: adam, learning_rate: 1e-2 }
              metrics: [precision_at_1]
            """)
        let run = folder.path("run")
        let outcome = try trained(file, output: run)
        let hashed = try Self.lines([run]), dense = try Self.lines([run, "--with", "dense"])
        #expect(hashed.count == 102 && dense.count == 102 && hashed != dense)
        #expect(try Self.lines([run, "--with", "policy"]) == hashed)
        // More than an evaluation keeps; the first five are the same.
        let many = try Self.lines([run, "--top", "40"])
        for (a, b) in zip(hashed, many).dropFirst() { #expect(b.hasPrefix(a + ",")) }
        #expect(try Self.lines([run, "--with", "dense", "--top", "300"])[1].split(separator: ",").count == 601)
        let result = try Program.run(["predict", run, "--top", "61"])
        #expect(result.code == 2 && result.messages.contains("--with dense"), "\(result.messages)")
        // The same two networks are measured.
        let measured = try evaluate(run), dense1 = try evaluate(run, network: .dense)
        #expect(measured.map(\.scores) == (try evaluate(run, network: .policy)).map(\.scores))
        #expect(measured.last?.scores != dense1.last?.scores && outcome.exitCode == 0)
        #expect(try Program.run(["eval", run, "--with", "dense"]).code == 0)

        // One layer by a hash and one with all units: both of these networks, as far as what they need was saved.
        let mixed = try folder.write("mixed.yaml", try String(contentsOfFile: file, encoding: .utf8).replacing("active: 60 }", with: "active: 60, inference: dense }").replacing(
            "    - name: out", with: "    - { name: wide, type: dense, units: 40, activation: relu, policy: { forward: { type: hash_gather, active: 50% } } }\n    - name: out"))
        _ = try trained(mixed, output: folder.path("mixed"))
        #expect(try Self.lines([folder.path("mixed"), "--with", "dense"]).count == 102)
        let unsaved = try Program.run(["predict", folder.path("mixed"), "--with", "policy"])
        #expect(unsaved.messages.contains("NNC0636") && unsaved.messages.contains("[policy, dense]"), "\(unsaved.messages)")

        // Examples of a file in the format of such data, with labels and without.
        let lines = (0..<7).map { row in (row % 2 == 0 ? "\(row)" : "") + " " + (0..<(row == 6 ? 200 : 3)).map { "\($0 * 2 + row % 2):1.5" }.joined(separator: " ") }
        try folder.write("new.txt", "7 500 300\n" + lines.joined(separator: "\n") + "\n")
        #expect(try Self.lines([run, folder.path("new.txt"), "--top", "2"]).count == 8)
        #expect(!FileManager.default.fileExists(atPath: folder.path("new.txt.nnc-cache")))
        try folder.write("other.txt", "1 400 300\n 1:1\n")
        #expect(try Program.run(["predict", run, folder.path("other.txt")]).messages.contains("NNC0372"))
    }
}
