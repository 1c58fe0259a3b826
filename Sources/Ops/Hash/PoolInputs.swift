import Graph
import Kernels

/// Means of consecutive numbers, for hash functions to look at instead: neighbours in an image are alike.
///
/// Inputs: x f32[N,inputs], or if sparse values f32[N,k] and where they belong, i32[N,k] or an index set i32[1+k]. Output: f32[N,ceil(inputs/width)].
public struct PoolInputs: Operation {
    public var inputs: Int
    public var width: Int
    public var isSparse: Bool

    public init(inputs: Int, width: Int, isSparse: Bool) {
        self.inputs = inputs
        self.width = width
        self.isSparse = isSparse
    }

    public var name: String { "pool_inputs" }
    public var attributes: [(key: String, value: String)] { [("width", "\(width)")] + (isSparse ? [("sparse", "true")] : []) }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    private var count: Int { (inputs + width - 1) / width }

    public func infer(_ types: [TensorType]) throws(TypeError) -> [TensorType] {
        try types.expect(isSparse ? ["values", "places"] : ["input"], of: name)
        guard inputs >= 1, inputs <= Int(Int32.max), width >= 1 else { throw TypeError("\(name) cannot pool \(width) of \(inputs) numbers") }
        try types.expectVectors(inputs, isSparse: isSparse, of: name)
        return [TensorType(batched: true, [count])]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        SlotWork(o.slot, Work(multiplications: o.outputCount(0), additions: o.inputCount(0), streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        poolInputs(c.hashVectors(isSparse: isSparse), vectors: c.batch, inputs: inputs, width: width, means: c.output(0), c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        for (example, numbers) in c.hashVectors(isSparse: isSparse, inputs: inputs).enumerated() {
            var sums = Array(repeating: S.zero, count: count)
            for (place, number) in numbers { sums[place / width] += number }
            for place in 0..<count {
                let share = place == count - 1 ? 1 / Float(inputs - place * width) : 1 / Float(width)
                c.outputs[0].values[example * count + place] = sums[place] * S(Double(share))
            }
        }
    }

    static let samples = [
        OperationSample(PoolInputs(inputs: 20, width: 4, isSparse: false), [.each(20)], slot: .overhead),
        OperationSample(PoolInputs(inputs: 7, width: 3, isSparse: false), [.each(7)], slot: .overhead),
        OperationSample(PoolInputs(inputs: 3, width: 8, isSparse: false), [.each(3)], slot: .overhead),
        OperationSample(PoolInputs(inputs: 20, width: 3, isSparse: true), [.each(5), .indices(5, of: 20)], slot: .overhead),
        OperationSample(PoolInputs(inputs: 20, width: 8, isSparse: true), [.each(5), .fullIndexSet(5, of: 20)], slot: .overhead),
    ]
}
