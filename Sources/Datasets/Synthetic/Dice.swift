import Foundation
import Kernels

/// Draws one after the other from a counter-based stream.
struct Dice {
    private let stream: RandomStream
    private var drawn = 0
    /// Words come in blocks of four.
    private var block: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)

    init(_ stream: RandomStream) { self.stream = stream }

    /// In [0, 1).
    mutating func uniform() -> Double {
        let lane = drawn & 3
        if lane == 0 { block = stream.words(block: drawn >> 2) }
        drawn += 1
        let word = switch lane {
        case 0: block.0
        case 1: block.1
        case 2: block.2
        default: block.3
        }
        return Double(word) * 0x1p-32
    }

    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    /// In low...high. The bias is below (high - low) / 2^32.
    mutating func whole(_ low: Int, _ high: Int) -> Int { low + Int(uniform() * Double(high - low + 1)) }

    /// How many failures before the first success, each trial succeeding with probability `p`.
    mutating func geometric(_ p: Double) -> Int {
        var failures = 0
        while uniform() >= p, failures < 1000 { failures += 1 }
        return failures
    }

    /// Standard normal. By Box and Muller.
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }
}
