@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

@Suite struct SparseErrorTests {
    let files = TestFiles()

    func xc(_ text: String) -> [String] { sparseProblems(files.xc(text)) }

    func libsvm(_ text: String, _ options: SparseRequest.LibSVM = .init()) -> [String] { sparseProblems(files.libsvm(text, options)) }

    @Test func headers() {
        #expect(xc("3,17 0:0.25 4:1.5\n") == ["NNC0378 1:1"])
        #expect(xc("1 5\n0 1:1\n") == ["NNC0378 1:1"])
        #expect(xc("1 5 x\n0 1:1\n") == ["NNC0378 1:5"])
        #expect(xc("1 5 4 9\n0 1:1\n") == ["NNC0378 1:7"])
        #expect(xc("1 -5 4\n0 1:1\n") == ["NNC0378 1:3"])
        #expect(xc("1 99999999999 4\n0 1:1\n") == ["NNC0378 1:3"])
        #expect(xc("1 99999999999999999999999 4\n0 1:1\n") == ["NNC0378 1:3"])
        #expect(xc("\n0 1:1\n") == ["NNC0378 1:1"])
        #expect(sparseMessages(files.xc("1 5\n"))[0].message.hasSuffix("has 2 numbers instead of three"))
    }

    @Test func headersAndLinesMustAgree() {
        #expect(xc("3 5 4\n0 1:1\n1 2:2\n") == ["NNC0345 3:0"])
        #expect(xc("1 5 4\n0 1:1\n1 2:2\n\n3 1:1\n") == ["NNC0346 3:1"])
        #expect(xc("2147483647 5 4\n0 1:1\n") == ["NNC0345 2:0"])
        let found = sparseMessages(files.xc("3 5 4\n0 1:1\n1 2:2\n"))
        #expect(found[0].message == "the header promises 3 examples, one in each line; 2 lines follow")
    }

    @Test func nothingInIt() {
        #expect(xc("") == ["NNC0604"])
        #expect(xc("0 5 4\n") == ["NNC0351"])
        #expect(xc("0 5 4\n\n\n") == ["NNC0351"])
        #expect(libsvm("\n \n# nothing\n") == ["NNC0351"])
        #expect(sparseProblems(SparseRequest(files.writeGzip("e.gz", []), .xc)) == ["NNC0351"])
        #expect(sparseProblems(SparseRequest(files.path("not-there"), .xc)) == ["NNC0601"])
        #expect(sparseProblems(SparseRequest(Written(files.directory.path), .xc)) == ["NNC0603"])
    }

    @Test func features() {
        #expect(xc("3 5 4\n0 1:1 2\n1 :1 x:2\n2 3:\n") == ["NNC0379 2:7", "NNC0379 3:3", "NNC0379 3:6", "NNC0379 4:5"])
        #expect(xc("1 5 4\n0 1:1x 2:1:1 3:0x10 4:--1 0:1e\n") == ["NNC0379 2:5", "NNC0379 2:10", "NNC0379 2:16", "NNC0379 2:23", "NNC0379 2:29"])
        #expect(xc("2 5 4\n0 1 : 2\n 3 1:1\n") == ["NNC0379 2:3", "NNC0379 2:5", "NNC0379 2:7", "NNC0379 3:2"])
        #expect(xc("1 5 4\n0 1:1,5 -1:1 +1:2 1.0:1\n") == ["NNC0379 2:5", "NNC0379 2:9", "NNC0379 2:14", "NNC0379 2:19"])
        #expect(libsvm("0 qid:3 1:1\n") == ["NNC0379 1:3"])
        #expect(sparseMessages(files.libsvm("0 qid:3 1:1\n"))[0].message.contains("queries"))
        #expect(sparseMessages(files.xc("1 5 4\n0 3:\n"))[0].message == "there is no value behind `3:`")
        #expect(sparseMessages(files.xc("1 5 4\n0 3:1x\n"))[0].message == "`1x` is not a number")
        // Columns are counted in characters.
        #expect(xc("1 5 4\n0 ää:1 2\n") == ["NNC0379 2:3", "NNC0379 2:8"])
    }

