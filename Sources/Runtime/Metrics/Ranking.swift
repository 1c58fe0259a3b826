import Kernels

/// The position of the largest entry, the first of equal ones; -1 where there is none but NaN.
@inlinable public func largestEntry(_ row: Floats) -> Int {
    var best = -1
    var largest = -Float.infinity
    for index in 0..<row.count {
        let value = row[index]
        if value > largest || (best < 0 && value == largest) {
            largest = value
            best = index
        }
    }
    return best
}

/// How many entries stand before one: larger, or equal with a smaller index. A NaN stands behind everything.
@inlinable public func rank(of index: Int, in row: Floats) -> Int {
    let value = row[index]
    guard !value.isNaN else { return row.count }
    var before = 0
    for other in 0..<row.count where row[other] > value || (row[other] == value && other < index) { before += 1 }
    return before
}

/// How many of the `k` largest entries are marked by a target above one half.
@inlinable public func hits(among k: Int, of row: Floats, targets: Floats) -> Int {
    var hits = 0
    for index in 0..<row.count where targets[index] > 0.5 && rank(of: index, in: row) < k { hits += 1 }
    return hits
}
