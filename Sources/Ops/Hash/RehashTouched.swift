import Graph
import Kernels

/// Keeps hash tables up to date between two rebuilds: marks the units that an update has touched, and of those that are marked hashes up to
/// `budget` anew and moves them to their buckets. Where it begins to look for them goes round, so that each has its turn.
///
/// Inputs: W f32[units,inputs]; of simhash the bias f32[units] if there is one, and the queries' mean f32[inputs]; the pattern; of simhash and wta the
/// factors f32[2,inputs], of simhash the thresholds f32[2,tables·hashes] and the scale f32[3], all of the last rebuild; the units touched, an
/// index set i32[1+capacity] or those of each example i32[N,k]; slots, counts, codes, and dirt i32[units], the marks. Outputs: the last
/// four, in place of the old.
public struct RehashTouched: DataDependent {
    public var scheme: HashScheme
    public var useBias: Bool
    /// Units that are hashed in a step, if so many are marked. Sixteen at a time cost little more than one.
    public var budget: Int
    public var stream: Int

    public init(_ scheme: HashScheme, useBias: Bool, budget: Int, stream: Int) {
        self.scheme = scheme
        self.useBias = useBias
        self.budget = budget
        self.stream = stream
    }

    public var name: String { "rehash_touched" }
    public var attributes: [(key: String, value: String)] { scheme.attributes + [("budget", "\(budget)"), ("stream", "\(stream)")] }

    private var isSimhash: Bool { scheme.function == .simhash }
    private var withBias: Bool { useBias && isSimhash }
    private var isCentred: Bool { scheme.takesMeanOff }
    private var meanIndex: Int { withBias ? 2 : 1 }
    private var patternIndex: Int { isSimhash ? meanIndex + 1 : 1 }
    private var setIndex: Int { patternIndex + (isSimhash ? 4 : isCentred ? 2 : 1) }
    public var overwrites: [Int?] { (1...4).map { setIndex + $0 } }
    public var mayReuse: [Int?] { [nil, nil, nil, nil] }

