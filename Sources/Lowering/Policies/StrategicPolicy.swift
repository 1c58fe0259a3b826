import Diagnostics
import Graph
import Model

/// A policy whose work can be done in more than one way: for each example or for the batch.
///
/// What is chosen for whom is part of what the policy means, so a file may say it. Where it does not, the cheaper one is taken.
public protocol StrategicPolicy: Policy {
    /// For whom it chooses; nil where the file leaves that open and it has not been settled yet.
    var granularity: TensorType.Granularity? { get set }
    /// What it is where nobody can say which is cheaper.
    static var usualGranularity: TensorType.Granularity { get }
    /// For whom it can choose at all.
    static var granularities: Set<TensorType.Granularity> { get }
}

extension StrategicPolicy {
    public static var granularities: Set<TensorType.Granularity> { [.example, .batch] }

    /// For whom it chooses.
    public var settledGranularity: TensorType.Granularity { granularity ?? Self.usualGranularity }
}

extension Strategy {
    public var granularity: TensorType.Granularity { isPerBatch ? .batch : .example }
}

/// Of a policy whose work can be done in several ways, those that there are and the one that is taken.
public struct StrategyState: Sendable {
    /// The one that is taken.
    public internal(set) var taken: Strategy
    /// All that there are for the layer, the usual one first: of equally good ones, the earlier is taken.
    public let ways: [Strategy]
    /// What the file says by the policy's `per`.
    public let granularity: TensorType.Granularity?
    /// What the file says by the layer's `strategy`.
    public let pinned: Strategy?

    init(_ policy: any StrategicPolicy, _ layer: LayerSpec) {
        granularity = policy.granularity
        // A default that does not fit a layer's own policy is passed over there.
        pinned = layer.strategy.flatMap { [granularity] pin in
            pin.isDefault && granularity != nil && granularity != pin.strategy.granularity ? nil : pin.strategy
        }
        let usual = policy.settledGranularity == .batch, granularities = type(of: policy).granularities
        ways = [false, true].flatMap { isDense in [usual, !usual].map { Strategy(perBatch: $0, isDense: isDense) } }.filter { granularities.contains($0.granularity) }
        taken = pinned ?? ways[0]
    }

    /// Why the file rules a way out; nil where it does not.
    public func objection(to way: Strategy) -> Objection? {
        if let pinned, pinned != way { return .pinned }
        if let granularity, granularity != way.granularity { return .granularity }
        return nil
    }

    public enum Objection: Sendable, Hashable {
        /// The layer's `strategy` says another one.
        case pinned
        /// The policy's `per` does.
        case granularity
    }

    /// Those among which there is a choice.
    public var allowed: [Strategy] { ways.filter { objection(to: $0) == nil } }
}

extension LayerSpec {
    /// What is wrong with what the layer pins, given its policies as they were made.
    func strategyProblems(_ policies: [any Policy]) -> [Diagnostic] {
        guard let strategy, !strategy.isDefault else { return [] }
        guard let policy = policies.lazy.compactMap({ $0 as? any StrategicPolicy }).first else {
            return [Diagnostic(
                .strategyDoesNotFit, "`\(name.value)` has no policy whose work could be done in several ways, so `strategy` says nothing", at: strategy.location,
                help: ["it belongs beside a policy that has `per`; take it out"])]
        }
        let type = Swift.type(of: policy), keyword = type.schema.keyword
        guard type.granularities.contains(strategy.strategy.granularity) else {
            return [Diagnostic(
                .strategyDoesNotFit, "`strategy: \(strategy.strategy.rawValue)` does not go with `\(keyword)`, which chooses for each \(type.usualGranularity.rawValue)", at: strategy.location,
                help: ["`strategy: \(Strategy(perBatch: type.usualGranularity == .batch, isDense: strategy.strategy.isDense).rawValue)` goes with it"])]
        }
        guard let granularity = policy.granularity, granularity != strategy.strategy.granularity else { return [] }
        let spec = self.policies.first { $0.type.value == keyword }
        return [Diagnostic(
            .strategyDoesNotFit, "`strategy: \(strategy.strategy.rawValue)` and `per: \(granularity.rawValue)` of `\(name.value)` do not go together", at: strategy.location,
            related: spec.map { [RelatedPlace($0.fields.location("per"), "it is given here")] } ?? [],
            help: ["`per: auto` leaves it to `strategy`", "`strategy: \(Strategy(perBatch: granularity == .batch, isDense: strategy.strategy.isDense).rawValue)` goes with it"])]
    }
}
