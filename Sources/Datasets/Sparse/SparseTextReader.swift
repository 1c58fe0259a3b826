import Diagnostics
import Kernels

/// Reads a sparse text file twice: once to count, so that the arrays have their size from the start, and once to parse every number into
/// its place. Besides the arrays only a block of the file is in memory.
///
/// A block is cut at line ends by its length alone, and its pieces are counted and parsed side by side.
struct SparseTextReader {
    /// Less text than this is not worth waking a thread for.
    static let pieceSize = 1 << 17

    let file: DataPath
    let format: SparseRequest.Format
    let pool: WorkerPool
    let blockSize: Int
    let pieceSize: Int

    init(_ file: DataPath, _ format: SparseRequest.Format, _ pool: WorkerPool, blockSize: Int = TextBlocks.standardSize, pieceSize: Int = SparseTextReader.pieceSize) {
        self.file = file
        self.format = format
        self.pool = pool
        self.blockSize = blockSize
        self.pieceSize = pieceSize
    }

    private var isXC: Bool { format == .xc }
    /// The line after the header.
    private var firstLine: Int { isXC ? 2 : 1 }

    func read() throws(DiagnosticError) -> SparseExamples {
        let (header, tally) = try survey()
        let count = try count(header, tally)
        let arrays = try SparseArrays(
            SparseSizes(count: count, values: tally.values, labels: tally.labels), besides: min(blockSize, CSVLines.longestLine), for: file.named)
        let limits = limits(header)
        let largest = try parse(into: arrays, limits)
        var features = limits.features, labels = limits.labels
        if case .libsvm(let options) = format {
            if options.features == nil { features = largest.column + 1 }
            if options.labels == nil { labels = largest.label + 1 }
        }
        return SparseExamples(arrays, features: features, labelCount: labels)
    }

    private func limits(_ header: XCHeader?) -> SparseLimits {
        func bounded(_ given: Int?) -> Int { min(max(given ?? Int(Int32.max), 0), Int(Int32.max)) }
        switch format {
        case .xc: return SparseLimits(isXC: true, firstFeature: 0, firstLabel: 0, features: header?.features ?? 0, labels: header?.labels ?? 0)
        case .libsvm(let options):
            return SparseLimits(
                isXC: false, firstFeature: options.countsFromZero ? 0 : 1, firstLabel: options.firstLabel, features: bounded(options.features), labels: bounded(options.labels))
        }
    }

    /// A part of a block, and what came of it. One thread works on it at a time.
    private final class Piece {
        let range: Range<Int>
        var tally = SparseTally()
        var problems = SparseProblems()
        var maxColumn = -1
        var maxLabel = -1

        init(_ range: Range<Int>) { self.range = range }
    }

    /// The pieces of a block, counted.
    private func pieces(_ block: Bytes) -> [Piece] {
        let pieces = block.cutAtLines(pieces: min(64, block.count / max(1, pieceSize))).map { Piece($0) }
        guard !pieces.isEmpty else { return [] }
        pool.run(pieces: pieces.count) { (index: Int) in
            let piece = pieces[index]
            piece.tally = SparseTally(block, piece.range, isXC: isXC)
        }
        return pieces
    }

    private func survey() throws(DiagnosticError) -> (XCHeader?, SparseTally) {
        let blocks = try TextBlocks(file, size: blockSize)
        var header: XCHeader?
        var total = SparseTally()
        while let block = try blocks.next(line: isXC && header == nil ? 1 : total.lines + firstLine) {
            var block = block
            if isXC, header == nil { header = try XCHeader(&block, file) }
            for piece in pieces(block) { total.add(piece.tally) }
        }
        return (header, total)
    }

    /// Of examples. Where the header says another number than the file has, that is an error.
    private func count(_ header: XCHeader?, _ tally: SparseTally) throws(DiagnosticError) -> Int {
        let count = header?.examples ?? tally.filledLines
        if let header {
            let promise = "the header promises \(header.examples) \(header.examples == 1 ? "example" : "examples"), one in each line"
            if tally.lines < header.examples {
                throw DiagnosticError(file.diagnostic(
                    .dataFileTooShort, "\(promise); \(tally.lines) \(tally.lines == 1 ? "line follows" : "lines follow")", line: tally.lines + 1,
                    help: ["the file was cut off, or its header is wrong"]))
            }
            if tally.lastFilled > header.examples {
                throw DiagnosticError(file.diagnostic(
                    .dataFileTooLong, "\(promise); \(tally.lastFilled) lines follow", line: header.examples + firstLine, column: 1,
                    help: ["the first number of the header is the number of examples"]))
            }
        }
        if count == 0 { throw file.problem(.noExamples, "`\(file.path)` holds no example") }
        guard count <= Int(Int32.max) else { throw file.problem(.badDataShape, "there are \(count) examples; nnc counts up to \(Int32.max)") }
        return count
    }

