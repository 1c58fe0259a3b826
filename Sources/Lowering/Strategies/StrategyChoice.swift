import Diagnostics
import Graph
import Model

/// What a step of training costs, as far as strategies are chosen by it.
public struct StrategyCost: Sendable {
    /// Seconds.
    public var step: Double
    /// By layer.
    public var layers: [SlotCost]

    public init(step: Double, layers: [SlotCost]) {
        self.step = step
        self.layers = layers
    }

    /// Of one layer, in a step: seconds and multiplications in the order of `Slot.allCases`.
    public struct SlotCost: Sendable {
        public var seconds: [Double]
        public var multiplications: [Int]

        public init(seconds: [Double], multiplications: [Int]) {
            self.seconds = seconds
            self.multiplications = multiplications
        }

        var total: Double { seconds.reduce(0, +) }
    }

    /// Of networks with the same layers, each weighed by its share; nil of none.
    public static func mean(_ parts: [(cost: StrategyCost, share: Double)]) -> StrategyCost? {
        guard let first = parts.first?.cost else { return nil }
        func sum(_ number: (StrategyCost) -> Double) -> Double { parts.reduce(0) { $0 + $1.share * number($1.cost) } }
        return StrategyCost(step: sum(\.step), layers: first.layers.indices.map { layer in
            let slots = first.layers[layer].seconds.indices
            return SlotCost(
                seconds: slots.map { slot in sum { $0.layers[layer].seconds[slot] } },
                multiplications: slots.map { slot in
                    let count = sum { Double($0.layers[layer].multiplications[slot]) }
                    return count < 9e18 ? Int(count.rounded()) : Int.max
                })
        })
    }
}

/// The ways in which the work of a layer's policy can be done, with what they cost, and the one that is taken.
public struct StrategyChoice: Sendable {
    public struct Option: Sendable {
        public var strategy: Strategy
        /// Nil where no machine was asked.
        public var cost: StrategyCost?
        /// Why the file rules it out.
        public var objection: StrategyState.Objection?
    }

    public enum Reason: String, Sendable {
        /// The file leaves one only.
        case pinned
        /// There is one only.
        case only
        case cheapest
        /// None is cheaper by more than what predictions are off.
        case usual
        /// No machine was asked.
        case unasked
    }

    /// In `ModelFile.layers`: of copies of a layer the first.
    public var layer: Int
    /// The copies, all of which do the same.
    public var layers: [Int]
    public var slot: PolicySpec.Slot
    public var options: [Option]
    public var taken: Strategy
    public var reason: Reason

    public var takenOption: Option? { options.first { $0.strategy == taken } }
}

/// Takes the cheapest way for each layer's policy, of those that the file allows.
///
/// It begins with the cheapest of one way for all. Then one layer after the other, in their order, all others being as they are; then once more, since what a layer hands on decides what the next one reads. Copies
/// of a layer do the same. Of ways that are as cheap but for a share `margin` of what the layer takes, the first is taken, so that a machine measured anew
/// does not change its mind for nothing. What is looked at is a full step of training with all policies acting.
public struct StrategyChooser {
    /// Predictions of one machine differ by that much from calibration to calibration.
    public static let margin = 0.05
    private static let mostRounds = 2

    private let model: ModelFile
    private let facts: DataFacts
    private let options: LoweringOptions
    /// What a plan costs; nil where no machine is asked.
    private let cost: ((Plan) -> StrategyCost)?
    public private(set) var policies: PolicyTable
    private var known: [[Strategy?]: Measured] = [:]
    /// Places in the list of entries: those of copies together.
    private let groups: [[Int]]

    private struct Measured {
        var cost: StrategyCost
        /// What tells plans apart.
        var graph: String
    }

    public init(_ model: ModelFile, facts: DataFacts, options: LoweringOptions, cost: ((Plan) -> StrategyCost)?) {
        self.model = model
        self.facts = facts
        self.options = options
        self.cost = cost
        policies = options.policies
        var groups: [[Int]] = []
        for (place, entry) in policies.entries.enumerated() where entry.strategy != nil {
            let layer = model.layers[entry.layer].location
            if let last = groups.last, model.layers[options.policies.entries[last[0]].layer].location == layer, layer != .nowhere {
                groups[groups.count - 1].append(place)
            } else {
                groups.append([place])
            }
        }
        self.groups = groups
    }

    /// Whether the file leaves anything to choose.
    public static func isOpen(_ policies: PolicyTable) -> Bool { policies.entries.contains { ($0.strategy?.allowed.count ?? 0) > 1 } }

    /// Settles all strategies. Afterwards `policies` has them.
    public mutating func choose() throws {
        guard cost != nil else { return }
        try start()
        for _ in 0..<Self.mostRounds {
            var changed = false
            for group in groups {
                guard let state = policies.entries[group[0]].strategy, state.allowed.count > 1 else { continue }
                let best = try best(of: state.allowed, for: group)
                changed = changed || best != state.taken
                policies.take(best, for: group)
            }
            if !changed { break }
        }
    }

