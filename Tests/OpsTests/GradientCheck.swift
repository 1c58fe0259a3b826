import Graph
import Ops
import Testing

/// `Σ r · y`: turns any output into one number whose derivative by y is r. Inputs: y and r. Output: the sum, f32[].
struct LinearFunctional: Operation {
    var name: String { "linear_functional" }
    var attributes: [(key: String, value: String)] { [] }
    var overwrites: [Int?] { [nil] }
    var mayReuse: [Int?] { [nil] }
    func infer(_ inputs: [TensorType]) -> [TensorType] { [TensorType(batched: false, [])] }
    func work(_ o: WorkOperands) -> SlotWork { SlotWork() }
    func scratch(_ o: WorkOperands, threads: Int) -> Int { 0 }
    func gradient(_ g: inout GradientBuilder) throws(TypeError) { try g.contribute(g.input(1), toInput: 0) }
    func run(_ c: borrowing RunContext) -> ActiveCount { .all }

    func reference<S: ReferenceScalar>(_ c: inout ReferenceContext<S>) {
        c.outputs[0].values[0] = zip(c.inputs[0].values, c.inputs[1].values).reduce(S.zero) { $0 + $1.0 * $1.1 }
    }
}

/// A graph that ends in one number, with values to evaluate it at.
struct DifferentiableGraph {
    var graph: Graph
    var inputs: [(value: ValueID, tensor: ReferenceTensor<Double>)]
    var result: ValueID
    var batch: Int

    /// The mean of the losses, or the one number itself.
    func evaluate(_ changed: [ReferenceTensor<Double>]? = nil) throws -> Double {
        let values = try interpret(graph, changed)[result]?.values ?? []
        return values.reduce(0, +) / Double(values.count)
    }

    func interpret(_ graph: Graph, _ changed: [ReferenceTensor<Double>]? = nil) throws -> ReferenceInterpreter<Double> {
        var interpreter = ReferenceInterpreter<Double>(graph: graph, batch: batch, step: testStep)
        for (index, (value, tensor)) in inputs.enumerated() { interpreter[value] = changed?[index] ?? tensor }
        try interpreter.run()
        return interpreter
    }

    /// The graph with its backward pass, and the cotangent of each input among `differentiable`, with the units that it holds.
    func differentiated(_ differentiable: [Int]) throws -> (graph: Graph, cotangents: [(value: ValueID, rows: CompactRows?)]) {
        var needed = Array(repeating: false, count: graph.values.count)
        for index in differentiable { needed[inputs[index].value.index] = true }
        for node in graph.nodes where node.inputs.contains(where: { needed[$0.index] }) {
            for output in node.outputs { needed[output.index] = true }
        }
        var builder = GradientBuilder(graph: graph, needed: needed, makeSum: { Add() })
        try builder.differentiate()
        let cotangents = try differentiable.map { index in
            (value: try #require(builder.cotangent(of: inputs[index].value)), rows: builder.rows(of: inputs[index].value))
        }
        return (builder.graph, cotangents)
    }

    /// The mean, over random directions, of how far the derivative by an input is from a central difference.
    func error(by index: Int, cotangent: ReferenceTensor<Double>) throws -> Double {
        var generator = SeededGenerator(state: 7)
        let step = 1e-5
        let norm = cotangent.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let errors = try (0..<4).map { _ in
            let direction = cotangent.values.map { _ in generator.normal() }
            func value(_ distance: Double) throws -> Double {
                var tensors = inputs.map(\.tensor)
                for i in direction.indices { tensors[index].values[i] += distance * direction[i] }
                return try evaluate(tensors)
            }
            let difference = (try value(step) - value(-step)) / (2 * step)
            let derivative = zip(cotangent.values, direction).reduce(0) { $0 + $1.0 * $1.1 }
            // Relative to what a direction yields on average, which is the norm.
            return abs(derivative - difference) / max(abs(derivative), abs(difference), 0.1 * norm, 1e-6)
        }
        return errors.reduce(0, +) / Double(errors.count)
    }
}

extension OperationSample {
    /// The operation alone, with a functional of its first output at its end unless that is a loss.
    func differentiableGraph(batch: Int, seed: UInt64) throws -> DifferentiableGraph {
        var graph = Graph()
        var inputs = tensors(Double.self, batch: batch, seed: seed).map { (value: graph.addValue("operand", $0.type, .input), tensor: $0) }
        var result = try graph.add(operation, inputs.map(\.value), layer: nil, slot: .forward)[0]
        if !isLoss {
            var generator = SeededGenerator(state: seed &+ 1)
            let factors = Operand(graph[result].type, .normal)
            let id = graph.addValue("factors", factors.type, .input)
            inputs.append((id, factors.tensor(batch: batch, using: &generator)))
            result = try graph.add(LinearFunctional(), [result, id], layer: nil, slot: .forward)[0]
        }
        return DifferentiableGraph(graph: graph, inputs: inputs, result: result, batch: batch)
    }
}

extension ReferenceTensor<Double> {
    /// A compact gradient with zeros for the units that it does not hold. Its axis of units is the one that is shorter; where none is,
    /// a convolution's last or the first.
    func expanded(_ set: [Int32], to whole: TensorType) -> ReferenceTensor {
        let axis = zip(type.shape, whole.shape).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? (type.shape.count > 2 ? type.shape.count - 1 : 0)
        let outer = whole.shape.prefix(axis).reduce(1, *), inner = whole.shape.dropFirst(axis + 1).reduce(1, *)
        var expanded = ReferenceTensor.zeros(whole, batch: 1)
        for o in 0..<outer {
            for row in 0..<Int(set[0]) {
                let from = (o * type.shape[axis] + row) * inner, into = (o * whole.shape[axis] + Int(set[1 + row])) * inner
                for i in 0..<inner { expanded.values[into + i] = values[from + i] }
            }
        }
        return expanded
    }
}

/// Checks a graph's gradient by all the inputs given.
func checkGradient(_ graph: DifferentiableGraph, by differentiable: [Int], tolerance: Double = 1e-6) throws {
    let (differentiated, cotangents) = try graph.differentiated(differentiable)
    try differentiated.verify()
    let interpreter = try graph.interpret(differentiated)
    for (index, (id, rows)) in zip(differentiable, cotangents) {
        var cotangent = try #require(interpreter[id])
        if let rows { cotangent = cotangent.expanded(try #require(interpreter[rows.set]).ints, to: graph.inputs[index].tensor.type) }
        #expect(cotangent.type == graph.inputs[index].tensor.type)
        let error = try graph.error(by: index, cotangent: cotangent)
        #expect(error < tolerance, "derivative by input \(index) at batch \(graph.batch)")
    }
}
