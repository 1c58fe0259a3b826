import Calibration
import Diagnostics
import Estimate
import Foundation
import Kernels
import Runtime

/// Whose seconds a command predicts.
public enum ProfileChoice: Sendable, Hashable {
    /// Nobody's: no seconds are said.
    case none
    /// This machine's, which is measured if it has not been.
    case machine
    /// Those of a file.
    case file(String)

    func load(on console: Console) throws -> MachineProfile? {
        switch self {
        case .none: return nil
        case .file(let path): return try MachineProfile(readingFile: path)
        case .machine:
            if let cached = MachineProfile.cached {
                if cached.isDisturbed { console.write("this machine was busy when it was measured: `nnc calibrate` measures it anew\n", to: .messages) }
                return cached
            }
            console.write("measuring this machine, once: some seconds\n", to: .messages)
            let profile = try MachineProfile.measuredAnew()
            showDiagnostics(profile.keep().map { [$0] } ?? [], on: console)
            return profile
        }
    }
}

extension MachineProfile.Key {
    /// This machine, with all its processors.
    static var here: Self { Self(processor: Machine.processor, blas: blasVersion + " " + blasCore, threads: Machine.processors) }

    /// What its file is called.
    var fileName: String {
        // A name that says something, and a number that tells apart what it leaves out.
        let text = "\(processor)-\(threads)", hash = (processor + blas).utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return directoryName(text.lowercased()) + "-" + String(hash, radix: 16) + ".json"
    }
}

extension MachineProfile {
    static func measured() throws -> MachineProfile {
        let key = Key.here
        return try calibrate(processor: key.processor, blas: key.blas, threads: key.threads)
    }

    /// By a process of its own where that can be: neither is its memory counted as that of a run, nor does it find the memory as a run has left it.
    static func measuredAnew() throws -> MachineProfile { try measuredApart() ?? measured() }

    /// Nil where this program is not the one that can.
    private static func measuredApart() throws -> MachineProfile? {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        guard program.lastPathComponent == "nnc" else { return nil }
        let path = NSTemporaryDirectory() + "nnc-machine-\(ProcessInfo.processInfo.processIdentifier).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = program
        process.arguments = ["calibrate", "--output", path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return try? MachineProfile(readingFile: path)
    }

    /// Nil where the user has no home.
    static func cachePath(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? environment["HOME"].flatMap { $0.isEmpty ? nil : $0 + "/.cache" }
        return base.map { $0 + "/nnc/machines/" + Key.here.fileName }
    }

    /// This machine's, if it has been measured; a file that is not what it should be is as none.
    static var cached: MachineProfile? {
        guard let path = cachePath(), FileManager.default.fileExists(atPath: path), let profile = try? MachineProfile(readingFile: path), profile.machine == Key.here else { return nil }
        return profile
    }

    /// Keeps it for the next time. Where that cannot be, it is measured again then: a warning.
    func keep(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Diagnostic? {
        guard let path = Self.cachePath(environment) else { return nil }
        do {
            try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try write(to: path)
            return nil
        } catch {
            let reason = (error as? FileError)?.reason ?? error.localizedDescription
            return Diagnostic(.profileNotKept, "`\(path)` cannot be written: \(reason)", at: .nowhere)
        }
    }

    func write(to path: String) throws { try OutputFile.write(JSONText.line(self), to: path) }

    /// More than any profile has.
    private static let mostBytes = 64 << 20

    init(readingFile path: String) throws(DiagnosticError) {
        func refuse(_ reason: String, help: [String] = ["`nnc calibrate --output FILE` writes one"]) -> DiagnosticError {
            DiagnosticError(Diagnostic(.profileUnreadable, "the machine profile `\(path)` cannot be used: \(reason)", at: .file(path: path), help: help))
        }
        guard FileManager.default.fileExists(atPath: path) else { throw refuse("there is no such file") }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try InputFile.contents(path, most: Self.mostBytes) } catch { throw refuse("it \(error.asSentence)") }
        // The version first: what else there is depends on it.
        struct Versioned: Decodable { var version: Int }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let versioned = try? JSONText.decode(Versioned.self, from: text) else { throw refuse("it is no JSON with a `version`") }
        guard versioned.version == Self.currentVersion else {
            throw refuse("it is of version \(versioned.version), and this program reads version \(Self.currentVersion)", help: ["measure the machine again, with this program: `nnc calibrate --output FILE`"])
        }
        do { self = try JSONText.decode(MachineProfile.self, from: text) } catch let error as DecodingError { throw refuse(error.words) } catch { throw refuse("it cannot be read") }
        if let problem { throw refuse(problem) }
    }
}

extension DecodingError {
    /// Where it is, and what.
    fileprivate var words: String {
        func place(_ context: Context) -> String { "`" + context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + "`" }
        switch self {
        case .keyNotFound(let key, let context): return "\(context.codingPath.isEmpty ? "it" : place(context)) has no `\(key.stringValue)`"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): return "\(place(context)) is not what it should be"
        case .dataCorrupted(let context): return context.codingPath.isEmpty ? "it is not whole" : "\(place(context)) is no number that can be used"
        @unknown default: return "it cannot be read"
        }
    }
}
