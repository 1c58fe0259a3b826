@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

@Suite struct SyntheticLabelsTests {
    let pool = WorkerPool(threads: 2)

    @Test func theSeedDecides() throws {
        let made = try SyntheticLabels(features: 3000, labels: 500, seed: 7)
        let first = SparseRows(try made.examples(700, pool: WorkerPool(threads: 1)))
        #expect(SparseRows(try made.examples(700, pool: WorkerPool(threads: 4))) == first)
        #expect(SparseRows(try SyntheticLabels(features: 3000, labels: 500, seed: 7).examples(700, pool: pool)) == first)
        #expect(SparseRows(try SyntheticLabels(features: 3000, labels: 500, seed: 8).examples(700, pool: pool)) != first)
        // More examples change none of the first ones; those of the test part are others.
        let more = SparseRows(try made.examples(900, pool: pool))
        #expect(Array(more.columns.prefix(700)) == first.columns && Array(more.values.prefix(700)) == first.values && Array(more.labels.prefix(700)) == first.labels)
        #expect(SparseRows(try made.examples(700, .test, pool: pool)).columns != first.columns)
    }

    @Test func statistics() throws {
        let made = try SyntheticLabels(features: 50_000, labels: 20_000, seed: 1)
        let count = 6000
        let examples = try made.examples(count, pool: pool)
        #expect(examples.count == count && examples.features == 50_000 && examples.labelCount == 20_000)
        #expect(examples.arrays.isSound(features: 50_000, labelCount: 20_000))
        #expect(examples.maxRowLength <= 105)
        let meanFeatures = Double(examples.columns.count) / Double(count), meanLabels = Double(examples.labels.count) / Double(count)
        #expect(abs(meanFeatures - 70) < 1, "\(meanFeatures)")
        #expect(abs(meanLabels - 2.6) < 0.1, "\(meanLabels)")

        var timesByRank = [Int](repeating: 0, count: 20_000)
        var rank = [Int](repeating: 0, count: 20_000)
        for (place, label) in made.labelOrder.enumerated() { rank[Int(label)] = place }
        var shares = 0.0
        for example in 0..<count {
            var squares = 0.0, own = 0.0
            var prototypes: Set<Int32> = []
            for place in examples.labelPlaces(example) {
                timesByRank[rank[Int(examples.labels[place])]] += 1
                prototypes.formUnion(made.prototype(Int(examples.labels[place])).features)
            }
            for place in examples.row(example) {
                let value = Double(examples.values[place])
                #expect(value > 0)
                squares += value * value
                if prototypes.contains(examples.columns[place]) { own += value * value }
            }
            #expect(abs(squares - 1) < 1e-5)
            shares += own
        }
        // What a label says of its examples is most of them, and not all.
        #expect((0.5...0.9).contains(shares / Double(count)), "\(shares / Double(count))")

        // Zipf's law: as often as its probability says, at the head and over the tail.
        let weights = (1...20_000).map { pow(Double($0), -0.8) }, all = weights.reduce(0, +)
        let draws = Double(timesByRank.reduce(0, +))
        for range in [0..<1, 1..<10, 10..<100, 100..<1000, 1000..<20_000] {
            let wanted = weights[range].reduce(0, +) / all
            let found = Double(timesByRank[range].reduce(0, +)) / draws
            #expect(abs(found - wanted) < 5 * (wanted / draws).squareRoot() + 0.02 * wanted, "ranks \(range): \(found) instead of \(wanted)")
        }
    }

    @Test func prototypesAreOfTheLabel() throws {
        let made = try SyntheticLabels(features: 30, labels: 9, featuresPerExample: 5, prototypeFeatures: 20, seed: 2)
        for label in 0..<9 {
            let (features, sums) = made.prototype(label)
            #expect(features.count == 20 && Set(features).count == 20 && features.allSatisfy { (0..<30).contains($0) })
            #expect(zip(sums, sums.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(made.prototype(0).features != made.prototype(1).features)
        #expect(made.labelOrder.sorted() == (0..<9).map { $0 } && made.featureOrder.sorted() == (0..<30).map { $0 })
    }

    /// As small as it gets: every feature and every label in nearly every example.
    @Test(arguments: [(1, 1, 1, 1.0), (2, 3, 2, 3.0), (10, 16, 10, 16.0), (70, 2, 70, 1.5), (100, 100, 3, 1.0)])
    func smallWorlds(_ features: Int, _ labels: Int, _ perExample: Int, _ perLabel: Double) throws {
        let made = try SyntheticLabels(features: features, labels: labels, featuresPerExample: perExample, labelsPerExample: perLabel, prototypeFeatures: 1, seed: 5)
        let examples = try made.examples(300, pool: pool)
        #expect(examples.arrays.isSound(features: features, labelCount: labels))
        #expect((0..<300).allSatisfy { !examples.row($0).isEmpty && !examples.labelPlaces($0).isEmpty })
    }

    @Test func impossibleRequests() {
        func refused(_ body: () throws(DiagnosticError) -> Void) -> [String] {
            do throws(DiagnosticError) {
                try body()
                return []
            } catch { return error.diagnostics.map(\.kind.id) }
        }
        for (features, labels, perExample, perLabel, prototype) in [
            (0, 5, 1, 1.0, 1), (5, 0, 1, 1, 1), (5, 5, 6, 1, 1), (5, 5, 0, 1, 1), (5, 5, 2, 0.5, 1), (5, 5, 2, 6, 1), (5, 5, 2, .nan, 1), (5, 5, 2, 1, 6), (5, 5, 2, 1, 0), (.max, 5, 2, 1, 1),
        ] as [(Int, Int, Int, Double, Int)] {
            #expect(refused { () throws(DiagnosticError) in
                _ = try SyntheticLabels(features: features, labels: labels, featuresPerExample: perExample, labelsPerExample: perLabel, prototypeFeatures: prototype, seed: 1)
            } == ["NNC0375"])
        }
        for count in [0, -1, .max] {
            #expect(refused { () throws(DiagnosticError) in
                _ = try SyntheticLabels(features: 50, labels: 5, featuresPerExample: 5, seed: 1).examples(count, pool: pool)
            } == ["NNC0375"])
        }
    }

    /// 30,000 examples with 100,000 labels: two seconds of processor time, so about one on two processors.
    @Test func aLargeSetIsMadeQuickly() throws {
        var start = timespec(), end = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        let made = try SyntheticLabels(features: 50_000, labels: 100_000, seed: 1)
        let examples = try made.examples(30_000, pool: WorkerPool(threads: 1))
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        let seconds = Double(end.tv_sec - start.tv_sec) + 1e-9 * Double(end.tv_nsec - start.tv_nsec)
        #expect(examples.count == 30_000)
        #expect(seconds < 4, "\(seconds)")
    }
}
