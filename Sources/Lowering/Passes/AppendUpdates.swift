import func Foundation.pow
import Graph
import Model
import Ops

/// Adds the optimizer's step for each trained parameter, as soon as its gradient is there and nobody reads the
/// old value any more: the gradient's memory is free again at once, and the weights are still in cache.
struct AppendUpdates: Pass {
    let name = "append-updates"
    let summary = "add the optimizer's step right after each gradient"
    let isOptional = false
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let optimizer = context.model.train.optimizer
        var inserted: [(after: Int, node: Node)] = []
        let producers = graph.producers()
        for entry in graph.gradients {
            let (parameter, gradient) = (entry.parameter, entry.gradient)
            let dense = optimizer.operation, value = graph[parameter]
            var inputs = [parameter, gradient]
            var update = dense
            func addState(_ suffix: String, _ type: TensorType, _ initial: Initial, _ axes: [Axis]) {
                inputs.append(graph.addValue("\(value.name).\(suffix)", type, .optimizerState(initial), layer: value.layer, axes: axes))
            }
            // A gradient of some rows only: the others are left alone, and catch up when their turn comes.
            let rowAxis: Axis = entry.inputsPerExample == nil ? .units : .inputs
            if let rows = entry.rows, let lazy = dense as? any RowUpdatable, let axis = value.axes.firstIndex(of: rowAxis) {
                let units = value.type.shape[axis]
                let touched: TouchedRows = entry.inputsPerExample.map { .inputs($0, of: units) }
                    ?? entry.unitsPerExample.map { .union(perExample: $0, variety: context.variety(of: $0, amongUnits: units, layer: value.layer)) } ?? .full
                let row = lazy.rowUpdate(unitAxis: axis == 0 ? .first : .last, rows: touched)
                update = row
                inputs.append(rows)
                if row.needsLast {
                    addState("last_update", TensorType(.int32, batched: false, [value.type.shape[axis]]), .updates, [rowAxis])
                }
            }
            for suffix in optimizer.stateNames { addState(suffix, value.type, .constant(0), value.axes) }
            let lastReader = graph.nodes.lastIndex { $0.inputs.contains(parameter) } ?? 0
            let types = try update.infer(inputs.map { graph[$0].type })
            let outputs = types.enumerated().map { index, type in
                let source = update.overwrites[index].map { graph[inputs[$0]] } ?? value
                return graph.addValue(source.name, type, source.role, layer: value.layer, axes: source.axes)
            }
            inserted.append(
                (max(lastReader, producers[gradient.index] ?? 0),
                 Node(operation: update, inputs: inputs, outputs: outputs, layer: value.layer, slot: .update)))
        }
        // Once for a layer: its bias has the rows of its kernel.
        var known: Set<Int> = []
        for entry in graph.gradients {
            guard let unitsPerExample = entry.unitsPerExample, let layer = graph[entry.parameter].layer, known.insert(layer).inserted, let axis = graph[entry.parameter].axes.firstIndex(of: .units) else { continue }
            let units = graph[entry.parameter].type.shape[axis], rows = TouchedRows.union(perExample: unitsPerExample, variety: context.variety(of: unitsPerExample, amongUnits: units, layer: layer))
            for index in graph.nodes.indices where graph.nodes[index].layer == layer {
                guard var product = graph.nodes[index].operation as? any SharesRows else { continue }
                product.rows = rows
                graph.nodes[index].operation = product
            }
        }
        graph.gradients = []
        var nodes: [Node] = []
        for (index, node) in graph.nodes.enumerated() {
            nodes.append(node)
            nodes += inserted.filter { $0.after == index }.map(\.node)
        }
        graph.nodes = nodes
    }
}

extension PassContext {
    /// How much the units differ that the policy of a layer chooses for each example.
    fileprivate func variety(of chosen: Int, amongUnits units: Int, layer: Int?) -> Double? {
        guard let layer, let policy = policies(of: layer).lazy.compactMap({ $0 as? any ChoosesPerExample }).first else { return nil }
        let isRectified = model.layers[layer].activation.value == .relu, readsInput = !model.learnsBefore(layer)
        guard let seen = pilot?.expected(of: layer, steps: steps, growth: policy.varietyGrowth) else {
            return policy.variety(UnitVariety(share: Double(chosen) / Double(max(units, 1)), readsInput: readsInput, directions: directions, steps: steps, isRectified: isRectified))
        }
        return seen
    }
}

extension DataFacts.PilotFacts {
    /// Of a training of so many steps, on average: what was seen, and from there on what the second half had, growing with a power of the steps.
    fileprivate func expected(of layer: Int, steps: Int, growth: Double) -> Double? {
        guard let seen = variety[layer], let last = secondHalf[layer], steps > self.steps, self.steps > 1 else { return variety[layer] }
        let power = isLearned ? 0 : growth, end = Double(self.steps), part = end / Double(steps)
        func mean(_ from: Double, _ to: Double) -> Double { (pow(to, power + 1) - pow(from, power + 1)) / ((power + 1) * (to - from)) }
        return part * seen + (1 - part) * last * mean(end, Double(steps)) / mean(end / 2, end)
    }
}

extension ModelFile {
    /// Whether a layer with weights lies before this one.
    fileprivate func learnsBefore(_ layer: Int) -> Bool {
        // A layer reads earlier ones only, so one walk back meets all that lie before it.
        var lies = Array(repeating: false, count: layers.count)
        lies[layer] = true
        for place in stride(from: layer, through: 0, by: -1) where lies[place] {
            switch layers[place].kind {
            case .dense where place != layer, .conv2d where place != layer: return true
            default: break
            }
            for input in layers[place].inputs { if case .layer(let earlier) = input.value { lies[earlier] = true } }
        }
        return false
    }
}

extension OptimizerSpec {
    /// The operation of one step.
    var operation: any Operation {
        let decay = Float(weightDecay)
        return switch kind {
        case .sgd: SGDUpdate(weightDecay: decay)
        case .momentum: MomentumUpdate(momentum: Float(momentum), nesterov: false, weightDecay: decay)
        case .nesterov: MomentumUpdate(momentum: Float(momentum), nesterov: true, weightDecay: decay)
        case .adagrad: AdagradUpdate(epsilon: Float(epsilon), weightDecay: decay)
        case .rmsprop: RMSpropUpdate(rho: Float(rho), epsilon: Float(epsilon), weightDecay: decay)
        case .adam: AdamUpdate(beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), weightDecay: decay, decoupled: false)
        case .adamw: AdamUpdate(beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon), weightDecay: decay, decoupled: true)
        }
    }

    /// What is kept per parameter, named as in checkpoints.
    var stateNames: [String] {
        switch kind {
        case .sgd: []
        case .momentum, .nesterov: ["velocity"]
        case .adagrad: ["accumulator"]
        case .rmsprop: ["mean_square"]
        case .adam, .adamw: ["first_moment", "second_moment"]
        }
    }
}
