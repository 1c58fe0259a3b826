import CZlib
import Diagnostics
import Foundation
import Kernels

@testable import Datasets

/// The first byte of each input says how the rest is read.
let dataTargets = [
    Target(name: "idx", seeds: idxFiles, run: { try open($0, .idx, beside: idx([4], [0, 1, 2, 1]), idx([4, 2, 3], Array(0..<24))) }),
    Target(name: "npy", seeds: npyFiles, words: { ["descr", "fortran_order", "shape", "False", "True", "<f4", ">i8", "|u1", "'", "{", "}", "(", ")", ": ", ", "] }, run: { try open($0, .npy, beside: npy("|u1", "(4,)", [0, 1, 2, 1]), npy("|u1", "(4, 6)", Array(0..<24))) }),
    Target(name: "csv", seeds: csvFiles, words: { ["nan", "inf", "1e5", "-", "\"\"", "class", "\r\n"] }, run: { try openTable($0) }),
    Target(name: "cifar", seeds: { [[0], [1]].map { $0 + (0..<2).flatMap { [UInt8($0)] + Array(repeating: 9, count: 3072) } } }, run: { try openPictures($0) }),
    Target(name: "xc", seeds: { try variants(sparseText(header: "4 40 9\n")) }, words: { numbers }, run: { try openSparse($0, isXC: true) }),
    Target(name: "libsvm", seeds: { try variants(sparseText(header: "# comment\n")) }, words: { numbers + ["qid:", "#"] }, run: { try openSparse($0, isXC: false) }),
    Target(name: "cache", seeds: cacheFiles, run: { try readCache($0) }),
]

private let numbers = ["1:1", ":", ",", "1e-3", "nan", "2147483647", "2147483648", "99999999999999999999", ".5", "\r\n", "\u{FEFF}"]

// MARK: what they begin with

