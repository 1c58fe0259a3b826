/// The candidate that is most like a misspelt word, or nil where none is alike.
///
/// Case, `-` for `_`, and `camelCase` for `snake_case` do not count. Of equally near ones the first is taken, so the order of `candidates` decides.
public func nearest(_ word: String, in candidates: [String]) -> String? {
    let wanted = folded(word)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let other = folded(candidate)
        // A third of the letters may differ, but at least one, and never all.
        let limit = max(1, max(wanted.count, other.count) / 3)
        guard abs(wanted.count - other.count) <= limit, other.count <= 96 else { continue }
        let distance = editDistance(wanted, other)
        guard distance <= limit, distance < max(wanted.count, other.count) else { continue }
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

private func folded(_ word: String) -> [Character] {
    var result: [Character] = []
    var afterLower = false
    for character in word {
        if character.isUppercase, afterLower { result.append("_") }
        afterLower = character.isLowercase
        result += character == "-" || character == " " ? ["_"] : Array(character.lowercased())
    }
    return result
}

/// Letters added, left out, changed or swapped with their neighbour (optimal string alignment).
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return a.count + b.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
            row[j] = cost
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
