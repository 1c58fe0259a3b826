import Diagnostics
import Kernels

/// A file that holds one array of numbers behind a header: idx and npy.
struct TensorFile: Sendable {
    let file: DataPath
    let type: ScalarType
    let bigEndian: Bool
    /// The first one counts the examples.
    private(set) var shape: [Int]
    /// Whether there are more numbers than the shape says.
    private var goesOn = false
    /// Where the numbers begin.
    let headerBytes: Int

    /// Checks the header against the size of the file.
    init(_ file: DataPath, type: ScalarType, bigEndian: Bool, shape: [Int], headerBytes: Int) throws(DiagnosticError) {
        self.file = file
        self.type = type
        self.bigEndian = bigEndian
        self.shape = shape
        self.headerBytes = headerBytes
        if shape.isEmpty {
            throw file.problem(.badDataShape, "`\(file.path)` holds a single number, not an array of examples")
        }
        if shape.contains(0) {
            throw file.problem(.noExamples, "`\(file.path)` is an array of shape \(shape): it holds no numbers")
        }
        let numbers = shape.reduce(Int?(1)) { product, size in
            product.flatMap { let (next, overflow) = $0.multipliedReportingOverflow(by: size); return overflow ? nil : next }
        }
        let bytes = numbers.flatMap { numbers -> Int? in
            let (size, overflow) = numbers.multipliedReportingOverflow(by: type.byteCount)
            let (sum, overflow2) = size.addingReportingOverflow(headerBytes)
            return overflow || overflow2 ? nil : sum
        }
        try file.checkHolds(bytes, described: "\(shape.map(String.init).joined(separator: "×")) numbers of type \(type.name)")
        guard let bytes, shape[0] <= Int(Int32.max) else {
            throw file.problem(.badDataShape, "`\(file.path)` promises \(shape[0]) examples; nnc counts up to \(Int32.max)")
        }
        if !file.isGzip, bytes < file.byteCount {
            throw Self.tooLong(file, more: file.byteCount - bytes)
        }
    }

    /// Of the examples only the first.
    func first(_ count: Int) -> TensorFile {
        var part = self
        part.goesOn = count < shape[0]
        part.shape[0] = min(count, shape[0])
        return part
    }

    static func tooLong(_ file: DataPath, more: Int?) -> DiagnosticError {
        file.problem(
            .dataFileTooLong, "`\(file.path)` goes on\(more.map { " for \(byteText($0))" } ?? "") after the last number that its header promises",
            help: ["the header is wrong, or two files were joined"])
    }

    /// Hands out the numbers in order, as they are packed in the file, piece by piece.
    func read(_ body: (_ bytes: [UInt8], _ numbers: Int, _ first: Int) throws(DiagnosticError) -> Void) throws(DiagnosticError) {
        let stream = try start()
        var left = shape.reduce(1, *), first = 0
        var buffer = [UInt8](repeating: 0, count: ByteStream.bufferSize)
        while left > 0 {
            let numbers = min(left, buffer.count / type.byteCount)
            if numbers * type.byteCount < buffer.count { buffer.removeLast(buffer.count - numbers * type.byteCount) }
            guard try stream.read(filling: &buffer) else { throw tooShort(stream.position) }
            try body(buffer, numbers, first)
            first += numbers
            left -= numbers
        }
        try finish(stream)
    }

    /// Straight into memory, for bytes that stay bytes.
    func readBytes(into bytes: Bytes) throws(DiagnosticError) {
        let stream = try start()
        if try stream.read(into: bytes) < bytes.count { throw tooShort(stream.position) }
        try finish(stream)
    }

    private func start() throws(DiagnosticError) -> ByteStream {
        let stream = try ByteStream(file)
        if try stream.bytes(headerBytes) == nil { throw tooShort(stream.position) }
        return stream
    }

    private func finish(_ stream: ByteStream) throws(DiagnosticError) {
        if goesOn { return }
        if try !stream.isAtEnd() { throw Self.tooLong(file, more: nil) }
    }

    private func tooShort(_ bytes: Int) -> DiagnosticError {
        file.problem(
            .dataFileTooShort,
            "`\(file.path)` ends after \(byteText(bytes)); its header promises \(shape.map(String.init).joined(separator: "×")) numbers of type \(type.name)",
            help: ["the file was cut off, or its header is wrong"])
    }
}
