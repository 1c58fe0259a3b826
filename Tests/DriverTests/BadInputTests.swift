import Foundation
import TestSupport
import Testing

/// Bad input ends with a clear message and the right exit code, never with a trap.
@Suite struct BadInputTests {
    func expectFailure(_ result: Program.Result, code: Int32 = 2, _ words: String..., from place: SourceLocation = #_sourceLocation) {
        #expect(result.code == code, "\(result.messages)", sourceLocation: place)
        for word in words { #expect(result.messages.contains(word), "\(result.messages)", sourceLocation: place) }
    }

    @Test func modelFiles() throws {
        let folder = try TemporaryFolder()
        let isRoot = getuid() == 0
        for command in ["train", "check", "estimate", "graph"] {
            expectFailure(try Program.run([command, folder.path("missing.yaml")]), "NNC0630", "there is no file")
            expectFailure(try Program.run([command, folder.path]), "NNC0630", "directory")
            expectFailure(try Program.run([command, "/dev/zero"]), "NNC0630", "regular")
            expectFailure(try Program.run([command, try folder.write("empty.yaml", "")]), "empty")
            if !isRoot {
                let path = try folder.write("secret.yaml", "version: 1")
                chmod(path, 0)
                expectFailure(try Program.run([command, path]), "NNC0630", "Permission denied")
            }
        }
        // A way through something that is no directory.
        expectFailure(try Program.run(["check", folder.path("empty.yaml/x")]), "NNC0630")
    }

    @Test func binaryHugeAndNestedFiles() throws {
        let folder = try TemporaryFolder()
        let binary = folder.path("binary.yaml")
        try Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }).write(to: URL(fileURLWithPath: binary))
        expectFailure(try Program.run(["check", binary]))
        try Data(repeating: 0, count: 1000).write(to: URL(fileURLWithPath: binary))
        expectFailure(try Program.run(["check", binary]))

        let huge = folder.path("huge.yaml")
        #expect(FileManager.default.createFile(atPath: huge, contents: nil))
        truncate(huge, 100 << 20)
        expectFailure(try Program.run(["check", huge]), "NNC0119")

        let deep = try folder.write("deep.yaml", "a: " + String(repeating: "[", count: 100_000))
        expectFailure(try Program.run(["check", deep]))
        let selfReferring = try folder.write("self.yaml", "version: 1\nmodel: &a { <<: *a }\n")
        expectFailure(try Program.run(["check", selfReferring]))
        let bomb = try folder.write(
            "bomb.yaml",
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + (1..<12).map { "a\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ",") + "]\n" }.joined())
        expectFailure(try Program.run(["check", bomb]))
        let circle = try folder.write("circle.yaml", "version: 1\nextends: circle.yaml\n")
        expectFailure(try Program.run(["check", circle]), "extends itself")
    }

