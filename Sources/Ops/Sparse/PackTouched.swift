import Graph
import Kernels

/// Of a gradient of all units, what belongs to those that any example names, side by side and in place: what a dense product has made
/// becomes what `SparseDenseBackwardWeights` or `SparseConv2DBackwardWeights` would have made. Nothing is computed.
///
/// Inputs: dW f32[units,inputs] or f32[kernel height,kernel width,channels,units], the bias's f32[units] if `withBias`, and indices i32[N,k]. Outputs: both in their own memory,
/// and the index set of the units touched, i32[1+units]. Of the first two, as many places along the units as the set has hold something.
public struct PackTouched: Operation {
    public var unitAxis: UnitAxis
    public var withBias: Bool

    public init(unitAxis: UnitAxis = .first, withBias: Bool) {
        self.unitAxis = unitAxis
        self.withBias = withBias
    }

    public var name: String { "pack_touched" }
    public var attributes: [(key: String, value: String)] { unitAxis == .first ? [] : [("units", unitAxis.rawValue)] }
    public var overwrites: [Int?] { withBias ? [0, 1, nil] : [0, nil] }
    public var mayReuse: [Int?] { overwrites.map { _ in nil } }

    private var indices: Int { withBias ? 2 : 1 }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["gradient"] + (withBias ? ["bias gradient"] : []) + ["units"], of: name)
        let weights = inputs[0]
        guard weights.dtype == .float32, !weights.batched, try weights.checked(name, "gradient").shape.count >= 2 else {
            throw TypeError("\(name) needs the gradient of a kernel, not \(weights.text)", operand: 0)
        }
        let units = unitAxis.counts(weights.shape).units, bias = withBias ? [TensorType(batched: false, [units])] : []
        if withBias { try inputs.expect(1, is: bias[0], "the bias gradient") }
        _ = try inputs.chosenUnits(indices, of: units, for: name, perExample: true)
        return [weights] + bias + [TensorType(.int32, batched: false, [1 + units])]
    }

    /// As if all rows were moved: how many are lies in the data.
    public func work(_ o: WorkOperands) -> SlotWork { SlotWork(o.slot, Work(streamed: o.streamed)) }
    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) { throw noSecondDerivative }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let (outer, units, inner) = unitAxis.counts(c.inputTypes[0].shape)
        packTouched(c.output(0), withBias ? c.output(1) : nil, c.inputInts(indices), c.outputInts(indices), outer: outer, units: units, inner: inner)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let (outer, units, inner) = unitAxis.counts(c.inputs[0].type.shape)
        let touched = Set(c.inputs[indices].ints).sorted()
        func packed(_ values: [S], outer: Int, inner: Int) -> [S] {
            (0..<outer).flatMap { block in
                touched.flatMap { unit in (0..<inner).map { values[(block * units + Int(unit)) * inner + $0] } } + Array(repeating: S(.nan), count: (units - touched.count) * inner)
            }
        }
        c.outputs[0].values = packed(c.inputs[0].values, outer: outer, inner: inner)
        if withBias { c.outputs[1].values = packed(c.inputs[1].values, outer: 1, inner: 1) }
        c.outputs[indices].ints = .indexSet(touched, capacity: units)
    }

    static let samples = [
        OperationSample(PackTouched(withBias: true), [.whole(19, 7), .whole(19), .indices(2, of: 19)], slot: .backwardWeights),
        OperationSample(PackTouched(withBias: false), [.whole(40, 33), .indices(3, of: 40)], slot: .backwardWeights),
        OperationSample(PackTouched(withBias: true), [.whole(1, 1), .whole(1), .indices(1, of: 1)], slot: .backwardWeights),
        OperationSample(PackTouched(withBias: true), [.whole(40, 5), .whole(40), .raggedIndices(3, of: 40)], slot: .backwardWeights),
        OperationSample(PackTouched(unitAxis: .last, withBias: true), [.whole(3, 2, 2, 19), .whole(19), .indices(2, of: 19)], slot: .backwardWeights),
        OperationSample(PackTouched(unitAxis: .last, withBias: false), [.whole(1, 1, 3, 8), .indices(1, of: 8)], slot: .backwardWeights),
    ]
}
