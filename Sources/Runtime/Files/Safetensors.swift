import Foundation
import Graph
import Kernels

/// The safetensors format: a length, a JSON header, and the numbers one after the other, little-endian.
///
/// Source: https://github.com/huggingface/safetensors, "Format". Shapes are in the order of PyTorch's `nn.Linear`:
/// dense weights are [units, inputs].
public struct Safetensors: Sendable {
    public struct Tensor: Sendable, Hashable {
        public let name: String
        public let dtype: String
        public let shape: [Int]
        /// Bytes after the header.
        public let range: Range<Int>
        public let count: Int
    }

    public let path: String
    /// In the order of their bytes.
    public let tensors: [Tensor]
    public let metadata: [String: String]
    private let start: Int

    /// The same cap as the reference implementation's.
    static let headerLimit = 100_000_000
    private static let elementBytes = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1]

    /// Reads and checks the header; the numbers stay on the disk.
    public init(path: String) throws(FileError) {
        func wrong(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
        let file = try InputFile(path)
        guard file.byteCount >= 8 else { throw wrong("is too short for a safetensors file: \(file.byteCount) bytes") }
        let lengthBytes = try file.bytes(at: 0, count: 8)
        let length = lengthBytes.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
        guard length <= UInt64(Self.headerLimit), length <= UInt64(file.byteCount - 8) else {
            throw wrong("says that its header is \(length) bytes long, but the file has \(file.byteCount)")
        }
        let headerBytes = try file.bytes(at: 8, count: Int(length))
        // A NUL would make it JSON in another encoding than UTF-8.
        guard headerBytes.first == UInt8(ascii: "{"), !headerBytes.contains(0) else { throw wrong("has no JSON object as its header") }
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(headerBytes))
        } catch {
            throw wrong("has a header that cannot be read as safetensors")
        }
        guard Header.keyCount(headerBytes) == header.keyCount else { throw wrong("names a tensor twice") }
        let dataBytes = file.byteCount - 8 - Int(length)
        let sorted = header.tensors.sorted { ($0.offsets.first ?? 0, $0.name) < ($1.offsets.first ?? 0, $1.name) }
        var tensors: [Tensor] = []
        var end = 0
        for entry in sorted {
            guard let size = Self.elementBytes[entry.dtype] else { throw wrong("has the unknown element type `\(entry.dtype)` in `\(entry.name)`") }
            guard entry.shape.allSatisfy({ $0 >= 0 }), entry.offsets.count == 2 else { throw wrong("describes `\(entry.name)` wrongly") }
            // A zero must not hide sizes that cannot be multiplied.
            guard Count.product(entry.shape.filter { $0 > 0 }) < Int.max else { throw wrong("gives `\(entry.name)` the shape \(entry.shape), which is more than can be counted") }
            let count = Count.product(entry.shape), bytes = Count.product(count, size)
            // No holes and no overlaps: each tensor starts where the one before ends.
            guard entry.offsets[0] == end, entry.offsets[1] >= end, entry.offsets[1] - end == bytes, entry.offsets[1] <= dataBytes else {
                throw wrong("gives `\(entry.name)` the bytes \(entry.offsets[0])..<\(entry.offsets[1]), which do not fit its shape \(entry.shape) or the file")
            }
            end = entry.offsets[1]
            tensors.append(Tensor(name: entry.name, dtype: entry.dtype, shape: entry.shape, range: entry.offsets[0]..<end, count: count))
        }
        guard end == dataBytes else { throw wrong("has \(dataBytes - end) bytes that belong to no tensor") }
        self.path = path
        self.tensors = tensors
        metadata = header.metadata
        start = 8 + Int(length)
    }

    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

    /// Reads a tensor of four-byte numbers into memory of the same count.
    public func read(_ tensor: Tensor, of type: TensorType.DType = .float32, into memory: Floats) throws(FileError) {
        guard tensor.dtype == type.safetensors, tensor.count == memory.count else {
            throw FileError(path: path, reason: "has `\(tensor.name)` as \(tensor.dtype)\(tensor.shape), not \(memory.count) numbers \(type.safetensors)")
        }
        try InputFile(path).read(into: memory.base, byteCount: 4 * memory.count, at: start + tensor.range.lowerBound)
    }

    /// Reads the bit patterns of a tensor of four-byte numbers.
    public func bits(_ tensor: Tensor) throws(FileError) -> [UInt32] {
        guard Self.elementBytes[tensor.dtype] == 4 else { throw FileError(path: path, reason: "has `\(tensor.name)` as \(tensor.dtype)") }
        // Its size is that of a part of the file.
        var bits = Array(repeating: UInt32(0), count: tensor.count)
        try InputFile(path).read(into: &bits, byteCount: 4 * bits.count, at: start + tensor.range.lowerBound)
        return bits
    }

    /// Writes tensors of four-byte numbers, all of them or none.
    public static func write(_ tensors: [NamedTensor], metadata: [(String, String)], to path: String) throws(FileError) {
        let entries = tensors.map { tensor in
            precondition(Count.product(tensor.shape) == tensor.count && tensor.dtype.byteCount == 4)
            return Entry(name: tensor.name, dtype: tensor.dtype.safetensors, shape: tensor.shape, byteCount: 4 * tensor.count)
        }
        try write(entries, metadata: metadata, to: path) { index, file throws(FileError) in
            switch tensors[index].content {
            case .memory(let numbers): try file.write(numbers.base, byteCount: 4 * numbers.count)
            case .bits(let bits): try file.write(bits, byteCount: 4 * bits.count)
            }
        }
    }

    /// A tensor that is to be written.
    public struct Entry: Sendable {
        public let name: String
        /// As the format calls it: `F32`, `I64`.
        public let dtype: String
        public let shape: [Int]
        public let byteCount: Int

        public init(name: String, dtype: String, shape: [Int], byteCount: Int) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.byteCount = byteCount
        }
    }

    /// Writes tensors one after the other, so that no two of them need be in memory.
    ///
    /// - Parameter contents: writes the bytes of one of them, as many as its entry says.
    public static func write(
        _ tensors: [Entry], metadata: [(String, String)], to path: String, contents: (Int, inout OutputFile) throws(FileError) -> Void
    ) throws(FileError) {
        let fields = ([("format", "pt")] + metadata).map { "\(quoted($0.0)):\(quoted($0.1))" }
        var entries = ["\"__metadata__\":{\(fields.joined(separator: ","))}"]
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.byteCount
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append("\(quoted(tensor.name)):{\"dtype\":\"\(tensor.dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        // Readers that map the file want the numbers aligned.
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }

        var file = try OutputFile(path)
        try file.write(length)
        try file.write(header)
        for index in tensors.indices { try contents(index, &file) }
        try file.finish()
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20: result += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension TensorType.DType {
    /// As the format calls it.
    var safetensors: String {
        switch self {
        case .float32: "F32"
        case .int32: "I32"
        case .uint8: "U8"
        }
    }
}

/// The header as JSON: tensors by name, and `__metadata__`.
private struct Header: Decodable {
    struct Entry: Decodable {
        var name = ""
        let dtype: String
        let shape: [Int]
        let offsets: [Int]
        enum CodingKeys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }
    }

    struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var tensors: [Entry] = []
    var metadata: [String: String] = [:]
    var keyCount = 0

    /// Of the outermost object, those that come twice included, of which a decoder gives one. The text must be valid JSON.
    static func keyCount(_ json: [UInt8]) -> Int {
        var count = 0, depth = 0, isText = false, isEscaped = false
        for byte in json {
            if isText {
                isText = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        keyCount = container.allKeys.count
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                var entry = try container.decode(Entry.self, forKey: key)
                entry.name = key.stringValue
                tensors.append(entry)
            }
        }
    }
}
