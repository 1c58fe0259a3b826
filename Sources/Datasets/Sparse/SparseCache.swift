import Crypto
import Diagnostics
import Foundation
import Kernels

/// What tells without reading it that a file is another one than before.
struct FileStamp: Sendable, Hashable {
    var byteCount: Int
    var seconds: Int
    var nanoseconds: Int

    /// Whether a change from now on must give the file another time. Times are those of the last tick of a clock, so two changes in a
    /// short time may have the same.
    var isSettled: Bool { seconds < time(nil) - 2 }

    /// That of no file.
    var unknown: FileStamp { FileStamp(byteCount: byteCount, seconds: 0, nanoseconds: -1) }
}

extension FileStamp {
    /// Nil where there is no such file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(byteCount: Int(status.st_size), seconds: Int(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec))
    }
}

/// `FILE.nnc-cache`: the arrays of a sparse text file as they lie in memory, with what tells whether they are those of the file.
///
/// A header of 24 words of 64 bits, the arrays, and the SHA-256 of both. Words are in the machine's own order, which the first one tells.
/// Nothing in it is trusted: a file that is not exactly so is passed over and written anew.
struct SparseCache {
    /// "nncspars" where the lowest byte comes first.
    private static let magic: Int64 = 0x7372_6170_7363_6E6E
    private static let version: Int64 = 2
    private static let headerBytes = 24 * 8
    private static let digestBytes = 32
    private static let chunk = 1 << 20

    let path: String
    private let source: DataPath
    private let options: [Int64]

    init(_ source: DataPath, _ format: SparseRequest.Format) {
        self.source = source
        path = source.path + ".nnc-cache"
        options = switch format {
        case .xc: [0, 0, -1, -1]
        case .libsvm(let given): [1, (given.countsFromZero ? 0 : 1) + 2 * Int64(given.firstLabel), Int64(given.features ?? -1), Int64(given.labels ?? -1)]
        }
    }

    /// The header of a cache that seems to be whole.
    struct Stored {
        var stamp: FileStamp
        var sha256: String
        var extents: SparseExtents
    }

    func stored() -> Stored? {
        guard let (descriptor, stored) = openStored() else { return nil }
        close(descriptor)
        return stored
    }

    /// Reads the header, and holds its sizes against that of the file.
    private func openStored() -> (Int32, Stored)? {
        // A pipe in its place must not be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let header = Arena(byteCount: Self.headerBytes),
            receive(header.bytes, descriptor),
            let stored = decoded(header.strip(offset: 0, count: Self.headerBytes / 8)),
            Int(status.st_size) == stored.extents.sizes.byteCount.addingSaturating(Self.headerBytes + Self.digestBytes)
        else {
            close(descriptor)
            return nil
        }
        return (descriptor, stored)
    }

    /// The examples, where the cache is whole. Throws where they do not fit into memory.
    func examples(_ expected: Stored) throws(DiagnosticError) -> SparseExamples? {
        guard let (descriptor, stored) = openStored() else { return nil }
        defer { close(descriptor) }
        // Another program may have replaced it.
        guard stored.sha256 == expected.sha256 else { return nil }
        let arrays = try SparseArrays(stored.extents.sizes, for: source.named)
        guard let header = encoded(stored), let trailer = Arena(byteCount: Self.digestBytes) else { return nil }
        var hash = SHA256()
        hash.update(header.bytes)
        let bytes = arrays.arena.bytes
        for start in stride(from: 0, to: bytes.count, by: Self.chunk) {
            let part = bytes[start..<min(start + Self.chunk, bytes.count)]
            guard receive(part, descriptor) else { return nil }
            hash.update(part)
        }
        let digest = trailer.bytes[0..<Self.digestBytes]
        guard receive(digest, descriptor), hash.finalize().enumerated().allSatisfy({ digest[$0.offset] == $0.element }),
            arrays.isSound(features: stored.extents.features, labelCount: stored.extents.labelCount)
        else { return nil }
        let examples = SparseExamples(arrays, features: stored.extents.features, labelCount: stored.extents.labelCount)
        return examples.extents == stored.extents ? examples : nil
    }

