import Graph

/// How fast one core does each kind of work that `Work` keeps apart: what turns counts into an expectation of time.
///
/// Per second.
public struct Rates: Sendable, Hashable, Codable {
    /// Multiplications with their additions, in matrix products.
    public var gemm: Double
    /// Multiplications with their additions, in loops over rows.
    public var multiplications: Double
    /// Additions that go with no multiplication.
    public var additions: Double
    public var transcendentals: Double
    public var comparisons: Double
    /// Bytes.
    public var streamed: Double
    public var gathered: Double
    /// Seconds for calling an operation, whatever its size.
    public var call: Double

    public init(
        gemm: Double, multiplications: Double, additions: Double, transcendentals: Double, comparisons: Double, streamed: Double,
        gathered: Double, call: Double
    ) {
        self.gemm = gemm
        self.multiplications = multiplications
        self.additions = additions
        self.transcendentals = transcendentals
        self.comparisons = comparisons
        self.streamed = streamed
        self.gathered = gathered
        self.call = call
    }

    /// Of a core with AVX-512 (Zen 4), in round numbers: good for telling whether a policy saves time at all, not how much.
    public static let typical = Rates(
        gemm: 50e9, multiplications: 18e9, additions: 20e9, transcendentals: 2e9, comparisons: 25e9, streamed: 40e9, gathered: 10e9, call: 1e-6)

    /// Seconds of one execution on one core. Arithmetic and memory overlap, so the slower of the two counts.
    public func seconds(_ work: Work) -> Double {
        let alone = max(0, work.additions - work.gemm - work.multiplications)
        var arithmetic = Double(work.gemm) / gemm + Double(work.multiplications) / multiplications + Double(alone) / additions
        arithmetic += Double(work.transcendentals) / transcendentals + Double(work.comparisons) / comparisons
        let memory = Double(work.streamed) / streamed + Double(work.gathered) / gathered
        return call + max(arithmetic, memory)
    }

    var all: [(name: String, value: Double)] {
        [
            ("gemm", gemm), ("multiplications", multiplications), ("additions", additions), ("transcendentals", transcendentals),
            ("comparisons", comparisons), ("streamed", streamed), ("gathered", gathered), ("call", call),
        ]
    }
}
