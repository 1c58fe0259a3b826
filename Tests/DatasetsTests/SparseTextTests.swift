@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

@Suite struct SparseTextTests {
    let files = TestFiles()

    @Test func aFileOfTheRepository() throws {
        let text = "4 10 6\n1,5 0:0.5 3:-1.25\n 9:1e-2\n2\n0,3,4 1:1 2:2 3:3\n"
        let found = try open(files.xc(text))
        let rows = SparseRows(found.examples)
        #expect(rows.columns == [[0, 3], [9], [], [1, 2, 3]])
        #expect(rows.values == [[0.5, -1.25], [0.01], [], [1, 2, 3]])
        #expect(rows.labels == [[1, 5], [], [2], [0, 3, 4]])
        #expect(rows.features == 10 && rows.labelCount == 6)
        #expect(found.examples.maxRowLength == 3 && found.examples.count == 4 && found.origin == .text)
        #expect(found.examples.byteCount == 64 + 64 + 64 + 64 + 64)
        #expect(found.record.byteCount == text.utf8.count && found.record.sha256.count == 64)
        #expect(found.examples.arrays.isSound(features: 10, labelCount: 6))
    }

    @Test func spellingsOfTheSameFile() throws {
        let wanted = SparseRows(try open(files.xc("3 5 4\n0,2 0:1 4:2\n 1:3\n1\n")).examples)
        for text in [
            "3 5 4\r\n0,2 0:1 4:2\r\n 1:3\r\n1\r\n", "\u{FEFF}3 5 4\n0,2 0:1 4:2\n 1:3\n1", " 3\t5  4 \n0,2\t0:1.0   4:2e0 \n\t1:3\n1 \n\n \n",
            "3 5 4\n2,0 4:2 0:1\n1:3\n+1\n", "3 5 4\n0,2 0:+1 4:02.\n 1:.3e1\n1\n",
        ] {
            #expect(SparseRows(try open(files.xc(text)).examples) == wanted, "\(text.debugDescription)")
        }
    }

    @Test func blankLinesAreExamplesAsFarAsTheHeaderCounts() throws {
        let rows = SparseRows(try open(files.xc("4 5 4\n\n0 1:1\n \n\n\n\n")).examples)
        #expect(rows.columns == [[], [1], [], []] && rows.labels == [[], [0], [], []])
    }

    @Test func libsvm() throws {
        let text = "# made by hand\n+1 1:0.5 3:2 # the first\n\n0,2 2:1\n 4:1\n3#\n"
        let rows = SparseRows(try open(files.libsvm(text)).examples)
        #expect(rows.columns == [[0, 2], [1], [3], []])
        #expect(rows.labels == [[1], [0, 2], [], [3]])
        #expect(rows.features == 4 && rows.labelCount == 4)
        let given = try open(files.libsvm(text, .init(features: 9, labels: 7))).examples
        #expect(given.features == 9 && given.labelCount == 7)
        let fromZero = SparseRows(try open(files.libsvm("1 0:0.5 3:2\n", .init(countsFromZero: true))).examples)
        #expect(fromZero.columns == [[0, 3]] && fromZero.features == 4)
    }

    @Test func numbersRoundOnce() throws {
        var texts = ["0.1", "3.4028234e38", "1e-45", "7e-46", "123456789.123456789", "0.30000000000000004", "1e22", "1e-22", "16777217", "16777217.0000000001", "16777219", "00012.50", ".5", "5.", "-0", "1E+3", "1.7976931348623157e-30", "0.000000000000000000000000000000000000000000001", "3.4028235677973365e38", "100000000000000000000000000000000000000", "0.1234567890123456789012345678901234567890", "9007199791611905", "-8388609.5", "0e999999999999999999999"]
        var random = MutationTests.Generator(state: 3)
        for _ in 0..<3000 {
            let value = Float(bitPattern: UInt32.random(in: 0x0080_0000..<0x7F00_0000, using: &random))
            // Between two neighbours, to the last digit; and as it is written to be read back.
            let middle = (Double(value) + Double(value.nextUp)) / 2
            texts += ["\(value)", "\(middle)", String(format: "%.25e", middle.nextUp), String(format: "%.30f", Double(value) * 1e-5)]
        }
        let examples = try open(files.libsvm(texts.map { "0 1:\($0)\n" }.joined())).examples
        for (index, text) in texts.enumerated() {
            let wanted = strtof(text, nil)
            #expect(examples.values[index].bitPattern == wanted.bitPattern, "\(text): \(examples.values[index]) instead of \(wanted)")
        }
    }

    /// Blocks and pieces of any size, and any number of threads, give the same bits.
    @Test func cutAnywhere() throws {
        let text = xcText(examples: 300, features: 5000, labels: 400, seed: 5)
        let file = try DataPath(files.xc(text).file)
        let wanted = SparseRows(try SparseTextReader(file, .xc, WorkerPool(threads: 1)).read())
        #expect(wanted.columns.count == 300 && wanted.columns.contains { $0.count > 5 })
        let packed = try DataPath(files.writeGzip("x.gz", Array(text.utf8)))
        for (block, piece) in [(1, 1), (64, 16), (100, 1000), (1000, 50), (4096, 128), (1 << 20, 256)] {
            for threads in [1, 4] {
                for file in [file, packed] {
                    let reader = SparseTextReader(file, .xc, WorkerPool(threads: threads), blockSize: block, pieceSize: piece)
                    #expect(SparseRows(try reader.read()) == wanted, "blocks of \(block), pieces of \(piece), \(threads) threads")
                }
            }
        }
        // The same without header and from 1.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().filter { $0.contains { $0 != " " } }
        let plain = try DataPath(files.libsvm(lines.joined(separator: "\n")).file)
        let whole = SparseRows(try SparseTextReader(plain, .libsvm(.init(countsFromZero: true)), WorkerPool(threads: 1)).read())
        #expect(whole.columns == zip(wanted.columns, wanted.labels).filter { !$0.isEmpty || !$1.isEmpty }.map(\.0))
        let cut = SparseTextReader(plain, .libsvm(.init(countsFromZero: true)), WorkerPool(threads: 4), blockSize: 333, pieceSize: 40)
        #expect(SparseRows(try cut.read()) == whole)
    }

    /// What is written comes back.
    @Test func roundTrip() throws {
        let made = try SyntheticLabels(features: 900, labels: 300, featuresPerExample: 20, seed: 3).examples(500, pool: WorkerPool(threads: 2))
        let rows = SparseRows(made)
        var text = "500 900 300\n"
        for row in 0..<500 {
            text += rows.labels[row].map(String.init).joined(separator: ",")
            for (column, value) in zip(rows.columns[row], rows.values[row]) { text += " \(column):\(value)" }
            text += "\n"
        }
        #expect(SparseRows(try open(files.xc(text)).examples) == rows)
    }
}
