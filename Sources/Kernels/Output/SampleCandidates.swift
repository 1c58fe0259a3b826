import func Foundation.expm1
import func Foundation.log
import func Foundation.log1p

/// Which units of a very wide output take part in a step: the true labels, others that something else has chosen, and a sample of the rest.
@frozen public struct CandidateSampling: Sendable, Hashable {
    /// What the sample is drawn by.
    public enum Distribution: String, Sendable, Hashable {
        /// Each of the rest is as likely.
        case uniform
        /// By how often a unit was a label among the last, but for a tenth of the draws, which are uniform.
        case popularity
    }

    public var units: Int
    public var kept: Int
    public var distribution: Distribution

    public init(units: Int, kept: Int, distribution: Distribution) {
        self.units = units
        self.kept = kept
        self.distribution = distribution
    }

    /// Labels that are remembered.
    public static let remembered = 1 << 16
    /// One of so many draws by popularity is uniform, so that labels that have not come for long are not forgotten: where fewer were, popular ones crowded
    /// the others out. P@1 after five epochs with 4,000 outputs active (Tests/Peers/labels.py --active 4000, with this number changed): of 100,000 labels 56.1 %
    /// with three uniform draws of five, 57.0 with one of four, 57.4 with one of ten, 56.8 with one of forty; of 20,000, at a rate of 4e-3 and on held-out examples,
    /// 81.6 with one of two, 82.1 with one of four, 82.2 with one of ten, and 73.7 with one of fifty.
    public static let uniformPart: UInt64 = 10
    /// Draws that may meet a unit that is taken already, before the rest is gone through one by one.
    static func mostDraws(_ missing: Int) -> Int { min(8 * missing + 1024, 1 << 20) }

    /// Floats for each thread: a byte for each unit.
    var perThread: Int { (units + 63) / 64 * 16 }
    public func scratch(threads: Int) -> Int { perThread * threads }
}

/// The labels that came last, and how often each came among them.
public struct RememberedLabels {
    /// [units]
    public var counts: Ints
    /// How many there are, where the next one goes, then [remembered]
    public var ring: Ints

    public init(counts: Ints, ring: Ints) {
        precondition(ring.count == 2 + CandidateSampling.remembered)
        self.counts = counts
        self.ring = ring
    }

    /// Forgets the oldest for each that comes, once the memory is full.
    public func remember(_ labels: Ints) {
        var held = Int(ring[0]), next = Int(ring[1])
        for index in 0..<labels.count where labels[index] >= 0 {
            if held == CandidateSampling.remembered {
                let old = Int(ring[2 + next])
                counts[old] -= 1
            } else {
                held += 1
            }
            ring[2 + next] = labels[index]
            counts[Int(labels[index])] += 1
            next = next + 1 == CandidateSampling.remembered ? 0 : next + 1
        }
        ring[0] = Int32(truncatingIfNeeded: held)
        ring[1] = Int32(truncatingIfNeeded: next)
    }
}

/// Chooses `kept` units for each of some rows, ascending, and says what the number of each is to be corrected by: minus the logarithm of the
/// probability with which a unit that is neither label nor chosen came into the sample, 0 for those that are. A softmax over the corrected numbers
/// then has the sum over all units for its expectation (the estimate of Horvitz and Thompson, 1952).
///
/// - Parameters:
///   - labels: [rows, any], negative behind the last of a row
///   - chosen: [rows, any], or none; of more than there is room for, the first
///   - places: [rows, kept]
///   - corrections: [rows, kept]
///   - stream: row r draws from its words r · 2²⁰ on, and goes through the rest with the words of `second`.
public func sampleCandidates(
    labels: Ints, chosen: Ints?, _ remembered: RememberedLabels?, places: Ints, corrections: Floats, rows: Int, _ s: CandidateSampling,
    stream: RandomStream, second: RandomStream, scratch: Floats, _ pool: WorkerPool
) {
    precondition(rows > 0 && places.count == rows * s.kept && corrections.count == places.count && s.kept > 0 && s.kept <= s.units)
    precondition(scratch.count >= s.scratch(threads: pool.threads) && (s.distribution == .uniform || remembered?.counts.count == s.units))
    let labelWidth = labels.width(rows: rows), chosenWidth = chosen?.width(rows: rows) ?? 0
    let pieces = Pieces(of: rows, count: max(1, min(rows, 16)))
    pool.run(pieces: pieces.count) { piece, thread in
        let marks = UnsafeMutableRawPointer(scratch.base + thread * s.perThread).bindMemory(to: UInt8.self, capacity: s.perThread * 4)
        for row in pieces[piece] {
            var draw = Draw(s, marks: marks, remembered)
            draw.take(labels[row * labelWidth..<(row + 1) * labelWidth])
            if let chosen { draw.take(chosen[row * chosenWidth..<(row + 1) * chosenWidth]) }
            draw.fill(stream, from: row << 20)
            draw.goThrough(second, from: row * s.units)
            draw.write(places[row * s.kept..<(row + 1) * s.kept], corrections[row * s.kept..<(row + 1) * s.kept])
        }
    }
}

