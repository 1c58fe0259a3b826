import Graph
import Kernels

/// The output of a network with very many classes, evaluated: for each example the `k` classes with the largest probabilities, and the loss.
/// The product is made tile by tile, and never all of it at one time.
///
/// Inputs: x f32[N,inputs], W f32[units,inputs], b f32[units] if `useBias`, labels i32[N] or lists of them i32[N,M], -1 behind the last.
/// Outputs: the losses f32[N], as SoftmaxCrossEntropy's; the probabilities f32[N,k], the largest first; and whose they are, i32[N,k].
public struct RankUnits: Operation {
    public var useBias: Bool
    public var k: Int

    public init(useBias: Bool, k: Int) {
        self.useBias = useBias
        self.k = k
    }

    public var name: String { "rank_units" }
    public var attributes: [(key: String, value: String)] { [("k", "\(k)")] }
    public var overwrites: [Int?] { [nil, nil, nil] }
    public var mayReuse: [Int?] { [nil, nil, nil] }

    private var labels: Int { useBias ? 3 : 2 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "weights"] + (useBias ? ["bias"] : []) + ["labels"], of: name)
        let units = try Dense(useBias: useBias).infer(Array(inputs.prefix(labels)))[0].shape[0]
        return try rankedTypes(k, of: units, inputs, labels: labels, name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let inputs = o.inputs[1].shape[1], units = o.inputs[1].shape[0], numbers = Count.product(o.batch, units)
        let products = Count.product(numbers, inputs)
        var work = Work(gemm: products, additions: Count.sum(products, useBias ? numbers : 0), streamed: o.streamed)
        work += rankingWork(numbers, best: k, o.inputs[labels], batch: o.batch)
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { UnitRanking.scratch(threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let ranking = UnitRanking(examples: c.batch, units: c.inputTypes[1].shape[0], best: k, normalizes: true)
        rankUnits(
            c.input(0), c.input(1), useBias ? c.input(2) : nil, labels: c.inputInts(labels), losses: c.output(0), scores: c.output(1),
            chosen: c.outputInts(2), ranking, depth: c.inputTypes[1].shape[1], scratch: c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let units = c.inputs[1].type.shape[0], inputs = c.inputs[1].type.shape[1]
        for row in 0..<c.batch {
            let numbers = (0..<units).map { unit in
                var sum = S.zero
                for i in 0..<inputs { sum += c.inputs[0].values[row * inputs + i] * c.inputs[1].values[unit * inputs + i] }
                return useBias ? sum + c.inputs[2].values[unit] : sum
            }
            c.rank(numbers, Array(0..<units), of: row, best: k, labels: labels)
        }
    }

    static let samples = [
        OperationSample(RankUnits(useBias: true, k: 3), [.each(7), .whole(19, 7), .whole(19), .indices(2, of: 19)]),
        OperationSample(RankUnits(useBias: false, k: 5), [.each(4), .whole(1100, 4), .labels(1100)]),
        OperationSample(RankUnits(useBias: true, k: 1), [.each(1), .whole(1, 1), .whole(1), .labels(1)]),
    ]
}

/// The same where the numbers are there already: of some units of each example, or of all. The softmax is that over these; a label that is not among
/// them counts as if its probability were 2⁻²³.
///
/// Inputs: the numbers f32[N,n]; if `hasPlaces` the units that they belong to i32[N,n], ascending; labels as above. Outputs as above.
public struct RankActive: Operation {
    public var hasPlaces: Bool
    public var k: Int

    public init(hasPlaces: Bool, k: Int) {
        self.hasPlaces = hasPlaces
        self.k = k
    }

    public var name: String { "rank_active" }
    public var attributes: [(key: String, value: String)] { [("k", "\(k)")] }
    public var overwrites: [Int?] { [nil, nil, nil] }
    public var mayReuse: [Int?] { [nil, nil, nil] }

    private var labels: Int { hasPlaces ? 2 : 1 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["numbers"] + (hasPlaces ? ["units"] : []) + ["labels"], of: name)
        try inputs.expectFeatures(0, of: name)
        guard inputs[0].shape.count == 1 else { throw TypeError("\(name) ranks one number for each unit, not \(inputs[0].text)", operand: 0) }
        if hasPlaces { try inputs.expect(1, is: TensorType(.int32, batched: true, inputs[0].shape), "the units") }
        return try rankedTypes(k, of: inputs[0].shape[0], inputs, labels: labels, name)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, rankingWork(o.inputCount(0), best: k, o.inputs[labels], batch: o.batch) + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { UnitRanking.scratch(threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let ranking = UnitRanking(examples: c.batch, units: c.inputTypes[0].shape[0], best: k, normalizes: true)
        rankUnits(
            c.input(0), places: hasPlaces ? c.inputInts(1) : nil, labels: c.inputInts(labels), losses: c.output(0), scores: c.output(1),
            chosen: c.outputInts(2), ranking, c.pool, scratch: c.scratch)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let count = c.inputs[0].type.shape[0]
        for row in 0..<c.batch {
            let range = row * count..<(row + 1) * count
            c.rank(Array(c.inputs[0].values[range]), hasPlaces ? c.inputs[1].ints[range].map(Int.init) : Array(0..<count), of: row, best: k, labels: labels)
        }
    }

    static let samples = [
        OperationSample(RankActive(hasPlaces: true, k: 3), [.each(17), .indices(17, of: 60), .indices(2, of: 60)]),
        OperationSample(RankActive(hasPlaces: true, k: 1), [.each(1), .indices(1, of: 5), .labels(5)]),
        OperationSample(RankActive(hasPlaces: false, k: 4), [.each(33), .labels(33)]),
    ]
}

private func rankedTypes(_ k: Int, of units: Int, _ inputs: [TensorType], labels: Int, _ name: String) throws(TypeError) -> [TensorType] {
    guard inputs[labels].dtype == .int32, inputs[labels].batched, inputs[labels].shape.count <= 1 else {
        throw TypeError("\(name) needs class numbers for each example, not \(inputs[labels].text)", operand: labels)
    }
    _ = try inputs[labels].checked(name, "list of labels")
    guard k >= 1, k <= units, units <= Int(Int32.max) else { throw TypeError("of \(units) units, the best \(k) cannot be told") }
    return [TensorType(batched: true, []), TensorType(batched: true, [k]), TensorType(.int32, batched: true, [k])]
}

/// A softmax that keeps its sum and the best only; for each label an addition, and one more for the mean.
private func rankingWork(_ numbers: Int, best: Int, _ labels: TensorType, batch: Int) -> Work {
    let kept = Count.product(batch, best)
    let sums = Work(additions: Count.product(2, numbers), transcendentals: numbers, comparisons: Count.product(2, numbers))
    let each = Work(multiplications: 3, additions: Count.sum(3, labels.count), transcendentals: 1)
    return sums + each * batch + Work(additions: kept, transcendentals: kept)
}

extension ReferenceContext {
    fileprivate mutating func rank(_ numbers: [S], _ units: [Int], of row: Int, best: Int, labels: Int) {
        var largest = S(-Double.infinity), sum = S.zero
        for x in numbers { largest = S.larger(largest, x) }
        for x in numbers { sum += S.exp(x - largest) }
        let total = largest + S.log(sum)
        // One look for each number: whether it is among the best.
        for x in numbers { _ = S.larger(x, largest) }
        let order = numbers.indices.sorted { numbers[$0].value > numbers[$1].value || numbers[$0].value == numbers[$1].value && $0 < $1 }
        for j in 0..<best {
            outputs[1].values[row * best + j] = S.exp(numbers[order[j]] - total)
            outputs[2].ints[row * best + j] = Int32(units[order[j]])
        }
        var seen = 0, chosen = S.zero
        let list = inputs[labels].list(of: row)
        for label in list {
            if let place = units.firstIndex(of: label) {
                chosen += numbers[place]
                seen += 1
            } else {
                chosen += S.zero
            }
        }
        guard !list.isEmpty else { return }
        let missing = S(Double(list.count - seen)) * S(23 * 0.6931471805599453)
        outputs[0].values[row] = (S(Double(seen)) * total - chosen + missing) / S(Double(list.count))
    }
}
