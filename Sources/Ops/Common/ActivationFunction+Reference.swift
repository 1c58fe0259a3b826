import Graph
import Kernels

/// The plain definition of each function, and what it costs.
///
/// No branch skips work, so the counts hold for every input: a choice is one comparison.
extension ActivationFunction {
    func apply<S: ReferenceScalar>(_ x: S) -> S {
        switch self {
        case .linear: x
        case .relu: S.larger(x, .zero)
        case .leakyReLU: S.larger(x, x * S(Double(Self.leakySlope)))
        case .elu: S.select(x < .zero, S.exp(x) - S(1), x)
        case .gelu: S(0.5) * x * (S(1) + S.erf(x * S(0.5.squareRoot())))
        case .sigmoid: S(1) / (S(1) + S.exp(-x))
        case .tanh: S.tanh(x)
        }
    }

    /// What `apply` costs, `count` times.
    func forwardWork(_ count: Int) -> Work {
        switch self {
        case .linear: Work()
        case .relu: Work(comparisons: count)
        case .leakyReLU: Work(multiplications: count, comparisons: count)
        case .elu: Work(additions: count, transcendentals: count, comparisons: count)
        case .gelu: Work(multiplications: Count.product(3, count), additions: count, transcendentals: count)
        case .sigmoid: Work(multiplications: count, additions: count, transcendentals: count)
        case .tanh: Work(transcendentals: count)
        }
    }

    /// `dy` times the derivative, from the saved output (the saved input where `derivativeFromOutput` is false).
    func backward<S: ReferenceScalar>(saved: S, _ dy: S) -> S {
        switch self {
        case .linear: return dy
        case .relu: return S.select(.zero < saved, dy, .zero)
        case .leakyReLU: return S.select(saved < .zero, dy * S(Double(Self.leakySlope)), dy)
        case .elu: return S.select(saved < .zero, dy * (saved + S(1)), dy)
        case .sigmoid: return dy * saved * (S(1) - saved)
        case .tanh: return dy * (S(1) - saved * saved)
        case .gelu:
            let cumulative = S(0.5) * (S(1) + S.erf(saved * S(0.5.squareRoot())))
            let density = S(0.398942280401432677939946) * S.exp(S(-0.5) * saved * saved)
            return dy * (cumulative + saved * density)
        }
    }

    /// What `backward` costs, `count` times.
    func gradientWork(_ count: Int) -> Work {
        switch self {
        case .linear: Work()
        case .relu: Work(comparisons: count)
        case .leakyReLU: Work(multiplications: count, comparisons: count)
        case .elu: Work(multiplications: count, additions: count, comparisons: count)
        case .sigmoid, .tanh: Work(multiplications: Count.product(2, count), additions: count)
        case .gelu:
            Work(
                multiplications: Count.product(7, count), additions: Count.product(2, count),
                transcendentals: Count.product(2, count))
        }
    }
}

extension ReferenceScalar {
    /// Both are computed, whichever is taken.
    static func select(_ condition: Bool, _ a: Self, _ b: Self) -> Self { condition ? a : b }

    /// |a|: one comparison.
    static func magnitude(_ a: Self) -> Self { larger(a, -a) }
}