/// One row's choice.
private struct Draw {
    /// What a unit's mark says of it; 0: not taken.
    private static let sure: UInt8 = 1, sampled: UInt8 = 2

    private let s: CandidateSampling
    private let marks: UnsafeMutablePointer<UInt8>
    private let remembered: RememberedLabels?
    private var count = 0
    /// Units that were not sure to be taken.
    private var rest = 0
    private var drawn = 0, draws = 0
    /// With which probability those that the draws have left were taken.
    private var share = 0.0

    init(_ s: CandidateSampling, marks: UnsafeMutablePointer<UInt8>, _ remembered: RememberedLabels?) {
        self.s = s
        self.marks = marks
        self.remembered = s.distribution == .popularity ? remembered : nil
        marks.update(repeating: 0, count: s.perThread * 4)
    }

    mutating func take(_ units: Ints) {
        for index in 0..<units.count where units[index] >= 0 && count < s.kept {
            let unit = Int(units[index])
            precondition(unit < s.units)
            guard marks[unit] == 0 else { continue }
            marks[unit] = Self.sure
            count += 1
        }
    }

    /// Draws with replacement until there are enough different ones.
    mutating func fill(_ stream: RandomStream, from first: Int) {
        rest = s.units - count
        let missing = s.kept - count
        // Of most of the units, one by one is sooner done.
        guard 2 * missing <= rest else { return }
        let held = remembered.map { Int($0.ring[0]) } ?? 0
        let parts = CandidateSampling.uniformPart, most = CandidateSampling.mostDraws(missing)
        while count < s.kept, draws < most {
            let words = stream.words(block: first / 4 + draws / 4)
            for word in [words.0, words.1, words.2, words.3] where count < s.kept {
                draws += 1
                // Which part of the draws it is, and where in it.
                let number = UInt64(word) * parts, place = number & UInt64(UInt32.max)
                let unit: Int
                if let remembered, held > 0, number >> 32 > 0 {
                    unit = Int(remembered.ring[2 + Int((place * UInt64(held)) >> 32)])
                } else {
                    unit = Int(((held > 0 ? place : UInt64(word)) * UInt64(s.units)) >> 32)
                }
                guard marks[unit] == 0 else { continue }
                marks[unit] = Self.sampled
                count += 1
                drawn += 1
            }
        }
    }

    /// Takes what is still missing from those that are left, every set of them equally likely.
    mutating func goThrough(_ stream: RandomStream, from first: Int) {
        var missing = s.kept - count, left = rest - drawn
        guard missing > 0 else { return }
        share = Double(missing) / Double(left)
        for unit in 0..<s.units where marks[unit] == 0 && missing > 0 {
            if (UInt64(stream.uint32(at: first + unit)) * UInt64(left)) >> 32 < UInt64(missing) {
                marks[unit] = Self.sampled
                missing -= 1
            }
            left -= 1
        }
    }

    func write(_ places: Ints, _ corrections: Floats) {
        // Every unit of the rest is as likely, whatever the draws were.
        let uniform = Float(-log(Double(places.count - sureCount) / Double(max(rest, 1))))
        var place = 0
        let eights = UnsafeMutableRawPointer(marks).assumingMemoryBound(to: UInt64.self)
        for eight in 0..<(s.units + 7) / 8 where eights[eight] != 0 {
            for unit in 8 * eight..<8 * eight + 8 where marks[unit] != 0 {
                places[place] = Int32(truncatingIfNeeded: unit)
                corrections[place] = marks[unit] == Self.sure ? 0 : remembered == nil ? uniform : correction(unit)
                place += 1
            }
        }
    }

    private var sureCount: Int { s.units - rest }

    private func correction(_ unit: Int) -> Float {
        guard let remembered else { return 0 }
        // Workers that count at the same time may lose one, and a count may end below zero.
        let seen = Double(max(0, remembered.counts[unit])), held = Double(remembered.ring[0]), part = 1 / Double(CandidateSampling.uniformPart)
        let probability = held > 0 ? part / Double(s.units) + (1 - part) * seen / held : 1 / Double(s.units)
        let drawn = -expm1(Double(draws) * log1p(-min(probability, 1 - 1e-12)))
        return Float(-log(max(drawn + (1 - drawn) * share, 1e-30)))
    }
}
