import CKernels
import func Foundation.exp
import func Foundation.log

/// Numbers for each of some examples, one for each unit, of which the `best` largest are wanted.
@frozen public struct UnitRanking: Sendable, Hashable {
    public var examples: Int
    public var units: Int
    public var best: Int
    /// Whether scores are probabilities, and not the numbers themselves.
    public var normalizes: Bool

    public init(examples: Int, units: Int, best: Int, normalizes: Bool) {
        self.examples = examples
        self.units = units
        self.best = best
        self.normalizes = normalizes
    }

    /// Examples and units of a product that is held at one time.
    public static let tileExamples = 64, tileUnits = 512
    /// What a label that was not looked at counts as: the step between 1 and the next smaller number of a Float, doubled.
    public static let leastProbability: Float = 0x1p-23

    /// Floats for each thread: a tile, and what is known of its examples.
    fileprivate static let perThread = tileExamples * tileUnits + 4 * tileExamples

    public static func scratch(threads: Int) -> Int { perThread * threads }

    fileprivate func pieces() -> Pieces { Pieces(of: examples, count: max(1, (examples + Self.tileExamples - 1) / Self.tileExamples)) }
}

/// The best units of a dense layer for each example, without ever holding all of its numbers: `x · wᵀ + bias`, tile by tile.
///
/// - Parameters:
///   - x: [examples, depth]
///   - w: [units, depth]
///   - labels: [examples, any], each below `units`, negative behind the last of an example; none where there are no losses
///   - losses: [examples]: the cross entropy of the softmax over all units, the mean over an example's labels; 0 without any
///   - scores: [examples, best], the largest first
///   - chosen: [examples, best]: which units these are; of equal ones the lower first
public func rankUnits(
    _ x: Floats, _ w: Floats, _ bias: Floats?, labels: Ints?, losses: Floats?, scores: Floats, chosen: Ints, _ r: UnitRanking, depth: Int,
    scratch: Floats, _ pool: WorkerPool
) {
    precondition(x.count == r.examples * depth && w.count == r.units * depth && (bias?.count ?? r.units) == r.units)
    precondition(scratch.count >= UnitRanking.scratch(threads: pool.threads))
    let ranks = Ranks(r, labels, losses, scores, chosen), pieces = r.pieces()
    pool.run(pieces: pieces.count) { piece, thread in
        let rows = pieces[piece], tile = scratch.base + thread * UnitRanking.perThread
        let state = ranks.begin(rows, tile + UnitRanking.tileExamples * UnitRanking.tileUnits)
        for first in stride(from: 0, to: r.units, by: UnitRanking.tileUnits) {
            let count = min(UnitRanking.tileUnits, r.units - first)
            product(
                rows.count, count, depth, 1, x.base + rows.lowerBound * depth, depth, .plain, w.base + first * depth, depth, .transposed, 0, tile,
                UnitRanking.tileUnits)
            ranks.take(rows, tile, stride: UnitRanking.tileUnits, bias.map { $0.base + first }, ids: nil, first: first, count, state)
        }
        ranks.finish(rows, state)
    }
}

/// The same of numbers that are there: those of some units of each example, or of all. A label that is not among them counts as if its probability
/// were the least.
///
/// - Parameters:
///   - x: [examples, count]; is left as it was
///   - places: [examples, count], ascending in each example: which units they belong to; nil where they are all
public func rankUnits(
    _ x: Floats, places: Ints?, labels: Ints?, losses: Floats?, scores: Floats, chosen: Ints, _ r: UnitRanking, _ pool: WorkerPool, scratch: Floats
) {
    let count = x.count / max(r.examples, 1)
    precondition(x.count == r.examples * count && (places?.count ?? x.count) == x.count && count >= r.best)
    precondition(scratch.count >= UnitRanking.scratch(threads: pool.threads))
    let ranks = Ranks(r, labels, losses, scores, chosen), pieces = r.pieces()
    pool.run(pieces: pieces.count) { piece, thread in
        let rows = pieces[piece], from = rows.lowerBound * count
        let state = ranks.begin(rows, scratch.base + thread * UnitRanking.perThread)
        ranks.take(rows, x.base + from, stride: count, nil, ids: places.map { $0.base + from }, first: 0, count, state)
        ranks.finish(rows, state)
    }
}

/// What is known of each example while its numbers come in.
private struct Ranks {
    let r: UnitRanking
    let labels: Ints?
    let most: Int
    let losses: Floats?
    let scores: Floats
    let units: Ints

    /// The largest numbers, the sums of powers, the labels' sums and how many labels were found, of some examples.
    typealias State = UnsafeMutablePointer<Float>

    init(_ r: UnitRanking, _ labels: Ints?, _ losses: Floats?, _ scores: Floats, _ units: Ints) {
        precondition(r.best > 0 && r.best <= r.units && scores.count == r.examples * r.best && units.count == scores.count)
        precondition((losses?.count ?? r.examples) == r.examples && (losses == nil) == (labels == nil))
        self.r = r
        self.labels = labels
        most = labels?.width(rows: r.examples) ?? 0
        self.losses = losses
        self.scores = scores
        self.units = units
    }

    func begin(_ rows: Range<Int>, _ state: State) -> State {
        for i in 0..<rows.count { state[i] = -.infinity }
        (state + UnitRanking.tileExamples).update(repeating: 0, count: 3 * UnitRanking.tileExamples)
        scores[rows.lowerBound * r.best..<rows.upperBound * r.best].fill(-.infinity)
        // Units in any case: where all numbers are NaN, nothing else will be written.
        for row in rows { for j in 0..<r.best { units[row * r.best + j] = Int32(truncatingIfNeeded: j) } }
        return state
    }

    func take(
        _ rows: Range<Int>, _ x: UnsafeMutablePointer<Float>, stride: Int, _ bias: UnsafePointer<Float>?, ids: UnsafePointer<Int32>?, first: Int,
        _ count: Int, _ state: State
    ) {
        let width = UnitRanking.tileExamples, from = rows.lowerBound * r.best
        let found = UnsafeMutableRawPointer(state + 3 * width).bindMemory(to: Int32.self, capacity: width)
        nnc_rank_block(
            x, stride, bias, ids, stride, Int32(truncatingIfNeeded: first), rows.count, count, labels.map { $0.base + rows.lowerBound * most }, most,
            state, state + width, state + 2 * width, found, scores.base + from, units.base + from, r.best)
    }

    func finish(_ rows: Range<Int>, _ state: State) {
        let width = UnitRanking.tileExamples
        let found = UnsafeMutableRawPointer(state + 3 * width).bindMemory(to: Int32.self, capacity: width)
        for (i, row) in rows.enumerated() {
            let total = state[i] + log(state[width + i])
            if let losses {
                var count = 0
                while let labels, count < most, labels[row * most + count] >= 0 { count += 1 }
                let missing = Float(count - Int(found[i])), seen = Float(found[i])
                losses[row] = count == 0 ? 0 : (seen * total - state[2 * width + i] - missing * log(UnitRanking.leastProbability)) / Float(count)
            }
            guard r.normalizes else { continue }
            for j in row * r.best..<(row + 1) * r.best { scores[j] = exp(scores[j] - total) }
        }
    }
}
