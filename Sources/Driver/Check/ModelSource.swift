import Diagnostics
import Foundation
import Syntax

/// Reads a model file's bytes, or says in one diagnostic why it cannot be.
public func readModelSource(_ path: String) throws(DiagnosticError) -> SourceText {
    func problem(_ message: String, help: [String] = []) -> DiagnosticError {
        DiagnosticError(Diagnostic(.modelFileUnreadable, message, at: .file(path: path), help: help))
    }
    var status = stat()
    // A NUL would cut the name short for the system, which would then open another file.
    guard !path.isEmpty, !path.utf8.contains(0) else { throw problem("a file name is empty or holds a NUL") }
    guard stat(path, &status) == 0 else {
        let reason = errno == ENOENT ? "there is no file `\(path)`" : "cannot open `\(path)`: \(String(cString: strerror(errno)))"
        throw problem(reason, help: errno == ENOENT ? nearbyFiles(path) : [])
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw problem("`\(path)` is a directory", help: modelFiles(in: path)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw problem("`\(path)` is not a regular file") }
    guard status.st_size <= SyntaxLimits.fileSize else {
        throw DiagnosticError(Diagnostic(
            .fileTooLarge, "`\(path)` has \(status.st_size) bytes; a model file has at most \(SyntaxLimits.fileSize)", at: .file(path: path)))
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
        throw problem("cannot open `\(path)`: \(String(cString: strerror(errno)))")
    }
    defer { try? handle.close() }
    // It may have grown since it was looked at.
    guard let data = try? handle.read(upToCount: SyntaxLimits.fileSize) else { return SourceText(path: path, bytes: []) }
    return SourceText(path: path, bytes: Array(data))
}

/// Model files beside a path that does not exist.
private func nearbyFiles(_ path: String) -> [String] {
    let directory = (path as NSString).deletingLastPathComponent
    return modelFiles(in: directory.isEmpty ? "." : directory)
}

private func modelFiles(in directory: String) -> [String] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    return names.isEmpty ? [] : ["there is " + names.sorted().prefix(5).map { "`\($0)`" }.joined(separator: ", ")]
}
