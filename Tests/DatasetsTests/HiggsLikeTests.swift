@testable import Datasets
import Foundation
import Kernels
import Testing

@Suite struct HiggsLikeTests {
    func data(_ train: Int, test: Int = 0, seed: UInt64 = 7) throws -> Dataset {
        try Dataset.open(DataRequest(
            source: .synthetic(SyntheticRequest(generator: .higgsLike, trainExamples: train, testExamples: test)), seed: seed, target: .classes))
    }

    @Test func sizes() throws {
        let data = try data(301, test: 20)
        #expect(data.shape == [28] && data.classes == 2 && data.train.count == 301 && data.test?.count == 20)
        let batch = try Batch(all: data.train)
        #expect(batch.labels.filter { $0 == 1 }.count == 150)
        #expect(batch.features.allSatisfy { $0.isFinite })
        var tags: Set<Float> = []
        for row in 0..<301 { for column in [8, 12, 16, 20] { tags.insert(batch.features[28 * row + column]) } }
        #expect(tags == [0, 1, 2])
    }

    /// Pair by pair, from the columns as they are named.
    @Test func sevenAreFunctionsOfTheOthers() throws {
        let batch = try Batch(all: data(2000).train)
        for row in 0..<2000 {
            let x = batch.features[28 * row..<28 * (row + 1)].map { Double($0) }
            func p(_ at: Int, eta: Bool = true) -> [Double] { eta ? [x[at], x[at + 1], x[at + 2]] : [x[at], 0, x[at + 1]] }
            let l = p(0), v = p(3, eta: false), j = [p(5), p(9), p(13), p(17)]
            func mass(_ all: [Double]...) -> Double {
                // From energy and momentum, not from pairs.
                let energy = all.reduce(0) { $0 + $1[0] * cosh($1[1]) }
                let px = all.reduce(0) { $0 + $1[0] * cos($1[2]) }, py = all.reduce(0) { $0 + $1[0] * sin($1[2]) }, pz = all.reduce(0) { $0 + $1[0] * sinh($1[1]) }
                return max(energy * energy - px * px - py * py - pz * pz, 0).squareRoot()
            }
            let wanted = [mass(j[2], j[3]), mass(j[1], j[2], j[3]), mass(l, v), mass(j[0], l, v), mass(j[0], j[1]), mass(j[0], j[1], l, v), mass(l, v, j[0], j[1], j[2], j[3])]
            for (found, wanted) in zip(x[21...], wanted) { #expect(abs(found - wanted) < 1e-4 * (1 + wanted)) }
        }
    }

    /// The deviation of log m is that of the resonance, but for the fifth that is like background.
    @Test func massesOfSignalCluster() throws {
        let batch = try Batch(all: data(20_000).train)
        for column in [21, 23, 25] {
            func near(_ label: Int32) -> Double {
                let masses = batch.labels.indices.filter { batch.labels[$0] == label }.map { log(Double(batch.features[28 * $0 + column])) }.sorted()
                let median = masses[masses.count / 2]
                return Double(masses.filter { abs($0 - median) < 0.3 }.count) / Double(masses.count)
            }
            #expect(near(1) > 0.55 && near(0) < 0.45, "\(near(1)), \(near(0))")
        }
    }

    /// Of this thread alone: other tests share the processors.
    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    @Test func halfAMillionInThreeSeconds() throws {
        let start = processorSeconds()
        let rows = try data(500_000).train.count
        let seconds = processorSeconds() - start
        #expect(rows == 500_000)
        #expect(seconds < 3, "\(seconds)")
    }
}
