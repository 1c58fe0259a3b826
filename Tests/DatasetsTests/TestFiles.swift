import CZlib
import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

/// A directory of its own for one test, removed with it.
final class TestFiles {
    let directory: URL

    init() {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-data-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> Written<String> { Written(directory.appendingPathComponent(name).path) }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) -> Written<String> {
        let url = directory.appendingPathComponent(name)
        try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: url.path, contents: Data(bytes))
        return Written(url.path)
    }

    @discardableResult
    func write(_ name: String, text: String) -> Written<String> { write(name, Array(text.utf8)) }

    /// Packs with zlib.
    @discardableResult
    func writeGzip(_ name: String, _ bytes: [UInt8]) -> Written<String> {
        let path = path(name)
        let file = gzopen(path.value, "wb1")
        _ = bytes.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32(bytes.count)) }
        gzclose(file)
        return path
    }

    func bytes(_ written: Written<String>) -> [UInt8] { [UInt8](FileManager.default.contents(atPath: written.value) ?? Data()) }
}

/// An idx file.
func idx(_ shape: [Int], type: UInt8 = 0x08, _ content: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)] + shape.flatMap { big(UInt32($0)) } + content
}

func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> T(8 * $0)) }
}

func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { big(value).reversed() }

/// An npy file.
func npy(_ descr: String, shape: String, fortran: Bool = false, version: UInt8 = 1, _ content: [UInt8]) -> [UInt8] {
    var header = Array("{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }".utf8)
    let fixed = 8 + (version == 1 ? 2 : 4)
    while (fixed + header.count + 1) % 64 != 0 { header.append(0x20) }
    header.append(0x0A)
    let length = version == 1 ? little(UInt16(header.count)) : little(UInt32(header.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header + content
}

/// Two examples of 2×3 pixels and their labels.
extension TestFiles {
    func tinyImages(labels: [UInt8] = [1, 0]) -> DataRequest {
        let images = write("images.idx", idx([2, 2, 3], [0, 51, 102, 153, 204, 255, 5, 4, 3, 2, 1, 0]))
        let numbers = write("labels.idx", idx([labels.count], labels))
        return DataRequest(source: .files(format: .idx, train: .init(features: [images], labels: numbers), test: nil))
    }

    func table(_ text: String, label: String? = nil, target: DataRequest.Target = .classes) -> DataRequest {
        let file = write("table.csv", text: text)
        return DataRequest(
            source: .files(format: .csv, train: .init(features: [file]), test: nil),
            columns: label.map { .init(label: Written($0)) }, target: target)
    }
}

/// The ids of the problems that a request ends with; empty where it opens.
func problems(_ request: DataRequest) -> [Diagnostic] {
    do throws(DiagnosticError) {
        _ = try Dataset.open(request)
        return []
    } catch {
        return error.diagnostics
    }
}

/// Examples of a split as arrays.
struct Batch: Equatable {
    var features: [Float]
    var labels: [Int32]
    var targets: [Float]

    init(_ split: Split, _ indices: [Int32], targetWidth: Int = 0, threads: Int = 1) throws {
        let pool = WorkerPool(threads: threads)
        let length = split.shape.reduce(1, *)
        let arena = try #require(Arena(byteCount: indices.count * (length + 2 + targetWidth) * 4 + 256))
        let list: Ints = arena.strip(offset: 0, count: indices.count)
        for (place, index) in indices.enumerated() { list[place] = index }
        let numbers: Ints = arena.strip(offset: indices.count * 4, count: indices.count)
        let values: Floats = arena.strip(offset: indices.count * 8, count: indices.count * length)
        let wanted: Floats = arena.strip(offset: indices.count * (8 + length * 4), count: indices.count * targetWidth)
        split.assemble(list, features: values, labels: numbers, targets: targetWidth > 0 ? wanted : nil, pool: pool)
        features = (0..<values.count).map { values[$0] }
        labels = (0..<numbers.count).map { numbers[$0] }
        targets = (0..<wanted.count).map { wanted[$0] }
    }

    init(all split: Split, targetWidth: Int = 0, threads: Int = 1) throws {
        try self.init(split, (0..<Int32(split.count)).map { $0 }, targetWidth: targetWidth, threads: threads)
    }
}
