import Diagnostics
import Estimate
import Foundation
import Graph
import Runtime

@testable import Driver

/// What a run leaves behind, and what is read from elsewhere before one begins. The first byte of each input says how the rest is read.
let runTargets = [
    Target(name: "safetensors", seeds: tensorFiles, words: { ["F32", "I64", "BF16", "data_offsets", "dtype", "shape", "__metadata__", "[0,16]", "9223372036854775807", "-1", "1e3"] }, run: { try readTensors($0) }),
    Target(name: "checkpoint", seeds: checkpointTexts, words: { try keys(checkpointTexts()) }, prepare: { _ = Stopped.runs }, run: { try goOn($0, from: .text) }),
    Target(name: "state", seeds: checkpointStates, words: { try keys(checkpointStates()) }, prepare: { _ = Stopped.runs }, run: { try goOn($0, from: .numbers) }),
    Target(name: "run", seeds: runTexts, words: { try keys(runTexts()) }, prepare: { _ = Stopped.runs }, run: { try readRun($0) }),
    Target(name: "profile", seeds: profiles, words: { try keys(profiles()) }, prepare: { _ = timed }, run: { try readProfile($0) }),
]

private let hostileNumbers = ["-1", "1e300", "9223372036854775807", "-9223372036854775808", "0", "null", "\"nan\"", "\"inf\"", "[]", "{}", "true", "1e-320"]

private func keys(_ texts: [[UInt8]]) throws -> [String] {
    texts.flatMap { String(decoding: $0, as: UTF8.self).matches(of: /"[a-z_0-9@.\/]+"/).map { String($0.output) } } + hostileNumbers
}

// MARK: safetensors

private let weighted = """
    version: 1
    data: { format: synthetic, synthetic: { generator: blobs, train: 20, test: 5, features: 2, classes: 2 } }
    model:
      weights: w.safetensors
      layers:
        - { name: h, type: dense, units: 2, activation: relu }
        - { name: out, type: dense, units: 2, activation: softmax }
    train: { epochs: 1, batch_size: 8, loss: cross_entropy, optimizer: sgd }

    """

@Sendable private func tensorFiles() throws -> [[UInt8]] {
    let path = Scratch.path + "/seed.safetensors"
    func made(_ tensors: [NamedTensor]) throws -> [UInt8] {
        try Safetensors.write(tensors, metadata: [("name", "seed")], to: path)
        return [UInt8](FileManager.default.contents(atPath: path) ?? Data())
    }
    let fitting = try made([
        NamedTensor("h.kernel", .float32, [2, 2], .bits([1, 2, 3, 4])), NamedTensor("h.bias", .float32, [2], .bits([0, 0])),
        NamedTensor("out.kernel", .float32, [2, 2], .bits([1, 2, 3, 4])), NamedTensor("other", .int32, [0, 3], .bits([])),
    ])
    let headers = [
        #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"U8","shape":[240],"data_offsets":[16,256]}}"#,
        #"{"__metadata__":{"a":"b"},"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[4,31],"data_offsets":[8,256]}}"#,
        #"{"a":{"dtype":"F32","shape":[64],"data_offsets":[0,256]},"a":{"dtype":"F32","shape":[64],"data_offsets":[0,256]}}"#,
    ]
    return [[0] + fitting, [2] + fitting] + headers.map { [1] + Array($0.utf8) }
}

