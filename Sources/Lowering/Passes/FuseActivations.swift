import Graph
import Kernels
import Ops

/// Moves an activation into the product that feeds it: the product's own thread applies it while the values are
/// still in its cache, and one pass over memory and one hand-over between threads are saved.
struct FuseActivations: Pass {
    let name = "fuse-activations"
    let summary = "apply an activation inside the dense or convolution operation that feeds it"
    let isOptional = true
    let purposes: Set<Purpose> = [.training, .evaluation]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let activation = node.operation as? Activation,
                // The derivative must not need the value that is never stored.
                activation.function.derivativeFromOutput || context.purpose == .evaluation,
                let producer = producers[node.inputs[0].index], readers[node.inputs[0].index] == 1,
                let product = graph.nodes[producer].operation as? any ActivationFusible, product.activation == .linear
            else { continue }
            graph.nodes[producer].operation = product.with(activation: activation.function)
            graph.nodes[producer].outputs = node.outputs
            removed.insert(index)
        }
        graph.remove(removed)
    }
}

/// Moves the derivative of an activation into the product that makes the cotangent it multiplies.
struct FuseActivationGradients: Pass {
    let name = "fuse-activation-gradients"
    let summary = "multiply by an activation's derivative inside the product that makes the cotangent"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        var removed: Set<Int> = []
        for (index, node) in graph.nodes.enumerated() {
            guard let gradient = node.operation as? ActivationGradient, gradient.function.derivativeFromOutput,
                let producer = producers[node.inputs[1].index], readers[node.inputs[1].index] == 1,
                let product = graph.nodes[producer].operation as? any DerivativeFusible, product.through == .linear
            else { continue }
            graph.nodes[producer].operation = product.with(through: gradient.function)
            graph.nodes[producer].inputs.append(node.inputs[0])
            graph.nodes[producer].outputs = node.outputs
            removed.insert(index)
        }
        graph.remove(removed)
    }
}

/// Max pooling after relu is relu after max pooling: the same values and the same gradient, bit for bit, with the
/// element-wise work of both directions on the pooled cells only. In evaluation there is no derivative to save,
/// and relu is free inside the convolution.
struct SwapActivationAndMaxPooling: Pass {
    let name = "swap-activation-and-max-pooling"
    let summary = "apply relu after max pooling instead of before"
    let isOptional = true
    let purposes: Set<Purpose> = [.training]

    func run(_ graph: inout Graph, _ context: PassContext) throws {
        let producers = graph.producers()
        let readers = graph.readerCounts()
        for (index, node) in graph.nodes.enumerated() {
            guard node.operation is MaxPooling2D, let producer = producers[node.inputs[0].index],
                readers[node.inputs[0].index] == 1, let activation = graph.nodes[producer].operation as? Activation,
                activation.function.commutesWithMaximum, !graph.results.contains(where: { $0.value == node.inputs[0] })
            else { continue }
            // conv → relu → pool becomes conv → pool → relu; the names of the layers' outputs go along.
            let before = graph.nodes[producer].inputs[0]
            let pooled = node.outputs[0]
            let inner = graph.addValue(graph[pooled].name + ".pooled", graph[pooled].type, .activation, layer: node.layer)
            let oldActivation = graph.nodes[producer]
            graph.nodes[index].inputs[0] = before
            graph.nodes[index].outputs[0] = inner
            graph.nodes[producer] = graph.nodes[index]
            graph.nodes[index] = Node(
                operation: activation, inputs: [inner], outputs: [pooled], layer: oldActivation.layer, slot: oldActivation.slot)
        }
    }
}

extension ActivationFunction {
    /// Non-decreasing in floating point too: what is computed by a series is not, bit for bit.
    var commutesWithMaximum: Bool { self == .relu || self == .leakyReLU }
}

extension Graph {
    mutating func remove(_ indices: Set<Int>) {
        nodes = nodes.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
    }
}