    @Test func numbersThatAreNone() {
        #expect(xc("1 9 4\n0 1:nan 2:-NaN 3:inf 4:-Infinity 5:1e39 6:3.4028236e38 7:1e999999\n") == [
            "NNC0363 2:5", "NNC0363 2:11", "NNC0363 2:18", "NNC0363 2:24", "NNC0363 2:36", "NNC0363 2:43", "NNC0363 2:58",
        ])
        #expect(sparseMessages(files.xc("1 9 4\n0 1:nan 5:1e39\n")).map(\.message) == ["a feature has the value `nan`", "`1e39` is too large for a 32-bit number"])
    }

    @Test func ranges() {
        #expect(xc("1 5 4\n3 4:1 5:1\n") == ["NNC0381 2:7"])
        #expect(xc("1 5 4\n4 4:1 99999999999999999999:1\n") == ["NNC0360 2:1", "NNC0381 2:7"])
        #expect(xc("1 5 0\n0 4:1\n") == ["NNC0360 2:1"])
        #expect(xc("1 0 4\n0 4:1\n") == ["NNC0381 2:3"])
        #expect(libsvm("0 0:1\n") == ["NNC0381 1:3"])
        #expect(libsvm("0,-1 1:1\n") == ["NNC0360 1:3"])
        #expect(libsvm("0 2147483647:1\n").isEmpty)
        #expect(libsvm("0 2147483648:1\n") == ["NNC0381 1:3"])
        #expect(libsvm("2147483647 1:1\n") == ["NNC0360 1:1"])
        #expect(libsvm("0,3 1:1 3:1\n1 4:1\n", .init(features: 3, labels: 3)) == ["NNC0360 1:3", "NNC0381 2:3"])
        let found = sparseMessages(files.xc("1 5 4\n4 5:1\n"))
        #expect(found.map(\.message) == ["label 4 is out of range; labels run 0…3", "feature 5 is out of range; features run 0…4"])
        #expect(sparseMessages(files.libsvm("0 0:1 5:1\n", .init(features: 4)))[1].message == "feature 5 is out of range; features run 1…4")
    }

    @Test func labels() {
        #expect(xc("2 5 4\n0,x,2 1:1\n1.0 1:1\n") == ["NNC0380 2:3", "NNC0380 3:1"])
        #expect(xc("3 5 4\n,1 1:1\n1,,2 1:1\n1, 2:1\n") == ["NNC0380 2:1", "NNC0380 3:3", "NNC0380 4:3"])
        #expect(libsvm("-0.5 1:1\nspam 2:1\n- 1:1\n") == ["NNC0380 1:1", "NNC0380 2:1", "NNC0380 3:1"])
        #expect(sparseMessages(files.xc("1 5 4\n1,,2 1:1\n"))[0].message == "a label is missing")
    }

    @Test func repetitions() {
        #expect(xc("2 9 4\n0 1:1 1:2\n0 7:1 3:2 5:1 3:4\n") == ["NNC0382 2:7", "NNC0382 3:15"])
        #expect(xc("1 9 4\n2,0,2 1:1\n") == ["NNC0382 2:5"])
        let found = sparseMessages(files.libsvm("0 1:1 1:2\n"))
        #expect(found[0].message == "feature 1 stands in line 1 more than once")
    }

    @Test func manyProblemsAreNotAllShown() {
        let text = "3000 5 4\n" + String(repeating: "0 1:x\n", count: 3000)
        let found = sparseMessages(files.xc(text))
        #expect(found.count == 20)
        #expect(found.last?.help.last?.contains("more problems") == true)
        // They are the first ones, whatever the pieces are.
        let file = try? DataPath(files.xc(text).file)
        for threads in [1, 3] {
            do throws(DiagnosticError) {
                if let file { _ = try SparseTextReader(file, .xc, WorkerPool(threads: threads), blockSize: 2048, pieceSize: 100).read() }
                Issue.record("opened")
            } catch { #expect(error.diagnostics.map(\.location) == found.map(\.location)) }
        }
    }

    @Test func damagedPackingIsFound() {
        let text = Array(xcText(examples: 200, features: 500, labels: 50, seed: 9).utf8)
        let whole = files.bytes(files.writeGzip("w.gz", text))
        #expect(sparseProblems(SparseRequest(files.write("a.gz", whole), .xc, isCached: false)) == [])
        #expect(sparseProblems(SparseRequest(files.write("a.gz", Array(whole.dropLast(10))), .xc, isCached: false)) == ["NNC0605"])
        var bytes = whole
        bytes[bytes.count / 2] ^= 0x10
        #expect(sparseProblems(SparseRequest(files.write("a.gz", bytes), .xc, isCached: false)) == ["NNC0605"])
    }

    @Test func aLineWithoutEndIsRefused() {
        let file = files.writeGzip("long.gz", Array("2 5 4\n0 1:1\n".utf8) + [UInt8](repeating: 0x31, count: 70_000_000))
        #expect(sparseProblems(SparseRequest(file, .xc, isCached: false)) == ["NNC0371 3:0"])
        #expect(sparseProblems(SparseRequest(file, .libsvm(.init()), isCached: false)) == ["NNC0371 3:0"])
    }

    /// A packed file of few bytes may be one of very many lines: memory is asked for before it is taken.
    @Test func moreExamplesThanMemory() {
        guard let free = freeMemory() else { return }
        let sizes = SparseSizes(count: Int(Int32.max), values: free / 4, labels: 0)
        do throws(DiagnosticError) {
            _ = try SparseArrays(sizes, for: .nowhere)
            Issue.record("allocated")
        } catch { #expect(error.diagnostics.map(\.kind.id) == ["NNC0608"]) }
        #expect(SparseSizes(count: .max, values: .max, labels: .max).byteCount == .max)
    }
}
