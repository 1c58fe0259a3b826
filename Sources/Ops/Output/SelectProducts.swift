import Graph
import Kernels

/// Which `k` units have the largest products with the input, for each example, of very many: the product is made tile by tile, and never all of it at
/// one time. What `SelectUnits` does by value, of a `Dense` in front of it.
///
/// Inputs: x f32[N,inputs], W f32[units,inputs], b f32[units] if `useBias`. Output: i32[N,k], ascending; of equal products the lower units.
public struct SelectProducts: Operation {
    public var useBias: Bool
    public var k: Int

    public init(useBias: Bool, k: Int) {
        self.useBias = useBias
        self.k = k
    }

    public var name: String { "select_products" }
    public var attributes: [(key: String, value: String)] { [("k", "\(k)")] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [nil] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input", "weights"] + (useBias ? ["bias"] : []), of: name)
        let units = try Dense(useBias: useBias).infer(inputs)[0].shape[0]
        guard k >= 1, k <= units, units <= Int(Int32.max) else { throw TypeError("of \(units) units, \(k) cannot be selected") }
        return [TensorType(.int32, batched: true, [k])]
    }

    /// Each product is compared once with the least of the best.
    public func work(_ o: WorkOperands) -> SlotWork {
        let numbers = Count.product(o.batch, o.inputs[1].shape[0]), products = Count.product(numbers, o.inputs[1].shape[1])
        return SlotWork(
            o.slot, Work(gemm: products, additions: Count.sum(products, useBias ? numbers : 0), comparisons: numbers, streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { selectProductsScratch(kept: k, threads: threads) }
    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {}

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let shape = c.inputTypes[1].shape
        selectProducts(
            c.input(0), c.input(1), useBias ? c.input(2) : nil, chosen: c.outputInts(0), examples: c.batch, units: shape[0], depth: shape[1], kept: k,
            scratch: c.scratch, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let units = c.inputs[1].type.shape[0], inputs = c.inputs[1].type.shape[1]
        c.outputs[0].ints = []
        for row in 0..<c.batch {
            let numbers = (0..<units).map { unit in
                var sum = S.zero
                for i in 0..<inputs { sum += c.inputs[0].values[row * inputs + i] * c.inputs[1].values[unit * inputs + i] }
                return useBias ? sum + c.inputs[2].values[unit] : sum
            }
            for number in numbers { _ = S.larger(number, numbers[0]) }
            let order = numbers.indices.sorted { numbers[$0].value > numbers[$1].value || numbers[$0].value == numbers[$1].value && $0 < $1 }
            c.outputs[0].ints += order.prefix(k).sorted().map { Int32($0) }
        }
    }

    static let samples = [
        OperationSample(SelectProducts(useBias: true, k: 7), [.each(5), .whole(40, 5), .whole(40)], slot: .overhead),
        OperationSample(SelectProducts(useBias: false, k: 30), [.each(3), .whole(1100, 3)], slot: .overhead),
        OperationSample(SelectProducts(useBias: false, k: 1), [.each(1), .whole(1, 1)], slot: .overhead),
        OperationSample(SelectProducts(useBias: true, k: 9), [.each(2), .whole(9, 2), .whole(9)], slot: .overhead),
    ]
}
