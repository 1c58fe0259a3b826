import Diagnostics
import Graph
import Model

/// An acceleration policy, as the lowering sees it. A policy is one file of the module above, which holds its keyword, its
/// fields and what it does to the graph; this module knows none by name.
public protocol Policy: Sendable {
    /// What the checker, the schema and the reference say of it.
    static var schema: PolicySchema { get }

    /// The settings with which a calibration of the machine times it: none where it brings no operations of its own.
    static var trials: [PolicyTrial] { get }

    init(_ fields: PolicyFields)

    /// What is wrong with it at this place: errors, or warnings where it only does nothing.
    func problems(at site: PolicySite) -> [Diagnostic]
}

/// A policy as a model file writes it, and the network that it is timed in.
public struct PolicyTrial: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// On wide hidden layers.
        case hidden
        /// On ones of middling width.
        case middle
        /// On narrow ones.
        case narrow
        /// On wide ones, with few examples in a step.
        case few
        /// The same, of examples that are so much alike that they choose alike.
        case alike
        /// On a wide hidden layer whose units are all read by what follows.
        case read
        /// On one whose weights are more than the caches nearest to a processor hold.
        case large
        /// On very many outputs.
        case outputs
    }

    public var place: Place
    /// `backward: { … }`
    public var text: String

    public init(_ place: Place, _ text: String) {
        self.place = place
        self.text = text
    }
}

/// The slot `backward`: which entries of the gradient at a layer's pre-activation are kept.
public protocol BackwardPolicy: Policy {
    func rewrite(_ gradient: inout LayerGradient) throws(TypeError)
}

extension Moment {
    public init(_ span: Span) {
        self =
            switch span {
            case .epochs(let count): .epochs(count)
            case .steps(let count): .steps(count)
            case .examples(let count): .examples(count)
            }
    }
}

extension Amount {
    /// So many of `units`: at least one, at most all.
    public func count(of units: Int) -> Int {
        switch self {
        case .share(let share): max(1, min(units, Int((share * Double(units)).rounded())))
        case .count(let count): max(1, min(units, count))
        }
    }
}
