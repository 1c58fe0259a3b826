import Diagnostics

/// The format of MNIST: two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension as
/// a big-endian 32-bit number, then the numbers, big-endian, last dimension fastest.
enum IDX {
    static func open(_ written: Written<String>) throws(DiagnosticError) -> TensorFile {
        let file = try DataPath(written)
        let stream = try ByteStream(file)
        guard let start = try stream.bytes(4), start[0] == 0, start[1] == 0 else {
            throw file.problem(
                .notIDX, "`\(file.path)` is not an idx file: it does not begin with two zero bytes",
                help: ["idx is the format of MNIST; nnc also reads npy, csv, cifar10 and cifar100 (`format:`)"])
        }
        let types: [UInt8: ScalarType] = [
            0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
        ]
        guard let type = types[start[2]] else {
            throw file.problem(
                .unknownNumberType, "`\(file.path)` has an unknown type of numbers: its third byte is \(start[2])",
                help: ["idx knows 8 (uint8), 9 (int8), 11 (int16), 12 (int32), 13 (float32), 14 (float64)"])
        }
        let rank = Int(start[3])
        guard let sizes = try stream.bytes(4 * rank) else {
            throw file.problem(.dataFileTooShort, "`\(file.path)` ends inside its header", help: ["the file was cut off"])
        }
        let shape = (0..<rank).map { index in
            (0..<4).reduce(0) { $0 << 8 | Int(sizes[4 * index + $1]) }
        }
        return try TensorFile(file, type: type, bigEndian: true, shape: shape, headerBytes: 4 + 4 * rank)
    }
}
