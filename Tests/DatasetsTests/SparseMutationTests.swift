@testable import Datasets
import Diagnostics
import Kernels
import Testing

/// Sparse files changed at random open or are refused, and nothing traps.
@Suite struct SparseMutationTests {
    let files = TestFiles()
    /// Waking a thread for each line takes longer than all else.
    let one = WorkerPool(threads: 1), two = WorkerPool(threads: 2)

    @Test(arguments: [SparseRequest.Format.xc, .libsvm(.init()), .libsvm(.init(features: 40, labels: 9, countsFromZero: true))])
    func brokenFilesAreRefused(_ format: SparseRequest.Format) throws {
        let lines = "0,3 1:0.5 7:-2 12:3e-1\n 2:1\n8 39:1.25 3:.5\n1,2,5 6:100\n"
        let text = Array(((format == .xc ? "4 40 9\n" : "# comment\n") + lines).utf8)
        var mutations = MutationTests.Generator(state: 17)
        let mutate = MutationTests().mutate
        var opened = 0, refused = 0
        for round in 0..<900 {
            let isPacked = round % 3 == 0
            let pool = round % 10 == 0 ? two : one
            var bytes = text
            if round % 2 == 0 { bytes = mutate(bytes, &mutations) }
            var file = isPacked ? files.writeGzip("x", bytes) : files.write("x", bytes)
            if round % 2 == 1 { file = files.write("x", mutate(files.bytes(file), &mutations)) }
            do throws(DiagnosticError) {
                let path = try DataPath(file)
                let examples = try SparseTextReader(path, format, pool, blockSize: 1 + round % 40, pieceSize: 1 + round % 7).read()
                #expect(examples.count > 0 && examples.arrays.isSound(features: examples.features, labelCount: examples.labelCount))
                #expect(SparseRows(try SparseTextReader(path, format, pool).read()) == SparseRows(examples))
                opened += 1
            } catch {
                #expect(error.diagnostics.hasErrors)
                refused += 1
            }
        }
        #expect(opened > 10 && refused > 10, "\(opened) opened, \(refused) refused")
    }

    /// A cache that was changed is never believed.
    @Test func brokenCachesAreBuiltAnew() throws {
        let request = files.xc(xcText(examples: 12, features: 50, labels: 9, seed: 8), cached: true)
        let wanted = SparseRows(try open(request).examples)
        let cache = files.bytes(Written(request.file.value + ".nnc-cache"))
        var random = MutationTests.Generator(state: 19)
        let mutate = MutationTests().mutate
        for round in 0..<300 {
            let bytes = mutate(cache, &random)
            files.write("x.txt.nnc-cache", bytes)
            let found = try open(request)
            #expect(SparseRows(found.examples) == wanted, "\(round)")
            #expect(found.origin == (bytes == cache ? .cache : .text), "\(round)")
        }
    }

    @Test func bytesOfAnyKindAreRefused() {
        var random = MutationTests.Generator(state: 23)
        let words: [[UInt8]] = ["1", "0", "9", " ", ":", ",", "\n", "\r", "-", "+", ".", "e", "#", "nan", "qid:", "\t", "2 3 4\n", "99999999999999999999"].map { Array($0.utf8) } + [[0], [255], [0xEF, 0xBB, 0xBF]]
        for round in 0..<1000 {
            let pool = round % 40 == 0 ? two : one
            var bytes: [UInt8] = round % 4 == 0 ? [] : Array("3 20 20\n".utf8)
            for _ in 0..<Int.random(in: 1...40, using: &random) { bytes += words.randomElement(using: &random) ?? [] }
            let file = files.write("x", bytes)
            for format in [SparseRequest.Format.xc, .libsvm(.init()), .libsvm(.init(features: 0, labels: -5))] {
                do throws(DiagnosticError) {
                    let examples = try SparseTextReader(try DataPath(file), format, pool, blockSize: 1 + round % 64, pieceSize: 1 + round % 5).read()
                    #expect(examples.arrays.isSound(features: examples.features, labelCount: examples.labelCount))
                } catch { #expect(error.diagnostics.hasErrors) }
            }
        }
    }
}
