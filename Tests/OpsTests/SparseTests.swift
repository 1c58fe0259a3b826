import Graph
@testable import Ops
import Testing

/// What is true of a selection whatever the numbers are.
@Suite struct SelectionTests {
    private func select(
        _ operation: SelectUnits, _ shape: [Int], _ values: [Float], batch: Int, threads: Int = 1
    ) throws -> [Int32] {
        let x = ReferenceTensor<Float>(type: TensorType(batched: true, shape), values: values)
        return try FastRun(operation: operation, inputs: [x], batch: batch, threads: threads).outputs().outputs[0].ints
    }

    private func normal(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(state: seed)
        return (0..<count).map { _ in Float(generator.normal()) }
    }

    private func upTo(_ count: Int32) -> [Int32] { Array(0..<count) }

    /// The `k` largest by sorting, the lower index first of equals, NaN before all.
    private func sorted(_ scores: [Float], k: Int) -> [Int32] {
        let order = scores.indices.sorted { a, b in
            let x = scores[a], y = scores[b]
            if x.isNaN || y.isNaN { return x.isNaN && y.isNaN ? a < b : x.isNaN }
            return x == y ? a < b : x > y
        }
        return order.prefix(k).sorted().map(Int32.init)
    }

    private func sums(_ values: [Float], units: Int) -> [Float] {
        var sums = Array(repeating: Float(0), count: units)
        for (place, value) in values.enumerated() { sums[place % units] += abs(value) }
        return sums
    }

    @Test("the largest of each example are kept", arguments: [(1, 1), (15, 4), (64, 64), (65, 1), (257, 80), (2000, 80)])
    func perExample(units: Int, k: Int) throws {
        let values = normal(3 * units, seed: UInt64(units))
        let chosen = try select(SelectUnits(k: k, per: .example), [units], values, batch: 3)
        for b in 0..<3 {
            let magnitudes = values[b * units..<(b + 1) * units].map { abs($0) }
            #expect(Array(chosen[b * k..<(b + 1) * k]) == sorted(magnitudes, k: k))
        }
    }

    @Test("the largest sums of the batch are kept", arguments: [(1, 1), (15, 4), (64, 64), (65, 1), (257, 80), (2000, 80)])
    func perBatch(units: Int, k: Int) throws {
        // Small whole numbers: their sums are exact in any order, and often equal.
        let values = normal(24 * units, seed: UInt64(units)).map { ($0 * 8).rounded() }
        let chosen = try select(SelectUnits(k: k, per: .batch), [4, units], values, batch: 6)
        #expect(chosen == [Int32(k)] + sorted(sums(values, units: units), k: k))
    }

    @Test("of equal scores the lower index is kept")
    func ties() throws {
        let equal = [Float](repeating: -2, count: 100)
        let first: [Int32] = [0, 1, 2, 3, 4, 5, 6]
        #expect(try select(SelectUnits(k: 7, per: .example), [100], equal, batch: 1) == first)
        #expect(try select(SelectUnits(k: 7, per: .batch), [50], equal, batch: 2) == [7] + first)
        let zeros = [Float](repeating: -0.0, count: 50) + [Float](repeating: 0, count: 50)
        #expect(try select(SelectUnits(k: 60, per: .example), [100], zeros, batch: 1) == upTo(60))
        var few = [Float](repeating: 1, count: 100)
        few[70] = -3
        few[99] = 3
        #expect(try select(SelectUnits(k: 4, per: .example), [100], few, batch: 1) == [0, 1, 70, 99])
    }

