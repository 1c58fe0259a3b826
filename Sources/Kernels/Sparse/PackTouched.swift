/// Moves what belongs to the units that any example names to the front of `weights` [outer, units, inner], within each of the outer ones, and of `bias` [units], in
/// their order and in place; `touched` says how many these are and, ascending, which. What is behind them is left as it comes.
///
/// A batch that is worth a dense product touches most units, and up to the first that is missing no row moves: so it is done by one thread.
public func packTouched(_ weights: Floats, _ bias: Floats?, _ indices: Ints, _ touched: Ints, outer: Int, units: Int, inner: Int) {
    precondition(weights.count == outer * units * inner && bias.map { $0.count == units } ?? true && touched.count == 1 + units && indices.lie(below: units))
    let marks = touched.base + 1
    marks.update(repeating: 0, count: units)
    for place in 0..<indices.count { marks[Int(indices.base[place])] = 1 }
    var count = 0
    for unit in 0..<units where marks[unit] == 1 {
        marks[count] = Int32(truncatingIfNeeded: unit)
        count += 1
    }
    touched[0] = Int32(truncatingIfNeeded: count)
    // What belongs to a unit is never written before it was read: it moves to the front.
    guard let first = (0..<count).first(where: { Int(marks[$0]) != $0 }) else { return }
    for block in 0..<outer {
        let start = weights.base + block * units * inner
        for place in first..<count { (start + place * inner).update(from: start + Int(marks[place]) * inner, count: inner) }
    }
    if let bias { for place in first..<count { bias[place] = bias[Int(marks[place])] } }
}
