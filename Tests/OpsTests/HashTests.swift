import func Foundation.cos
import func Foundation.sin
import Graph
import Kernels
@testable import Ops
import Testing

/// What is true of hashes and tables whatever the numbers are.
@Suite struct HashTests {
    private func normal(_ count: Int, _ generator: inout SeededGenerator) -> [Float] { (0..<count).map { _ in Float(generator.normal()) } }

    private func pattern(_ scheme: HashScheme, seed: UInt64 = 7) throws -> [Int32] {
        var generator = SeededGenerator(state: seed)
        let tensor: ReferenceTensor<Float> = OperationSample.Operand.pattern(scheme).tensor(batch: 1, using: &generator)
        return tensor.ints
    }

    /// The buckets of some vectors.
    private func keys(_ scheme: HashScheme, _ vectors: [[Float]], threads: Int = 1) throws -> [[Int32]] {
        var operands = [
            ReferenceTensor<Float>(type: TensorType(batched: true, [scheme.inputs]), values: vectors.flatMap { $0 }),
            ReferenceTensor<Float>(type: scheme.patternType, ints: try pattern(scheme)),
        ]
        if scheme.takesMeanOff {
            let type = scheme.function == .simhash ? scheme.thresholdsType : scheme.meanType
            operands.append(ReferenceTensor(type: scheme.factorsType, values: Array(repeating: 1, count: scheme.factorsType.count)))
            operands.append(ReferenceTensor(type: type, values: Array(repeating: 0, count: type.count)))
        }
        let run = FastRun(operation: HashKeys(scheme, isSparse: false), inputs: operands, batch: vectors.count, threads: threads)
        let keys = try run.outputs().outputs[0].ints
        return vectors.indices.map { Array(keys[$0 * scheme.lookups..<($0 + 1) * scheme.lookups]) }
    }

    /// Tables as a training has them: rows of normal numbers, a bias, queries around a mean.
    private struct Layer {
        let scheme: HashScheme
        var weights: [Float]
        var bias: [Float]
        var mean: [Float]
        var pattern: [Int32]
        var slots: [Int32], counts: [Int32], codes: [Int32], dirt: [Int32], factors: [Float], thresholds: [Float], scale: [Float]

        init(_ scheme: HashScheme, pattern: [Int32], using generator: inout SeededGenerator) {
            self.scheme = scheme
            weights = (0..<scheme.units * scheme.inputs).map { _ in Float(generator.normal()) / Float(scheme.inputs).squareRoot() }
            bias = (0..<scheme.units).map { _ in Float(generator.normal()) * 0.1 }
            mean = (0..<scheme.inputs).map { _ in Float(generator.normal()) * 0.5 }
            self.pattern = pattern
            slots = Array(repeating: 0, count: scheme.slotCount)
            counts = Array(repeating: 0, count: scheme.countsType.count)
            codes = Array(repeating: 0, count: scheme.codesType.count)
            dirt = Array(repeating: 0, count: scheme.units)
            factors = Array(repeating: 1, count: scheme.factorsType.count)
            thresholds = Array(repeating: 0, count: scheme.thresholdsType.count)
            scale = [0, 0, 0]
        }

        private var isSimhash: Bool { scheme.function == .simhash }

        private func ints(_ type: TensorType, _ ints: [Int32]) -> ReferenceTensor<Float> { ReferenceTensor(type: type, ints: ints) }
        private func floats(_ type: TensorType, _ values: [Float]) -> ReferenceTensor<Float> { ReferenceTensor(type: type, values: values) }

        private var frame: [ReferenceTensor<Float>] {
            let all = [floats(scheme.factorsType, factors), floats(scheme.thresholdsType, thresholds), floats(scheme.scaleType, scale)]
            return Array(all.prefix(isSimhash ? 3 : scheme.takesMeanOff ? 1 : 0))
        }

        private var tables: [ReferenceTensor<Float>] {
            [ints(scheme.slotsType, slots), ints(scheme.countsType, counts), ints(scheme.codesType, codes), ints(scheme.dirtType, dirt)]
        }