private func big(_ number: Int) -> [UInt8] { (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

private func idx(_ shape: [Int], type: UInt8 = 8, _ content: [UInt8]) -> [UInt8] { [0, 0, type, UInt8(shape.count)] + shape.flatMap(big) + content }

private func npy(_ descr: String, _ shape: String, fortran: Bool = false, _ content: [UInt8]) -> [UInt8] {
    var header = Array("{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }".utf8)
    while (11 + header.count) % 64 != 0 { header.append(0x20) }
    header.append(0x0A)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header + content
}

private func packed(_ bytes: [UInt8]) -> [UInt8] {
    let path = Scratch.path + "/packed"
    let file = gzopen(path, "wb6")
    _ = bytes.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
    gzclose(file)
    return [UInt8](FileManager.default.contents(atPath: path) ?? Data())
}

/// Plain and packed, read in different ways.
@Sendable private func variants(_ texts: [[UInt8]]) throws -> [[UInt8]] {
    texts.flatMap { text in [0, 5, 18, 35, 76, 128, 255].map { [$0] + text } + [[1] + packed(text)] }
}

@Sendable private func idxFiles() throws -> [[UInt8]] {
    try variants([
        idx([4, 2, 3], Array(0..<24)), idx([4], [0, 1, 2, 1]), idx([4, 2], type: 0x0D, Array(repeating: 0x3F, count: 32)), idx([4, 1], type: 0x0E, Array(repeating: 0x40, count: 32)),
        idx([4, 3], type: 0x0B, Array(0..<24)), idx([4, 1], type: 0x0C, Array(repeating: 0, count: 16)), idx([4], type: 9, [1, 2, 3, 4]),
    ])
}

@Sendable private func npyFiles() throws -> [[UInt8]] {
    try variants([
        npy("<f4", "(4, 2)", Array(repeating: 0x3F, count: 32)), npy("|u1", "(4, 2, 3)", Array(0..<24)), npy("<i8", "(4,)", (0..<32).map { $0 % 8 == 0 ? 1 : 0 }),
        npy(">f8", "(4, 1)", Array(repeating: 0x40, count: 32)), npy("<f4", "(4, 1)", fortran: true, Array(repeating: 0, count: 16)),
    ])
}

@Sendable private func csvFiles() throws -> [[UInt8]] {
    try variants(["width,\"height\",class\n1.5,2,0\n-3e2,4,1\n5,0.1,0\n", "1,2,0\n3,4,1\n", "\u{FEFF}a,\"b \"\"c\",class\r\n1,2,2\r\n\r\n+.5e-3,1E4,0\r\n", "1\n0\n"].map { Array($0.utf8) })
}

@Sendable private func sparseText(header: String) -> [[UInt8]] {
    [header + "0,3 1:0.5 7:-2 12:3e-1\n 2:1\n8 39:1.25 3:.5\n1,2,5 6:100\n", header + "1 1:1\n0 2:1\n1 3:1 4:1\n0 1:0\n", header].map { Array($0.utf8) }
}

private func cached() throws -> [UInt8] {
    let file = Written(Scratch.write("cached.txt", sparseText(header: "4 40 9\n")[0]))
    _ = try SparseFile.open(SparseRequest(file, .xc), pool: one)
    return [UInt8](FileManager.default.contents(atPath: file.value + ".nnc-cache") ?? Data())
}

/// Without the checksum at its end.
@Sendable private func cacheFiles() throws -> [[UInt8]] { [Array(try cached().dropLast(32))] }

// MARK: how they are read

private let one = WorkerPool(threads: 1)

private struct Ways {
    let byte: UInt8
    let content: [UInt8]

    init?(_ input: [UInt8]) {
        guard let first = input.first else { return nil }
        byte = first
        content = Array(input.dropFirst())
    }

    func has(_ bit: Int) -> Bool { byte >> UInt8(bit) & 1 == 1 }

    func applied(to request: DataRequest) -> DataRequest {
        var request = request
        request.normalization = has(1) ? .unit : has(2) ? .zscore : .none
        request.target = has(3) ? .values(width: has(4) ? 1 : 3) : .classes
        if has(4) { request.validation = Written(.share(0.5)) }
        if has(5) { request.labelBase = 1 }
        if has(6) { request.classes = Written(3) }
        request.threads = 1
        return request
    }
}

private func open(_ request: DataRequest) throws {
    let summary = try Dataset.probe(request)
    let data = try Dataset.open(request)
    mustHold(summary.trainExamples == data.train.count && summary.shape == data.shape && summary.byteCount == data.byteCount, "the headers say something else than the files hold")
    for split in [data.train, data.validation, data.test].compactMap(\.self) { assemble(split, data.sparse, width: data.classes == nil ? split.targetWidth : 0) }
}

/// Puts together a batch of the first examples, as training does.
private func assemble(_ split: Split, _ form: SparseForm?, width: Int) {
    let count = min(split.count, 32), length = form?.longestRow ?? split.shape.reduce(1, *), most = width > 0 ? 0 : form?.mostLabels ?? 1
    guard count > 0, let arena = Arena(byteCount: 4 * count * (1 + 2 * length + most + width) + 64) else { return }
    var used = 0
    func strip<Element: BitwiseCopyable>(_ count: Int) -> Strip<Element> {
        defer { used += 4 * count }
        return arena.strip(offset: used, count: count)
    }
    let list: Ints = strip(count), numbers: Floats = strip(count * length), places: Ints = strip(count * length), labels: Ints = strip(count * most)
    let targets: Floats = strip(count * width)
    for place in 0..<count { list[place] = Int32(place) }
    split.assemble(list, features: numbers, places: form == nil ? nil : places, labels: most > 0 ? labels : nil, targets: width > 0 ? targets : nil, pool: one)
    for place in 0..<numbers.count { mustHold(numbers[place].isFinite, "a feature is no number") }
}

/// - Parameters:
///   - labels: what stands beside the input where this is the features.
///   - features: the same the other way round.
private func open(_ input: [UInt8], _ format: DataRequest.Format, beside labels: [UInt8], _ features: [UInt8]) throws {
    guard let ways = Ways(input) else { return }
    let x = Written(Scratch.write("x", ways.has(0) ? features : ways.content)), y = Written(Scratch.write("y", ways.has(0) ? ways.content : labels))
    var request = ways.applied(to: DataRequest(source: .files(format: format, train: .init(features: [x], labels: y), test: nil)))
    if ways.has(7) {
        request.source = .files(format: format, train: .init(features: [x, x], labels: y), test: .init(features: [x], labels: y))
        if let split = try? Dataset.openInput(x.value, request, shape: [6], trained: nil) { assemble(split, nil, width: 0) }
    }
    try open(request)
}

private func openTable(_ input: [UInt8]) throws {
    guard let ways = Ways(input) else { return }
    let x = Written(Scratch.write("x.csv", ways.content))
    var request = ways.applied(to: DataRequest(source: .files(format: .csv, train: .init(features: [x]), test: nil)))
    if ways.has(0) { request.columns = .init(label: Written(ways.has(7) ? "0" : "class"), features: ways.has(6) ? [Written("1"), Written("width")] : nil, header: ways.has(5) ? ways.has(2) : nil) }
    if ways.has(7), let split = try? Dataset.openInput(x.value, request, shape: [2], trained: nil) { assemble(split, nil, width: 0) }
    try open(request)
}

private func openPictures(_ input: [UInt8]) throws {
    guard let ways = Ways(input) else { return }
    let x = Written(Scratch.write("x.bin", ways.content))
    try open(ways.applied(to: DataRequest(source: .files(format: ways.has(0) ? .cifar100 : .cifar10, train: .init(features: [x]), test: nil))))
}

/// In small blocks and as a whole it is the same, and what its arrays promise holds.
private func openSparse(_ input: [UInt8], isXC: Bool) throws {
    guard let ways = Ways(input) else { return }
    let x = Written(Scratch.write("x.txt", ways.content))
    unlink(x.value + ".nnc-cache")
    let options = SparseRequest.LibSVM(features: ways.has(1) ? 40 : nil, labels: ways.has(2) ? 9 : nil, countsFromZero: ways.has(3), firstLabel: ways.has(4) ? 1 : 0)
    let format: SparseRequest.Format = isXC ? .xc : .libsvm(options)
    let examples = try SparseTextReader(try DataPath(x), format, one, blockSize: 1 + Int(ways.byte), pieceSize: 1 + Int(ways.byte) % 7).read()
    mustHold(examples.arrays.isSound(features: examples.features, labelCount: examples.labelCount), "the arrays are not sound")
    let whole = try SparseTextReader(try DataPath(x), format, one).read()
    mustHold(whole.extents == examples.extents, "in blocks it is another file")
    guard ways.has(7) else { return }
    let source: SparseSource = .files(format: isXC ? .xc : .libsvm(firstFeature: ways.has(3) ? 0 : 1, features: options.features), train: x, test: ways.has(5) ? x : nil)
    var request = ways.applied(to: DataRequest(source: .sparse(source)))
    request.normalization = .none
    try open(request)
}

/// With its checksum made right, the input is the cache of a file that is there.
private func readCache(_ input: [UInt8]) throws {
    let file = Written(Scratch.write("cached.txt", sparseText(header: "4 40 9\n")[0]))
    let body = Scratch.write("body", input)
    let digest = try DataFileRecord(of: body).sha256
    let digits = Array(digest)
    let trailer = stride(from: 0, to: 64, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    Scratch.write("cached.txt.nnc-cache", input + trailer)
    let request = SparseRequest(file, .xc)
    let extents = try SparseExtents.of(request, pool: one)
    mustHold(extents.sizes.count >= 1, "no examples")
    let found = try SparseFile.open(request, pool: one).examples
    mustHold(found.arrays.isSound(features: found.features, labelCount: found.labelCount), "the arrays are not sound")
}