    /// All ways of each layer, with the other layers as they were chosen. A way that makes the same plan as an earlier one is not among them.
    ///
    /// - Parameters:
    ///   - layer: the one that is asked for; nil for all.
    ///   - measuring: whether what was not looked at when they were chosen, the file ruling it out, is looked at now.
    public mutating func choices(of layer: Int? = nil, measuring: Bool) throws -> [StrategyChoice] {
        var found: [StrategyChoice] = []
        for group in groups {
            let entry = policies.entries[group[0]]
            guard let state = entry.strategy, layer.map({ layer in group.contains { policies.entries[$0].layer == layer } }) ?? true else { continue }
            var options: [StrategyChoice.Option] = [], graphs: [String: Strategy] = [:]
            for way in state.ways {
                var cost: StrategyCost?
                if self.cost != nil, let measured = measuring ? try measure(way, for: group) : known[settled(way, for: group).key] {
                    // The one that is taken stands for the others that are the same.
                    if let same = graphs[measured.graph] {
                        guard way == state.taken else { continue }
                        options.removeAll { $0.strategy == same }
                    }
                    graphs[measured.graph] = way
                    cost = measured.cost
                }
                options.append(StrategyChoice.Option(strategy: way, cost: cost, objection: state.objection(to: way)))
            }
            let open = options.filter { $0.objection == nil }
            let reason: StrategyChoice.Reason
            if options.count == 1 {
                reason = .only
            } else if open.count <= 1 {
                reason = .pinned
            } else if cost == nil {
                reason = .unasked
            } else {
                let least = open.compactMap { $0.cost?.step }.min() ?? 0, own = options.first { $0.strategy == state.taken }?.cost?.step ?? 0
                reason = own <= least ? .cheapest : .usual
            }
            found.append(StrategyChoice(
                layer: entry.layer, layers: group.map { policies.entries[$0].layer }, slot: entry.policy is any ForwardPolicy ? .forward : .backward, options: options, taken: state.taken,
                reason: reason))
        }
        return found
    }

    /// Begins with the same way for all layers that may have it, where that is cheaper: what a layer hands on may be of use only where the next one takes it.
    private mutating func start() throws {
        var best: (policies: PolicyTable, cost: Double)?
        let usual = policies
        for way in [nil] + Strategy.allCases.map(Optional.some) {
            policies = usual
            if let way { for group in groups where policies.entries[group[0]].strategy?.allowed.contains(way) ?? false { policies.take(way, for: group) } }
            guard let group = groups.first, let state = policies.entries[group[0]].strategy else { return }
            let step = try measure(state.taken, for: group).cost.step
            if best.map({ step < (1 - Self.margin) * $0.cost }) ?? true { best = (policies, step) }
        }
        policies = best?.policies ?? usual
    }

    private mutating func best(of ways: [Strategy], for group: [Int]) throws -> Strategy {
        var costs: [StrategyCost] = []
        for way in ways { costs.append(try measure(way, for: group).cost) }
        guard let least = costs.min(by: { $0.step < $1.step }) else { return ways[0] }
        let own = group.reduce(0) { $0 + least.layers[policies.entries[$1].layer].total }
        let place = costs.firstIndex { $0.step - least.step <= Self.margin * own } ?? 0
        return ways[place]
    }

    /// With one group's work done in a way, the others' as it is, and what tells that apart.
    private func settled(_ way: Strategy, for group: [Int]) -> (table: PolicyTable, key: [Strategy?]) {
        var table = policies
        table.take(way, for: group)
        return (table, table.entries.map { $0.strategy?.taken })
    }

    /// What a step costs with one group's work done in a way, the others' as it is.
    private mutating func measure(_ way: Strategy, for group: [Int]) throws -> Measured {
        let (table, key) = settled(way, for: group)
        if let found = known[key] { return found }
        let batch = model.train.batchSize, stepsPerEpoch = model.train.stepsPerEpoch(examples: facts.assumedTrainExamples)
        let starts = table.starts(stepsPerEpoch: stepsPerEpoch, batch: batch)
        var ignored: [Diagnostic] = [], runner = options.runner
        runner.notesChanges = false
        let graph = try lowerGraph(
            model, facts: facts, purpose: .training, policies: table.active(at: starts[starts.count - 1], stepsPerEpoch: stepsPerEpoch, batch: batch),
            part: options.front.map { .behind($0) } ?? .whole, best: options.best, runner: runner, diagnostics: &ignored
        ).0
        // Costs lie in the operations and their types: no places are needed.
        let plan = Plan(graph: graph, batch: batch, offsets: [], scratchCounts: [], scratchOffset: 0)
        let found = Measured(cost: cost?(plan) ?? StrategyCost(step: 0, layers: []), graph: graph.text)
        known[key] = found
        return found
    }
}
