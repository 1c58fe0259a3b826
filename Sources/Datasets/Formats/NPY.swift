import Diagnostics

/// NumPy's format: a magic string, a version, and a header that is a Python dictionary of three entries; then the
/// numbers, in C order.
enum NPY {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// NumPy itself writes less than a tenth of this.
    static let longestHeader = 1 << 16

    static func open(_ written: Written<String>) throws(DiagnosticError) -> TensorFile {
        let file = try DataPath(written)
        let stream = try ByteStream(file)
        guard let start = try stream.bytes(8), start.starts(with: magic) else {
            throw file.problem(
                .notNPY, "`\(file.path)` is not an npy file: it does not begin with NumPy's magic string",
                help: ["write it with `numpy.save`; an .npz archive must be unpacked"])
        }
        let version = start[6]
        guard (1...3).contains(version) else {
            throw file.problem(.notNPY, "`\(file.path)` is of npy version \(version); nnc reads 1, 2 and 3")
        }
        guard let lengthBytes = try stream.bytes(version == 1 ? 2 : 4) else { throw cut(file) }
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= longestHeader else {
            throw file.problem(.notNPY, "the header of `\(file.path)` says that it is \(byteText(length)) long")
        }
        guard let header = try stream.bytes(length) else { throw cut(file) }
        let fields = try NPYHeader(header, file)
        let (type, bigEndian) = try numberType(fields.descr, file)
        if fields.fortranOrder, fields.shape.filter({ $0 != 1 }).count > 1 {
            throw file.problem(
                .fortranOrder, "`\(file.path)` is in Fortran order: its first dimension is the fastest",
                help: ["save `numpy.ascontiguousarray(x)`"])
        }
        return try TensorFile(file, type: type, bigEndian: bigEndian, shape: fields.shape, headerBytes: stream.position)
    }

    private static func cut(_ file: DataPath) -> DiagnosticError {
        file.problem(.dataFileTooShort, "`\(file.path)` ends inside its header", help: ["the file was cut off"])
    }

    private static func numberType(_ descr: String, _ file: DataPath) throws(DiagnosticError) -> (ScalarType, bigEndian: Bool) {
        let types: [String: ScalarType] = [
            "b1": .uint8, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32,
            "u8": .uint64, "i8": .int64, "f4": .float32, "f8": .float64,
        ]
        guard let order = descr.first, "<>|=".contains(order), let type = types[String(descr.dropFirst())] else {
            throw file.problem(
                .unknownNumberType, "`\(file.path)` has numbers of type `\(quoted(descr, limit: 40))`, which nnc does not read",
                help: ["save `x.astype(numpy.float32)`, or another type of whole or real numbers"])
        }
        return (type, order == ">")
    }
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }`
private struct NPYHeader {
    var descr = ""
    var fortranOrder = false
    var shape: [Int] = []

    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8], _ file: DataPath) throws(DiagnosticError) {
        self.text = text
        guard parse() else {
            throw file.problem(
                .notNPY, "the header of `\(file.path)` is not one that NumPy writes: `\(quoted(String(decoding: text.prefix(200), as: UTF8.self), limit: 100))`",
                help: ["arrays of records and of objects are not read"])
        }
    }

    private mutating func parse() -> Bool {
        guard take("{") else { return false }
        var seen: Set<String> = []
        while !take("}") {
            guard let key = string(), take(":"), seen.insert(key).inserted else { return false }
            switch key {
            case "descr":
                guard let value = string() else { return false }
                descr = value
            case "fortran_order":
                if word("True") { fortranOrder = true } else if !word("False") { return false }
            case "shape":
                guard let value = tuple() else { return false }
                shape = value
            default: return false
            }
            if !take(",") {
                guard take("}") else { return false }
                break
            }
        }
        return seen.count == 3
    }

    private mutating func skipSpace() {
        while position < text.count, text[position] == 0x20 || text[position] == 0x0A { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: String) -> Bool {
        skipSpace()
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func string() -> String? {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\"") else { return nil }
        let quote = text[position]
        guard let end = text[(position + 1)...].firstIndex(of: quote) else { return nil }
        defer { position = end + 1 }
        return String(decoding: text[(position + 1)..<end], as: UTF8.self)
    }

    private mutating func tuple() -> [Int]? {
        guard take("(") else { return nil }
        var sizes: [Int] = []
        while !take(")") {
            skipSpace()
            let start = position
            while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
            guard let size = Int(String(decoding: text[start..<position], as: UTF8.self)), sizes.count < 32 else { return nil }
            // Python 2 marked long numbers.
            _ = take("L")
            sizes.append(size)
            if !take(",") { return take(")") ? sizes : nil }
        }
        return sizes
    }
}