    /// Writes the cache under another name first, so that it is there whole or not at all. Where it cannot be written, for lack of
    /// permission or of room, there is none.
    func write(_ examples: SparseExamples, stamp: FileStamp, sha256: String) {
        let stored = Stored(stamp: stamp.isSettled ? stamp : stamp.unknown, sha256: sha256, extents: examples.extents)
        guard let header = encoded(stored), let trailer = Arena(byteCount: Self.digestBytes) else { return }
        var name = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { return }
        var hash = SHA256()
        var isWritten = send(header.bytes, descriptor)
        hash.update(header.bytes)
        let bytes = examples.arrays.arena.bytes
        for start in stride(from: 0, to: bytes.count, by: Self.chunk) where isWritten {
            let part = bytes[start..<min(start + Self.chunk, bytes.count)]
            hash.update(part)
            isWritten = send(part, descriptor)
        }
        let digest = trailer.bytes[0..<Self.digestBytes]
        for (index, byte) in hash.finalize().enumerated() { digest[index] = byte }
        var status = stat()
        // Who may read the file may read what is made of it.
        let mode = stat(source.path, &status) == 0 ? status.st_mode & 0o666 | 0o600 : 0o600
        isWritten = isWritten && send(digest, descriptor) && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0
        isWritten = close(descriptor) == 0 && isWritten
        if !isWritten || rename(name, path) != 0 { unlink(name) }
    }

    // MARK: The header

    private func encoded(_ stored: Stored) -> Arena? {
        guard let arena = Arena(byteCount: Self.headerBytes) else { return nil }
        let stamp = stored.stamp, extents = stored.extents, sizes = extents.sizes
        let numbers = [
            stamp.byteCount, stamp.seconds, stamp.nanoseconds, sizes.count, sizes.values, sizes.labels, extents.features, extents.labelCount,
            extents.maxRowLength, extents.maxLabelCount,
        ]
        let digits = Array(stored.sha256.utf8)
        let hash = stride(from: 0, to: digits.count, by: 16).map { start in
            Int64(bitPattern: UInt64(String(decoding: digits[start..<min(start + 16, digits.count)], as: UTF8.self), radix: 16) ?? 0)
        }
        let words: Strip<Int64> = arena.strip(offset: 0, count: Self.headerBytes / 8)
        for (index, word) in ([Self.magic, Self.version] + options + numbers.map { Int64($0) } + hash).prefix(words.count).enumerated() { words[index] = word }
        return arena
    }

    private func decoded(_ words: Strip<Int64>) -> Stored? {
        guard words[0] == Self.magic, words[1] == Self.version, (0..<4).allSatisfy({ words[2 + $0] == options[$0] }) else { return nil }
        let numbers = (0..<10).map { Int(words[6 + $0]) }
        let most = Int(Int32.max)
        guard (1...most).contains(numbers[3]), numbers[4] >= 0, numbers[5] >= 0, (0...most).contains(numbers[6]), (0...most).contains(numbers[7]),
            (0...min(numbers[4], numbers[6])).contains(numbers[8]), (0...min(numbers[5], numbers[7])).contains(numbers[9]),
            (20..<24).allSatisfy({ words[$0] == 0 })
        else { return nil }
        let hash = (16..<20).map { word in
            let digits = String(UInt64(bitPattern: words[word]), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return Stored(
            stamp: FileStamp(byteCount: numbers[0], seconds: numbers[1], nanoseconds: numbers[2]), sha256: hash.joined(),
            extents: SparseExtents(
                sizes: SparseSizes(count: numbers[3], values: numbers[4], labels: numbers[5]), features: numbers[6], labelCount: numbers[7],
                maxRowLength: numbers[8], maxLabelCount: numbers[9]))
    }
}

extension Arena {
    /// All of it.
    fileprivate var bytes: Bytes { strip(offset: 0, count: byteCount) }
}

extension SHA256 {
    fileprivate mutating func update(_ bytes: Bytes) {
        update(data: Data(bytesNoCopy: bytes.base, count: bytes.count, deallocator: .none))
    }
}

/// Fills all of `bytes` from a file; false where it ends before.
private func receive(_ bytes: Bytes, _ descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
        let got = read(descriptor, bytes.base + done, bytes.count - done)
        if got < 0, errno == EINTR { continue }
        if got <= 0 { return false }
        done += got
    }
    return true
}

private func send(_ bytes: Bytes, _ descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
        let put = write(descriptor, bytes.base + done, bytes.count - done)
        if put < 0, errno == EINTR { continue }
        if put <= 0 { return false }
        done += put
    }
    return true
}
