@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

@Suite struct SparseCacheTests {
    let files = TestFiles()

    func cache(_ request: SparseRequest) -> String { request.file.value + ".nnc-cache" }

    /// Files in the directory, by name.
    func names() -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: files.directory.path)) ?? []).sorted() }

    /// As if the file had been written so many seconds ago.
    func age(_ path: String, _ seconds: Double) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    @Test(arguments: [0.0, 100.0])
    func theSecondTimeItIsReadFromTheCache(_ seconds: Double) throws {
        let request = files.xc(xcText(examples: 50, features: 90, labels: 30, seed: 1), cached: true)
        try age(request.file.value, seconds)
        let first = try open(request)
        #expect(first.origin == .text && names() == ["x.txt", "x.txt.nnc-cache"])
        let second = try open(request)
        #expect(second.origin == .cache)
        #expect(SparseRows(second.examples) == SparseRows(first.examples))
        #expect(second.examples.maxRowLength == first.examples.maxRowLength && second.examples.byteCount == first.examples.byteCount)
        #expect(second.record == first.record)
        #expect(try open(SparseRequest(request.file, .xc, isCached: false)).origin == .text)
    }

    @Test func anotherContentIsReadAnew() throws {
        let request = files.xc("1 5 4\n0 1:1\n", cached: true)
        #expect(try open(request).origin == .text)
        // Of the same size, within the same tick of the clock.
        files.xc("1 5 4\n0 1:2\n")
        let second = try open(request)
        #expect(second.origin == .text && SparseRows(second.examples).values == [[2]])
        #expect(try open(request).origin == .cache)
        files.xc("2 5 4\n0 1:1\n1 1:1\n")
        #expect(try open(request).examples.count == 2)
        // An error is not hidden by what was right before.
        files.xc("2 5 4\n0 1:1\n1 1:x\n")
        #expect(sparseProblems(request) == ["NNC0379 3:5"])
    }

    @Test func onlyTheTimeIsAnother() throws {
        let request = files.xc("1 5 4\n0 1:1\n", cached: true)
        try age(request.file.value, 500)
        #expect(try open(request).origin == .text)
        let before = files.bytes(Written(cache(request)))
        try age(request.file.value, 300)
        #expect(try open(request).origin == .cache)
        // The new time stands in it now.
        let after = files.bytes(Written(cache(request)))
        #expect(after.count == before.count && after != before)
        #expect(try open(request).origin == .cache)
        #expect(files.bytes(Written(cache(request))) == after)
    }

    @Test func otherOptionsAreReadAnew() throws {
        let file = files.write("x.svm", text: "1 1:1\n0 2:3\n")
        func opened(_ options: SparseRequest.LibSVM) throws -> SparseFile { try open(SparseRequest(file, .libsvm(options))) }
        #expect(try opened(.init()).examples.features == 2)
        #expect(try opened(.init()).origin == .cache)
        let second = try opened(.init(countsFromZero: true))
        #expect(second.origin == .text && second.examples.features == 3)
        #expect(try opened(.init(features: 7)).examples.features == 7)
        #expect(try opened(.init(features: 7)).origin == .cache)
        #expect(try opened(.init(features: 8, labels: 3)).examples.labelCount == 3)
        #expect(sparseProblems(SparseRequest(file, .xc)) == ["NNC0378 1:3"])
    }

    @Test func whateverIsDamagedIsBuiltAnew() throws {
        let request = files.xc(xcText(examples: 40, features: 90, labels: 30, seed: 2), cached: true)
        try age(request.file.value, 100)
        let wanted = SparseRows(try open(request).examples)
        let whole = files.bytes(Written(cache(request)))
        var broken: [[UInt8]] = stride(from: 0, to: whole.count, by: 64).flatMap { place -> [[UInt8]] in
            var flipped = whole, zeroed = whole
            flipped[place] ^= 0x40
            zeroed.replaceSubrange(place..<min(place + 64, whole.count), with: [UInt8](repeating: 0xFF, count: min(64, whole.count - place)))
            return [flipped, zeroed, Array(whole[..<place])]
        }
        broken += [Array(whole.dropLast()), whole + [0], whole + whole, [], [7], Array(repeating: 255, count: whole.count)]
        for (index, bytes) in broken.enumerated() {
            files.write("x.txt.nnc-cache", bytes)
            let found = try open(request)
            #expect(found.origin == .text && SparseRows(found.examples) == wanted, "\(index)")
            #expect(files.bytes(Written(cache(request))) == whole, "\(index)")
        }
        files.write("x.txt.nnc-cache", whole)
        #expect(try open(request).origin == .cache)
    }

    /// Headers whose sizes the file does not have, and contents with the right checksum that are not what they should be.
    @Test func whatLiesIsBuiltAnew() throws {
        let request = files.xc("2 9 5\n1,3 0:1 4:2\n2 8:3\n", cached: true)
        try age(request.file.value, 100)
        let first = try open(request)
        let whole = files.bytes(Written(cache(request)))
        for word in 6..<14 {
            for lie in [Int64.max, Int64.min, -1, 1 << 40, Int64(Int32.max) + 1] {
                var bytes = whole
                bytes.replaceSubrange(8 * word..<8 * word + 8, with: little(lie))
                files.write("x.txt.nnc-cache", bytes)
                #expect(SparseRows(try open(request).examples) == SparseRows(first.examples), "word \(word): \(lie)")
            }
        }
        let path = try DataPath(request.file)
        let cache = SparseCache(path, .xc)
        let stamp = try #require(FileStamp(path.path))
        func arrays(_ change: (SparseArrays) -> Void) throws -> SparseExamples {
            let copy = try SparseArrays(first.examples.arrays.sizes, for: .nowhere)
            copy.arena.strip(UInt8.self, offset: 0, count: copy.arena.byteCount).copy(from: first.examples.arrays.arena.strip(offset: 0, count: copy.arena.byteCount))
            change(copy)
            return SparseExamples(copy, features: 9, labelCount: 5)
        }
        let changes: [(SparseArrays) -> Void] = [
            { $0.columns[0] = 9 }, { $0.columns[0] = -1 }, { $0.columns[1] = 0 }, { $0.labels[0] = 4 }, { $0.labels[2] = 5 }, { $0.values[0] = .nan },
            { $0.values[2] = .infinity }, { $0.rowStarts[0] = -1 }, { $0.rowStarts[1] = 4 }, { $0.rowStarts[2] = 2 }, { $0.labelStarts[1] = -3 },
        ]
        for (index, change) in changes.enumerated() {
            cache.write(try arrays(change), stamp: stamp, sha256: first.record.sha256)
            let found = try open(request)
            #expect(found.origin == .text && SparseRows(found.examples) == SparseRows(first.examples), "\(index)")
        }
        cache.write(try arrays { _ in }, stamp: stamp, sha256: first.record.sha256)
        #expect(try open(request).origin == .cache)
    }

    @Test func whereNoneCanBeWrittenThereIsNone() throws {
        // A directory in its place.
        let request = files.xc("1 5 4\n0 1:1\n", cached: true)
        try FileManager.default.createDirectory(atPath: cache(request), withIntermediateDirectories: true)
        #expect(try open(request).origin == .text)
        #expect(try open(request).origin == .text)
        #expect(names() == ["x.txt", "x.txt.nnc-cache"])
        // A name that becomes too long.
        let long = SparseRequest(files.write(String(repeating: "n", count: 250), text: "1 5 4\n0 1:1\n"), .xc)
        #expect(try open(long).origin == .text)
        #expect(try open(long).origin == .text)
        // A directory that may not be written; the superuser writes it all the same.
        let closed = SparseRequest(files.write("closed/y.txt", text: "1 5 4\n0 1:1\n"), .xc)
        let directory = files.directory.appendingPathComponent("closed").path
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory) }
        #expect(try open(closed).origin == .text)
        #expect(try open(closed).origin == (geteuid() == 0 ? .cache : .text))
    }

    @Test func aPipeInItsPlaceIsNotWaitedFor() throws {
        let request = files.xc("1 5 4\n0 1:1\n", cached: true)
        #expect(mkfifo(cache(request), 0o600) == 0)
        #expect(try open(request).origin == .text)
        #expect(try open(request).origin == .cache)
    }

    @Test func packedFilesHaveACacheToo() throws {
        let request = SparseRequest(files.writeGzip("x.gz", Array(xcText(examples: 30, features: 90, labels: 30, seed: 4).utf8)), .xc)
        let first = try open(request)
        let second = try open(request)
        #expect(first.origin == .text && second.origin == .cache && SparseRows(first.examples) == SparseRows(second.examples))
    }
}
