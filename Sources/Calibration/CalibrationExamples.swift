import Kernels
import Lowering
import Runtime

/// Made-up examples: each is one of a few patterns with noise on it. What is in them hardly matters to most operations; but how alike they are decides how
/// many units a batch chooses; usually these are about as many as with images.
struct CalibrationExamples: ExampleSource {
    let count: Int
    /// Of how many patterns they are, and how large the noise on these is, the patterns being 1.
    struct Alikeness: Sendable {
        var patterns: Int
        var noise: Float

        static let usual = Alikeness(patterns: 8, noise: 1)
        static let strong = Alikeness(patterns: 3, noise: 0.3)
    }

    private let alikeness: Alikeness
    private let facts: DataFacts
    /// Drawn once and read from other places for other examples: drawing each number would take as long as all that is measured.
    private static let drawn: [Float] = {
        let stream = RandomStream(seed: 1, purpose: .synthetic, index: 0, iteration: 0)
        return (0..<(1 << 16)).map { stream.uniform(at: $0) }
    }()

    init(_ facts: DataFacts, count: Int, alikeness: Alikeness) {
        self.alikeness = alikeness
        self.facts = facts
        self.count = count
    }

    func assemble(_ indices: Ints, into batch: BatchStrips, pool: WorkerPool) {
        let drawn = Self.drawn, mask = drawn.count - 1
        let seed = Int(indices[0]) &* 7919
        func uniform(_ index: Int) -> Float { drawn[(seed &+ index) & mask] }
        if let features = batch.features {
            let width = max(1, features.count / max(indices.count, 1)), size = alikeness.noise, mean = (1 + size) / 2
            for row in 0..<indices.count {
                // A stretch of the drawn numbers for each pattern, and any other for the noise.
                let example = Int(indices[row]), pattern = example % alikeness.patterns * 4099, noise = example &* 7919
                for column in 0..<width { features[row * width + column] = drawn[(pattern &+ column) & mask] + size * drawn[(noise &+ column) & mask] - mean }
            }
        }
        if let places = batch.places, let sparse = facts.sparse, let inputs = facts.shape.first {
            fill(places, rows: indices.count, average: sparse.average, below: inputs, uniform)
            if let features = batch.features { for index in 0..<features.count where places[index] < 0 { features[index] = 0 } }
        }
        if let labels = batch.labels {
            if case .labelLists(let all, _, let average) = facts.targets {
                fill(labels, rows: indices.count, average: average, below: all, uniform)
            } else {
                for index in 0..<labels.count { labels[index] = Int32(uniform(index) * Float(facts.targetCount)) }
            }
        }
        if let targets = batch.targets { for index in 0..<targets.count { targets[index] = uniform(index) } }
    }

    /// Ascending rows of numbers of which small ones occur most, about as words do, and -1 behind the last.
    private func fill(_ places: Ints, rows: Int, average: Double, below limit: Int, _ uniform: (Int) -> Float) {
        let width = places.count / max(rows, 1)
        for row in 0..<rows {
            let wanted = min(width, max(1, Int(average.rounded())))
            // The steps between ranks grow with them: the density falls as the reciprocal of the rank.
            var rank = 0.0
            let growth = Double(limit) / Double(wanted * wanted)
            for place in 0..<width {
                rank += max(1, Double(uniform(row * width + place)) * 4 * growth * Double(place))
                places[row * width + place] = place < wanted && rank < Double(limit) ? Int32(rank) : -1
            }
        }
    }
}
