import Diagnostics
import Estimate
import Foundation
import Runtime

/// The directory that a run leaves behind. Every file in it is whole at any time.
public struct RunDirectory: Sendable {
    public let path: String

    public var modelPath: String { path + "/model.yaml" }
    public var resolvedPath: String { path + "/model.resolved.yaml" }
    public var recordPath: String { path + "/run.json" }
    public var metricsPath: String { path + "/metrics.jsonl" }
    public var checkpointsPath: String { path + "/checkpoints" }
    public var finalWeightsPath: String { checkpointsPath + "/final.safetensors" }

    /// An existing one.
    public init(path: String) { self.path = path }

    /// Makes the directory that `--output` names: it must not exist, or be empty.
    public static func create(at path: String) throws(DiagnosticError) -> RunDirectory {
        let run = RunDirectory(path: path)
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else {
                throw DiagnosticError(Diagnostic(.outputNotWritable, "`\(path)` is there already, and no directory", at: .file(path: path)))
            }
            let contents: [String]
            do { contents = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
                throw unwritable(path, reason: "it cannot be listed")
            }
            guard contents.isEmpty else {
                throw DiagnosticError(Diagnostic(
                    .outputNotEmpty, "`\(path)` is not empty", at: .file(path: path),
                    help: ["a run never writes over what is there: name a new directory"]))
            }
        }
        try run.makeDirectories()
        return run
    }

    /// Makes `<directory>/<name>-<number>`, with the first number that is free.
    public static func create(below directory: String, name: String) throws(DiagnosticError) -> RunDirectory {
        try makeDirectory(directory)
        var taken = 0
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] where entry.hasPrefix(name + "-") {
            // A name that only looks like that of a run may have any number.
            if let number = Int(entry.dropFirst(name.count + 1)), number < 1 << 40 { taken = max(taken, number) }
        }
        // Two runs may start at the same moment: whoever makes the directory has the number.
        for number in (taken + 1)...(taken + 100) {
            let run = RunDirectory(path: "\(directory)/\(name)-\(number)")
            if mkdir(run.path, 0o777) == 0 {
                try run.makeDirectories()
                return run
            }
            guard errno == EEXIST else { throw unwritable(run.path, reason: String(cString: strerror(errno))) }
        }
        throw unwritable(directory, reason: "no free name was found")
    }

    private func makeDirectories() throws(DiagnosticError) {
        try Self.makeDirectory(path)
        try Self.makeDirectory(checkpointsPath)
        // A file system may be read-only or full: better now than after an hour.
        do { try OutputFile.write("", to: metricsPath) } catch { throw Self.unwritable(path, reason: error.reason) }
    }

    private static func makeDirectory(_ path: String) throws(DiagnosticError) {
        // From the root down, so that the message names what could not be made.
        var current = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            current += (current.isEmpty || current == "/" ? "" : "/") + part
            guard mkdir(current, 0o777) != 0 else { continue }
            let reason = String(cString: strerror(errno))
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: current, isDirectory: &isDirectory), isDirectory.boolValue else {
                throw unwritable(current, reason: reason)
            }
        }
    }

    static func unwritable(_ path: String, reason: String) -> DiagnosticError {
        DiagnosticError(Diagnostic(.outputNotWritable, "cannot write `\(path)`: \(reason)", at: .file(path: path)))
    }

    static func failed(_ error: FileError) -> DiagnosticError {
        DiagnosticError(Diagnostic(.writeFailed, "cannot write `\(error.path)`: \(error.reason)", at: .file(path: error.path)))
    }

    // MARK: contents

    /// No run writes more into one file of text.
    static let longestText = 1 << 30

    /// What `run.json` says.
    public func readRecord() throws(DiagnosticError) -> RunRecord {
        func incomplete(_ reason: String) -> DiagnosticError {
            DiagnosticError(Diagnostic(
                .runIncomplete, "`\(path)` is no run directory: \(reason)", at: .file(path: recordPath),
                help: ["`nnc train` prints the directory of the run at its end"]))
        }
        guard let bytes = try? InputFile.contents(recordPath, most: Self.longestText) else { throw incomplete("it has no readable `run.json`") }
        guard let record = try? JSONText.decode(RunRecord.self, from: String(decoding: bytes, as: UTF8.self)) else { throw incomplete("its `run.json` is damaged, or of another version") }
        guard (1...1024).contains(record.threads) else { throw incomplete("its `run.json` says that it trained on \(record.threads) threads") }
        return record
    }

    /// The lines of `metrics.jsonl`, as far as they can be read: the last one of a killed run may be half a line.
    public var metricsLines: [MetricsLine] {
        guard let bytes = try? InputFile.contents(metricsPath, most: Self.longestText) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { try? JSONText.decode(MetricsLine.self, from: String($0)) }
    }

    func metricsBytes() throws(FileError) -> Int {
        var status = stat()
        guard stat(metricsPath, &status) == 0 else { throw FileError(path: metricsPath, reason: String(cString: strerror(errno))) }
        return Int(status.st_size)
    }

    /// Drops what was written after a checkpoint. False where there is less than it knew of.
    func cutMetrics(to bytes: Int) throws(DiagnosticError) -> Bool {
        let data = (try? InputFile.contents(metricsPath, most: .max)) ?? []
        if data.count > bytes { try write(String(decoding: data.prefix(bytes), as: UTF8.self), to: metricsPath) }
        return data.count >= bytes
    }

    public func write(_ text: String, to path: String) throws(DiagnosticError) {
        do { try OutputFile.write(text, to: path) } catch { throw Self.failed(error) }
    }

    public func write(_ record: RunRecord) throws {
        try write(try JSONText.pretty(record), to: recordPath)
    }
}