    @Test("NaN is larger than infinity, and that than all numbers; the smallest are told apart")
    func extremes() throws {
        let values: [Float] = [
            1, .nan, -.infinity, .greatestFiniteMagnitude, -.nan, 0, .leastNonzeroMagnitude, .infinity, .leastNormalMagnitude,
        ]
        for k in 1...values.count {
            let chosen = try select(SelectUnits(k: k, per: .example), [9], values, batch: 1)
            #expect(chosen == sorted(values.map { abs($0) }, k: k))
            let together = try select(SelectUnits(k: k, per: .batch), [9], values, batch: 1)
            #expect(together == [Int32(k)] + chosen)
            for per in [TensorType.Granularity.example, .batch] {
                let x = ReferenceTensor<Double>(type: TensorType(batched: true, [9]), values: values.map(Double.init))
                let plain = try reference(SelectUnits(k: k, per: per), [x], batch: 1)[0].ints
                #expect(plain == (per == .batch ? together : chosen))
            }
            let byValue = try select(SelectUnits(k: k, per: .example, by: .value), [9], values, batch: 1)
            #expect(byValue == sorted(values, k: k))
            let x = ReferenceTensor<Double>(type: TensorType(batched: true, [9]), values: values.map(Double.init))
            #expect(try reference(SelectUnits(k: k, per: .example, by: .value), [x], batch: 1)[0].ints == byValue)
        }
    }