        private mutating func take(_ outputs: [ReferenceTensor<Float>]) {
            if outputs.count > 4 { factors = outputs[0].values }
            if outputs.count > 5 { (thresholds, scale) = (outputs[1].values, outputs[2].values) }
            let last = Array(outputs.suffix(4))
            (slots, counts, codes, dirt) = (last[0].ints, last[1].ints, last[2].ints, last[3].ints)
        }

        mutating func rebuild(threads: Int = 1) throws {
            let operation = RebuildTables(scheme, useBias: true, schedule: RefreshSchedule(every: 1), stream: 0)
            var inputs = [floats(scheme.weightsType, weights)]
            if isSimhash { inputs += [floats(scheme.biasType, bias), floats(scheme.meanType, mean)] }
            if scheme.takesMeanOff { inputs.append(floats(scheme.varianceType, Array(repeating: 1, count: scheme.inputs))) }
            inputs += [ints(scheme.patternType, pattern)] + frame
            take(try FastRun(operation: operation, inputs: inputs + tables, batch: 1, threads: threads).outputs().outputs)
        }

        @discardableResult
        mutating func rehash(_ touched: [Int], budget: Int, threads: Int = 1) throws -> Int {
            let operation = RehashTouched(scheme, useBias: true, budget: budget, stream: 0)
            var inputs = [floats(scheme.weightsType, weights)]
            if isSimhash { inputs += [floats(scheme.biasType, bias), floats(scheme.meanType, mean)] }
            let set = [Int32(touched.count)] + touched.map(Int32.init) + Array(repeating: -1, count: scheme.units - touched.count)
            inputs += [ints(scheme.patternType, pattern)] + frame + [ints(TensorType(.int32, batched: false, [1 + scheme.units]), set)]
            let run = try FastRun(operation: operation, inputs: inputs + tables, batch: 1, threads: threads).outputs()
            take(run.outputs)
            return run.active.units
        }

        func query(
            _ x: [[Float]], k: Int, per: TensorType.Granularity = .example, select: HashSelection = .mostCollisions, labels: [Int32]? = nil,
            threads: Int = 1
        ) throws -> [Int32] {
            let vectors = floats(TensorType(batched: true, [scheme.inputs]), x.flatMap { $0 })
            let centring = isSimhash ? Array(frame.prefix(2)) : scheme.takesMeanOff ? frame + [floats(scheme.meanType, mean)] : []
            let hashing = FastRun(
                operation: HashKeys(scheme, isSparse: false), inputs: [vectors, ints(scheme.patternType, pattern)] + centring, batch: x.count,
                threads: threads)
            let keys = try hashing.outputs().outputs
            let operation = QueryTables(scheme, k: k, per: per, select: select, hasLabels: labels != nil, stream: 0)
            let target = labels.map { [ints(TensorType(.int32, batched: true, []), $0)] } ?? []
            let run = FastRun(operation: operation, inputs: keys + tables.prefix(2) + target, batch: x.count, threads: threads)
            return try run.outputs().outputs[0].ints
        }

        /// What a table's bucket holds.
        func held(_ table: Int, _ bucket: Int) -> [Int32] {
            let at = table * scheme.buckets + bucket
            return Array(slots[at * scheme.bucketSize..<at * scheme.bucketSize + Int(counts[2 * at])])
        }

        /// Whether each unit stands in the bucket of its code, once, and nothing else in any.
        var isConsistent: Bool {
            (0..<scheme.tables).allSatisfy { t in
                let places = (0..<scheme.buckets).flatMap { bucket in held(t, bucket).map { (Int($0), bucket) } }
                return places.count == scheme.units && Set(places.map(\.0)).count == scheme.units
                    && places.allSatisfy { codes[t * scheme.units + $0] == Int32($1 + 1) }
                    && (0..<scheme.buckets).allSatisfy { counts[2 * (t * scheme.buckets + $0)] == counts[2 * (t * scheme.buckets + $0) + 1] }
            }
        }
    }

