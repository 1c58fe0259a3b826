import Kernels

/// A 28×28 picture of black and white. Bit x of a row is the pixel in column x.
struct Bitmap: Equatable {
    static let side = 28
    static let full = UInt32(1) << 28 - 1

    var rows = [UInt32](repeating: 0, count: Bitmap.side)

    var pixelCount: Int { rows.reduce(0) { $0 + $1.nonzeroBitCount } }

    subscript(x: Int, y: Int) -> Bool { rows[y] >> UInt32(x) & 1 == 1 }

    /// White is 255.
    func write(to bytes: Bytes) {
        for y in 0..<Self.side {
            for x in 0..<Self.side { bytes[y * Self.side + x] = self[x, y] ? 255 : 0 }
        }
    }

    /// Whether the white pixels are all the pixels of their convex hull: with any two of them, and any three, whatever
    /// pixel centre lies between them is white too. Exact, in whole numbers.
    var isConvex: Bool {
        // A row with a gap decides most cases at once.
        for row in rows where row != 0 {
            let shifted = row >> UInt32(row.trailingZeroBitCount)
            if shifted & (shifted &+ 1) != 0 { return false }
        }
        var ends: [(x: Int, y: Int)] = []
        for (y, row) in rows.enumerated() where row != 0 {
            ends.append((row.trailingZeroBitCount, y))
            ends.append((31 - row.leadingZeroBitCount, y))
        }
        guard let first = ends.first, let last = ends.last else { return true }
        let left = Self.chain(ends, keepsLeft: true), right = Self.chain(ends, keepsLeft: false)
        for y in first.y...last.y {
            for x in 0..<Self.side where !self[x, y] {
                if Self.side(of: left, x, y) >= 0, Self.side(of: right, x, y) <= 0 { return false }
            }
        }
        return true
    }

    /// The left or the right border of the convex hull, from the top down. `points` are ordered by y.
    private static func chain(_ points: [(x: Int, y: Int)], keepsLeft: Bool) -> [(x: Int, y: Int)] {
        var chain: [(x: Int, y: Int)] = []
        for (index, point) in points.enumerated() where (index % 2 == 0) == keepsLeft {
            while chain.count >= 2 {
                let a = chain[chain.count - 2], b = chain[chain.count - 1]
                let turn = (b.x - a.x) * (point.y - a.y) - (point.x - a.x) * (b.y - a.y)
                // b stays only where it lies outside the line from a to the new point.
                if keepsLeft ? turn < 0 : turn > 0 { break }
                chain.removeLast()
            }
            chain.append(point)
        }
        return chain
    }

    /// Positive to the right of the chain, negative to its left, 0 on it.
    private static func side(of chain: [(x: Int, y: Int)], _ x: Int, _ y: Int) -> Int {
        guard chain.count >= 2 else { return x - chain[0].x }
        for (a, b) in zip(chain, chain.dropFirst()) where a.y <= y && y <= b.y {
            return (x - a.x) * (b.y - a.y) - (b.x - a.x) * (y - a.y)
        }
        return x - chain[0].x
    }
}
