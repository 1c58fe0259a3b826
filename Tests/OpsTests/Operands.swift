import func Foundation.cos
import func Foundation.log
import Graph
import Ops
import Testing

/// SplitMix64: small, seeded, and good enough to fill operands with.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func normal() -> Double {
        let u = Double.random(in: .ulpOfOne..<1, using: &self), v = Double.random(in: 0..<1, using: &self)
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
    }
}

extension OperationSample.Operand {
    /// Numbers of the operand's kind, such that a Float holds them exactly.
    func tensor<S: ReferenceScalar>(batch: Int, using generator: inout SeededGenerator) -> ReferenceTensor<S> {
        let count = type.count(batch: batch)
        let numbers: [Double]
        switch values {
        case .normal: numbers = (0..<count).map { _ in generator.normal() }
        case .positive: numbers = (0..<count).map { _ in Double.random(in: 0.5..<1.5, using: &generator) }
        case .fraction: numbers = (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) }
        case .awayFromZero: numbers = (0..<count).map { _ in generator.normal() }.map { $0 + ($0 < 0 ? -0.1 : 0.1) }
        case .distinct: numbers = (0..<count).shuffled(using: &generator).map { Double($0 - count / 2) / 64 }
        case .classes(let classes): numbers = (0..<count).map { _ in Double(Int.random(in: 0..<classes, using: &generator)) }
        case .indexSet(of: let units), .touched(of: let units, _):
            var possible = 1...min(units, count - 1)
            if case .touched(_, let perExample) = values { possible = min(perExample, count - 1)...min(perExample * batch, count - 1) }
            let chosen = (0..<units).shuffled(using: &generator).prefix(Int.random(in: possible, using: &generator)).sorted()
            let padding = Array(repeating: Double(Int32.min), count: count - 1 - chosen.count)
            numbers = [Double(chosen.count)] + chosen.map(Double.init) + padding
        case .fullIndexSet(let units):
            numbers = [Double(count - 1)] + (0..<units).shuffled(using: &generator).prefix(count - 1).sorted().map(Double.init)
        case .indices(let units):
            numbers = (0..<batch).flatMap { _ in (0..<units).shuffled(using: &generator).prefix(type.count).sorted().map(Double.init) }
        case .raggedIndices(let units):
            numbers = raggedCounts(type.count, of: units, batch: batch).flatMap {
                (0..<units).shuffled(using: &generator).prefix($0).sorted().map(Double.init)
            }
        case .places(let inputs):
            numbers = (0..<batch).flatMap { _ in
                let some = (0..<inputs).shuffled(using: &generator).prefix(Int.random(in: 0...min(inputs, type.count), using: &generator)).sorted()
                return some.map(Double.init) + Array(repeating: -1, count: type.count - some.count)
            }
        case .permutations(let length, let signed):
            numbers = (0..<count / length).flatMap { _ in
                (0..<length).shuffled(using: &generator).map { Double(signed ? 2 * $0 + Int.random(in: 0...1, using: &generator) : $0) }
            }
        case .ends(let average, let units):
            var end = 0.0
            numbers = raggedCounts(average, of: units, batch: batch).map { end += Double($0); return end }
        }
        return type.dtype == .float32
            ? ReferenceTensor(type: type, values: numbers.map { S(Double(Float($0))) })
            : ReferenceTensor(type: type, ints: numbers.map { Int32($0) })
    }
}

/// More for even examples and as many fewer for odd ones.
private func raggedCounts(_ average: Int, of units: Int, batch: Int) -> [Int] {
    let difference = min(average, units - average)
    return (0..<batch).map { $0 % 2 == 1 ? average - difference : $0 + 1 == batch ? average : average + difference }
}

extension OperationSample {
    func tensors<S: ReferenceScalar>(_: S.Type = S.self, batch: Int, seed: UInt64) -> [ReferenceTensor<S>] {
        var generator = SeededGenerator(state: seed)
        return operands.map { $0.tensor(batch: batch, using: &generator) }
    }

    var types: [TensorType] { operands.map(\.type) }
}

let testStep = StepState(learningRate: 0.125, iteration: 3, seed: 42)
let testBatches = [1, 3, 8]

/// What the plain loops of one operation put out.
func reference<S: ReferenceScalar>(_ operation: any Operation, _ inputs: [ReferenceTensor<S>], batch: Int) throws -> [ReferenceTensor<S>] {
    try referenceRun(operation, inputs, batch: batch).outputs
}

/// The same, with the active count.
func referenceRun<S: ReferenceScalar>(
    _ operation: any Operation, _ inputs: [ReferenceTensor<S>], batch: Int
) throws -> (outputs: [ReferenceTensor<S>], active: ActiveCount) {
    var graph = Graph()
    let ids = inputs.map { graph.addValue("operand", $0.type, .input) }
    let outputs = try graph.add(operation, ids, layer: nil, slot: .forward)
    var interpreter = ReferenceInterpreter<S>(graph: graph, batch: batch, step: testStep)
    for (id, tensor) in zip(ids, inputs) { interpreter[id] = tensor }
    let active = try interpreter.run(graph.nodes[0])
    return (outputs.compactMap { interpreter[$0] }, active)
}

extension OperationSample: CustomTestStringConvertible {
    public var testDescription: String {
        let attributes = operation.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return "\(operation.name) \(attributes) \(types.map(\.text).joined(separator: " "))"
    }
}