    private static let schemes = [
        HashScheme(function: .simhash, inputs: 50, units: 200, tables: 6, hashes: 5, bucketSize: 150),
        HashScheme(function: .wta(window: 8), inputs: 50, units: 200, tables: 6, hashes: 2, bucketSize: 48),
        HashScheme(function: .dwta(window: 4), inputs: 50, units: 200, tables: 6, hashes: 3, bucketSize: 48),
    ]

    private func layer(_ scheme: HashScheme, seed: UInt64 = 3) throws -> Layer {
        var generator = SeededGenerator(state: seed)
        return Layer(scheme, pattern: try pattern(scheme), using: &generator)
    }

    @Test("a hash does not depend on the scale of a vector", arguments: schemes)
    func scale(_ scheme: HashScheme) throws {
        var generator = SeededGenerator(state: 1)
        let vectors = (0..<40).map { _ in normal(scheme.inputs, &generator) }
        let plain = try keys(scheme, vectors)
        #expect(try keys(scheme, vectors.map { $0.map { $0 * 8 } }) == plain)
        #expect(try keys(scheme, vectors.map { $0.map { $0 / 64 } }) == plain)
        #expect(Set(plain).count > 35)
    }

    /// Two vectors of 64 numbers with this angle between them.
    private func pair(_ angle: Double, _ generator: inout SeededGenerator) -> [[Float]] {
        let a = normal(64, &generator), other = normal(64, &generator)
        // The other's part at a right angle to a.
        let share = zip(a, other).reduce(0) { $0 + $1.0 * $1.1 } / a.reduce(0) { $0 + $1 * $1 }
        let across = zip(a, other).map { $1 - share * $0 }
        let lengthA = a.reduce(0) { $0 + $1 * $1 }.squareRoot(), lengthB = across.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let cosine = Float(cos(angle)), sine = Float(sin(angle))
        return [a, zip(a, across).map { cosine * $0 / lengthA + sine * $1 / lengthB }]
    }

    @Test("as many are retrieved as the formula says", arguments: [0, 1, 5, 15])
    func retrieved(_ probes: Int) throws {
        var scheme = HashScheme(function: .simhash, inputs: 64, units: 1 << 20, tables: 3, hashes: 5, probes: probes, bucketSize: 16)
        var generator = SeededGenerator(state: 21)
        for angle in [0.4, 0.9, 1.4] {
            let pairs = (0..<400).map { _ in pair(angle, &generator) }
            let looked = try keys(scheme, pairs.map { $0[0] })
            scheme.probes = 0
            let stored = try keys(scheme, pairs.map { $0[1] })
            scheme.probes = probes
            let hits = zip(looked, stored).filter { query, row in query.indices.contains { query[$0] == row[$0 % 3] } }.count
            #expect(abs(Double(hits) / 400 - scheme.retrievalProbability(angle: angle)) < 0.07, "\(angle)")
        }
    }

    @Test("bits of simhash agree as often as the angle says; all hashes of a vector are independent in pairs")
    func angles() throws {
        // Keys of one bit, and as many tables as there may be.
        let scheme = HashScheme(function: .simhash, inputs: 64, units: 16, tables: 500, hashes: 1, bucketSize: 16)
        var generator = SeededGenerator(state: 2)
        var last = 1.1
        for angle in [0, 0.2, 0.6, 1.2, 2, 3] {
            var agreements: [Double] = []
            for _ in 0..<20 {
                let found = try keys(scheme, pair(angle, &generator))
                agreements.append(Double(zip(found[0], found[1]).filter { $0 == $1 }.count) / 500)
            }
            let mean = agreements.reduce(0, +) / 20
            #expect(abs(mean - (1 - angle / .pi)) < 0.025)
            #expect(mean < last)
            last = mean
            // The standard deviation of 500 independent bits: 0.022 at most.
            #expect((agreements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 19).squareRoot() < 0.035)
        }
    }

