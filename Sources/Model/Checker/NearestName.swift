/// The candidate that a misspelt word most likely means, or nil where none is near.
///
/// Distance is that of Damerau and Levenshtein (optimal string alignment) on lower-case letters; at most a third of the letters may differ.
/// Of equally near ones the first wins, so the answer does not depend on any order but that of the table.
func nearest(to word: String, among candidates: [String]) -> String? {
    let wanted = folded(word)
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(wanted, folded(candidate), limit: limit)
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

/// Lower-case, with `_` for `-` and spaces, and `snake_case` for `camelCase`.
private func folded(_ word: String) -> [UInt8] {
    var result: [UInt8] = []
    var afterLower = false
    // A longer word is no misspelling of anything here, and the distance is quadratic.
    for byte in word.utf8.prefix(64) {
        let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        if isUpper, afterLower { result.append(UInt8(ascii: "_")) }
        afterLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        if isUpper { result.append(byte + 32) } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: " ") { result.append(UInt8(ascii: "_")) } else { result.append(byte) }
    }
    return result
}

private func editDistance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
    if abs(a.count - b.count) > limit { return limit + 1 }
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            let substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(substitution, last[j] + 1, row[j - 1] + 1)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
