import Diagnostics

/// What libyaml may be given: valid UTF-8 without the characters that YAML forbids.
struct CheckedText {
    /// As many bytes as the file has; forbidden characters are blanked.
    var bytes: [UInt8]
    /// 3 after a byte order mark.
    let base: Int

    /// Nil where the file is no text at all; then one diagnostic says why.
    init?(_ source: SourceText, _ diagnostics: inout [Diagnostic]) {
        let bytes = source.bytes
        let file = Location.file(path: source.path)
        guard bytes.count <= SyntaxLimits.fileSize else {
            diagnostics.append(Self.tooLarge(path: source.path, size: bytes.count))
            return nil
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            diagnostics.append(Diagnostic(
                .notUTF8, "the file is UTF-16 text, not UTF-8", at: file,
                help: ["save it as UTF-8, or convert it: `iconv -f UTF-16 -t UTF-8`"]))
            return nil
        }
        // A zero byte comes first: a binary file has bad UTF-8 and control characters too.
        if bytes.contains(0) {
            diagnostics.append(Diagnostic(.binaryFile, "the file is not text: it holds zero bytes", at: file))
            return nil
        }
        base = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        self.bytes = bytes
        guard check(source, &diagnostics) else { return nil }
    }

    static func tooLarge(path: String, size: Int) -> Diagnostic {
        let megabytes = (Double(size) / Double(1 << 20) * 10).rounded() / 10
        return Diagnostic(
            .fileTooLarge, "the file has \(megabytes) MB; a model file may have up to \(SyntaxLimits.fileSize >> 20)",
            at: .file(path: path), help: ["is this a data file?"])
    }

    /// Reports bad UTF-8 once, and each forbidden character up to a number.
    private mutating func check(_ source: SourceText, _ diagnostics: inout [Diagnostic]) -> Bool {
        var reported = 0
        var offset = base
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                offset += 1
                continue
            }
            guard let (character, length) = Self.decode(bytes, at: offset) else {
                diagnostics.append(Diagnostic(
                    .notUTF8, "byte 0x\(String(byte, radix: 16, uppercase: true)) is not valid UTF-8",
                    at: .range(SourceRange(source, offset, offset + 1)),
                    help: ["save the file as UTF-8; if it is Latin-1: `iconv -f LATIN1 -t UTF-8`"]))
                return false
            }
            if !Self.isAllowed(character) {
                if reported < SyntaxLimits.recoveries {
                    let digits = String(character, radix: 16, uppercase: true)
                    let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                    let range = SourceRange(source, offset, offset + length)
                    diagnostics.append(Diagnostic(
                        .controlCharacter, "the invisible character \(name) cannot stand in a model file", at: .range(range),
                        help: ["remove it"], fix: Fix(range, "")))
                }
                reported += 1
                for position in offset..<offset + length { bytes[position] = UInt8(ascii: " ") }
            }
            offset += length
        }
        return true
    }

    /// The code point at an offset and its length in bytes, or nil where the bytes are no UTF-8.
    private static func decode(_ bytes: [UInt8], at offset: Int) -> (UInt32, Int)? {
        let first = UInt32(bytes[offset])
        let (length, least, top): (Int, UInt32, UInt32)
        switch first {
        case 0..<0x80: return (first, 1)
        case 0xC2..<0xE0: (length, least, top) = (2, 0x80, first & 0x1F)
        case 0xE0..<0xF0: (length, least, top) = (3, 0x800, first & 0x0F)
        case 0xF0..<0xF5: (length, least, top) = (4, 0x10000, first & 0x07)
        default: return nil
        }
        guard offset + length <= bytes.count else { return nil }
        var value = top
        for byte in bytes[offset + 1..<offset + length] {
            guard isContinuation(byte) else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard value >= least, value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
        return (value, length)
    }

    /// The printable characters of YAML 1.2, section 5.1, as libyaml has them. A second byte order mark is not among them.
    private static func isAllowed(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