    @Test("codes of winners agree the more often, the more of the order agrees", arguments: [HashFunction.wta(window: 8), .dwta(window: 8)])
    func ranks(_ function: HashFunction) throws {
        let scheme = HashScheme(function: function, inputs: 100, units: 16, tables: 300, hashes: 1, bucketSize: 16)
        var generator = SeededGenerator(state: 5)
        var agreement = Array(repeating: 0, count: 5)
        for _ in 0..<10 {
            let a = normal(100, &generator), noise = normal(100, &generator)
            let others = [0, 0.25, 0.5, 1, 4].map { part in zip(a, noise).map { $0 + Float(part) * $1 } }
            let found = try keys(scheme, [a] + others)
            for (i, other) in found.dropFirst().enumerated() { agreement[i] += zip(found[0], other).filter { $0 == $1 }.count }
            // An increasing function changes no order.
            #expect(try keys(scheme, [a.map { $0 * $0 * $0 }]) == [found[0]])
        }
        #expect(agreement[0] == 3000)
        #expect(agreement == agreement.sorted(by: >) && Set(agreement).count == 5)
    }

    @Test("densified hashes of a vector without zeros are the plain ones; of one with few numbers they are not all the same")
    func densified() throws {
        var plain = HashScheme(function: .wta(window: 8), inputs: 90, units: 300, tables: 20, hashes: 2, probes: 2, bucketSize: 16)
        var generator = SeededGenerator(state: 6)
        let vectors = (0..<20).map { _ in normal(90, &generator) }
        let found = try keys(plain, vectors)
        plain.function = .dwta(window: 8)
        #expect(try keys(plain, vectors) == found)
        // Six numbers of ninety that are not zero: vectors that share five of them collide often, others hardly.
        func sparse(_ places: [Int]) -> [Float] {
            (0..<90).map { i in places.firstIndex(of: i).map { Float($0 + 1) } ?? 0 }
        }
        let few = try keys(plain, [sparse([3, 20, 41, 55, 60, 88]), sparse([3, 20, 41, 55, 61, 88]), sparse([7, 22, 46, 51, 63, 80])])
        func collisions(_ a: Int, _ b: Int) -> Int { zip(few[a].prefix(20), few[b].prefix(20)).filter { $0 == $1 }.count }
        #expect(collisions(0, 1) > collisions(0, 2) + 3)
        #expect(Set(few[0].prefix(20)).count > 5)
    }

    @Test("tables hold each unit once, after a rebuild and after any touched units", arguments: schemes)
    func tables(_ scheme: HashScheme) throws {
        var layer = try layer(scheme), generator = SeededGenerator(state: 9)
        try layer.rebuild()
        #expect(layer.isConsistent)
        let occupancy = HashOccupancy(counts: layer.counts)
        #expect(abs(occupancy.mean - Double(scheme.units) / Double(scheme.buckets)) < 1e-9 && occupancy.shareDropped == 0)
        for budget in [7, 200, 16, 1] {
            let touched = (0..<scheme.units).shuffled(using: &generator).prefix(60).sorted()
            for unit in touched {
                for i in 0..<scheme.inputs { layer.weights[unit * scheme.inputs + i] += Float(generator.normal()) * 0.3 }
            }
            let before = layer.codes
            var marked = Set(layer.dirt.indices.filter { layer.dirt[$0] != 0 })
            marked.formUnion(touched)
            #expect(try layer.rehash(touched, budget: budget) == min(budget, marked.count))
            #expect(layer.dirt.reduce(0, +) == Int32(marked.count - min(budget, marked.count)))
            #expect(layer.isConsistent)
            #expect(layer.codes != before)
        }
        // When all that was touched has had its turn, the tables are those of a rebuild with the same scale.
        while try layer.rehash([], budget: 50) > 0 {}
        #expect(layer.dirt.allSatisfy { $0 == 0 })
        if scheme.function != .simhash {
            var fresh = layer
            try fresh.rebuild()
            #expect(fresh.codes == layer.codes)
        }
    }

