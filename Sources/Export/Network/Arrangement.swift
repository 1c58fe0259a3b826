/// How numbers that nnc has in one order stand in PyTorch's.
enum Arrangement: Sendable, Hashable {
    case same
    /// Here [rows, columns], there [columns, rows].
    case transposed
    /// Here [height, width, channels, filters], there [filters, channels, height, width].
    case filters
    /// The last axis in another order: there, place `i` has what is here at `order[i]`.
    case ordered([Int])

    /// There, of what has this shape here.
    func shape(_ shape: [Int]) -> [Int] {
        switch self {
        case .same, .ordered: shape
        case .transposed: shape.reversed()
        case .filters: [shape[3], shape[2], shape[0], shape[1]]
        }
    }

    /// PyTorch's order of numbers that have `shape` here.
    func outward(_ numbers: [Float], _ shape: [Int]) -> [Float] { moved(numbers, shape) { result, there, here in result[there] = numbers[here] } }

    /// nnc's order of PyTorch's numbers; they have `shape` here.
    func inward(_ numbers: [Float], _ shape: [Int]) -> [Float] { moved(numbers, shape) { result, there, here in result[here] = numbers[there] } }

    private func moved(_ numbers: [Float], _ shape: [Int], _ move: (_ result: inout [Float], _ there: Int, _ here: Int) -> Void) -> [Float] {
        if self == .same { return numbers }
        var result = [Float](repeating: 0, count: numbers.count)
        switch self {
        case .same: break
        case .transposed:
            let rows = shape[0], columns = shape[1]
            for row in 0..<rows { for column in 0..<columns { move(&result, column * rows + row, row * columns + column) } }
        case .filters:
            let window = shape[0] * shape[1], channels = shape[2], filters = shape[3]
            for place in 0..<window {
                for channel in 0..<channels {
                    let row = (place * channels + channel) * filters
                    for filter in 0..<filters { move(&result, (filter * channels + channel) * window + place, row + filter) }
                }
            }
        case .ordered(let order):
            for start in stride(from: 0, to: order.isEmpty ? 0 : numbers.count, by: max(1, order.count)) {
                for (place, source) in order.enumerated() { move(&result, start + place, start + source) }
            }
        }
        return result
    }
}
