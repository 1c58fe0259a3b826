import Diagnostics
import Kernels

/// What a stored number is multiplied with, and what is then added.
///
/// One pair for all features, one per channel of an image, or one per column of a table.
final class NormalizationTerms: Sendable {
    let scale: Floats
    let shift: Floats
    private let arena: Arena

    init?(scale: [Float], shift: [Float]) {
        let count = scale.count
        guard let arena = Arena(byteCount: Self.byteCount(count)) else { return nil }
        self.arena = arena
        self.scale = arena.strip(offset: 0, count: count)
        self.shift = arena.strip(offset: (count * 4).roundedUp, count: count)
        for index in 0..<count {
            self.scale[index] = scale[index]
            self.shift[index] = shift[index]
        }
    }

    static func byteCount(_ terms: Int) -> Int { terms.multipliedSaturating(by: 4).roundedUp.multipliedSaturating(by: 2) }

    static func terms(_ normalization: DataRequest.Normalization, _ layout: Layout) -> Int {
        normalization == .zscore ? layout.normalizedLength : 1
    }

    convenience init?(_ normalization: DataRequest.Normalization, _ layout: Layout, _ statistics: Statistics) {
        switch normalization {
        case .none: self.init(scale: [1], shift: [0])
        case .unit: self.init(scale: [layout.features == .bytes ? 1 / 255 : 1], shift: [0])
        case .zscore:
            // What never changes becomes 0, instead of the 0/0 that its deviation would give.
            let scale = statistics.deviation.map { Float(1 / $0).isFinite ? 1 / $0 : 1 }
            self.init(
                scale: scale.map { Float($0) },
                shift: zip(statistics.mean, scale).map { Float(-$0 * $1) })
        }
    }
}

/// Mean and deviation of every channel of an image, or of every column of a table, over some rows of a store.
public struct Statistics: Sendable, Hashable {
    public let mean: [Double]
    /// Of the population: divided by the count. 0 exactly where all values are equal.
    public let deviation: [Double]

    /// Sums in the order of the rows: the result depends on nothing else.
    init(_ store: ExampleStore, rows: [Int32]?) {
        let channels = store.layout.normalizedLength, length = store.layout.rowLength
        let count = rows?.count ?? store.layout.count
        guard count > 0, length > 0 else {
            mean = []
            deviation = []
            return
        }
        switch store.features {
        case .bytes(let bytes):
            (mean, deviation) = Self.exact(bytes, rows, count: count, length: length, channels: channels)
        case .floats(let floats):
            (mean, deviation) = Self.shifted(floats, rows, count: count, length: length, channels: channels)
        }
    }

    /// Whole numbers are added without error.
    private static func exact(_ bytes: Bytes, _ rows: [Int32]?, count: Int, length: Int, channels: Int) -> ([Double], [Double]) {
        var sums = [UInt64](repeating: 0, count: channels), squares = sums
        for index in 0..<count {
            let row = bytes.row(rows.map { Int($0[index]) } ?? index, length: length)
            if channels == 1 {
                // 32 bits hold a row's sums in pieces of 65,536.
                var start = 0
                while start < length {
                    let end = min(start + 65_536, length)
                    var sum: UInt32 = 0, square: UInt32 = 0
                    for position in start..<end {
                        let value = UInt32(row[position])
                        sum &+= value
                        square &+= value &* value
                    }
                    sums[0] &+= UInt64(sum)
                    squares[0] &+= UInt64(square)
                    start = end
                }
            } else {
                var position = 0
                while position < length {
                    for channel in 0..<channels {
                        let value = UInt64(row[position + channel])
                        sums[channel] &+= value
                        squares[channel] &+= value &* value
                    }
                    position += channels
                }
            }
        }
        let numbers = Double(count) * Double(length / channels)
        let mean = sums.map { Double($0) / numbers }
        let deviation = (0..<channels).map { max(0, Double(squares[$0]) / numbers - mean[$0] * mean[$0]).squareRoot() }
        // The difference of two large numbers is not exact, but whether all are equal is: n Σx² = (Σx)².
        return (mean, (0..<channels).map { channel in
            let left = UInt64(numbers).multipliedFullWidth(by: squares[channel])
            let right = sums[channel].multipliedFullWidth(by: sums[channel])
            return left == right ? 0 : deviation[channel]
        })
    }

    /// Twice through the rows: the mean, then the squares of the distances from it.
    private static func shifted(_ floats: Floats, _ rows: [Int32]?, count: Int, length: Int, channels: Int) -> ([Double], [Double]) {
        var sums = [Double](repeating: 0, count: channels), squares = sums
        let first = floats.row(rows.map { Int($0[0]) } ?? 0, length: length)
        var constant = [Bool](repeating: true, count: channels)
        for index in 0..<count {
            let row = floats.row(rows.map { Int($0[index]) } ?? index, length: length)
            var position = 0
            while position < length {
                for channel in 0..<channels {
                    sums[channel] += Double(row[position + channel])
                    if row[position + channel] != first[channel] { constant[channel] = false }
                }
                position += channels
            }
        }
        let numbers = Double(count) * Double(length / channels)
        let mean = sums.map { $0 / numbers }
        for index in 0..<count {
            let row = floats.row(rows.map { Int($0[index]) } ?? index, length: length)
            var position = 0
            while position < length {
                for channel in 0..<channels {
                    let distance = Double(row[position + channel]) - mean[channel]
                    squares[channel] += distance * distance
                }
                position += channels
            }
        }
        return (mean, (0..<channels).map { constant[$0] ? 0 : (squares[$0] / numbers).squareRoot() })
    }
}

extension Strip {
    /// One row of a matrix.
    func row(_ index: Int, length: Int) -> Strip { self[index * length..<(index + 1) * length] }
}