    @Test("a full bucket keeps units at random, and what is in a slot is always a unit")
    func overflow() throws {
        let scheme = HashScheme(function: .simhash, inputs: 10, units: 300, tables: 4, hashes: 2, bucketSize: 8)
        var layer = try layer(scheme)
        try layer.rebuild()
        var generator = SeededGenerator(state: 4)
        for _ in 0..<20 {
            for i in layer.weights.indices { layer.weights[i] += Float(generator.normal()) * 0.05 }
            try layer.rehash(Array(0..<300), budget: 300)
            #expect(layer.slots.allSatisfy { 0 <= $0 && $0 < 300 })
            for t in 0..<4 {
                for bucket in 0..<4 {
                    let held = layer.held(t, bucket)
                    #expect(Set(held).count == held.count && held.count <= 8)
                    // Who is held belongs there.
                    #expect(held.allSatisfy { layer.codes[t * 300 + Int($0)] == Int32(bucket + 1) })
                }
                #expect((0..<4).reduce(0) { $0 + Int(layer.counts[2 * (t * 4 + $1) + 1]) } == 300)
            }
        }
        // Late units are as likely to be held as early ones.
        try layer.rebuild()
        let held = (0..<16).flatMap { layer.held($0 / 4, $0 % 4) }
        let late = held.filter { $0 >= 150 }.count
        #expect(held.count > 100 && late > held.count / 4 && late < held.count * 3 / 4)
        #expect(HashOccupancy(counts: layer.counts).shareDropped > 0.8)
    }

    @Test("those that answer a query most are found much more often than others", arguments: [0, 4])
    func retrieval(_ probes: Int) throws {
        let scheme = HashScheme(function: .simhash, inputs: 60, units: 400, tables: 30, hashes: 6, probes: probes, bucketSize: 48)
        var layer = try layer(scheme), generator = SeededGenerator(state: 12)
        try layer.rebuild()
        let queries = (0..<40).map { _ in layer.mean.map { $0 + Float(generator.normal()) } }
        let k = 40, chosen = try layer.query(queries, k: k)
        var shares = 0.0
        for (example, x) in queries.enumerated() {
            let answers = (0..<400).map { u in zip(layer.weights[u * 60..<(u + 1) * 60], x).reduce(layer.bias[u]) { $0 + $1.0 * $1.1 } }
            let top = Set((0..<400).sorted { answers[$0] > answers[$1] }.prefix(20).map(Int32.init))
            shares += Double(top.intersection(chosen[example * k..<(example + 1) * k]).count) / 20
        }
        // By chance a tenth.
        #expect(shares / 40 > (probes > 0 ? 0.4 : 0.25))
    }

