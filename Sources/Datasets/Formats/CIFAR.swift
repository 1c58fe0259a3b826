import Diagnostics
import Kernels

/// The binary versions of CIFAR-10 and CIFAR-100: records of one label byte (CIFAR-100: a coarse one, then the fine
/// one, which is used) and 32×32 pixels, all red ones first, then green, then blue. In memory an image is [32, 32, 3].
struct CIFARReader: SplitReader {
    static let side = 32
    static let pixels = side * side * 3

    let files: [DataPath]
    private(set) var layout: Layout
    private let labelBytes: Int
    private var counts: [Int]

    init(_ set: DataRequest.FileSet, labelBytes: Int, _ request: DataRequest) throws(DiagnosticError) {
        var problems: [Diagnostic] = []
        var files: [DataPath] = [], counts: [Int] = []
        let record = labelBytes + Self.pixels
        for path in set.features {
            do throws(DiagnosticError) {
                let file = try DataPath(path)
                let bytes = try ByteStream.contentLength(file)
                guard bytes % record == 0, bytes > 0 else {
                    throw file.problem(
                        .notCIFAR, "`\(file.path)` holds \(byteText(bytes)) (\(bytes)), which is no multiple of the \(record) of one record",
                        help: ["`cifar10` has records of 3073 bytes, `cifar100` of 3074: the binary versions, unpacked from their archive"])
                }
                files.append(file)
                counts.append(bytes / record)
            } catch { problems += error.diagnostics }
        }
        if let labels = set.labels {
            problems.append(Diagnostic(.labelsNotApart, "CIFAR keeps its labels beside the pixels", at: labels.location, help: ["leave `labels` out"]))
        }
        guard problems.isEmpty, let first = files.first else { throw DiagnosticError(problems) }
        self.files = files
        self.labelBytes = labelBytes
        self.counts = counts
        let count = counts.reduce(0, +)
        guard count <= Int(Int32.max) else {
            throw first.problem(.badDataShape, "there are \(count) examples; nnc counts up to \(Int32.max)")
        }
        layout = Layout(
            count: count, shape: [Self.side, Self.side, 3], features: .bytes,
            target: request.target == .values(width: 1) ? .values(1) : .classes)
    }

    func first(_ count: Int) -> (any SplitReader)? {
        var reader = self
        reader.counts = [min(count, counts[0])]
        reader.layout.count = reader.counts[0]
        return reader
    }

    func read(into store: ExampleStore, _ problems: inout [Diagnostic]) {
        guard case .bytes(let bytes) = store.features else { return }
        var example = 0
        for (file, count) in zip(files, counts) {
            report(&problems) { _ throws(DiagnosticError) in
                let stream = try ByteStream(file)
                var record = [UInt8](repeating: 0, count: labelBytes + Self.pixels)
                for _ in 0..<count {
                    guard try stream.read(filling: &record) else { throw file.problem(.dataFileTooShort, "`\(file.path)` became shorter while it was read") }
                    switch store.target {
                    case .classes(let labels): labels[example] = Int32(record[labelBytes - 1])
                    case .values(let values, _): values[example] = Float(record[labelBytes - 1])
                    }
                    write(record, to: bytes.row(example, length: Self.pixels))
                    example += 1
                }
            }
        }
    }

    private func write(_ record: [UInt8], to image: Bytes) {
        let plane = Self.side * Self.side
        for pixel in 0..<plane {
            for channel in 0..<3 { image[3 * pixel + channel] = record[labelBytes + channel * plane + pixel] }
        }
    }

    func place(ofLabel example: Int) -> Location {
        var first = 0
        for (file, count) in zip(files, counts) {
            if example < first + count { return .file(path: file.path) }
            first += count
        }
        return .nowhere
    }
}
