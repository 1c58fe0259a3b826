import Foundation
import Kernels

/// Draws one after the other from a counter-based stream.
struct Dice {
    private let stream: RandomStream
    private var drawn = 0

    init(_ stream: RandomStream) { self.stream = stream }

    /// In [0, 1).
    mutating func uniform() -> Double {
        defer { drawn += 1 }
        return Double(stream.uint32(at: drawn)) * 0x1p-32
    }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    /// In low...high. The bias is below (high - low) / 2^32.
    mutating func whole(_ low: Int, _ high: Int) -> Int { low + Int(uniform() * Double(high - low + 1)) }

    /// How many trials until the first success, each with probability `p`; at least 1.
    mutating func geometric(_ p: Double) -> Int {
        var trials = 1
        while uniform() >= p, trials < 1000 { trials += 1 }
        return trials
    }

    /// Standard normal. By Box and Muller.
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }
}
