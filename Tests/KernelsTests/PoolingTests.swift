import Testing

@testable import Kernels

private func shape(
    _ height: Int, _ width: Int, _ channels: Int, _ pool: (Int, Int), _ stride: (Int, Int), same: Bool, _ batch: Int
) -> Pool2DShape {
    let outHeight = same ? (height + stride.0 - 1) / stride.0 : (height - pool.0) / stride.0 + 1
    let outWidth = same ? (width + stride.1 - 1) / stride.1 : (width - pool.1) / stride.1 + 1
    return Pool2DShape(
        batch: batch, height: height, width: width, channels: channels, outHeight: outHeight, outWidth: outWidth, poolHeight: pool.0,
        poolWidth: pool.1, strideHeight: stride.0, strideWidth: stride.1,
        padTop: same ? max(0, (outHeight - 1) * stride.0 + pool.0 - height) / 2 : 0,
        padLeft: same ? max(0, (outWidth - 1) * stride.1 + pool.1 - width) / 2 : 0)
}

private let cases = [
    shape(28, 28, 32, (2, 2), (2, 2), same: false, 5), shape(7, 9, 17, (3, 2), (2, 1), same: true, 3),
    shape(5, 5, 1, (2, 2), (3, 3), same: false, 2), shape(6, 6, 48, (3, 3), (1, 1), same: true, 2),
    shape(4, 4, 3, (4, 4), (4, 4), same: false, 0), shape(1, 1, 5, (1, 1), (1, 1), same: false, 1),
]

/// For each output, its window's cells inside the image: the index in x, and the place in the window.
private func windows(_ s: Pool2DShape) -> [[(x: Int, place: Int)]] {
    var all: [[(x: Int, place: Int)]] = []
    for n in 0..<s.batch {
        for oy in 0..<s.outHeight {
            for ox in 0..<s.outWidth {
                for c in 0..<s.channels {
                    var cells: [(x: Int, place: Int)] = []
                    for ky in 0..<s.poolHeight {
                        for kx in 0..<s.poolWidth {
                            let iy = oy * s.strideHeight + ky - s.padTop, ix = ox * s.strideWidth + kx - s.padLeft
                            guard iy >= 0 && iy < s.height && ix >= 0 && ix < s.width else { continue }
                            cells.append((((n * s.height + iy) * s.width + ix) * s.channels + c, ky * s.poolWidth + kx))
                        }
                    }
                    all.append(cells)
                }
            }
        }
    }
    return all
}

@Suite struct PoolingTests {
    /// Few different values, so that there are ties, and some that are not numbers.
    @Test(arguments: cases)
    func maximaAreTheFirstOfEqualOnes(_ s: Pool2DShape) {
        let x = numbers(s.batch * s.imageCount, 4).map { $0 > 0.95 ? Float.nan : ($0 * 4).rounded() - 9 }
        let dy = numbers(s.batch * s.outImageCount, 5)
        var y: [Float] = [], places: [UInt8] = [], dx = [Double](repeating: 0, count: x.count)
        for (i, cells) in windows(s).enumerated() {
            var best = cells[0]
            for cell in cells where x[cell.x] > x[best.x] || x[cell.x].isNaN && !x[best.x].isNaN { best = cell }
            y.append(x[best.x])
            places.append(UInt8(best.place))
            dx[best.x] += Double(dy[i])
        }
        for pool in pools {
            let memory = Memory(), out = memory.floats(count: y.count), back = memory.floats(count: x.count)
            let indices = memory.bytes([UInt8](repeating: 7, count: y.count))
            maxPoolForward(memory.floats(x), out, indices, s, pool)
            #expect(difference(out.array, y.map(Double.init)) == 0)
            #expect(indices.array == places)
            maxPoolBackward(memory.floats(dy), indices, back, s, pool)
            #expect(difference(back.array, dx) < 1e-6)
            out.fill(3)
            maxPoolForward(memory.floats(x), out, nil, s, pool)
            #expect(difference(out.array, y.map(Double.init)) == 0)
        }
    }

    @Test(arguments: cases)
    func averagesCountTheCellsInside(_ s: Pool2DShape) {
        let x = numbers(s.batch * s.imageCount, 4), dy = numbers(s.batch * s.outImageCount, 5)
        var y: [Double] = [], dx = [Double](repeating: 0, count: x.count)
        for (i, cells) in windows(s).enumerated() {
            y.append(cells.reduce(0) { $0 + Double(x[$1.x]) } / Double(cells.count))
            for cell in cells { dx[cell.x] += Double(dy[i]) / Double(cells.count) }
        }
        for pool in pools {
            let memory = Memory(), out = memory.floats(count: y.count), back = memory.floats(count: x.count)
            averagePoolForward(memory.floats(x), out, s, pool)
            #expect(difference(out.array, y) < 1e-6)
            averagePoolBackward(memory.floats(dy), back, s, pool)
            #expect(difference(back.array, dx) < 1e-6)
        }
    }
}
