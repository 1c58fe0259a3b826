import Kernels

/// The decimal number at `position`, rounded once, and moves behind it; nil where there is none. `nan` and `inf` are numbers here,
/// and what is too large for 32 bits is infinite, so that they can be refused by name.
@inline(__always)
func readFloat(_ bytes: Bytes, _ position: inout Int, end: Int) -> Float? {
    var place = position
    let isNegative = place < end && bytes[place] == 0x2D
    if isNegative || (place < end && bytes[place] == 0x2B) { place += 1 }
    let firstDigit = place
    var digits: UInt64 = 0, dropped = 0, point = -1
    while place < end {
        let digit = bytes[place] &- 0x30
        if digit <= 9 {
            // Past 19 digits what follows is less than 10^-18 of the number.
            if digits < 1_000_000_000_000_000_000 { digits = digits &* 10 &+ UInt64(digit) } else { dropped += 1 }
        } else if bytes[place] == 0x2E, point < 0 {
            point = place
        } else {
            break
        }
        place += 1
    }
    let lastDigit = place
    guard lastDigit - firstDigit > (point < 0 ? 0 : 1) else {
        guard let special = readSpecial(bytes, firstDigit, end: end) else { return nil }
        position = special.end
        return isNegative ? -special.value : special.value
    }
    // Of all digits as a whole number.
    var exponent = point < 0 ? 0 : point + 1 - lastDigit
    if place < end, bytes[place] | 0x20 == 0x65 {
        place += 1
        let isBelow = place < end && bytes[place] == 0x2D
        if isBelow || (place < end && bytes[place] == 0x2B) { place += 1 }
        let firstOfExponent = place
        var written = 0
        while place < end, bytes[place] &- 0x30 <= 9 {
            if written < 1_000_000_000 { written = written * 10 + Int(bytes[place] &- 0x30) }
            place += 1
        }
        guard place > firstOfExponent else { return nil }
        exponent += isBelow ? -written : written
    }
    position = place
    if digits == 0 { return isNegative ? -0.0 : 0 }
    let scale = exponent + dropped
    if scale >= -22, scale <= 22 {
        // Wrong by at most two units in the last place of a Float64. That can change the Float32 next to it only where it lies
        // that near to the middle between two of them.
        let value = scale < 0 ? Double(digits) / powersOfTen[-scale] : Double(digits) * powersOfTen[scale]
        let below = Int(value.bitPattern & 0x1FFF_FFFF)
        if abs(below - 0x1000_0000) > 4 { return isNegative ? -Float(value) : Float(value) }
    }
    return readSlowly(bytes, firstDigit..<lastDigit, exponent: exponent).map { isNegative ? -$0 : $0 }
}

/// Powers of ten that a Float64 holds exactly.
private let powersOfTen: [Double] = (0...22).map { exponent in (0..<exponent).reduce(1.0) { value, _ in value * 10 } }

/// All digits of `range` as a whole number, times 10^exponent.
private func readSlowly(_ bytes: Bytes, _ range: Range<Int>, exponent: Int) -> Float? {
    let digits = range.compactMap { bytes[$0] == 0x2E ? nil : bytes[$0] }
    return Float(String(decoding: digits, as: UTF8.self) + "e\(exponent)")
}

/// `nan`, `inf` and `infinity` in any case.
private func readSpecial(_ bytes: Bytes, _ start: Int, end: Int) -> (value: Float, end: Int)? {
    var stop = start
    while stop < end, stop - start < 9, (0x61...0x7A).contains(bytes[stop] | 0x20) { stop += 1 }
    switch bytes.text(start..<stop).lowercased() {
    case "nan": return (.nan, stop)
    case "inf", "infinity": return (.infinity, stop)
    default: return nil
    }
}
