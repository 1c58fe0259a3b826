import CKernels

/// Numbers [examples, units], of which `kept` per example are kept on average over the batch.
@frozen public struct UnitSampling: Sendable, Hashable {
    public var examples: Int
    public var units: Int
    public var kept: Int

    public init(examples: Int, units: Int, kept: Int) {
        self.examples = examples
        self.units = units
        self.kept = kept
    }

    /// How many times the threshold is made better. Newton's steps go down and never beyond the mark: after four, numbers spread
    /// over many orders of magnitude too are within a fraction of a percent of as many as asked for.
    public static let rounds = 4
    /// Bits of a probability behind the point.
    public static let fractionBits = Int(NNC_SAMPLE_BITS)

    fileprivate static let mostPieces = 64

    /// Floats of scratch memory: a sum and a count for each piece.
    public static let scratch = 4 * mostPieces

    /// Runs of examples, cut by the shape alone.
    fileprivate var pieces: Pieces {
        let grains = examples * units / (2 * Pieces.elementGrain)
        return Pieces(of: examples, count: max(1, min(Self.mostPieces, examples, grains)))
    }

    /// What a threshold is rounded to: a number whose reciprocal is finite. NaN stays.
    public static func threshold(_ exact: Double) -> Float {
        let limit = Float.greatestFiniteMagnitude, least = Float.leastNormalMagnitude
        return exact > Double(limit) ? limit : exact < Double(least) ? least : Float(exact)
    }
}

/// An unbiased selection: `x` [examples, units] with all but `examples · kept` numbers replaced by zero, such that every
/// number is right on average. Returns the threshold T: |x| ≥ T is kept as it is, the others with probability |x| / T as ±T.
///
/// `values` and `units` are [examples · kept], example after example; `ends[b]` is how many there are up to example b. Places
/// that are left over become zeros of the last examples, at the highest units that these have not kept. If a number is NaN,
/// so are all that are kept.
///
/// - Parameter offset: where systematic sampling starts, uniform in 0 ..< 2^fractionBits.
@discardableResult
public func sampleUnits(
    _ x: Floats, values: Floats, units: Ints, ends: Ints, _ s: UnitSampling, offset: UInt32, scratch: Floats, _ pool: WorkerPool
) -> Float {
    let entries = s.examples * s.kept
    precondition(s.examples > 0 && s.kept > 0 && s.kept <= s.units && x.count == s.examples * s.units && entries <= Int(Int32.max))
    precondition(values.count == entries && units.count == entries && ends.count == s.examples && scratch.count >= UnitSampling.scratch)
    let pieces = s.pieces
    let sums = UnsafeMutableRawPointer(scratch.base).assumingMemoryBound(to: Double.self)
    let counts = UnsafeMutableRawPointer(scratch.base + 2 * UnitSampling.mostPieces).assumingMemoryBound(to: UInt64.self)

    // The sum of min(1, |x| / T) is to be the number of entries.
    var threshold = Float.nan
    for round in 0...UnitSampling.rounds {
        let limit = round == 0 ? .nan : threshold
        pool.run(pieces: pieces.count) { piece in
            let r = pieces[piece]
            nnc_sum_below(x.base + r.lowerBound * s.units, r.count * s.units, limit, sums + piece, counts + piece)
        }
        var sum = 0.0, reached: UInt64 = 0
        for piece in 0..<pieces.count {
            sum += sums[piece]
            reached += counts[piece]
        }
        let others = entries - Int(reached)
        if others > 0 { threshold = UnitSampling.threshold(sum / Double(others)) }
    }

    let inverse = 1 / threshold
    pool.run(pieces: pieces.count) { piece in
        let r = pieces[piece]
        counts[piece] = nnc_sum_probabilities(x.base + r.lowerBound * s.units, r.count * s.units, inverse)
    }
    var total = UInt64(offset)
    for piece in 0..<pieces.count {
        let start = total
        total += counts[piece]
        counts[piece] = start
    }
    pool.run(pieces: pieces.count) { piece in
        var fraction = UInt32(truncatingIfNeeded: counts[piece] & (1 << UInt64(NNC_SAMPLE_BITS) - 1))
        var place = min(entries, Int(counts[piece] >> UInt64(NNC_SAMPLE_BITS)))
        for example in pieces[piece] {
            place += nnc_sample_row(
                x.base + example * s.units, s.units, threshold, inverse, &fraction, units.base + place, values.base + place, entries - place)
            ends.base[example] = Int32(truncatingIfNeeded: place)
        }
    }
    fillUp(values, units, ends, s)
    return threshold
}

/// Fills the places behind the last entry: from the last example back, each gets zeros at its highest free units.
private func fillUp(_ values: Floats, _ units: Ints, _ ends: Ints, _ s: UnitSampling) {
    var missing = values.count - Int(ends[s.examples - 1]), example = s.examples - 1
    while missing > 0 {
        let start = example == 0 ? 0 : Int(ends[example - 1])
        var from = Int(ends[example]), into = from + missing
        ends[example] = Int32(truncatingIfNeeded: into)
        var zeros = min(missing, s.units - (from - start)), unit = s.units
        missing -= zeros
        // Backwards, since entries move up; those below the last zero, with all zeros in place, by what is still missing.
        while zeros > 0 || from > start {
            unit -= 1
            let isEntry = from > start && (zeros == 0 || Int(units[from - 1]) == unit)
            into -= 1
            if isEntry {
                from -= 1
                units[into] = units[from]
                values[into] = values[from]
            } else {
                zeros -= 1
                units[into] = Int32(truncatingIfNeeded: unit)
                values[into] = 0
            }
        }
        example -= 1
    }
}
