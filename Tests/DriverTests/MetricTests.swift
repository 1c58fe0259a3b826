import Kernels
import Runtime
import Testing

/// Deterministic numbers for property tests.
struct Numbers {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
    /// Few different values, so that ties occur.
    mutating func score() -> Float { Float(below(20)) / 19 }
}

/// Memory for the strips of a test.
func floats(_ values: [Float]) -> (Arena, Floats) {
    let arena = Arena(byteCount: 4 * values.count)!
    let strip: Floats = arena.strip(offset: 0, count: values.count)
    for (index, value) in values.enumerated() { strip[index] = value }
    return (arena, strip)
}

func ints(_ values: [Int32]) -> (Arena, Ints) {
    let arena = Arena(byteCount: 4 * values.count)!
    let strip: Ints = arena.strip(offset: 0, count: values.count)
    for (index, value) in values.enumerated() { strip[index] = value }
    return (arena, strip)
}

/// The share of pairs in the right order, by looking at each.
func naiveArea(_ scores: [Float], _ positive: [Bool]) -> Double? {
    var right = 0.0, pairs = 0.0
    for i in scores.indices where positive[i] {
        for j in scores.indices where !positive[j] {
            pairs += 1
            right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
        }
    }
    return pairs == 0 ? nil : right / pairs
}

@Suite struct MetricTests {
    func scores(_ measures: [Measure], _ truth: Truth, width: Int, output: [Float], labels: [Int32]? = nil, targets: [Float]? = nil, batch: Int = 7) -> Scores {
        let count = output.count / width
        var accumulator = MetricAccumulator(measures, truth: truth, width: width, examples: count)
        let (outputMemory, all) = floats(output)
        let (lossMemory, losses) = floats((0..<count).map { Float($0) })
        let label = labels.map { ints($0) }, target = targets.map { floats($0) }
        var start = 0
        while start < count {
            let size = min(batch, count - start)
            accumulator.add(
                losses: losses[start..<start + size], output: all[start * width..<(start + size) * width],
                labels: label?.1[start..<start + size], targets: target?.1[start * width..<(start + size) * width], batch: size)
            start += size
        }
        withExtendedLifetime((outputMemory, lossMemory, label?.0, target?.0)) {}
        return accumulator.scores()
    }

    @Test(arguments: 0..<40) func classMeasuresEqualTheNaiveOnes(seed: Int) throws {
        var numbers = Numbers(state: UInt64(seed))
        let width = 2 + numbers.below(8), count = 1 + numbers.below(60)
        let output = (0..<count * width).map { _ in numbers.score() }
        let labels = (0..<count).map { _ in Int32(numbers.below(width)) }
        let found = scores(Measure.allCases, .classNumbers, width: width, output: output, labels: labels)

        // By sorting: best first, the earlier of equal ones first.
        let order = (0..<count).map { example in
            (0..<width).sorted { (-output[example * width + $0], $0) < (-output[example * width + $1], $1) }
        }
        func share(_ k: Int) -> Double {
            Double((0..<count).filter { order[$0].prefix(k).contains(Int(labels[$0])) }.count) / Double(count)
        }
        #expect(found[.loss] == Double(count - 1) / 2)
        #expect(found[.accuracy] == share(1))
        #expect(found[.precisionAt1] == share(1))
        #expect(abs(found[.precisionAt3]! - share(3) / 3) < 1e-12)
        #expect(abs(found[.precisionAt5]! - share(5) / 5) < 1e-12)
        #expect(found[.top5Accuracy] == share(5))

        let areas = (width == 2 ? [1] : Array(0..<width)).compactMap { column in
            naiveArea((0..<count).map { output[$0 * width + column] }, labels.map { Int($0) == column })
        }
        let area = try #require(found[.auc])
        if areas.isEmpty { #expect(area.isNaN) } else { #expect(abs(area - areas.reduce(0, +) / Double(areas.count)) < 1e-12) }
    }

    @Test(arguments: 0..<40) func multiLabelMeasuresEqualTheNaiveOnes(seed: Int) throws {
        var numbers = Numbers(state: UInt64(1000 + seed))
        let width = 1 + numbers.below(9), count = 1 + numbers.below(60)
        let output = (0..<count * width).map { _ in numbers.score() }
        let targets = (0..<count * width).map { _ in Float(numbers.below(2)) }
        let found = scores(Measure.allCases, .multiLabel, width: width, output: output, targets: targets)
        let right = output.indices.filter { (output[$0] > 0.5) == (targets[$0] > 0.5) }.count
        #expect(abs(found[.accuracy]! - Double(right) / Double(output.count)) < 1e-12)
        for (measure, k) in [(Measure.precisionAt1, 1), (.precisionAt3, 3), (.precisionAt5, 5)] {
            var sum = 0.0
            for example in 0..<count {
                let order = (0..<width).sorted { (-output[example * width + $0], $0) < (-output[example * width + $1], $1) }
                sum += Double(order.prefix(k).filter { targets[example * width + $0] > 0.5 }.count) / Double(k)
            }
            #expect(abs(found[measure]! - sum / Double(count)) < 1e-12)
        }
        let areas = (0..<width).compactMap { column in
            naiveArea((0..<count).map { output[$0 * width + column] }, (0..<count).map { targets[$0 * width + column] > 0.5 })
        }
        let area = try #require(found[.auc])
        if areas.isEmpty { #expect(area.isNaN) } else { #expect(abs(area - areas.reduce(0, +) / Double(areas.count)) < 1e-12) }
    }

    @Test func aSingleOutputIsTheScoreOfClassOne() {
        let found = scores([.accuracy, .auc], .classNumbers, width: 1, output: [0.9, 0.2, 0.6, 0.4], labels: [1, 0, 0, 1])
        #expect(found[.accuracy] == 0.5)
        #expect(found[.auc] == 0.75)
    }

    @Test func notANumberIsNeverRight() {
        let nan = Float.nan
        let found = scores(Measure.allCases, .classNumbers, width: 3, output: [nan, nan, nan, nan, 1, 0], labels: [0, 0])
        #expect(found[.accuracy] == 0)
        #expect(found[.auc]?.isNaN == true)
    }

    @Test func negativeZeroTiesWithZero() {
        let found = scores([.auc], .classNumbers, width: 1, output: [0, -0.0, -1, 1], labels: [1, 0, 0, 1])
        #expect(found[.auc] == 0.875)
    }

    @Test func nothingAddedIsNotANumber() {
        var accumulator = MetricAccumulator([.loss, .accuracy, .auc], truth: .classNumbers, width: 3, examples: 5)
        let found = accumulator.scores()
        #expect(found.entries.allSatisfy { $0.value.isNaN })
    }
}