    @Test("by value the largest are kept, and not those below zero", arguments: [(1, 1), (15, 4), (64, 64), (65, 1), (257, 200), (2000, 80)])
    func byValue(units: Int, k: Int) throws {
        // Small whole numbers: their sums are exact in any order, and often equal.
        let values = normal(6 * units, seed: UInt64(units)).map { ($0 * 8).rounded() }
        let chosen = try select(SelectUnits(k: k, per: .example, by: .value), [units], values, batch: 6)
        for b in 0..<6 { #expect(Array(chosen[b * k..<(b + 1) * k]) == sorted(Array(values[b * units..<(b + 1) * units]), k: k)) }
        let parts = values.map { max($0, 0) }
        let together = try select(SelectUnits(k: k, per: .batch, by: .value), [units], values, batch: 6)
        #expect(together == [Int32(k)] + sorted(sums(parts, units: units), k: k))
    }

    @Test("all units, if there are no more")
    func identity() throws {
        let all: [Int32] = [33] + upTo(33)
        for ranking in [SelectUnits.Ranking.magnitude, .value, .random(stream: 1)] {
            let values = normal(2 * 33, seed: 3)
            #expect(try select(SelectUnits(k: 33, per: .batch, by: ranking), [33], values, batch: 2) == all)
            #expect(try select(SelectUnits(k: 33, per: .example, by: ranking), [33], values, batch: 2) == upTo(33) + upTo(33))
        }
        let x = ReferenceTensor<Float>(type: TensorType(batched: true, [33]), values: normal(66, seed: 4))
        let set = ReferenceTensor<Float>(type: TensorType(.int32, batched: false, [34]), ints: all)
        #expect(try FastRun(operation: PackUnits(), inputs: [x, set], batch: 2).outputs().outputs[0].values == x.values)
    }

    @Test("a random selection is a function of the seed, the stream and the step")
    func randomIsAFunction() throws {
        func chosen(stream: Int = 0, seed: UInt64 = 42, iteration: Int = 3) throws -> [Int32] {
            let operation = SelectUnits(k: 10, per: .example, by: .random(stream: stream))
            let x = ReferenceTensor<Float>(type: TensorType(batched: true, [101]), values: Array(repeating: 0, count: 404))
            var context = ReferenceContext(
                inputs: [x], outputs: [.zeros(TensorType(.int32, batched: true, [10]), batch: 4)], batch: 4,
                step: StepState(learningRate: 0, iteration: iteration, seed: seed))
            operation.reference(&context)
            return context.outputs[0].ints
        }
        let first = try chosen()
        #expect(try select(SelectUnits(k: 10, per: .example, by: .random(stream: 0)), [101], normal(404, seed: 1), batch: 4) == first)
        #expect(try chosen() == first)
        #expect(try chosen(stream: 1) != first)
        #expect(try chosen(seed: 43) != first)
        #expect(try chosen(iteration: 4) != first)
        let perExample = stride(from: 0, to: 40, by: 10).map { Array(first[$0..<$0 + 10]) }
        #expect(Set(perExample).count == 4)
    }

    @Test("a random selection takes each unit about as often")
    func randomIsUniform() throws {
        let units = 37, k = 9, batch = 4000
        let operation = SelectUnits(k: k, per: .example, by: .random(stream: 5))
        let chosen = try select(operation, [units], Array(repeating: 0, count: units * batch), batch: batch)
        var counts = Array(repeating: 0, count: units)
        #expect(chosen.count == k * batch)
        for unit in chosen { counts[Int(unit)] += 1 }
        let share = Double(k) / Double(units), expected = Double(batch) * share
        let deviation = (expected * (1 - share)).squareRoot()
        for count in counts { #expect(abs(Double(count) - expected) < 4.5 * deviation) }
    }

    @Test("the same bits on any number of threads", arguments: [[2000], [130], [24, 24, 20]])
    func threads(_ shape: [Int]) throws {
        let units = shape[shape.count - 1], batch = 24, k = max(1, units / 5)
        let values = normal(batch * shape.reduce(1, *), seed: 9)
        for per in [TensorType.Granularity.batch, .example] {
            // What is drawn does not depend on the numbers: few of them will do.
            for ranking in [SelectUnits.Ranking.magnitude, .value, .random(stream: 1)] where ranking != .random(stream: 1) || shape.count == 1 {
                let operation = SelectUnits(k: k, per: per, by: ranking)
                let one = try select(operation, shape, values, batch: batch)
                for threads in [2, 3] { #expect(try select(operation, shape, values, batch: batch, threads: threads) == one) }
            }
        }
    }

    @Test("sums cut into runs of rows select what whole sums do", arguments: [[2000], [24, 24, 20], [11_000], [9, 1]])
    func runs(_ shape: [Int]) throws {
        let units = shape[shape.count - 1], k = max(1, units / 3)
        let values = normal(24 * shape.reduce(1, *), seed: 11).map { ($0 * 4).rounded() }
        let chosen = try select(SelectUnits(k: k, per: .batch), shape, values, batch: 24, threads: 2)
        #expect(chosen == [Int32(k)] + sorted(sums(values, units: units), k: k))
    }

    @Test("gathered units are the units' own bits", arguments: [UnitAxis.first, .last])
    func gathered(_ axis: UnitAxis) throws {
        let shape = axis == .first ? [300, 200] : [3, 3, 60, 300]
        let w = ReferenceTensor<Float>(type: TensorType(batched: false, shape), values: normal(shape.reduce(1, *), seed: 2))
        let chosen = stride(from: Int32(1), to: 300, by: 3).map { $0 }
        let set = ReferenceTensor<Float>(
            type: TensorType(.int32, batched: false, [1 + chosen.count]), ints: [Int32(chosen.count)] + chosen)
        let one = try FastRun(operation: GatherUnits(unitAxis: axis), inputs: [w, set], batch: 1).outputs().outputs[0].values
        #expect(try reference(GatherUnits(unitAxis: axis), [w, set], batch: 1)[0].values == one)
        for threads in [2, 3] {
            let run = FastRun(operation: GatherUnits(unitAxis: axis), inputs: [w, set], batch: 1, threads: threads)
            #expect(try run.outputs().outputs[0].values == one)
        }
    }

    @Test("more units than there are, or none, are refused")
    func refused() {
        let x = TensorType(batched: true, [5])
        for k in [-1, 0, 6, Int.max] {
            #expect(throws: TypeError.self) { try SelectUnits(k: k, per: .batch).infer([x]) }
            #expect(throws: TypeError.self) { try SelectUnits(k: k, per: .example).infer([x]) }
        }
        for set in [TensorType(.int32, batched: false, [1]), TensorType(.int32, batched: false, [7]), TensorType(.int32, batched: true, [6])] {
            #expect(throws: TypeError.self) { try PackUnits().infer([x, set]) }
        }
        let w = TensorType(batched: false, [5, 2]), perExample = TensorType(.int32, batched: true, [2])
        #expect(throws: TypeError.self) { try GatherUnits(unitAxis: .first).infer([w, perExample]) }
    }
}
