import CKernels
import Foundation

/// Random numbers without state: number `i` of a stream is a function of the seed, the stream and `i` alone
/// (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). So any thread can make any
/// part of a stream, and a run that resumes continues it.
public struct RandomStream: Sendable {
    public enum Purpose: UInt8, Sendable {
        case initialization, shuffle, split, dropout, synthetic, hashing, sampling
    }

    let key: (UInt32, UInt32)
    /// The counter of the first four words; the first word counts up.
    let counter: (UInt32, UInt32, UInt32, UInt32)

    /// `index` tells the layers or values apart that use random numbers for the same purpose.
    public init(seed: UInt64, purpose: Purpose, index: UInt64, iteration: UInt64) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        // 24 bits more of the iteration beside the purpose: 2^56 updates.
        counter = (
            0, UInt32(truncatingIfNeeded: iteration), UInt32(truncatingIfNeeded: index) ^ UInt32(truncatingIfNeeded: index >> 32),
            UInt32(purpose.rawValue) << 24 | UInt32(truncatingIfNeeded: iteration >> 32) & 0xFF_FFFF
        )
    }

    /// Words 4·block ..< 4·block + 4.
    public func words(block: Int) -> (UInt32, UInt32, UInt32, UInt32) {
        philox4x32(counter: (UInt32(truncatingIfNeeded: block), counter.1, counter.2, counter.3), key: key)
    }

    /// Calls `body` with the counter of word 0 and the key, as the kernels take them.
    func withWords(_ body: (UnsafePointer<UInt32>, UnsafePointer<UInt32>) -> Void) {
        withUnsafeBytes(of: counter) { counter in
            withUnsafeBytes(of: key) { key in
                body(counter.words, key.words)
            }
        }
    }

    /// Word `index` of the stream, of 2^34.
    public func uint32(at index: Int) -> UInt32 {
        let w = words(block: index >> 2)
        switch index & 3 {
        case 0: return w.0
        case 1: return w.1
        case 2: return w.2
        default: return w.3
        }
    }

    /// In [0, 1), a multiple of 2^-24.
    public func uniform(at index: Int) -> Float { Float(uint32(at: index) >> 8) * 0x1p-24 }

    /// Standard normal (Box and Muller), from words 2·index and 2·index + 1.
    public func normal(at index: Int) -> Float {
        let w = words(block: index >> 1)
        let (a, b) = index & 1 == 0 ? (w.0, w.1) : (w.2, w.3)
        // In (0, 1], so that the logarithm is finite.
        let u = (Double(a) + 1) * 0x1p-32
        return Float((-2 * log(u)).squareRoot() * cos(2 * .pi * Double(b) * 0x1p-32))
    }
}

/// The function itself, for the known answers of its authors.
func philox4x32(counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)) -> (UInt32, UInt32, UInt32, UInt32) {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    withUnsafeBytes(of: counter) { counter in
        withUnsafeBytes(of: key) { key in
            withUnsafeMutableBytes(of: &words) { words in
                nnc_philox(counter.words, key.words, words.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self))
            }
        }
    }
    return words
}

extension UnsafeRawBufferPointer {
    fileprivate var words: UnsafePointer<UInt32> { baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self) }
}