    @Test("exactly k different units, ascending, whatever the tables hold", arguments: HashSelection.allCases)
    func exactlyK(_ select: HashSelection) throws {
        for scheme in Self.schemes {
            var layer = try layer(scheme), generator = SeededGenerator(state: 13)
            let x = (0..<9).map { _ in normal(scheme.inputs, &generator) }, labels = (0..<9).map { Int32($0 * 17) }
            for built in [false, true] {
                if built { try layer.rebuild() }
                for k in [1, 9, 50, 200] {
                    let chosen = try layer.query(x, k: k, select: select, labels: labels)
                    for example in 0..<9 {
                        let own = Array(chosen[example * k..<(example + 1) * k])
                        #expect(own == Set(own).sorted() && own.count == k && own.allSatisfy { (0..<200).contains($0) })
                        #expect(own.contains(labels[example]))
                    }
                    let set = try layer.query(x, k: k, per: .batch, select: select, labels: labels)
                    #expect(set[0] == Int32(k) && Array(set.dropFirst()) == Set(set.dropFirst()).sorted() && set.count == k + 1)
                    if k >= 9 { #expect(Set(labels).subtracting(set.dropFirst()).isEmpty) }
                }
            }
        }
    }

    @Test("what is not found is filled up with any, each about as often")
    func fill() throws {
        let scheme = HashScheme(function: .simhash, inputs: 3, units: 37, tables: 1, hashes: 1, bucketSize: 1)
        let layer = try layer(scheme)
        let chosen = try layer.query(Array(repeating: [1, 2, 3], count: 4000), k: 9)
        var counts = Array(repeating: 0, count: 37)
        for unit in chosen { counts[Int(unit)] += 1 }
        let share = 9.0 / 37, expected = 4000 * share, deviation = (expected * (1 - share)).squareRoot()
        for count in counts { #expect(abs(Double(count) - expected) < 5 * deviation) }
    }

    @Test("the same bits on any number of threads", arguments: schemes)
    func threads(_ scheme: HashScheme) throws {
        var generator = SeededGenerator(state: 14)
        let x = (0..<70).map { _ in normal(scheme.inputs, &generator) }
        var one: Layer?, answers: [[Int32]] = []
        for threads in [1, 2, 3] {
            var layer = try layer(scheme)
            try layer.rebuild(threads: threads)
            layer.weights = layer.weights.map { $0 + 0.1 }
            try layer.rehash(Array(stride(from: 0, to: 200, by: 3)), budget: 50, threads: threads)
            let found = try [TensorType.Granularity.example, .batch].flatMap { per in
                try HashSelection.allCases.map { try layer.query(x, k: 20, per: per, select: $0, threads: threads) }
            }
            if let one {
                #expect(one.slots == layer.slots && one.counts == layer.counts && one.codes == layer.codes && one.dirt == layer.dirt)
                #expect(one.thresholds.map(\.bitPattern) == layer.thresholds.map(\.bitPattern) && one.scale == layer.scale && one.factors == layer.factors)
                #expect(found == answers)
            } else {
                (one, answers) = (layer, found)
            }
        }
    }

    @Test("the probability of retrieval falls with the angle, and rises with tables and probes")
    func probability() {
        func scheme(tables: Int, probes: Int) -> HashScheme {
            HashScheme(function: .simhash, inputs: 10, units: 10, tables: tables, hashes: 6, probes: probes, bucketSize: 1)
        }
        let plain = scheme(tables: 5, probes: 0)
        #expect(plain.retrievalProbability(angle: 0) == 1 && plain.retrievalProbability(angle: .pi) == 0)
        let angles = stride(from: 0.1, to: 3, by: 0.1).map { plain.retrievalProbability(angle: $0) }
        #expect(angles == angles.sorted(by: >))
        #expect(scheme(tables: 50, probes: 0).retrievalProbability(angle: 1) > plain.retrievalProbability(angle: 1))
        #expect(scheme(tables: 5, probes: 4).retrievalProbability(angle: 1) > plain.retrievalProbability(angle: 1))
        #expect(scheme(tables: 5, probes: 31).retrievalProbability(angle: 1) <= 1)
        #expect(abs(plain.retrievalProbability(angle: 1.2) - plain.retrievalProbability(agreement: 1 - 1.2 / .pi)) < 0.01)
    }

    @Test("schemes that cannot be are refused in words")
    func refused() {
        let good = HashScheme(function: .wta(window: 8), inputs: 10, units: 10, tables: 5, hashes: 2, bucketSize: 8)
        #expect(good.problem == nil)
        let changes: [(inout HashScheme) -> Void] = [
            { $0.tables = 0 }, { $0.tables = 1 << 40 }, { $0.hashes = 0 }, { $0.hashes = 11 }, { $0.probes = -1 }, { $0.probes = 4 }, { $0.bucketSize = 0 },
            { $0.bucketSize = 1 << 20 }, { $0.function = .wta(window: 6) }, { $0.function = .dwta(window: 0) }, { $0.function = .wta(window: 512) },
            { $0.rowWidth = 0 }, { $0.units = 0 }, { $0.units = 1 << 40 },
        ]
        for change in changes {
            var scheme = good
            change(&scheme)
            #expect(scheme.problem != nil)
            #expect(throws: TypeError.self) { try HashKeys(scheme, isSparse: false).infer([]) }
        }
    }
}
