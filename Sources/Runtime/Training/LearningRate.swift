import Foundation

/// The learning rate as a function of the step and of nothing else, so that a run that goes on later gets the same one.
public struct LearningRate: Sendable, Hashable {
    public enum Shape: Sendable, Hashable {
        case constant
        /// Multiplied by `factor` after every `every` steps.
        case step(every: Int, factor: Double)
        /// Rises linearly from zero over `warmUp` steps, then falls as half a cosine to `minimum` at the end of
        /// `total` steps. Source: Loshchilov and Hutter 2017, SGDR.
        case cosine(warmUp: Int, minimum: Double, total: Int)
    }

    public var base: Double
    public var shape: Shape

    public init(base: Double, shape: Shape = .constant) {
        self.base = base
        self.shape = shape
    }

    /// The rate of a step; steps count from 0 over the whole run.
    public func at(step: Int) -> Float {
        switch shape {
        case .constant:
            return Float(base)
        case .step(let every, let factor):
            return Float(base * pow(factor, Double(step / max(every, 1))))
        case .cosine(let warmUp, let minimum, let total):
            // No step has the rate zero: the first one stands at the end of the first of warmUp + 1 stairs.
            if step < warmUp { return Float(base * Double(step + 1) / Double(warmUp + 1)) }
            let progress = min(Double(step - warmUp) / Double(max(total - warmUp, 1)), 1)
            return Float(minimum + (base - minimum) * 0.5 * (1 + cos(.pi * progress)))
        }
    }
}
