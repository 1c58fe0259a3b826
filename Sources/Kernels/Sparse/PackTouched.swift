/// Moves the rows of the units that any example names to the front of `weights` [units, inputs] and of `bias` [units], in their order and in place;
/// `touched` says how many these are and, ascending, which. What is behind them is left as it comes.
///
/// A batch that is worth a dense product touches most units, and up to the first that is missing no row moves: so it is done by one thread.
public func packTouched(_ weights: Floats, _ bias: Floats?, _ indices: Ints, _ touched: Ints, units: Int, inputs: Int) {
    precondition(weights.count == units * inputs && bias.map { $0.count == units } ?? true && touched.count == 1 + units && indices.lie(below: units))
    let marks = touched.base + 1
    marks.update(repeating: 0, count: units)
    for place in 0..<indices.count { marks[Int(indices.base[place])] = 1 }
    var rows = 0
    // A unit's row is never written before it was read: it moves to the front.
    for unit in 0..<units where marks[unit] == 1 {
        marks[rows] = Int32(truncatingIfNeeded: unit)
        if rows != unit {
            (weights.base + rows * inputs).update(from: weights.base + unit * inputs, count: inputs)
            bias?.base[rows] = bias?.base[unit] ?? 0
        }
        rows += 1
    }
    touched[0] = Int32(truncatingIfNeeded: rows)
}