    @Test func outputDirectories() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        let taken = folder.path("taken")
        try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
        try folder.write("taken/file", "precious")
        expectFailure(try Program.run(["train", model, "--output", taken]), "NNC0632")
        #expect(try String(contentsOfFile: taken + "/file", encoding: .utf8) == "precious")
        expectFailure(try Program.run(["train", model, "--output", taken + "/file"]), "NNC0631")
        expectFailure(try Program.run(["train", model, "--output", taken + "/file/below"]), "NNC0631")
        expectFailure(try Program.run(["train", model, "--output", "/proc/nnc"]), "NNC0631")
        expectFailure(try Program.run(["train", model, "--output", "/sys/nnc"]), "NNC0631")
        expectFailure(try Program.run(["train", model, "--set", "output.directory=/proc/nnc"]), "NNC0631")
        // Nothing of it was trained.
        #expect(!(try Program.run(["train", model, "--output", "/proc/nnc"]).messages.contains("epoch")))
    }

    /// A disk that is full from the first byte on.
    @Test func fullDisk() throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        let run = folder.path("run")
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        expectFailure(try Program.run(["train", model, "--output", run, "--progress", "none"]), code: 0)
        // The same directory, where only the weights cannot be written: too large a file for the limit of the shell.
        let limited = Process()
        limited.executableURL = URL(fileURLWithPath: "/bin/bash")
        limited.arguments = [
            "-c", "trap '' XFSZ; ulimit -f 64; exec '\(Program.path)' train '\(model)' --set model.layers.h1.units=4000 --output '\(folder.path("small"))' 2>'\(folder.path("err"))' >/dev/null",
        ]
        try limited.run()
        limited.waitUntilExit()
        let messages = try String(contentsOfFile: folder.path("err"), encoding: .utf8)
        #expect(limited.terminationReason == .exit && limited.terminationStatus == 1, "\(messages)")
        #expect(messages.contains("NNC0633"), "\(messages)")
    }

    @Test func absurdSizes() throws {
        let folder = try TemporaryFolder()
        for units in ["1000000000000", "100000000", "9223372036854775807"] {
            let layers = "- { name: h1, type: dense, units: \(units) }\n    - { name: out, type: dense, units: 3, activation: softmax }"
            let model = try folder.write("m.yaml", sampleModel(data: "format: synthetic\n  synthetic: { generator: blobs, train: 200, features: 1000, classes: 3 }", layers: layers))
            let result = try Program.run(["train", model, "--output", folder.path("run")])
            #expect(result.code == 2, "\(units): \(result.messages)")
            #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
        }
        let wide = "- { name: h1, type: dense, units: 1000000000 }\n    - { name: out, type: dense, units: 3, activation: softmax }"
        let model = try folder.write("m.yaml", sampleModel(layers: wide))
        expectFailure(try Program.run(["train", model]), "NNC0634", "parameters", "memory")
        for batch in ["1", "16777216"] {
            for units in ["1000000000000", "1099511627776"] {
                let layers = "- { name: h1, type: dense, units: \(units) }\n    - { name: out, type: dense, units: 3, activation: softmax }"
                let model = try folder.write("c.yaml", sampleModel(layers: layers))
                expectFailure(try Program.run(["train", model, "--set", "train.batch_size=\(batch)"]), "NNC0634")
                #expect(try Program.run(["estimate", model, "--set", "train.batch_size=\(batch)"]).code == 0)
            }
        }
        // What it would take can be asked nevertheless.
        let estimate = try Program.run(["estimate", model])
        #expect(estimate.code == 0, "\(estimate.messages)")
        expectFailure(try Program.run(["train", try folder.write("b.yaml", sampleModel()), "--set", "train.batch_size=1000000000000"]))
    }

    @Test func noData() throws {
        let folder = try TemporaryFolder()
        let text = sampleModel().replacing("model:\n", with: "model:\n  input: { shape: [4] }\n")
        let start = try #require(text.range(of: "data:")), end = try #require(text.range(of: "model:"))
        let model = try folder.write("m.yaml", text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: ""))
        expectFailure(try Program.run(["train", model]), "NNC0637")
        #expect(try Program.run(["estimate", model]).code == 0)
        #expect(try Program.run(["check", model]).code == 0)
    }

    @Test func badData() throws {
        let folder = try TemporaryFolder()
        let csv = "format: csv\n  train: { features: d.csv }"
        let model = try folder.write("m.yaml", sampleModel(data: csv))
        expectFailure(try Program.run(["train", model]), "d.csv")
        try folder.write("d.csv", "a,b,label\n1,2,0\n3,x,1\n")
        expectFailure(try Program.run(["train", model]), "d.csv:3")
        try folder.write("d.csv", "a,b,label\n1,2,0\n3,4,7\n")
        expectFailure(try Program.run(["train", model]), "d.csv")
        let idx = try folder.write("i.yaml", sampleModel(data: "format: idx\n  train: { features: i.idx, labels: l.idx }"))
        try Data([0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).write(to: URL(fileURLWithPath: folder.path("i.idx")))
        try Data([0, 0, 8, 1, 0, 0, 0, 9, 1]).write(to: URL(fileURLWithPath: folder.path("l.idx")))
        expectFailure(try Program.run(["train", idx]), "i.idx")
    }

    @Test func wrongUsage() throws {
        let folder = try TemporaryFolder()
        let model = try folder.write("m.yaml", sampleModel())
        for arguments in [
            ["trian", model], ["train"], ["train", model, "--progress", "loud"], ["train", model, "--threads", "0"], ["train", model, "--dry-run", "0"],
            ["graph", model, "--after", "nothing"], ["estimate", model, "--explain", "nothing"], ["explain", "NNC9999"], ["check"],
        ] {
            #expect(try Program.run(arguments).code == 64, "\(arguments)")
        }
        expectFailure(try Program.run(["check", model, "--set", "train.epochs"]))
        expectFailure(try Program.run(["check", model, "--set", "train.nothing=1"]))
    }

    /// A reader that goes away is no failure of ours.
    @Test func brokenPipes() throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", "set -o pipefail; '\(Program.path)' estimate '\(Program.root)/models/quickstart.yaml' | true; test $? -lt 128"]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
    }
}
