import Graph
import Kernels

/// Softmax over the last axis, where it is not fused with the loss. Input and output: f32[N,…,classes].
public struct Softmax: Operation {
    public init() {}

    public var name: String { "softmax" }
    public var attributes: [(key: String, value: String)] { [] }
    public var overwrites: [Int?] { [nil] }
    public var mayReuse: [Int?] { [0] }

    public func infer(_ inputs: [TensorType]) throws(TypeError) -> [TensorType] {
        try inputs.expect(["input"], of: "softmax")
        try inputs.expectFeatures(0, of: "softmax")
        guard !inputs[0].shape.isEmpty else {
            throw TypeError("softmax needs several numbers for each example, but its input is \(inputs[0].text)", operand: 0)
        }
        return [inputs[0]]
    }

    public func work(_ o: WorkOperands) -> SlotWork {
        let rows = Rows(o.inputs[0], batch: o.batch)
        return SlotWork(o.slot, rows.softmaxWork + Work(streamed: o.streamed))
    }

    public func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }

    public func gradient(_ g: inout GradientBuilder) throws(TypeError) {
        guard g.needsGradient(ofInput: 0), let dy = g.cotangent(ofOutput: 0) else { return }
        let dx = try g.add(SoftmaxGradient(), [g.output(0), dy], slot: .backwardInput)[0]
        try g.contribute(dx, toInput: 0)
    }

    public func run(_ c: borrowing RunContext) -> ActiveCount {
        let rows = Rows(c.inputTypes[0], batch: c.batch)
        softmax(c.input(0), c.output(0), rows: rows.count, columns: rows.columns, c.pool)
        return .all
    }

    public func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        let rows = Rows(c.inputs[0].type, batch: c.batch)
        for row in 0..<rows.count {
            let range = rows.range(row)
            let softmax = Rows.softmax(Array(c.inputs[0].values[range]))
            c.outputs[0].values.replaceSubrange(range, with: softmax.probabilities)
        }
    }

    static let samples = [
        OperationSample(Softmax(), [.each(10)], differentiable: [0]),
        OperationSample(Softmax(), [.each(3, 2, 7)], differentiable: [0]),
        OperationSample(Softmax(), [.each(1)]),
    ]
}

/// A tensor seen as rows of its last axis.
struct Rows {
    var count: Int
    var columns: Int

    init(_ type: TensorType, batch: Int) {
        columns = type.shape.last ?? 1
        count = type.batched ? batch : 1
        // No array is made: this runs in every step.
        for size in type.shape.dropLast() { count = Count.product(count, size) }
    }

    var elements: Int { Count.product(count, columns) }
    func range(_ row: Int) -> Range<Int> { row * columns..<(row + 1) * columns }

    /// The largest of each row; differences from it, their exponentials and the sum of these; one division; products.
    var softmaxWork: Work {
        Work(
            multiplications: Count.sum(elements, count), additions: Count.product(2, elements), transcendentals: elements,
            comparisons: max(0, elements - count))
    }

    static func softmax<S: ReferenceScalar>(_ row: [S]) -> (probabilities: [S], largest: S, sum: S) {
        let largest = row.dropFirst().reduce(row[0], S.larger)
        let powers = row.map { S.exp($0 - largest) }
        let sum = powers.reduce(S.zero, +)
        let scale = S(1) / sum
        return (powers.map { $0 * scale }, largest, sum)
    }
}
