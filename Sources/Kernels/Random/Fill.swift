import CKernels

/// Uniform in [-limit, limit).
public func fillUniform(_ y: Floats, limit: Float, stream: RandomStream) {
    stream.withWords { counter, key in nnc_uniform(y.base, y.count, counter, key, limit) }
}

/// Normal numbers beyond two deviations drawn again, scaled so that what is left has the standard deviation `deviation`.
public func fillTruncatedNormal(_ y: Floats, deviation: Float, stream: RandomStream) {
    // The standard deviation of a standard normal number known to be within two.
    let scale = deviation / 0.879_625_66
    for i in 0..<y.count {
        var value = stream.normal(at: i), attempt = 1
        // Of 22 numbers one is drawn again; the stream ends after 2^33 of them.
        while abs(value) > 2 {
            value = stream.normal(at: i + attempt * y.count)
            attempt += 1
        }
        y[i] = value * scale
    }
}

/// Every order equally likely (Fisher and Yates; bounded numbers without bias by Lemire's rejection, 2019).
public func shuffle(_ indices: Ints, stream: RandomStream) {
    var words = WordCursor(stream)
    var last = indices.count - 1
    while last > 0 {
        let other = Int(words.below(UInt32(last + 1)))
        let kept = indices[last]
        indices[last] = indices[other]
        indices[other] = kept
        last -= 1
    }
}

/// Whole numbers, as bits: orders of 0 ..< count, each equally likely, one after the other as far as there is room for; if `signed`, doubled
/// plus a random bit.
public func fillPermutations(_ y: Floats, of count: Int, signed: Bool, seed: UInt64, index: UInt64) {
    precondition(count > 0 && count <= Int(Int32.max) / 2)
    let numbers = Ints(UnsafeMutableRawPointer(y.base).assumingMemoryBound(to: Int32.self), count: y.count)
    for (round, from) in stride(from: 0, to: y.count, by: count).enumerated() {
        func stream(_ part: Int) -> RandomStream {
            RandomStream(seed: seed, purpose: .initialization, index: index, iteration: UInt64(2 * round + part))
        }
        let order = numbers[from..<min(from + count, y.count)]
        for i in 0..<order.count { order[i] = Int32(truncatingIfNeeded: i) }
        if order.count == count {
            shuffle(order, stream: stream(0))
        } else {
            // The beginning of an order of all.
            var words = WordCursor(stream(0)), all = Array(Int32(0)..<Int32(count))
            for i in 0..<order.count {
                all.swapAt(i, i + Int(words.below(UInt32(count - i))))
                order[i] = all[i]
            }
        }
        guard signed else { continue }
        for i in 0..<order.count { order[i] = 2 * order[i] + Int32(stream(1).uint32(at: i) & 1) }
    }
}

/// Reads a stream from its start.
struct WordCursor {
    private let stream: RandomStream
    private var block = 0
    private var lane = 4
    private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)

    init(_ stream: RandomStream) { self.stream = stream }

    mutating func next() -> UInt32 {
        if lane == 4 {
            words = stream.words(block: block)
            block += 1
            lane = 0
        }
        lane += 1
        switch lane {
        case 1: return words.0
        case 2: return words.1
        case 3: return words.2
        default: return words.3
        }
    }

    /// Uniform in 0..<bound.
    mutating func below(_ bound: UInt32) -> UInt32 {
        let rejected = (0 &- bound) % bound
        while true {
            let product = UInt64(next()) * UInt64(bound)
            if UInt32(truncatingIfNeeded: product) >= rejected { return UInt32(product >> 32) }
        }
    }
}
