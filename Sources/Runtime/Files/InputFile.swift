import Foundation

/// A regular file, read at given places.
public struct InputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    let byteCount: Int

    public init(_ path: String) throws(FileError) {
        self.path = path
        // A pipe in its place must not be waited for.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .current(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(path: path, reason: "is not a regular file")
        }
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(into memory: UnsafeMutableRawPointer, byteCount: Int, at offset: Int) throws(FileError) {
        var done = 0
        while done < byteCount {
            let count = pread(descriptor, memory + done, byteCount - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .current(path) }
            guard count > 0 else { throw FileError(path: path, reason: "ends too early") }
            done += count
        }
    }

    /// All of it. Throws where that is more than `most` bytes.
    public static func contents(_ path: String, most: Int) throws(FileError) -> [UInt8] {
        let file = try InputFile(path)
        guard file.byteCount <= most else { throw FileError(path: path, reason: "has \(file.byteCount) bytes, and no such file is as long as that") }
        return try file.bytes(at: 0, count: file.byteCount)
    }

    func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var bytes = Array(repeating: UInt8(0), count: count)
        try read(into: &bytes, byteCount: count, at: offset)
        return bytes
    }
}
