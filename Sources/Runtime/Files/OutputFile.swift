import Foundation

/// What went wrong with a file, in the system's words.
public struct FileError: Error, Sendable, Hashable {
    public let path: String
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    static func current(_ path: String) -> FileError { FileError(path: path, reason: String(cString: strerror(errno))) }
}

/// A file that appears whole or not at all: written under another name, flushed to the disk, then renamed.
public struct OutputFile: ~Copyable {
    private let path: String
    private let temporary: String
    private var descriptor: Int32

    public init(_ path: String) throws(FileError) {
        self.path = path
        temporary = path + ".\(getpid()).partial"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .current(path) }
    }

    /// Writes `byteCount` bytes from memory that stays valid during the call.
    public mutating func write(_ memory: UnsafeRawPointer, byteCount: Int) throws(FileError) {
        var done = 0
        while done < byteCount {
            let written = Glibc.write(descriptor, memory + done, byteCount - done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw written == 0 ? FileError(path: path, reason: "nothing could be written") : .current(path) }
            done += written
        }
    }

    public mutating func write(_ bytes: [UInt8]) throws(FileError) { try write(bytes, byteCount: bytes.count) }

    /// Flushes, closes and gives the file its name. Without this call nothing is left behind.
    public mutating func finish() throws(FileError) {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw .current(path) }
        close(descriptor)
        descriptor = -1
        // Without it a power failure may take the new name away again.
        Self.flushDirectory(of: path)
    }

    /// Not every file system can; where it cannot, the names were never safer.
    private static func flushDirectory(of path: String) {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// What a process that was killed has left of files that it was writing.
    public static func isLeftover(_ name: String) -> Bool { name.hasSuffix(".partial") }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    public static func write(_ text: String, to path: String) throws(FileError) {
        var file = try OutputFile(path)
        try file.write(Array(text.utf8))
        try file.finish()
    }

    /// Adds a line to a file that others may be reading: one write, flushed.
    public static func append(_ text: String, to path: String) throws(FileError) { try append(Array(text.utf8), to: path) }

    public static func append(_ bytes: [UInt8], to path: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .current(path) }
        defer { close(descriptor) }
        let written = Glibc.write(descriptor, bytes, bytes.count)
        guard written >= 0 else { throw .current(path) }
        guard written == bytes.count else { throw FileError(path: path, reason: "only \(written) of \(bytes.count) bytes could be written") }
        guard fsync(descriptor) == 0 else { throw .current(path) }
    }
}
