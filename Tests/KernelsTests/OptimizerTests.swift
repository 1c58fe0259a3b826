import Foundation
import Testing

@testable import Kernels

/// The rules, one number at a time, over several steps.
private struct Rule {
    var w: Double
    var a = 0.0
    var b = 0.0
    let s: OptimizerSettings

    private var rate: Double { Double(s.learningRate) }
    private func decayed(_ g: Double) -> Double { g + Double(s.weightDecay) * w }

    mutating func sgd(_ g: Double) { w -= rate * decayed(g) }

    mutating func momentum(_ g: Double, nesterov: Bool) {
        let mu = Double(s.momentum), d = decayed(g)
        a = mu * a + d
        w -= rate * (nesterov ? d + mu * a : a)
    }

    mutating func adagrad(_ g: Double) {
        let d = decayed(g)
        a += d * d
        w -= rate * d / (a.squareRoot() + Double(s.epsilon))
    }

    mutating func rmsprop(_ g: Double) {
        let d = decayed(g), rho = Double(s.rho)
        a = rho * a + (1 - rho) * d * d
        w -= rate * d / (a.squareRoot() + Double(s.epsilon))
    }

    mutating func adam(_ g: Double, decoupled: Bool, t: Int) {
        let beta1 = Double(s.beta1), beta2 = Double(s.beta2)
        if decoupled { w -= rate * Double(s.weightDecay) * w }
        let d = decoupled ? g : decayed(g)
        a = beta1 * a + (1 - beta1) * d
        b = beta2 * b + (1 - beta2) * d * d
        let mean = a / (1 - pow(beta1, Double(t))), square = b / (1 - pow(beta2, Double(t)))
        w -= rate * mean / (square.squareRoot() + Double(s.epsilon))
    }
}

@Suite struct OptimizerTests {
    private enum Kind: CaseIterable { case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw }

    @Test(arguments: [0, 1, 33, 40_003], [Float(0), 0.1])
    func rulesAreTheirFormulas(_ count: Int, _ decay: Float) {
        for kind in Kind.allCases {
            let settings = OptimizerSettings(learningRate: 0.05, momentum: 0.8, beta1: 0.85, beta2: 0.95, rho: 0.7, epsilon: 1e-5, weightDecay: decay)
            let start = numbers(count, 1)
            var rules = start.map { Rule(w: Double($0), s: settings) }
            let bits = pools.map { pool in
                let memory = Memory(), w = memory.floats(start), zeros = [Float](repeating: 0, count: count)
                let a = memory.floats(zeros), b = memory.floats(zeros)
                for t in 1...4 {
                    var s = settings
                    s.iteration = t
                    let g = numbers(count, UInt64(10 + t)), strip = memory.floats(g)
                    switch kind {
                    case .sgd: sgdUpdate(w, strip, s, pool)
                    case .momentum, .nesterov: momentumUpdate(w, strip, a, s, nesterov: kind == .nesterov, pool)
                    case .adagrad: adagradUpdate(w, strip, a, s, pool)
                    case .rmsprop: rmspropUpdate(w, strip, a, s, pool)
                    case .adam, .adamw: adamUpdate(w, strip, a, b, s, decoupled: kind == .adamw, pool)
                    }
                    guard pool.threads == 1 else { continue }
                    for i in rules.indices {
                        let g = Double(g[i])
                        switch kind {
                        case .sgd: rules[i].sgd(g)
                        case .momentum, .nesterov: rules[i].momentum(g, nesterov: kind == .nesterov)
                        case .adagrad: rules[i].adagrad(g)
                        case .rmsprop: rules[i].rmsprop(g)
                        case .adam, .adamw: rules[i].adam(g, decoupled: kind == .adamw, t: t)
                        }
                    }
                }
                #expect(difference(w.array, rules.map(\.w)) < 1e-5, "\(kind)")
                return w.bits
            }
            #expect(bits.allSatisfy { $0 == bits[0] })
        }
    }
}