    private func parse(into arrays: SparseArrays, _ limits: SparseLimits) throws(DiagnosticError) -> (column: Int, label: Int) {
        let blocks = try TextBlocks(file, size: blockSize)
        var isAtHeader = isXC
        var before = SparseTally()
        var problems = SparseProblems()
        var largest = (column: -1, label: -1)
        while let block = try blocks.next(line: before.lines + firstLine), !problems.isEnough {
            var block = block
            if isAtHeader { _ = try XCHeader(&block, file) }
            isAtHeader = false
            let pieces = pieces(block)
            guard !pieces.isEmpty else { continue }
            let starts = pieces.map { piece in
                defer { before.add(piece.tally) }
                return before
            }
            guard rows(before) <= arrays.sizes.count, before.values <= arrays.sizes.values, before.labels <= arrays.sizes.labels else {
                throw file.problem(.dataFileTooLong, "`\(file.path)` became longer while it was read")
            }
            pool.run(pieces: pieces.count) { (index: Int) in
                let piece = pieces[index]
                var parser = SparseParser(file, block, limits, arrays, before: starts[index], tally: piece.tally, firstLine: firstLine)
                parser.parse(piece.range)
                piece.problems = parser.problems
                piece.maxColumn = parser.maxColumn
                piece.maxLabel = parser.maxLabel
            }
            for piece in pieces {
                problems.add(piece.problems)
                largest = (max(largest.column, piece.maxColumn), max(largest.label, piece.maxLabel))
            }
        }
        guard problems.isEmpty else { throw DiagnosticError(problems.shown) }
        guard before.lines >= arrays.sizes.count || !isXC, rows(before) == arrays.sizes.count || isXC,
            before.values == arrays.sizes.values, before.labels == arrays.sizes.labels
        else { throw file.problem(.dataFileTooShort, "`\(file.path)` became shorter while it was read") }
        return largest
    }

    /// Examples in what was counted, at least.
    private func rows(_ tally: SparseTally) -> Int { isXC ? tally.lastFilled : tally.filledLines }
}

/// The first line of an xc file.
struct XCHeader {
    let examples: Int
    let features: Int
    let labels: Int

    /// Takes the line off the block.
    init(_ block: inout Bytes, _ file: DataPath) throws(DiagnosticError) {
        let bytes = block
        let end = bytes.lineEnd(0, bytes.count)
        var words: [Range<Int>] = []
        var position = 0
        // A header has three words; more than four need not be known.
        while position < end, words.count < 4 {
            while position < end, isSpacing(bytes[position]) || bytes[position] == 0x0D { position += 1 }
            let start = position
            while position < end, !isSpacing(bytes[position]), bytes[position] != 0x0D { position += 1 }
            if position > start { words.append(start..<position) }
        }
        func problem(_ message: String, at place: Int) -> DiagnosticError {
            DiagnosticError(file.diagnostic(
                .notXC, message, line: 1, column: 1 + (0..<place).count { bytes[$0] & 0xC0 != 0x80 },
                help: ["the first line is `examples features labels`: `14146 101938 30938`"]))
        }
        var numbers: [Int] = []
        for word in words.prefix(3) {
            let text = bytes.text(word)
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
                throw problem("`\(quoted(text, limit: 40))` in the header of `\(file.path)` is not a number", at: word.lowerBound)
            }
            guard number <= Int(Int32.max) else {
                throw problem("the header of `\(file.path)` says \(number); nnc counts up to \(Int32.max)", at: word.lowerBound)
            }
            numbers.append(number)
        }
        guard words.count == 3 else {
            throw problem("the header of `\(file.path)` has \(words.count > 3 ? "more than three" : "\(words.count)") \(words.count == 1 ? "number" : "numbers") instead of three", at: words.count > 3 ? words[3].lowerBound : 0)
        }
        (examples, features, labels) = (numbers[0], numbers[1], numbers[2])
        block = bytes[min(end + 1, bytes.count)..<bytes.count]
    }
}
