import CKernels
import Foundation

/// What the update rules read. Weight decay times the weights is added to the gradient, except where it is decoupled.
public struct OptimizerSettings: Sendable {
    public var learningRate: Float
    public var momentum: Float
    public var beta1: Float
    public var beta2: Float
    public var rho: Float
    public var epsilon: Float
    public var weightDecay: Float
    /// Counts updates from 1.
    public var iteration: Int

    public init(
        learningRate: Float, momentum: Float = 0.9, beta1: Float = 0.9, beta2: Float = 0.999, rho: Float = 0.9, epsilon: Float = 1e-8,
        weightDecay: Float = 0, iteration: Int = 1
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.beta1 = beta1
        self.beta2 = beta2
        self.rho = rho
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.iteration = iteration
    }
}

/// `w -= rate · g`
public func sgdUpdate(_ w: Floats, _ g: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) {
    precondition(w.count == g.count)
    pool.run(Pieces.elements(w.count, pool)) { r in
        nnc_sgd(w.base + r.lowerBound, g.base + r.lowerBound, r.count, s.learningRate, s.weightDecay)
    }
}

/// `v = mu · v + g; w -= rate · v`; Nesterov's form steps by `g + mu · v`.
public func momentumUpdate(
    _ w: Floats, _ g: Floats, _ velocity: Floats, _ s: OptimizerSettings, nesterov: Bool, _ pool: WorkerPool
) {
    precondition(w.count == g.count && velocity.count == w.count)
    pool.run(Pieces.elements(w.count, pool)) { r in
        let i = r.lowerBound
        nnc_momentum(w.base + i, g.base + i, velocity.base + i, r.count, s.learningRate, s.momentum, s.weightDecay, nesterov ? 1 : 0)
    }
}

/// `a += g²; w -= rate · g / (√a + epsilon)` (Duchi et al. 2011)
public func adagradUpdate(_ w: Floats, _ g: Floats, _ accumulator: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) {
    precondition(w.count == g.count && accumulator.count == w.count)
    pool.run(Pieces.elements(w.count, pool)) { r in
        let i = r.lowerBound
        nnc_adagrad(w.base + i, g.base + i, accumulator.base + i, r.count, s.learningRate, s.epsilon, s.weightDecay)
    }
}

/// `a = rho · a + (1 - rho) · g²; w -= rate · g / (√a + epsilon)`
public func rmspropUpdate(_ w: Floats, _ g: Floats, _ meanSquare: Floats, _ s: OptimizerSettings, _ pool: WorkerPool) {
    precondition(w.count == g.count && meanSquare.count == w.count)
    pool.run(Pieces.elements(w.count, pool)) { r in
        let i = r.lowerBound
        nnc_rmsprop(w.base + i, g.base + i, meanSquare.base + i, r.count, s.learningRate, s.rho, s.epsilon, s.weightDecay)
    }
}

/// Adam (Kingma and Ba 2015) with corrected moments; `decoupled` decay shrinks the weights and leaves the gradient
/// alone (AdamW; Loshchilov and Hutter 2019).
public func adamUpdate(
    _ w: Floats, _ g: Floats, _ m: Floats, _ v: Floats, _ s: OptimizerSettings, decoupled: Bool, _ pool: WorkerPool
) {
    precondition(w.count == g.count && m.count == w.count && v.count == w.count)
    var settings = s.adam(decoupled: decoupled)
    withUnsafePointer(to: &settings) { settings in
        pool.run(Pieces.elements(w.count, pool)) { r in
            let i = r.lowerBound
            nnc_adam(w.base + i, g.base + i, m.base + i, v.base + i, r.count, settings)
        }
    }
}

extension OptimizerSettings {
    /// With this step's corrections.
    func adam(decoupled: Bool) -> nnc_adam_settings {
        let t = Double(iteration)
        return nnc_adam_settings(
            beta1: beta1, beta2: beta2, epsilon: epsilon,
            step: Float(Double(learningRate) / (1 - pow(Double(beta1), t))), rootScale: Float(1 / (1 - pow(Double(beta2), t)).squareRoot()),
            decay: decoupled ? 0 : weightDecay, keep: decoupled ? 1 - learningRate * weightDecay : 1)
    }
}
