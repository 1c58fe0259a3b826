import CKernels

/// (Σ λ)² / Σ λ² of the eigenvalues of the covariance of some rows: about how many directions they vary in, 1...columns. Nil where they do not vary, or are fewer than three.
///
/// The sum of squares is estimated from the products of different rows alone: what a row makes with itself would count noise as sameness.
///
/// - Parameter rows: [count, columns]; their mean is taken off.
public func participationRatio(_ rows: Floats, count: Int) -> Double? {
    let columns = count > 0 ? rows.count / count : 0
    guard count > 2, columns > 0 else { return nil }
    for column in 0..<columns {
        var sum: Float = 0
        for row in 0..<count { sum += rows[row * columns + column] }
        let mean = sum / Float(count)
        for row in 0..<count { rows[row * columns + column] -= mean }
    }
    func product(_ a: Int, _ b: Int) -> Double { Double(nnc_dot(rows.base + a * columns, rows.base + b * columns, columns)) }
    var squares = 0.0, trace = 0.0
    for a in 0..<count {
        trace += product(a, a)
        for b in 0..<a {
            let common = product(a, b)
            squares += 2 * common * common
        }
    }
    trace /= Double(count)
    squares /= Double(count) * Double(count - 1)
    return trace > 0 && squares > 0 && trace.isFinite && squares.isFinite ? min(max(trace * trace / squares, 1), Double(columns)) : nil
}
