import Graph

/// A cost formula with its numbers put in, read off `work` itself, so that it cannot say anything else.
///
/// `work` is a sum of products of sizes (the batch and the axes of the operands). Evaluated with every size
/// set to 1 or 2, such a sum gives away each of its terms; the result is kept only if it gives the true number.
public struct Formula: Sendable, Hashable {
    public struct Term: Sendable, Hashable {
        public var coefficient: Int
        /// The sizes that are multiplied.
        public var sizes: [Int]
    }

    public var value: Int
    /// Nil where the formula is no such sum, as where a pooling window hangs over the edge.
    public var terms: [Term]?

    /// `51,380,224 = 128 × 784 × 512`
    public var text: String {
        let number = Readable.grouped(value)
        guard let terms, !terms.isEmpty, value != 0 else { return number }
        let sum = terms.map { term in
            let factors = (term.coefficient == 1 && !term.sizes.isEmpty ? [] : [term.coefficient]) + term.sizes
            return factors.map(Readable.grouped).joined(separator: " × ")
        }.joined(separator: " + ")
        return sum == number ? number : "\(number) = \(sum)"
    }

    /// - Parameter number: what to look at in the work: multiplications or additions of a slot.
    public init(_ operation: any Operation, _ operands: WorkOperands, _ number: (SlotWork) -> Int) {
        value = number(operation.work(operands))
        terms = Self.terms(operation, operands, number, value: value)
    }

    private static func terms(_ operation: any Operation, _ operands: WorkOperands, _ number: (SlotWork) -> Int, value: Int) -> [Term]? {
        let all = [operands.batch] + (operands.inputs + operands.outputs).flatMap(\.shape)
        func cost(at point: [Int]) -> Int { number(operation.work(substitute(operands, point))) }
        // Most sizes are said more than once, and only one of the places counts.
        let base = Array(repeating: 2, count: all.count), atBase = cost(at: base)
        let axes = all.indices.filter { axis in
            var point = base
            point[axis] = 3
            return cost(at: point) != atBase
        }
        let sizes = axes.map { all[$0] }, count = axes.count
        guard count <= 12, value < Int.max else { return nil }
        // Values at all corners of {1, 2}ⁿ; then, axis by axis, the part that does not grow and the part that does.
        var table = (0..<1 << count).map { corner in
            var point = base
            for (bit, axis) in axes.enumerated() { point[axis] = corner >> bit & 1 == 1 ? 2 : 1 }
            return cost(at: point)
        }
        for axis in 0..<count {
            for corner in table.indices where corner >> axis & 1 == 1 {
                let lower = table[corner ^ (1 << axis)]
                let growth = table[corner] - lower
                table[corner] = growth
                table[corner ^ (1 << axis)] = lower - growth
            }
        }
        var terms: [Term] = []
        for corner in table.indices where table[corner] != 0 {
            terms.append(Term(coefficient: table[corner], sizes: sizes.indices.filter { corner >> $0 & 1 == 1 }.map { sizes[$0] }))
        }
        let sum = terms.reduce(0) { Count.sum($0, Count.product($1.coefficient, Count.product($1.sizes))) }
        guard sum == value, terms.allSatisfy({ $0.coefficient > 0 }) else { return nil }
        return terms.sorted { Count.product($0.sizes) > Count.product($1.sizes) }
    }

    private static func substitute(_ operands: WorkOperands, _ sizes: [Int]) -> WorkOperands {
        var result = operands
        result.batch = sizes[0]
        var next = 1
        func replaced(_ type: TensorType) -> TensorType {
            var type = type
            for axis in type.shape.indices {
                type.shape[axis] = sizes[next]
                next += 1
            }
            return type
        }
        result.inputs = operands.inputs.map(replaced)
        result.outputs = operands.outputs.map(replaced)
        return result
    }
}

/// How a layer's cost comes about: its operations, one after the other, with their formulas.
///
/// - Parameter step: what the plan does.
public func explainLayer(_ index: Int, plan: Plan, step: String = "training step") -> String {
    let graph = plan.graph
    let info = graph.layers[index]
    var text = "\(info.name): \(info.type), output \(info.output.text), one \(step) with N = \(plan.batch)\n"
    for (position, node) in graph.nodes.enumerated() where node.layer == index {
        let operands = graph.workOperands(node, batch: plan.batch)
        let attributes = node.operation.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        let types = node.inputs.map { graph[$0].type.text }.joined(separator: ", ")
        text += "\n\(node.operation.name)\(attributes.isEmpty ? "" : " {\(attributes)}")(\(types)) -> \(node.outputs.map { graph[$0].type.text }.joined(separator: ", "))\n"
        let work = plan.work(node: position, batch: plan.batch)
        for slot in Slot.allCases where work[slot] != Work() {
            text += "  \(slot.rawValue)\n"
            text += "    multiplications  \(Formula(node.operation, operands) { $0[slot].allMultiplications }.text)\n"
            text += "    additions        \(Formula(node.operation, operands) { $0[slot].additions }.text)\n"
        }
    }
    return text
}