private func readTensors(_ input: [UInt8]) throws {
    guard let ways = input.first else { return }
    var bytes = Array(input.dropFirst())
    if ways & 1 == 1 {
        // A header alone: its length comes before it, and 256 bytes behind it.
        bytes = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes + Array(repeating: 1, count: 256)
    }
    let path = Scratch.write("w.safetensors", bytes)
    if ways & 2 == 2 {
        let model = Scratch.write("weighted.yaml", weighted)
        let checked = checkModel(model, threads: 1, readsWeights: true)
        if checked.prepared != nil { _ = try train(TrainingOptions(file: model, threads: 1, dryRunSteps: 1, progress: .none), console: .silent) }
        return
    }
    let file = try Safetensors(path: path)
    var end = 0
    for tensor in file.tensors {
        mustHold(tensor.range.lowerBound == end && tensor.range.upperBound >= end, "tensors overlap")
        end = tensor.range.upperBound
        _ = try? file.numbers(tensor)
        _ = try? file.bits(tensor)
    }
    mustHold(end <= bytes.count, "tensors lie outside of the file")
    mustHold(Set(file.tensors.map(\.name)).count == file.tensors.count, "two tensors have one name")
}

// MARK: checkpoints

/// Runs that were stopped in pre-training and in training, whose files are changed one at a time.
private enum Stopped {
    static let text = """
        version: 1
        seed: 3
        data: { format: synthetic, synthetic: { generator: blobs, train: 60, test: 10, features: 4, classes: 2, noise: 0.4 }, validation: 20%, normalize: zscore }
        model:
          layers:
            - { name: h1, type: dense, units: 8, activation: sigmoid, policy: { neurons: { type: shrink_recall, keep: 50%, score: activity, every: 2 steps, recall: 1 steps, final_recall: 1 steps, probe: 16 } } }
            - { name: out, type: dense, units: 2, activation: softmax }
        train: { epochs: 2, batch_size: 16, loss: cross_entropy, optimizer: { type: adam }, metrics: [auc], pretrain: { type: rbm, epochs: 1, visible: gaussian, batch_size: 16 }, checkpoint: { every: 1 steps, keep: 1, best: validation.loss }, threads: 1 }

        """

    final class Counter: @unchecked Sendable {
        var left: Int
        init(_ left: Int) { self.left = left }
        func ask() -> Bool { left -= 1; return left <= 0 }
    }

    /// The files of a run directory, by their paths in it.
    struct Files: Sendable {
        var name: String
        var files: [(path: String, bytes: [UInt8])]
        var checkpoint: Checkpoint?

        /// Puts them where a run may go on.
        func place() -> RunDirectory {
            let run = RunDirectory(path: Scratch.path + "/run")
            try? FileManager.default.removeItem(atPath: run.path)
            try? FileManager.default.createDirectory(atPath: run.checkpointsPath, withIntermediateDirectories: true)
            for (path, bytes) in files { Scratch.write("run/" + path, bytes) }
            return run
        }

        subscript(path: String) -> [UInt8] { files.first { $0.path == path }?.bytes ?? [] }
    }

    static let runs: [Files] = [2, 5, 8].compactMap { steps in
        let file = Scratch.write("stopped.yaml", text), counter = Counter(steps)
        let place = Scratch.path + "/stopped"
        try? FileManager.default.removeItem(atPath: place)
        var options = TrainingOptions(file: file, threads: 1, output: place, progress: .none)
        options.isStopRequested = { counter.ask() }
        guard (try? train(options, console: .silent)) != nil, let name = RunDirectory(path: place).checkpointNames.last?.text else { return nil }
        let names = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String }.sorted() ?? []
        let files = names.compactMap { path -> (String, [UInt8])? in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: place + "/" + path, isDirectory: &isFolder), !isFolder.boolValue else { return nil }
            return (path, [UInt8](FileManager.default.contents(atPath: place + "/" + path) ?? Data()))
        }
        let found = Files(name: name, files: files)
        return Files(name: name, files: files, checkpoint: try? CheckpointText.decode(Data(found["checkpoints/\(name).json"])))
    }
}

private enum Changed { case text, numbers }

@Sendable private func checkpointTexts() throws -> [[UInt8]] { Stopped.runs.enumerated().map { [UInt8($0)] + $1["checkpoints/\($1.name).json"] } }

