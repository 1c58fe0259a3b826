@testable import Kernels

/// Memory of a test, released with it.
final class Memory {
    private var floats: [UnsafeMutablePointer<Float>] = []
    private var ints: [UnsafeMutablePointer<Int32>] = []
    private var bytes: [UnsafeMutablePointer<UInt8>] = []

    func floats(_ values: [Float]) -> Floats {
        let base = UnsafeMutablePointer<Float>.allocate(capacity: max(1, values.count))
        floats.append(base)
        for (i, value) in values.enumerated() { base[i] = value }
        return Floats(base, count: values.count)
    }

    /// Memory that still holds something: kernels may not rely on zeros.
    func floats(count: Int) -> Floats { floats([Float](repeating: .nan, count: count)) }

    func ints(_ values: [Int32]) -> Ints {
        let base = UnsafeMutablePointer<Int32>.allocate(capacity: max(1, values.count))
        ints.append(base)
        for (i, value) in values.enumerated() { base[i] = value }
        return Ints(base, count: values.count)
    }

    func bytes(_ values: [UInt8]) -> Bytes {
        let base = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, values.count))
        bytes.append(base)
        for (i, value) in values.enumerated() { base[i] = value }
        return Bytes(base, count: values.count)
    }

    deinit {
        for base in floats { base.deallocate() }
        for base in ints { base.deallocate() }
        for base in bytes { base.deallocate() }
    }
}

/// Numbers in [-1, 1), the same in every run.
func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
    let stream = RandomStream(seed: seed, purpose: .synthetic, index: 0, iteration: 0)
    return (0..<count).map { stream.uniform(at: $0) * 2 - 1 }
}

extension Strip {
    var array: [Element] { (0..<count).map { self[$0] } }
}

extension Strip where Element == Float {
    var bits: [UInt32] { (0..<count).map { self[$0].bitPattern } }
}

/// The largest difference, where both are numbers; infinity where only one is.
func difference(_ a: [Float], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    var largest = 0.0
    for (x, y) in zip(a, b) {
        if x.isNaN && y.isNaN || Double(x) == y { continue }
        let d = abs(Double(x) - y) / max(1, abs(y))
        largest = d.isNaN ? .infinity : max(largest, d)
    }
    return largest
}

/// New ones for each test: a pool and its packing memory belong to one caller at a time, and tests run side by side.
var pools: [WorkerPool] { [1, 2, 3].map { WorkerPool(threads: $0) } }
