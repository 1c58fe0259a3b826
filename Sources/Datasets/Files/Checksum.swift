import Crypto
import Diagnostics
import Foundation

/// A file that examples were read from.
public struct DataFileRecord: Sendable, Hashable {
    public let path: String
    public let byteCount: Int
    /// Of the file as it lies on disk, in lower-case hexadecimal.
    public let sha256: String

    init(path: String, byteCount: Int, sha256: String) {
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
    }

    /// Of any file: it is read once, piece by piece.
    public init(of path: String, at location: Location = .nowhere) throws(DiagnosticError) {
        self = try DataPath(Written(path, location)).record()
    }
}

extension DataPath {
    /// Reads the file once, piece by piece.
    func record() throws(DiagnosticError) -> DataFileRecord {
        guard let stream = fopen(path, "rb") else {
            throw DiagnosticError(.unreadableDataFile(path, reason: String(cString: strerror(errno)), at: named))
        }
        defer { fclose(stream) }
        var hash = SHA256()
        var total = 0
        var buffer = [UInt8](repeating: 0, count: ByteStream.bufferSize)
        while true {
            let got = fread(&buffer, 1, buffer.count, stream)
            if got == 0 { break }
            hash.update(data: buffer[..<got])
            total += got
        }
        if ferror(stream) != 0 {
            throw DiagnosticError(.unreadableDataFile(path, reason: "reading it failed", at: named))
        }
        let digits = Array("0123456789abcdef")
        let text = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return DataFileRecord(path: path, byteCount: total, sha256: String(text))
    }
}
