import Foundation
import TestSupport
import Testing

@testable import Driver

/// What a model file names is read as data, or written below its own output directory, and nothing else happens.
@Suite struct HostilePathTests {
    /// Each key that takes a path.
    private static func model(_ key: String, _ path: String) -> String {
        let extends = key == "extends" ? "extends: \(path)\n" : ""
        let weights = key == "weights" ? "weights: \(path)\n  " : ""
        let mask = key == "file" ? ", policy: { neurons: { type: mask, pick: file, file: \(path) } }" : ""
        let data =
            switch key {
            case "csv": "format: csv\n  train: { features: \(path) }"
            case "idx": "format: idx\n  train: { features: \(path), labels: \(path) }"
            case "npy": "format: npy\n  train: { features: \(path), labels: \(path) }"
            case "cifar10": "format: cifar10\n  train: { features: \(path) }"
            case "libsvm": "format: libsvm\n  train: { features: \(path) }"
            case "xc": "format: xc\n  train: { features: \(path) }"
            case "test": "format: csv\n  train: { features: fine.csv }\n  test: { features: \(path) }"
            case "validation": "format: csv\n  train: { features: fine.csv }\n  validation: { features: \(path) }"
            default: "format: csv\n  train: { features: fine.csv }"
            }
        return """
            \(extends)version: 1
            data:
              \(data)
            model:
              \(weights)layers:
                - { name: h, type: dense, units: 4, activation: relu\(mask) }
                - { name: out, type: dense, units: 2, activation: softmax }
            train: { epochs: 1, batch_size: 4, loss: cross_entropy, optimizer: sgd }
            output: { directory: \(key == "directory" ? path : "runs") }

            """
    }

    static let reading = ["extends", "weights", "file", "csv", "idx", "npy", "cifar10", "libsvm", "xc", "test", "validation"]

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("fine.csv", "a,b,label\n" + (0..<12).map { "\($0),\($0 % 5),\($0 % 2)\n" }.joined())
        return folder
    }

    /// Devices without an end, pipes that nobody writes into, directories, links that lead in a circle or nowhere: all refused, at once.
    @Test(.timeLimit(.minutes(1)), arguments: reading) func whatIsNoFileIsNotRead(_ key: String) throws {
        let folder = try Self.folder()
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(symlink("circle", folder.path("circle")) == 0 && symlink("nowhere", folder.path("lost")) == 0 && symlink("/dev/zero", folder.path("zeros")) == 0)
        try folder.write("empty", "")
        for path in ["/dev/zero", "/dev/random", "zeros", "pipe", ".", "circle", "lost", "empty", "fine.csv/x", "\"nul\\0\"", String(repeating: "x", count: 5000), "/proc/self/mem"] {
            let file = try folder.write("m.yaml", Self.model(key, path))
            let result = try Program.run(["check", file])
            #expect(result.code == 2 && result.messages.contains("error") && !result.messages.contains("NNC0699"), "\(key): \(path.prefix(40)): \(result.code) \(result.messages)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["circle", "empty", "fine.csv", "lost", "m.yaml", "pipe", "zeros"])
    }

    /// A run makes a directory of its own below the one that is named, and touches nothing that is there.
    @Test func outputNeverReplacesAnything() throws {
        let folder = try Self.folder()
        try folder.write("precious", "kept\n")
        try FileManager.default.createDirectory(atPath: folder.path("there/m-9223372036854775807"), withIntermediateDirectories: true)
        try folder.write("there/m-1", "kept\n")
        #expect(symlink("precious", folder.path("link")) == 0)
        for path in ["precious", "link", "precious/below", "/dev/null", "/proc/nnc"] {
            let result = try Program.run(["train", try folder.write("m.yaml", Self.model("directory", path))])
            #expect(result.code == 2 && result.messages.contains("NNC0631"), "\(path): \(result.code) \(result.messages)")
        }
        let result = try Program.run(["train", try folder.write("m.yaml", Self.model("directory", "there"))])
        #expect(result.code == 0, "\(result.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("there")).sorted() == ["m-1", "m-2", "m-9223372036854775807"])
        for path in ["precious", "there/m-1"] { #expect(try String(contentsOfFile: folder.path(path), encoding: .utf8) == "kept\n") }
        // The model's name is part of that of a directory, and leads nowhere else.
        let named = try folder.write("m.yaml", Self.model("directory", "there").replacing("version: 1", with: "version: 1\nname: ../../out/..") )
        #expect(try Program.run(["train", named]).code == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path("out")) && FileManager.default.fileExists(atPath: folder.path("precious")))
    }

    /// The environment is looked at for paths alone, and what comes from it is a path alone: nothing in it is carried out, or expanded again.
    @Test func onlyPathsSeeTheEnvironment() throws {
        let folder = try Self.folder()
        let secret = ["NNC_TEST_SECRET": "fine.csv", "NNC_TEST_TWICE": "${NNC_TEST_SECRET}", "NNC_TEST_COMMAND": "$(touch \(folder.path("touched")))`touch \(folder.path("touched"))`"]
        func run(_ text: String) throws -> Program.Result { try Program.run(["config", try folder.write("m.yaml", text)], environment: secret) }
        let fine = try run(Self.model("csv", "\"${NNC_TEST_SECRET}\""))
        #expect(fine.code == 0 && fine.output.contains("fine.csv"), "\(fine.messages)")
        for path in ["'${NNC_TEST_TWICE}'", "'${NNC_TEST_COMMAND}'", "'$(touch touched)'", "'`touch touched`'", "\"| touch touched\"", "'~/fine.csv'", "file:///etc/passwd", "http://localhost/x"] {
            let result = try Program.run(["check", try folder.write("m.yaml", Self.model("csv", path))], environment: secret)
            #expect(result.code == 2 && result.messages.contains("NNC0"), "\(path): \(result.messages)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("touched")))
        // Elsewhere it is text as any other.
        let text = Self.model("", "").replacing("version: 1", with: "version: 1\nname: x\ndescription: \"${NNC_TEST_SECRET}\"\nx-note: \"${NNC_TEST_SECRET}\"")
        let config = try run(text)
        #expect(config.code == 0 && !config.output.contains("description: fine.csv") && config.output.contains("${NNC_TEST_SECRET}"), "\(config.output)\(config.messages)")
        for place in ["units: \"${NNC_TEST_UNITS}\"", "activation: \"${NNC_TEST_SECRET}\"", "name: \"${NNC_TEST_SECRET}\""] {
            let result = try run(text.replacing("units: 4", with: place))
            #expect(result.code == 2 && !result.messages.contains("fine.csv"), "\(place): \(result.messages)")
        }
    }
}
