import Estimate

/// What `nnc bench --json` prints. A stable interface: keys are added, never renamed.
public struct BenchRecord: Codable, Sendable, Hashable {
    /// Seconds of a step: the middle of the slices' means, and how far they are spread.
    public struct Spread: Codable, Sendable, Hashable {
        public var median: Double
        /// The median of each stretch between two changes of the network, weighed by its slices: what the steps took in all, without what disturbed a few of them.
        public var typical: Double
        public var mean: Double
        public var lowerQuartile: Double
        public var upperQuartile: Double
        public var slices: Int

        /// - Parameter stretches: in which stretch of its network each of the slices lay; nil for all in one.
        init(_ values: [Double], stretches: [Int]? = nil) {
            let sorted = values.sorted()
            /// Between two of them in proportion.
            func quantile(_ share: Double, of sorted: [Double]) -> Double {
                guard let last = sorted.indices.last else { return 0 }
                let place = share * Double(last), below = Int(place)
                return sorted[below] + (sorted[min(below + 1, last)] - sorted[below]) * (place - Double(below))
            }
            median = quantile(0.5, of: sorted)
            let parts = Dictionary(grouping: zip(values, stretches ?? values.map { _ in 0 }), by: \.1).values.map { $0.map(\.0).sorted() }
            let weighed: [Double] = parts.map { Double($0.count) * quantile(0.5, of: $0) }
            typical = values.isEmpty ? 0 : weighed.sorted().reduce(0, +) / Double(values.count)
            mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            lowerQuartile = quantile(0.25, of: sorted)
            upperQuartile = quantile(0.75, of: sorted)
            slices = values.count
        }
    }

    /// A network's state after an epoch, for the chart.
    public struct Moment: Codable, Sendable, Hashable {
        public var epoch: Int
        /// Of training so far.
        public var seconds: Double
        public var multiplications: Int
        public var score: Double
    }

    public struct Network: Codable, Sendable, Hashable {
        public var steps: Int
        public var secondsPerStep: Spread
        /// Of the same steps; nil where no machine's were asked for.
        public var predictedPerStep: Double?
        /// The share of that time in which the training thread ran, and did not wait for its processor or for other threads.
        public var presence: Double
        /// Of a whole epoch at that pace.
        public var secondsPerEpoch: Double
        public var predictedPerEpoch: Double?
        /// Of a step, on average.
        public var multiplicationsPerStep: Int
        public var predictedMultiplicationsPerStep: Int
        public var parameters: Int
        /// Bytes, as predicted: both networks share a process.
        public var memory: Int
        /// After whole epochs: on the split that `measured` names.
        public var score: Double?
        public var course: [Moment]
    }

    public var file: String
    public var name: String
    public var machine: MachineProfile.Key
    public var threads: Int
    public var epochs: Int?
    /// How often it was trained, where that was said: the numbers are the medians then, and the quartiles are those of the rounds.
    public var rounds: Int?
    /// `test accuracy`: what the score is; nil without whole epochs.
    public var measured: String?
    /// With the policies of the file.
    public var network: Network
    /// Without; nil where it has none.
    public var dense: Network?
    /// How many times as fast as dense: measured, and predicted.
    public var speedUp: Double?
    public var predictedSpeedUp: Double?
}

extension BenchRecord {
    /// Of trainings of the same file; nil where there is none.
    init?(rounds: [BenchRecord]) {
        guard let first = rounds.first else { return nil }
        self = first
        self.rounds = rounds.count
        network = Network(rounds: rounds.map(\.network)) ?? first.network
        dense = Network(rounds: rounds.compactMap(\.dense))
        speedUp = median(rounds.compactMap(\.speedUp))
        predictedSpeedUp = median(rounds.compactMap(\.predictedSpeedUp))
    }
}

extension BenchRecord.Network {
    fileprivate init?(rounds: [Self]) {
        guard let first = rounds.first else { return nil }
        // What it counted, and what it learned, is the same each time.
        self = first
        secondsPerStep = BenchRecord.Spread(rounds.map(\.secondsPerStep.typical))
        predictedPerStep = median(rounds.compactMap(\.predictedPerStep))
        presence = rounds.map(\.presence).min() ?? 1
        secondsPerEpoch = median(rounds.map(\.secondsPerEpoch)) ?? 0
        predictedPerEpoch = median(rounds.compactMap(\.predictedPerEpoch))
    }
}

private func median(_ values: [Double]) -> Double? { values.isEmpty ? nil : BenchRecord.Spread(values).median }
