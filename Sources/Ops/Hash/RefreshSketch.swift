import Graph
import Kernels

/// Brings a sketch of a dense layer's units up to date: the projection with the layer's input, the units' scores with its weights.
///
/// A unit's score for an example is then `S · (P · x + shift) + level`, two small products, close to `W · x + b`.
///
/// Inputs: the layer's input, x f32[N,inputs], or what is active of it, f32[N,k] and the places, i32[N,k] or an index set i32[1+k]; W f32[units,inputs];
/// b f32[units] if `useBias`; then the state: P f32[dimensions,inputs], shift f32[dimensions], mean f32[inputs], spread f32[dimensions],
/// S f32[units,dimensions], level f32[units]. Outputs: the state, in place of the old.
public struct RefreshSketch: Scheduled {
    public var schedule: RefreshSchedule
    public var followsData: Bool
    public var useBias: Bool
    /// Whether the input comes as active values and their places.
    public var isSparse: Bool

    /// What stays of the averages at a refresh.
    public static let memory: Float = 0.9

    public init(_ schedule: RefreshSchedule, followsData: Bool, useBias: Bool, isSparse: Bool) {
        self.schedule = schedule
        self.followsData = followsData
        self.useBias = useBias
        self.isSparse = isSparse
    }

    public var name: String { "refresh_sketch" }
    public var attributes: [(key: String, value: String)] { schedule.attributes + [("follows_data", "\(followsData)")] }
    public var overwrites: [Int?] { (0..<6).map { firstState + $0 } }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    private var weights: Int { isSparse ? 2 : 1 }
    private var firstState: Int { weights + (useBias ? 2 : 1) }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(
            ["input"] + (isSparse ? ["places"] : []) + ["weights"] + (useBias ? ["bias"] : []) + ["projection", "shift", "mean", "spread", "rows", "level"],
            of: name)
        let w = inputs[weights], projection = inputs[firstState]
        guard w.shape.count == 2, projection.shape.count == 2, !w.batched else { throw TypeError("\(name) needs weights of units, not \(w.text)", operand: weights) }
        let (units, features, dimensions) = (w.shape[0], w.shape[1], projection.shape[0])
        if isSparse {
            try inputs.expectFeatures(0, of: name)
            guard try inputs.chosenUnits(1, of: features, for: name, perExample: inputs[1].batched) == inputs[0].shape.last else {
                throw TypeError("\(inputs[0].text) does not fit the places \(inputs[1].text)", operand: 1)
            }
        } else {
            try inputs.expect(0, is: TensorType(batched: true, [features]), "the input")
        }
        if useBias { try inputs.expect(weights + 1, is: TensorType(batched: false, [units]), "the bias") }
        let shapes = [[dimensions, features], [dimensions], [features], [dimensions], [units, dimensions], [units]]
        for (place, shape) in shapes.enumerated() { try inputs.expect(firstState + place, is: TensorType(batched: false, shape), "the sketch") }
        return Array(inputs[firstState...])
    }

    public func activeRange(_ o: WorkOperands) -> ActiveRange { ActiveRange(lower: 1, expected: 1, upper: 1) }

    public func work(_ o: WorkOperands) -> SlotWork {
        let s = sketch(o.inputs), n = s.inputs, r = s.dimensions, rows = Count.product(o.batch, n)
        let scores = Count.product([s.units, n, r + 1])
        var work = Work(gemm: scores, multiplications: Count.sum(n, Count.sum(rows, Count.product(r, n))), additions: Count.sum(scores, Count.sum(rows, Count.product(r, n))))
        if useBias { work.additions = Count.sum(work.additions, s.units) }
        if followsData {
            let products = Count.product(2, Count.product(rows, r)), pairs = Count.product([r, r - 1, n])
            work += Work(gemm: products, additions: Count.sum(products, rows))
            // Averaging, then each row against those before it, and to length one.
            work += Work(
                multiplications: Count.sum(pairs, Count.sum(Count.product([4, r, n]), 1 + 2 * r)),
                additions: Count.sum(pairs, Count.sum(Count.product([2, r, n]), 1 + r)), transcendentals: r)
        }
        work.streamed = Count.sum(o.streamed, Count.product(8, rows))
        return SlotWork(o.slot, work * (o.active.isAll ? 1 : o.active.units))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int {
        let s = sketch(o.inputs)
        return Count.sum(Count.product(o.batch, s.inputs), s.scratch(batch: o.batch))
    }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        guard schedule.isDue(iteration: c.step.iteration) else { return ActiveCount(units: 0) }
        let s = sketch(c.inputTypes), x = c.scratch.prefix(c.batch * s.inputs)
        if isSparse {
            let selection = UnitSelection(examples: c.batch, pixels: 1, units: s.inputs, kept: c.inputTypes[0].shape[0])
            if c.inputTypes[1].batched {
                scatterUnitsPerExample(c.input(0), c.inputInts(1), x, selection, c.pool)
            } else {
                scatterUnits(c.input(0), c.inputInts(1).fullSet, x, outer: c.batch, units: s.inputs, c.pool)
            }
        } else {
            x.copy(from: c.input(0))
        }
        let state = SketchState(
            projection: c.output(0), shift: c.output(1), mean: c.output(2), spread: c.output(3), rows: c.output(4), level: c.output(5))
        refreshSketch(
            x, c.input(weights), bias: useBias ? c.input(weights + 1) : nil, state, s, batch: c.batch, c.scratch[x.count..<c.scratch.count], c.pool)
        return ActiveCount(units: 1)
    }

    private func sketch(_ inputs: [TensorType]) -> Sketch {
        let w = inputs[weights].shape
        return Sketch(units: w[0], inputs: w[1], dimensions: inputs[firstState].shape[0], followsData: followsData, memory: Self.memory)
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        c.active = ActiveCount(units: schedule.isDue(iteration: c.step.iteration) ? 1 : 0)
        guard c.active.units > 0 else { return }
        let s = sketch(c.inputs.map(\.type)), n = s.inputs, r = s.dimensions
        var x = c.inputs[0].values
        if isSparse {
            let kept = c.inputs[0].type.shape[0], places = c.inputs[1].ints, values = x
            x = Array(repeating: .zero, count: c.batch * n)
            for entry in values.indices {
                let place = c.inputs[1].type.batched ? places[entry] : places[1 + entry % kept]
                x[entry / kept * n + Int(place)] = values[entry]
            }
        }
        let w = c.inputs[weights].values
        var projection = c.outputs[0].values, mean = c.outputs[2].values, spread = c.outputs[3].values
        let isFirst = !(spread[0].value > 0), memory = Double(s.memory)
        for i in 0..<n { mean[i] = S(isFirst ? 0 : memory) * mean[i] }
        for b in 0..<c.batch { for i in 0..<n { mean[i] += S((1 - (isFirst ? 0 : memory)) / Double(c.batch)) * x[b * n + i] } }
        if followsData {
            for b in 0..<c.batch { for i in 0..<n { x[b * n + i] = x[b * n + i] - mean[i] } }
            var moved = Array(repeating: S.zero, count: r * n)
            for b in 0..<c.batch {
                for d in 0..<r {
                    var query = S.zero
                    for i in 0..<n { query += x[b * n + i] * projection[d * n + i] }
                    for i in 0..<n { moved[d * n + i] += query * x[b * n + i] }
                }
            }
            let floor = S(Double(Sketch.floor)) * spread[0] + S(isFirst ? Double(Sketch.firstFloor) : 0)
            for d in 0..<r {
                let keep = S(memory) * spread[d] + floor
                for i in 0..<n { projection[d * n + i] = keep * projection[d * n + i] + S((1 - memory) / Double(c.batch)) * moved[d * n + i] }
            }
            for d in 0..<r {
                for earlier in 0..<d {
                    var share = S.zero
                    for i in 0..<n { share += projection[d * n + i] * projection[earlier * n + i] }
                    for i in 0..<n { projection[d * n + i] = projection[d * n + i] - share * projection[earlier * n + i] }
                }
                var square = S.zero
                for i in 0..<n { square += projection[d * n + i] * projection[d * n + i] }
                let length = S.sqrt(square), inverse = length.value > 0 ? S(1) / length : .zero
                for i in 0..<n { projection[d * n + i] = projection[d * n + i] * inverse }
                spread[d] = length
            }
        } else {
            spread[0] = S(1)
        }
        for d in 0..<r {
            var shift = S.zero
            for i in 0..<n { shift = shift - projection[d * n + i] * mean[i] }
            c.outputs[1].values[d] = shift
        }
        for unit in 0..<s.units {
            var level = S.zero
            for i in 0..<n { level += w[unit * n + i] * mean[i] }
            if useBias { level += c.inputs[weights + 1].values[unit] }
            c.outputs[5].values[unit] = level
            for d in 0..<r {
                var score = S.zero
                for i in 0..<n { score += w[unit * n + i] * projection[d * n + i] }
                c.outputs[4].values[unit * r + d] = score
            }
        }
        (c.outputs[0].values, c.outputs[2].values, c.outputs[3].values) = (projection, mean, spread)
    }

    static let samples = [
        sample(units: 7, inputs: 12, dimensions: 3, followsData: true, useBias: true),
        sample(units: 5, inputs: 9, dimensions: 1, followsData: true, useBias: false),
        sample(units: 6, inputs: 10, dimensions: 4, followsData: false, useBias: true),
        sample(units: 6, inputs: 10, dimensions: 4, followsData: true, useBias: true, input: [.each(3), .indices(3, of: 10)]),
        sample(units: 4, inputs: 11, dimensions: 2, followsData: true, useBias: false, input: [.each(5), .fullIndexSet(5, of: 11)]),
    ]

    private static func sample(
        units: Int, inputs: Int, dimensions: Int, followsData: Bool, useBias: Bool, input: [OperationSample.Operand]? = nil
    ) -> OperationSample {
        OperationSample(
            RefreshSketch(RefreshSchedule(every: 1), followsData: followsData, useBias: useBias, isSparse: input != nil),
            (input ?? [.each(inputs)]) + [.whole(units, inputs)] + (useBias ? [.whole(units)] : [])
                + [.whole(dimensions, inputs), .whole(dimensions), .whole(inputs), .whole(dimensions, values: .positive), .whole(units, dimensions), .whole(units)],
            slot: .overhead)
    }
}

extension RefreshSchedule {
    var attributes: [(key: String, value: String)] {
        [("every", "\(every)")] + (begin > 0 ? [("begin", "\(begin)")] : []) + (growth > 1 ? [("growth", "\(growth)")] : [])
    }
}
