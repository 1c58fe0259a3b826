import Graph
import Kernels

/// What the optimizers' updates share: weights, gradient and state are of one type, and one step goes over all of them.
extension [TensorType] {
    /// The types of the new weights and states.
    func updated(_ names: [String], by operation: String) throws(TypeError) -> [TensorType] {
        try expect(names, of: operation)
        guard self[0].dtype == .float32, !self[0].batched else {
            throw TypeError("\(operation) works on weights, not on \(self[0].text)", operand: 0)
        }
        for index in indices.dropFirst() { try expect(index, is: self[0], "the \(names[index])") }
        return Array(repeating: self[0], count: count - 1)
    }
}

extension WorkOperands {
    /// An update's work, from that of one weight, and of a decay that is added to its gradient.
    func update(perWeight: Work, weightDecay: Float) -> SlotWork {
        let decay = weightDecay == 0 ? Work() : Work(multiplications: 1, additions: 1)
        return SlotWork(slot, (perWeight + decay) * outputCount(0) + Work(streamed: streamed))
    }
}

extension ReferenceContext {
    /// Calls `body` for every weight, with the gradient that has the decay in it.
    mutating func forEachWeight(weightDecay: Float, _ body: (inout ReferenceContext, _ index: Int, _ gradient: S) -> Void) {
        for i in outputs[0].values.indices {
            var gradient = inputs[1].values[i]
            if weightDecay != 0 { gradient += S(Double(weightDecay)) * outputs[0].values[i] }
            body(&self, i, gradient)
        }
    }
}

extension OptimizerSettings {
    /// The settings of this step; those that an optimizer has no use for are zero.
    init(_ step: StepState, weightDecay: Float) {
        self.init(
            learningRate: step.learningRate, momentum: 0, beta1: 0, beta2: 0, rho: 0, epsilon: 0, weightDecay: weightDecay,
            iteration: step.update)
    }
}

extension Float {
    /// As an attribute, where it is not zero.
    func decayAttribute() -> [(key: String, value: String)] { self == 0 ? [] : [("weight_decay", "\(self)")] }
}
