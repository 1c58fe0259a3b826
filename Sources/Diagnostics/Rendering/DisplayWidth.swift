/// What one character of a source line looks like on a terminal.
struct Cell {
    let text: String
    let width: Int
    /// The byte offsets of the character in its source.
    let start: Int
    let end: Int
}

/// The characters of a line as shown: tabs become spaces, what could steer the terminal becomes visible.
func cells(of bytes: ArraySlice<UInt8>) -> [Cell] {
    var result: [Cell] = []
    var offset = bytes.startIndex
    for character in String(decoding: bytes, as: UTF8.self) {
        let length = byteLength(of: character, in: bytes, at: offset)
        let shown = visible(character)
        result.append(Cell(text: shown, width: displayWidth(shown), start: offset, end: offset + length))
        offset += length
    }
    return result
}

/// A character that came from bytes that are no UTF-8 is longer as decoded than it was.
private func byteLength(of character: Character, in bytes: ArraySlice<UInt8>, at offset: Int) -> Int {
    let length = character.utf8.count
    guard character.unicodeScalars.contains("\u{FFFD}"), offset < bytes.endIndex else { return min(length, bytes.endIndex - offset) }
    var end = min(offset + 1, bytes.endIndex)
    while end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return end - offset
}

private func visible(_ character: Character) -> String {
    if character == "\t" { return "    " }
    return String(String.UnicodeScalarView(character.unicodeScalars.map(visible)))
}

/// Control characters, and marks that reverse the direction of text, as something that can be seen.
private func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    case 0x7F: "\u{2421}"
    case 0x80..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: "\u{FFFD}"
    default: scalar
    }
}

/// A message without anything that could steer the terminal; line ends stay.
func sanitized(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { visible($0) != $0 && $0 != "\n" }) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" ? $0 : visible($0) }))
}

private func displayWidth(_ text: String) -> Int {
    text.reduce(0) { $0 + displayWidth($1) }
}

/// Columns of one character: 2 for East Asian wide ones and emoji, 0 for a combining mark that stands alone.
private func displayWidth(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if character.unicodeScalars.contains("\u{FE0F}") || first.properties.isEmojiPresentation { return 2 }
    switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1B000...0x1B2FF,
        0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default: break
    }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
}
