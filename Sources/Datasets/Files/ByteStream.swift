import CZlib
import Diagnostics
import Kernels

/// The content of a data file from front to back, unpacked on the way where it is packed.
///
/// Neither the packed nor the unpacked file is ever held as a whole.
final class ByteStream {
    static let bufferSize = 1 << 18

    let file: DataPath
    private let stream: gzFile
    /// Content bytes handed out so far.
    private(set) var position = 0

    init(_ file: DataPath) throws(DiagnosticError) {
        self.file = file
        guard let stream = gzopen(file.path, "rb") else {
            throw DiagnosticError(.unreadableDataFile(file.path, reason: "it could not be opened", at: file.named))
        }
        gzbuffer(stream, UInt32(Self.bufferSize))
        self.stream = stream
    }

    deinit { gzclose_r(stream) }

    /// Up to `into.count` bytes; fewer only at the end of the content.
    func read(into bytes: Bytes) throws(DiagnosticError) -> Int {
        var done = 0
        while done < bytes.count {
            let wanted = min(bytes.count - done, 1 << 30)
            let got = Int(gzread(stream, bytes.base + done, UInt32(wanted)))
            try check(got, wanted: wanted)
            if got == 0 { break }
            done += got
        }
        position += done
        return done
    }

    /// The same into an array of less than 2^31 bytes, from its start.
    func read(into bytes: inout [UInt8]) throws(DiagnosticError) -> Int {
        let got = Int(gzread(stream, &bytes, UInt32(bytes.count)))
        try check(got, wanted: bytes.count)
        position += got
        return got
    }

    /// Fills the whole array; false where the content ends before.
    func read(filling bytes: inout [UInt8]) throws(DiagnosticError) -> Bool {
        try read(into: &bytes) == bytes.count
    }

    /// Exactly `count` bytes, or nil where the content ends before.
    func bytes(_ count: Int) throws(DiagnosticError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return try read(filling: &bytes) ? bytes : nil
    }

    /// Whether the content ends here. Only at its end is the checksum of a packed file verified.
    func isAtEnd() throws(DiagnosticError) -> Bool {
        try bytes(1) == nil
    }

    /// The content's length in bytes; a packed file is read through.
    static func contentLength(_ file: DataPath) throws(DiagnosticError) -> Int {
        guard file.isGzip else { return file.byteCount }
        let stream = try ByteStream(file)
        var buffer = [UInt8](repeating: 0, count: bufferSize)
        while try stream.read(into: &buffer) > 0 {}
        return stream.position
    }

    private func check(_ got: Int, wanted: Int) throws(DiagnosticError) {
        // A packed file that was cut off ends early, and says so only when asked.
        if got == wanted { return }
        var code: Int32 = 0
        let text = gzerror(stream, &code).map { String(cString: $0) } ?? ""
        if got >= 0, code == Z_OK || code == Z_STREAM_END { return }
        let reason = code == Z_BUF_ERROR ? "it ends in the middle" : text.isEmpty ? "it cannot be unpacked" : text
        throw file.problem(
            .damagedDataFile, "`\(file.path)` is damaged: \(reason)", help: ["copy or download the file again"])
    }
}
