import Graph
@testable import Kernels
@testable import Ops
import Testing

/// Layers of which each example computes some units: the same numbers as the whole layer has there.
@Suite struct GatheredTests {
    private func tensor(_ operand: OperationSample.Operand, batch: Int, _ random: inout SeededGenerator) -> ReferenceTensor<Double> {
        operand.tensor(batch: batch, using: &random)
    }

    /// Holds a kernel to its reference loop, and its bits to one another on any number of threads.
    private func check(_ operation: any Operation, _ operands: [ReferenceTensor<Double>], batch: Int) throws {
        try checkFastRun(operation, operands, batch: batch, tolerance: 5e-5)
        let floats = operands.map { ReferenceTensor<Float>(type: $0.type, values: $0.values.map { Float($0) }, ints: $0.ints) }
        let runs = try [1, 2, 3].map { try FastRun(operation: operation, inputs: floats, batch: batch, threads: $0).outputs().outputs }
        for run in runs { for (a, b) in zip(run, runs[0]) { #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern) && a.ints == b.ints) } }
    }

    /// Numbers at their indices, and zeros elsewhere.
    private func scattered(_ values: ReferenceTensor<Double>, _ indices: ReferenceTensor<Double>, of width: Int) throws -> ReferenceTensor<Double> {
        try reference(ScatterUnits(units: width), [values, indices], batch: indices.ints.count / indices.type.count)[0]
    }

    private func close(_ a: [Double], _ b: [Double]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-9 } }

    /// Sizes; every sixth are large enough for more than one thread.
    private func sizes(_ seed: UInt64, _ random: inout SeededGenerator) -> (inputs: Int, units: Int, k1: Int, k2: Int, batch: Int) {
        let isLarge = seed % 6 == 5
        let inputs = Int.random(in: isLarge ? 300...400 : 1...150, using: &random), units = Int.random(in: isLarge ? 60...100 : 1...70, using: &random)
        let batch = Int.random(in: isLarge ? 40...60 : 1...40, using: &random), k2 = Int.random(in: isLarge ? 20...60 : 1...units, using: &random)
        return (inputs, units, Int.random(in: isLarge ? 100...200 : 1...inputs, using: &random), k2, batch)
    }

    @Test("from a whole input", arguments: 0..<18)
    func gatheredDense(_ seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let (inputs, units, _, k, batch) = sizes(seed, &random)
        let useBias = Bool.random(using: &random), activation = [ActivationFunction.linear, .relu, .gelu][Int.random(in: 0...2, using: &random)]
        let x = tensor(.each(inputs), batch: batch, &random), w = tensor(.whole(units, inputs), batch: 1, &random)
        let b = useBias ? [tensor(.whole(units), batch: 1, &random)] : [], which = tensor(.indices(k, of: units), batch: batch, &random)
        let operation = GatheredDense(useBias: useBias, activation: activation)
        try check(operation, [x, w] + b + [which], batch: batch)
        let all = try reference(Dense(useBias: useBias, activation: activation), [x, w] + b, batch: batch)[0]
        let expected = try reference(PackUnits(), [all, which], batch: batch)[0].values
        #expect(close(try reference(operation, [x, w] + b + [which], batch: batch)[0].values, expected))
        let dy = tensor(.each(k), batch: batch, &random), gradient = SparseDenseBackwardWeights(units: units, withBias: useBias)
        try checkUpdate(gradient, gradient.fusedWithUpdate(), [x, dy, which], [w] + b, batch: batch)
    }

    /// Holds a fused update to its gradient and a step of plain descent.
    private func checkUpdate(
        _ gradient: any Operation, _ fused: any Operation, _ operands: [ReferenceTensor<Double>], _ parameters: [ReferenceTensor<Double>], batch: Int
    ) throws {
        try check(fused, operands + parameters, batch: batch)
        let gradients = try reference(gradient, operands, batch: batch), updated = try reference(fused, operands + parameters, batch: batch)
        #expect(gradients.count == updated.count)
        for (place, parameter) in parameters.enumerated() {
            var whole = gradients[place]
            if gradients.count > parameters.count { whole = whole.expanded(gradients[parameters.count].ints, to: parameter.type) }
            #expect(close(updated[place].values, try reference(SGDUpdate(), [parameter, whole], batch: batch)[0].values))
        }
        if gradients.count > parameters.count { #expect(gradients[parameters.count].ints == updated[parameters.count].ints) }
    }

    @Test("many inputs and examples, in blocks of inputs", arguments: [[600, 2200, 40], [300, 1100, 200]])
    func blocks(_ sizes: [Int]) throws {
        var random = SeededGenerator(state: 1)
        let (units, inputs, batch) = (sizes[0], sizes[1], sizes[2])
        let operands = [OperationSample.Operand.each(inputs), .whole(units, inputs), .whole(units), .indices(30, of: units)]
        try check(GatheredDense(useBias: true), operands.map { tensor($0, batch: batch, &random) }, batch: batch)
    }

    @Test("from a few numbers of each example", arguments: 0..<12, [false, true])
    func sparse(_ seed: UInt64, _ allUnits: Bool) throws {
        var random = SeededGenerator(state: seed)
        let (inputs, units, k1, k2, batch) = sizes(seed, &random), useBias = Bool.random(using: &random)
        let values = tensor(.each(k1), batch: batch, &random), indices = tensor(.indices(k1, of: inputs), batch: batch, &random)
        let w = tensor(.whole(units, inputs), batch: 1, &random), b = useBias ? [tensor(.whole(units), batch: 1, &random)] : []
        let which = allUnits ? [] : [tensor(.indices(k2, of: units), batch: batch, &random)]
        let x = try scattered(values, indices, of: inputs)

        let forward = SparseGatheredDense(useBias: useBias, allUnits: allUnits, activation: .relu)
        try check(forward, [values, indices, w] + b + which, batch: batch)
        let whole: any Operation = allUnits ? Dense(useBias: useBias, activation: .relu) : GatheredDense(useBias: useBias, activation: .relu)
        let expected = try reference(whole, [x, w] + b + which, batch: batch)[0].values
        #expect(close(try reference(forward, [values, indices, w] + b + which, batch: batch)[0].values, expected))

        let dy = tensor(.each(allUnits ? units : k2), batch: batch, &random), through: ActivationFunction = Bool.random(using: &random) ? .relu : .linear
        let toInput = SparseGatheredBackwardInput(allUnits: allUnits, through: through)
        try check(toInput, [dy] + which + [w, indices] + (through == .linear ? [] : [values]), batch: batch)
        let scatteredDy = allUnits ? dy : try scattered(dy, which[0], of: units)
        let dx = try reference(DenseBackwardInput(), [scatteredDy, w], batch: batch)
        let plain = try reference(SparseGatheredBackwardInput(allUnits: allUnits), [dy] + which + [w, indices], batch: batch)[0].values
        #expect(close(plain, try reference(PackUnits(), dx + [indices], batch: batch)[0].values))

        let toWeights = SparseGatheredBackwardWeights(units: units, inputs: inputs, withBias: useBias, allUnits: allUnits)
        try check(toWeights, [values, indices, dy] + which, batch: batch)
        let compact = try reference(toWeights, [values, indices, dy] + which, batch: batch)
        for (place, gradient) in try reference(DenseBackwardWeights(withBias: useBias), [x, scatteredDy], batch: batch).enumerated() {
            let seen = allUnits ? compact[place] : compact[place].expanded(compact[compact.count - 1].ints, to: gradient.type)
            #expect(close(seen.values, gradient.values))
        }
        try checkUpdate(toWeights, toWeights.fusedWithUpdate(), [values, indices, dy] + which, [w] + b, batch: batch)
    }

    @Test("all of many units, with the weights transposed", arguments: [[129, 70, 9, 16], [32, 40, 40, 1], [1000, 33, 2, 17], [100, 257, 60, 5]])
    func transposed(_ sizes: [Int]) throws {
        var random = SeededGenerator(state: 7)
        let units = sizes[0], inputs = sizes[1], k = sizes[2], batch = sizes[3]
        #expect(TransposedProducts(SparseGatheredShape(batch: batch, inputs: inputs, units: units, keptInputs: k, keptUnits: units), allUnits: true) != nil)
        let values = tensor(.each(k), batch: batch, &random), indices = tensor(.indices(k, of: inputs), batch: batch, &random)
        let w = tensor(.whole(units, inputs), batch: 1, &random), b = tensor(.whole(units), batch: 1, &random), dy = tensor(.each(units), batch: batch, &random)
        try check(SparseGatheredDense(useBias: true, allUnits: true, activation: .tanh), [values, indices, w, b], batch: batch)
        try check(SparseGatheredDense(useBias: false, allUnits: true), [values, indices, w], batch: batch)
        try check(SparseGatheredBackwardInput(allUnits: true, through: .relu), [dy, w, indices, values], batch: batch)
        let gradient = SparseGatheredBackwardWeights(units: units, inputs: inputs, withBias: true, allUnits: true)
        try check(gradient, [values, indices, dy], batch: batch)
        try checkUpdate(gradient, gradient.fusedWithUpdate(), [values, indices, dy], [w, b], batch: batch)
    }

    @Test("two consumers of one parameter cannot each give some of its rows")
    func shared() throws {
        var graph = Graph()
        let x = graph.addValue("x", TensorType(batched: true, [4]), .input), w = graph.addValue("w", TensorType(batched: false, [5, 4]), .parameter(.constant(0)))
        let which = graph.addValue("which", TensorType(.int32, batched: true, [2]), .input)
        let first = try graph.add(GatheredDense(useBias: false), [x, w, which], layer: nil, slot: .forward)[0]
        let second = try graph.add(GatheredDense(useBias: false), [x, w, which], layer: nil, slot: .forward)[0]
        let sum = try graph.add(Add(), [first, second], layer: nil, slot: .forward)[0]
        let target = graph.addValue("target", graph[sum].type, .target)
        _ = try graph.add(MeanSquaredError(), [sum, target], layer: nil, slot: .forward)
        var needed = Array(repeating: true, count: graph.values.count)
        for input in [x, which, target] { needed[input.index] = false }
        var builder = GradientBuilder(graph: graph, needed: needed, makeSum: { Add() })
        #expect(throws: TypeError.self) { try builder.differentiate() }
    }

    @Test("a value that is computed cannot have a cotangent of some rows")
    func computed() throws {
        var graph = Graph()
        let w = graph.addValue("w", TensorType(batched: false, [5, 4]), .parameter(.constant(0)))
        let columns = graph.addValue("columns", TensorType(.int32, batched: false, [3]), .input)
        let rows = graph.addValue("rows", TensorType(.int32, batched: false, [4]), .input), x = graph.addValue("x", TensorType(batched: true, [2]), .input)
        let narrow = try graph.add(GatherInputs(), [w, columns], layer: nil, slot: .forward)[0]
        let few = try graph.add(GatherUnits(unitAxis: .first), [narrow, rows], layer: nil, slot: .forward)[0]
        let y = try graph.add(Dense(useBias: false), [x, few], layer: nil, slot: .forward)[0]
        let target = graph.addValue("target", graph[y].type, .target)
        _ = try graph.add(MeanSquaredError(), [y, target], layer: nil, slot: .forward)
        var needed = Array(repeating: true, count: graph.values.count)
        for input in [columns, rows, x, target] { needed[input.index] = false }
        var builder = GradientBuilder(graph: graph, needed: needed, makeSum: { Add() })
        #expect(throws: TypeError.self) { try builder.differentiate() }
    }
}
