import Diagnostics
import Graph
import Model

/// The policies of a model, made from their fields.
public struct PolicyTable: Sendable {
    public struct Entry: Sendable {
        public var layer: Int
        public var policy: any Policy
        /// How its work is done, where there is a choice.
        public fileprivate(set) var strategy: StrategyState?
        /// When it begins to act.
        public var start: Moment
        /// The layers whose units it decides on: its own, and those that are added to it.
        public var group: [Int]
    }

    public private(set) var entries: [Entry] = []

    /// - Parameter catalogue: the policies that this program has.
    public init(_ model: ModelFile, catalogue: [any Policy.Type], diagnostics: inout [Diagnostic]) {
        guard model.layers.contains(where: { !$0.policies.isEmpty }) else { return }
        let flow = UnitFlow(model), outputs = flow.outputs
        var decided: Set<Int> = []
        for (index, layer) in model.layers.enumerated() {
            var made: [any Policy] = []
            defer {
                for problem in layer.strategyProblems(made) where !diagnostics.contains(problem) { diagnostics.append(problem) }
            }
            for spec in layer.policies {
                guard let type = catalogue.first(where: { $0.schema.slot == spec.slot && $0.schema.keyword == spec.type.value }) else { continue }
                if spec.slot == .neurons, spec.isDefault, decided.contains(index) { continue }
                // Which outputs are computed is said at the output layer itself.
                if spec.slot == .forward, spec.isDefault, index == model.outputLayer { continue }
                let group = spec.slot == .neurons ? flow.group(of: index) : [index]
                if spec.slot == .neurons, spec.isDefault {
                    // A default for all layers of a type does not mean the network's answers, nor a layer that follows another one's own policy.
                    let others = group.filter { $0 != index }.flatMap { model.layers[$0].policies }
                    if group.contains(where: outputs.contains) || others.contains(where: { $0.slot == .neurons && !$0.isDefault }) { continue }
                }
                var policy = type.init(spec.fields)
                made.append(policy)
                // Copies of a layer share one policy: what is wrong with it is said once.
                for problem in policy.problems(at: PolicySite(model: model, layer: index, spec: spec, flow: flow)) where !diagnostics.contains(problem) {
                    diagnostics.append(problem)
                }
                // One policy that several layers of a group have is one decision.
                if spec.slot == .neurons, !decided.isDisjoint(with: group) { continue }
                if spec.slot == .neurons { decided.formUnion(group) }
                var strategy: StrategyState?
                if var strategic = policy as? any StrategicPolicy {
                    let state = StrategyState(strategic, layer)
                    strategic.granularity = state.taken.granularity
                    (policy, strategy) = (strategic, state)
                }
                entries.append(Entry(layer: index, policy: policy, strategy: strategy, start: spec.start.map(Moment.init) ?? .start, group: group))
            }
        }
    }

    public init() {}

    /// Settles how the work of some entries, by their places in the list, is done.
    public mutating func take(_ strategy: Strategy, for places: [Int]) {
        for place in places {
            guard var policy = entries[place].policy as? any StrategicPolicy else { continue }
            policy.granularity = strategy.granularity
            entries[place].policy = policy
            entries[place].strategy?.taken = strategy
        }
    }

    /// Those of the slot `forward` alone.
    public var forwardOnly: PolicyTable {
        var table = self
        table.entries.removeAll { !($0.policy is any ForwardPolicy) }
        return table
    }

    /// The moments at which something changes, from the start of the run on, in the order in which they come.
    func starts(stepsPerEpoch: Int, batch: Int) -> [Moment] {
        func steps(_ moment: Moment) -> Int { moment.steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
        var starts = [Moment.start]
        for moment in entries.map(\.start).sorted(by: { steps($0) < steps($1) }) where steps(moment) > steps(starts[starts.count - 1]) {
            starts.append(moment)
        }
        return starts
    }

    /// Those that act at a moment.
    func active(at moment: Moment, stepsPerEpoch: Int, batch: Int) -> [Entry] {
        func steps(_ moment: Moment) -> Int { moment.steps(stepsPerEpoch: stepsPerEpoch, batch: batch) }
        return entries.filter { steps($0.start) <= steps(moment) }
    }
}
