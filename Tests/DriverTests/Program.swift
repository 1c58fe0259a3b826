import Estimate
import Foundation
import TestSupport

@testable import Driver

/// The built program, run as a user does.
struct Program {
    struct Result {
        var code: Int32
        var output: String
        var messages: String
    }

    /// Beside the test bundle.
    static let path: String = {
        var directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            directory = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return directory.appendingPathComponent("nnc").path
    }()

    /// The root of the checkout.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// This machine is measured once, and not by all tests at the same time.
    private static let isMeasured = MachineProfile.cached != nil || (try? start(["calibrate"]))?.code == 0

    static func run(_ arguments: [String], in directory: String = root, environment: [String: String] = [:]) throws -> Result {
        _ = isMeasured
        return try start(arguments, in: directory, environment: environment)
    }

    private static func start(_ arguments: [String], in directory: String = root, environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = try TemporaryFolder()
        for name in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: folder.path(name))) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: folder.path("out"))
        process.standardError = FileHandle(forWritingAtPath: folder.path("err"))
        try process.run()
        process.waitUntilExit()
        return Result(
            // A signal must not look like an exit code.
            code: process.terminationReason == .exit ? process.terminationStatus : 1000 + process.terminationStatus,
            output: String(decoding: FileManager.default.contents(atPath: folder.path("out")) ?? Data(), as: UTF8.self),
            messages: String(decoding: FileManager.default.contents(atPath: folder.path("err")) ?? Data(), as: UTF8.self))
    }
}

/// A small network on made-up data, with places to change.
func sampleModel(
    data: String = "format: synthetic\n  synthetic: { generator: blobs, train: 200, test: 50, features: 4, classes: 3, noise: 0.1 }\n  validation: 10%",
    layers: String = "- { name: h1, type: dense, units: 16, activation: relu }\n    - { name: out, type: dense, units: 3, activation: softmax }",
    train: String = "epochs: 3\n  batch_size: 32\n  loss: cross_entropy\n  optimizer: { type: sgd, learning_rate: 0.1 }\n  metrics: [accuracy]"
) -> String {
    """
    version: 1
    name: sample
    seed: 5
    data:
      \(data)
    model:
      layers:
        \(layers)
    train:
      \(train)
    output: { directory: runs }

    """
}