@Sendable private func checkpointStates() throws -> [[UInt8]] {
    Stopped.runs.enumerated().flatMap { index, run in
        [[UInt8(index)] + run["checkpoints/\(run.name).state.safetensors"], [UInt8(index + 128)] + run["checkpoints/\(run.name).safetensors"]]
    }
}

private func goOn(_ input: [UInt8], from changed: Changed) throws {
    guard let first = input.first, !Stopped.runs.isEmpty else { return }
    let stopped = Stopped.runs[Int(first & 127) % Stopped.runs.count], run = stopped.place(), bytes = Array(input.dropFirst())
    switch changed {
    case .text: Scratch.write("run/checkpoints/\(stopped.name).json", bytes)
    case .numbers:
        guard var checkpoint = stopped.checkpoint else { return }
        Scratch.write("run/checkpoints/\(stopped.name)\(first & 128 == 0 ? ".state" : "").safetensors", bytes)
        checkpoint.weights = try Checkpoint.File(run.weightsPath(stopped.name))
        checkpoint.state = try Checkpoint.File(run.statePath(stopped.name))
        Scratch.write("run/checkpoints/\(stopped.name).json", try CheckpointText.encode(checkpoint))
    }
    try resume(run)
}

/// It goes on, or says why not.
private func resume(_ run: RunDirectory) throws {
    do { _ = try train(TrainingOptions(resume: run.path, force: true, threads: 1, progress: .none), console: .silent) } catch {
        let found = CommandFailure(error).diagnostics
        mustHold(!found.isEmpty && found.allSatisfy { $0.kind != .internalFault }, "\(found.map(\.message))")
    }
}

// MARK: run.json and metrics.jsonl

private let texts = ["run.json", "metrics.jsonl"]

@Sendable private func runTexts() throws -> [[UInt8]] {
    Stopped.runs.enumerated().flatMap { index, run in texts.enumerated().map { [UInt8(2 * index + $0)] + run[$1] } }
}

private func readRun(_ input: [UInt8]) throws {
    guard let first = input.first, !Stopped.runs.isEmpty else { return }
    let stopped = Stopped.runs[Int(first >> 1) % Stopped.runs.count], run = stopped.place()
    Scratch.write("run/" + texts[Int(first & 1)], Array(input.dropFirst()))
    for format in EvaluationFormat.allCases { _ = try? inspectRun(run.path, format: format) }
    _ = try? endedRun(run.path, force: first & 2 == 2)
    try resume(run)
}

// MARK: profiles of machines

@Sendable private func profiles() throws -> [[UInt8]] {
    // The whole one is too long to be changed often.
    let whole = try files(["Tests/Golden/Machines"], ".json")
    let small = try whole.map { bytes -> [UInt8] in
        var profile = try JSONText.decode(MachineProfile.self, from: String(decoding: bytes, as: UTF8.self))
        profile.operations = profile.operations.filter { ["dense", "softmax_cross_entropy", "adam"].contains($0.name) || $0.points.count == 1 }.prefix(4).map { MachineProfile.Operation(name: $0.name, points: Array($0.points.prefix(2))) }
        return Array(try JSONText.pretty(profile).utf8)
    }
    return (small + whole).map { [0] + $0 }
}

private let timed = checkModel(SourceText(path: Scratch.path + "/stopped.yaml", text: Stopped.text), threads: 2).prepared

private func readProfile(_ input: [UInt8]) throws {
    let profile = try MachineProfile(readingFile: Scratch.write("profile.json", Array(input.dropFirst())))
    guard var prepared = timed else { return }
    for threads in [1, 3, profile.machine.threads] {
        prepared.pace = Pace(profile, threads: threads)
        let estimate = prepared.estimate
        _ = EstimateReport(estimate, dense: prepared.denseEstimate, choices: prepared.unitChoices).table(width: 100)
        _ = try EstimateReport(estimate, dense: nil, choices: []).json()
        _ = prepared.advice
    }
}
