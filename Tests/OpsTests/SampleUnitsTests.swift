import Graph
import Kernels
@testable import Ops
import Testing

/// What is true of a sampled cotangent whatever the numbers are.
@Suite struct SampleUnitsTests {
    private struct Sampled {
        var values: [Float]
        var units: [Int32]
        var ends: [Int32]

        /// The cotangent with zeros where nothing was kept.
        func scattered(units count: Int) -> [Float] {
            var numbers = Array(repeating: Float(0), count: ends.count * count)
            for (example, end) in ends.enumerated() {
                for place in Int(example == 0 ? 0 : ends[example - 1])..<Int(end) { numbers[example * count + Int(units[place])] = values[place] }
            }
            return numbers
        }
    }

    /// Samples, and checks the form of what comes out.
    private func sample(_ numbers: [Float], k: Int, batch: Int, threads: Int = 1) throws -> Sampled {
        let count = numbers.count / batch
        let x = ReferenceTensor<Float>(type: TensorType(batched: true, [count]), values: numbers)
        let outputs = try FastRun(operation: SampleUnits(k: k, stream: 1), inputs: [x], batch: batch, threads: threads).outputs().outputs
        let sampled = Sampled(values: outputs[0].values, units: outputs[1].ints, ends: outputs[2].ints)
        #expect(sampled.values.count == batch * k && sampled.units.count == batch * k && sampled.ends.last == Int32(batch * k))
        for (start, end) in zip([0] + sampled.ends, sampled.ends) {
            try #require(0 <= start && start <= end && Int(end) <= batch * k)
            let row = sampled.units[Int(start)..<Int(end)]
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 < $1 } && row.allSatisfy { $0 >= 0 && $0 < count })
        }
        return sampled
    }

    private func normal(_ count: Int, seed: UInt64, holes: Double = 0) -> [Float] {
        var generator = SeededGenerator(state: seed)
        return (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) < holes ? 0 : Float(generator.normal()) }
    }

    @Test("as many entries as asked for, of which all but a few hold something", arguments: 0..<40)
    func counts(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let batch = Int.random(in: 1...20, using: &random), units = Int.random(in: 1...90, using: &random)
        let k = Int.random(in: 1...units, using: &random)
        let sampled = try sample(normal(batch * units, seed: seed, holes: seed % 2 == 0 ? 0 : 0.4), k: k, batch: batch)
        if 4 * k <= units { #expect(sampled.values.count { $0 == 0 } <= 2) }
    }

    @Test("what reaches the threshold is kept as it is, and what is kept below it becomes the threshold", arguments: 0..<20)
    func threshold(_ seed: UInt64) throws {
        let numbers = normal(12 * 200, seed: seed)
        let sampled = try sample(numbers, k: 20, batch: 12)
        let seen = sampled.scattered(units: 200), kept = seen.filter { $0 != 0 }.map { abs($0) }
        let threshold = try #require(kept.min())
        for (before, after) in zip(numbers, seen) {
            if abs(before) > threshold * 1.000_001 { #expect(after == before) } else if after != 0 {
                #expect(abs(after) <= threshold * 1.000_001 && (after < 0) == (before < 0))
            }
        }
        let expected = numbers.reduce(0.0) { $0 + min(1, Double(abs($1)) / Double(threshold)) }
        #expect(abs(expected - 240) < 0.5)
    }

    @Test("the mean over many steps is the cotangent")
    func unbiased() throws {
        let batch = 3, units = 7, steps = 4000
        var numbers = normal(batch * units, seed: 8)
        numbers[4] = 0
        numbers[9] = 6
        let arrays = UnitSampling(examples: batch, units: units, kept: 2)
        let arena = try #require(Arena(byteCount: 8192))
        let x: Floats = arena.strip(offset: 0, count: numbers.count), values: Floats = arena.strip(offset: 1024, count: 6)
        let indices: Ints = arena.strip(offset: 2048, count: 6), ends: Ints = arena.strip(offset: 3072, count: 3)
        let scratch: Floats = arena.strip(offset: 4096, count: UnitSampling.scratch), pool = WorkerPool(threads: 1)
        for i in numbers.indices { x[i] = numbers[i] }
        var sums = Array(repeating: 0.0, count: numbers.count), threshold = 0.0
        for step in 0..<steps {
            let stream = RandomStream(seed: 5, purpose: .sampling, index: 0, iteration: UInt64(step))
            let offset = stream.uint32(at: 0) >> UInt32(32 - UnitSampling.fractionBits)
            threshold = Double(sampleUnits(x, values: values, units: indices, ends: ends, arrays, offset: offset, scratch: scratch, pool))
            let sampled = Sampled(values: (0..<6).map { values[$0] }, units: (0..<6).map { indices[$0] }, ends: (0..<3).map { ends[$0] })
            for (i, value) in sampled.scattered(units: units).enumerated() { sums[i] += Double(value) }
        }
        for (sum, number) in zip(sums, numbers) {
            // Of ±T with probability |x| / T: the variance is |x| (T - |x|).
            let size = Double(abs(number)), deviation = (size * max(0, threshold - size) / Double(steps)).squareRoot()
            #expect(abs(sum / Double(steps) - Double(number)) <= 5 * deviation + 1e-5)
        }
    }

    @Test("zeros, the largest and the smallest numbers, and infinities stay within their bounds")
    func extremes() throws {
        for k in [1, 3, 40] {
            let none = try sample(Array(repeating: 0, count: 400), k: k, batch: 10)
            #expect(none.values.allSatisfy { $0 == 0 })
            for size in [Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude, .infinity, 1] {
                let equal = try sample((0..<400).map { $0 % 3 == 0 ? -size : size }, k: k, batch: 10)
                #expect(equal.values.allSatisfy { !$0.isNaN })
                var single = Array(repeating: Float(0), count: 400)
                single[203] = -size
                let seen = try sample(single, k: k, batch: 10).scattered(units: 40)
                #expect(size < .leastNormalMagnitude || seen == single)
            }
            var undefined = normal(400, seed: 3)
            undefined[0] = .infinity
            undefined[377] = .nan
            let seen = try sample(undefined, k: k, batch: 10)
            #expect(seen.values.allSatisfy { $0.isNaN })
            let x = ReferenceTensor<Double>(type: TensorType(batched: true, [40]), values: undefined.map(Double.init))
            let plain = try reference(SampleUnits(k: k, stream: 1), [x], batch: 10)
            #expect(plain[0].values.allSatisfy { $0.isNaN } && plain[1].ints == seen.units && plain[2].ints == seen.ends)
        }
    }

    @Test("places that are left over are the highest free units of the last examples")
    func leftOver() throws {
        var numbers = Array(repeating: Float(0), count: 15)
        for (place, number) in [(1, 2), (6, -3), (9, 4), (13, 5)] { numbers[place] = Float(number) }
        let sampled = try sample(numbers, k: 3, batch: 3)
        #expect(sampled.ends == [1, 4, 9])
        #expect(sampled.units == [1, 1, 3, 4, 0, 1, 2, 3, 4])
        #expect(sampled.values == [2, -3, 0, 4, 0, 0, 0, 5, 0])
    }

    @Test("kernel and reference agree, and bits do not depend on the threads", arguments: [(3, 20, 7), (100, 500, 25), (128, 1000, 40)])
    func threads(batch: Int, units: Int, k: Int) throws {
        let numbers = normal(batch * units, seed: UInt64(units))
        let x = ReferenceTensor<Double>(type: TensorType(batched: true, [units]), values: numbers.map(Double.init))
        let plain = try reference(SampleUnits(k: k, stream: 1), [x], batch: batch)
        for threads in 1...3 {
            let seen = try sample(numbers, k: k, batch: batch, threads: threads)
            #expect(seen.values.map(\.bitPattern) == plain[0].values.map { Float($0).bitPattern })
            #expect(seen.units == plain[1].ints && seen.ends == plain[2].ints)
        }
    }

    @Test("ragged products are those of the cotangent with zeros", arguments: 0..<12)
    func products(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let isLarge = seed % 6 == 5
        let inputs = Int.random(in: isLarge ? 500...700 : 1...150, using: &random), units = Int.random(in: isLarge ? 60...90 : 1...70, using: &random)
        let batch = Int.random(in: isLarge ? 40...60 : 1...40, using: &random), k = Int.random(in: isLarge ? 20...30 : 1...units, using: &random)
        let sampled = try sample(normal(batch * units, seed: seed), k: k, batch: batch)
        let whole = ReferenceTensor<Double>(type: TensorType(batched: true, [units]), values: sampled.scattered(units: units).map(Double.init))
        let entries = [
            ReferenceTensor<Double>(type: TensorType(batched: true, [k]), values: sampled.values.map(Double.init)),
            ReferenceTensor<Double>(type: TensorType(.int32, batched: true, [k]), ints: sampled.units),
            ReferenceTensor<Double>(type: TensorType(.int32, batched: true, []), ints: sampled.ends),
        ]
        let w: ReferenceTensor<Double> = OperationSample.Operand.whole(units, inputs).tensor(batch: batch, using: &random)
        let x: ReferenceTensor<Double> = OperationSample.Operand.each(inputs).tensor(batch: batch, using: &random)

        let backwardInput = SparseDenseBackwardInput(through: .relu, isRagged: true)
        try check(backwardInput, entries + [w, x], batch: batch)
        let dx = try reference(DenseBackwardInput(through: .relu), [whole, w, x], batch: batch)[0].values
        let ragged = try reference(backwardInput, entries + [w, x], batch: batch)[0].values
        #expect(zip(ragged, dx).allSatisfy { abs($0 - $1) < 1e-9 })

        let backwardWeights = SparseDenseBackwardWeights(units: units, withBias: true, isRagged: true)
        try check(backwardWeights, [x] + entries, batch: batch)
        let plain = try reference(DenseBackwardWeights(withBias: true), [x, whole], batch: batch)
        let seen = try reference(backwardWeights, [x] + entries, batch: batch)
        let touched = seen[2].ints[1...Int(seen[2].ints[0])].map(Int.init)
        for unit in 0..<units {
            let row = touched.firstIndex(of: unit)
            for i in 0..<inputs {
                #expect(abs((row.map { seen[0].values[$0 * inputs + i] } ?? 0) - plain[0].values[unit * inputs + i]) < 1e-9)
            }
            #expect(abs((row.map { seen[1].values[$0] } ?? 0) - plain[1].values[unit]) < 1e-9)
        }
    }

    @Test("activity is counted whatever example an entry is of")
    func activity() throws {
        let batch = 20, units = 12, k = 3
        let sampled = try sample(normal(batch * units, seed: 2, holes: 0.5), k: k, batch: batch)
        let seen = try reference(CountActivity(), [
            ReferenceTensor<Double>(type: TensorType(batched: true, [k]), values: sampled.values.map(Double.init)),
            ReferenceTensor(type: TensorType(.int32, batched: true, [k]), ints: sampled.units),
            ReferenceTensor(type: TensorType(batched: false, [units]), values: Array(repeating: 0, count: units)),
        ], batch: batch)[0].values
        let whole = sampled.scattered(units: units)
        for unit in 0..<units { #expect(seen[unit] == Double((0..<batch).count { whole[$0 * units + unit] != 0 })) }
    }

    /// Holds a kernel to its reference loop, and its bits to be the same on any number of threads.
    private func check(_ operation: any Operation, _ operands: [ReferenceTensor<Double>], batch: Int) throws {
        try checkFastRun(operation, operands, batch: batch, tolerance: 5e-5)
        let floats = operands.map { ReferenceTensor<Float>(type: $0.type, values: $0.values.map { Float($0) }, ints: $0.ints) }
        let runs = try [1, 2, 3].map { try FastRun(operation: operation, inputs: floats, batch: batch, threads: $0).outputs().outputs }
        for run in runs { for (a, b) in zip(run, runs[0]) { #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern) && a.ints == b.ints) } }
    }
}
