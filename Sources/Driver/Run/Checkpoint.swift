import Datasets
import Diagnostics
import Estimate
import Foundation
import Runtime

/// All that a run needs to go on, in three files of one name in `checkpoints/`: the weights, which every other command reads too; the other
/// numbers that last; and this, as JSON, which is written last and names the two with their checksums. A checkpoint without it is none.
struct Checkpoint: Codable {
    static let currentVersion = 1

    struct File: Codable, Hashable {
        var name: String
        var bytes: Int
        var sha256: String
    }

    /// Of this record.
    var version = Checkpoint.currentVersion
    /// Without an ending.
    var name: String
    /// Whether it was due; another one was made because the run stopped there.
    var isRegular: Bool
    var weights: File
    var state: File
    /// How much of `metrics.jsonl` had been written.
    var metricsBytes: Int
    /// The same of `metrics.csv`; nil where there is none.
    var metricsTableBytes: Int?
    /// The resolved model file.
    var model: String
    /// Whether layers at the beginning that never change had run once for all examples.
    var hasFront: Bool
    var training: TrainingState
    var interpreter: InterpreterState
    /// Nil where no policy takes units away.
    var units: UnitState?
}

/// Where in a run a checkpoint was made, as its name says: `pretrain-2-step-60` comes before `step-1`.
struct CheckpointName: Comparable, Hashable {
    /// The number of the layer in pre-training, from 1; nil in the training itself.
    var layer: Int?
    var step: Int

    init?(_ text: String) {
        var parts = text.split(separator: "-", omittingEmptySubsequences: false)[...]
        if parts.first == "pretrain", parts.count == 4 {
            guard let layer = Self.number(parts[parts.startIndex + 1]) else { return nil }
            self.layer = layer
            parts = parts.dropFirst(2)
        }
        guard parts.count == 2, parts.first == "step", let last = parts.last, let step = Self.number(last) else { return nil }
        self.step = step
    }

    private static func number(_ text: Substring) -> Int? { text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil }

    var text: String { (layer.map { "pretrain-\($0)-" } ?? "") + "step-\(step)" }

    static func < (a: CheckpointName, b: CheckpointName) -> Bool { (a.layer ?? .max, a.step) < (b.layer ?? .max, b.step) }
}

extension RunDirectory {
    func weightsPath(_ checkpoint: String) -> String { "\(checkpointsPath)/\(checkpoint).safetensors" }
    func statePath(_ checkpoint: String) -> String { "\(checkpointsPath)/\(checkpoint).state.safetensors" }
    func checkpointPath(_ checkpoint: String) -> String { "\(checkpointsPath)/\(checkpoint).json" }

    /// Those that have their JSON, oldest first.
    var checkpointNames: [CheckpointName] { checkpointFiles(".json") }

    private func checkpointFiles(_ ending: String) -> [CheckpointName] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
        return files.compactMap { $0.hasSuffix(ending) ? CheckpointName(String($0.dropLast(ending.count))) : nil }.sorted()
    }

    /// The JSON goes first: what is left then is no checkpoint, but weights at most.
    func removeCheckpoint(_ name: CheckpointName) {
        for path in [checkpointPath(name.text), statePath(name.text), weightsPath(name.text)] { unlink(path) }
    }

    /// Takes away what a process left that was killed while it wrote, and what belongs to steps that will be done anew.
    func removeLeftovers(after last: CheckpointName?) {
        for folder in [path, checkpointsPath] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where OutputFile.isLeftover(name) { unlink("\(folder)/\(name)") }
        }
        let known = Set(checkpointNames), names = known.union(checkpointFiles(".state.safetensors") + checkpointFiles(".safetensors"))
        // Without its JSON it was being written, or being taken away.
        for name in names.sorted() where !known.contains(name) || last.map({ name > $0 }) ?? true { removeCheckpoint(name) }
    }
}

extension Checkpoint.File {
    /// A file as it lies on the disk.
    init(_ path: String) throws(DiagnosticError) {
        let record = try DataFileRecord(of: path)
        self.init(name: (path as NSString).lastPathComponent, bytes: record.byteCount, sha256: record.sha256)
    }
}

/// Numbers that are not finite have words of their own, and all others come back to the bit.
enum CheckpointText {
    /// No run makes one as large as that.
    static let largest = 1 << 28

    static func encode(_ checkpoint: Checkpoint) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(checkpoint), as: UTF8.self) + "\n"
    }

    static func decode(_ data: Data) throws -> Checkpoint {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(Checkpoint.self, from: data)
    }
}