    private func operands(touched: TensorType) -> [(role: String, type: TensorType)] {
        var all = [("weights", scheme.weightsType)]
        if withBias { all.append(("bias", scheme.biasType)) }
        if isSimhash { all.append(("mean", scheme.meanType)) }
        all.append(("pattern", scheme.patternType))
        if isCentred { all.append(("factors", scheme.factorsType)) }
        if isSimhash { all += [("thresholds", scheme.thresholdsType), ("scale", scheme.scaleType)] }
        all.append(("touched", touched))
        return all + [("slots", scheme.slotsType), ("counts", scheme.countsType), ("codes", scheme.codesType), ("dirt", scheme.dirtType)]
    }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try scheme.check()
        guard budget >= 1 else { throw TypeError("\(name) needs a budget of at least one unit, not \(budget)") }
        try inputs.expect(operands(touched: scheme.dirtType).map(\.role), of: name)
        _ = try inputs.chosenUnits(setIndex, of: scheme.units, for: name, perExample: inputs[setIndex].batched)
        try inputs.expect(operands(touched: inputs[setIndex]), of: name)
        return Array(inputs.suffix(4))
    }

    private var most: Int { min(budget, scheme.units) }

    public func activeRange(_ o: WorkOperands) -> ActiveRange {
        let touched = o.inputs[setIndex]
        let capacity = touched.batched ? Count.product(touched.shape[0], o.batch) : touched.shape[0] - 1
        return ActiveRange(lower: 0, expected: min(most, capacity), upper: most)
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        var row = scheme.hashWork(entries: scheme.coordinates, isQuery: false, isWhole: true)
        if isSimhash { row += scheme.rowWork(useBias: withBias) }
        if scheme.pool > 1 { row.additions = Count.sum(row.additions, Count.product(isSimhash ? 2 : 1, scheme.rowWidth)) }
        row.streamed = Count.product(4, scheme.rowWidth)
        // Two buckets of each table, at most.
        row.gathered = Count.product([8, scheme.tables, scheme.bucketSize + 3])
        var work = row * (o.active.isAll ? most : o.active.units)
        work.streamed = Count.sum(work.streamed, Count.product(4, Count.sum(o.inputCount(setIndex), scheme.units)))
        return SlotWork(o.slot, work)
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { rehashRowsScratch(scheme, most: most, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    private func seed(_ step: StepState) -> UInt32 { hashStream(stream, step).uint32(at: 1) }
    private func start(_ step: StepState) -> Int { Count.product(max(0, step.iteration), most) % scheme.units }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let by = HashCentring(
            factors: isCentred ? HashFrame.part(1, of: c.input(patternIndex + 1)) : nil,
            thresholds: isSimhash ? HashFrame.part(1, of: c.input(patternIndex + 2)) : nil)
        let rows = HashRows(
            weights: c.input(0), bias: withBias ? c.input(1) : nil, mean: isSimhash ? c.input(meanIndex) : nil, pattern: c.inputInts(patternIndex),
            scale: isSimhash ? c.input(patternIndex + 3) : nil, by: by)
        let set = c.inputInts(setIndex)
        let count = rehashRows(
            rows, touched: c.inputTypes[setIndex].batched ? set : set[1..<1 + Int(set[0])], dirt: c.outputInts(3),
            HashTables(slots: c.outputInts(0), counts: c.outputInts(1), codes: c.outputInts(2)), scheme, most: most, start: start(c.step),
            seed: seed(c.step), scratch: c.scratch, c.pool)
        return ActiveCount(units: count)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let m = scheme.units, pattern = c.inputs[patternIndex].ints, touched = c.inputs[setIndex].ints
        var dirt = c.outputs[3].ints
        for unit in c.inputs[setIndex].type.batched ? touched[...] : touched[1..<1 + Int(touched[0])] { dirt[Int(unit)] = 1 }
        let first = start(c.step)
        let chosen = (0..<m).map { (first + $0) % m }.filter { dirt[$0] != 0 }.prefix(most)
        c.active = ActiveCount(units: chosen.count)
        var tables = ReferenceTables(
            slots: c.outputs[0].ints, counts: c.outputs[1].ints, codes: c.outputs[2].ints, scheme: scheme, seed: seed(c.step))
        let by = ReferenceCentring(
            factors: isCentred ? c.inputs[patternIndex + 1].values : nil, thresholds: isSimhash ? c.inputs[patternIndex + 2].values : nil, ofRows: true)
        for unit in chosen {
            dirt[unit] = 0
            let row = scheme.pooledRow(unit, of: c.inputs[0].values)
            var extra: [S] = []
            if isSimhash, let factors = by.factors {
                extra = ReferenceRow(row, bias: withBias ? c.inputs[1].values[unit] : nil, mean: c.inputs[meanIndex].values, factors: factors)
                    .extra(c.inputs[patternIndex + 3].values)
            }
            let again = isSimhash ? scheme.pooledRow(unit, of: c.inputs[0].values) : row
            for (t, bucket) in scheme.referenceRowKeys(again, extra: extra, pattern: pattern, by).enumerated() {
                let old = Int(tables.codes[t * m + unit])
                if old == bucket + 1 { continue }
                if old > 0 { tables.remove(unit, table: t, bucket: old - 1) }
                tables.insert(unit, table: t, bucket: bucket)
                tables.codes[t * m + unit] = Int32(bucket + 1)
            }
        }
        (c.outputs[0].ints, c.outputs[1].ints, c.outputs[2].ints, c.outputs[3].ints) = (tables.slots, tables.counts, tables.codes, dirt)
    }

    static let samples = HashScheme.samples.flatMap { scheme in
        [(true, 5), (false, 1), (true, 1000)].map {
            let operation = RehashTouched(scheme, useBias: $0, budget: $1, stream: 2)
            let count = max(1, scheme.units / 2)
            let touched = $0 ? TensorType(.int32, batched: false, [1 + count]) : TensorType(.int32, batched: true, [count])
            let operands = operation.operands(touched: touched)
            return OperationSample(operation, operands.map { scheme.operand($0.role, $0.type) }, slot: .overhead)
        }
    }
}
