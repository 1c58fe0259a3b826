import Diagnostics
import Estimate
import Graph
import Lowering
import Model

extension PreparedModel {
    /// With the seconds of a machine, and lowered anew with what is cheapest on it wherever the file leaves open how the work of policies is done.
    ///
    /// Nil: without any; the ways are the usual ones then.
    func on(_ pace: Pace?) throws -> PreparedModel {
        var chosen = self
        chosen.pace = pace
        guard let pace else { return chosen }
        var chooser = chooser(model, options, pace)
        if StrategyChooser.isOpen(options.policies) {
            try chooser.choose()
            if zip(chooser.policies.entries, options.policies.entries).contains(where: { $0.strategy?.taken != $1.strategy?.taken }) {
                chosen = try with(chooser.policies)
                chosen.pace = pace
            }
        }
        chosen.strategies = chosen.records(try chooser.choices(measuring: false))
        return chosen
    }

    /// All ways of a layer, or of all layers, also those that the file rules out, with what they cost on the machine.
    ///
    /// - Parameter measuring: whether they are costed now; else the words alone.
    func allStrategies(of layer: Int? = nil, measuring: Bool = true) throws -> [StrategyRecord] {
        var chooser = chooser(model, options, pace)
        return records(try chooser.choices(of: layer, measuring: measuring), of: layer, unitWays: measuring ? pace.flatMap(unitWays) : nil)
    }

    /// By place in the file's list of layers: what is taken.
    var takenStrategies: [Int: Strategy] { byPlace { $0.strategy?.taken } }

    /// The same of those that the layers name; a run that began before there were any names none.
    var pinnedStrategies: [Int: Strategy] { byPlace { $0.strategy?.pinned } }

    private func byPlace(_ strategy: (PolicyTable.Entry) -> Strategy?) -> [Int: Strategy] {
        var places: [Int] = []
        for (index, layer) in model.layers.enumerated() {
            // Copies of a layer are written once.
            places.append(index == 0 ? 0 : places[index - 1] + (layer.location == model.layers[index - 1].location ? 0 : 1))
        }
        return Dictionary(options.policies.entries.compactMap { entry in strategy(entry).map { (places[entry.layer], $0) } }) { first, _ in first }
    }

    private func chooser(_ model: ModelFile, _ options: LoweringOptions, _ pace: Pace?) -> StrategyChooser {
        StrategyChooser(model, facts: description.facts, options: options, cost: pace.map { Self.cost($0, model) })
    }

    /// Of another model on the same data, the policies with their work done as it is cheapest.
    ///
    /// - Parameter options: with the policies of that model.
    func cheapest(_ model: ModelFile, _ options: LoweringOptions, _ pace: Pace) throws -> PolicyTable {
        guard StrategyChooser.isOpen(options.policies) else { return options.policies }
        var chooser = chooser(model, options, pace)
        try chooser.choose()
        return chooser.policies
    }

    /// What acts in some steps only is the same in all ways, and left out.
    private static func cost(_ pace: Pace, _ model: ModelFile) -> (Plan) -> StrategyCost {
        let pace = pace.ofAStep(asynchronous: model.train.mode == .asynchronous)
        return { plan in
            let parts = pace.parts(plan, batch: plan.batch), work = plan.workByLayer(batch: plan.batch)
            return StrategyCost(
                step: parts.total,
                layers: zip(parts.layers, work).map { seconds, work in
                    StrategyCost.SlotCost(seconds: Slot.allCases.map { seconds[$0] }, multiplications: Slot.allCases.map { work[$0].allMultiplications })
                })
        }
    }

    /// What a step costs where units come and go: with those that are expected to be there, as the mean over the run, and with all of them, those that went multiplied by zero.
    private func unitWays(_ pace: Pace) -> (compacted: StrategyCost, dense: StrategyCost)? {
        let stepsPerEpoch = model.train.stepsPerEpoch(examples: description.facts.assumedTrainExamples), total = Count.product(stepsPerEpoch, model.train.epochs)
        guard let whole = denseSchedule.phases.last?.train, total > 0,
            let plans = forecastPlans(model, facts: description.facts, options: options, stepsPerEpoch: stepsPerEpoch, bound: .expected)
        else { return nil }
        let cost = Self.cost(pace, model)
        let parts = plans.enumerated().filter { $1.start < total }.map { place, plan in
            let end = min(total, place + 1 < plans.count ? plans[place + 1].start : total)
            return (cost(plan.train), Double(end - plan.start) / Double(total))
        }
        return StrategyCost.mean(parts).map { ($0, cost(whole)) }
    }

    /// In the order of the layers, with the policies that leave no choice.
    private func records(
        _ choices: [StrategyChoice], of layer: Int? = nil, unitWays: (compacted: StrategyCost, dense: StrategyCost)? = nil
    ) -> [StrategyRecord] {
        let dense = pace.flatMap { pace in denseSchedule.phases.last.map { pace.parts($0.train, batch: $0.train.batch).layers } }
        let acting = schedule.phases.last?.train.graph
        // What a policy does not act on, as the output layer, has no way of its own.
        func acts(_ layer: Int) -> Bool { acting?.nodes.contains { $0.layer == layer && $0.slot == .overhead } ?? false }
        var records = choices.filter { choice in choice.layers.contains(where: acts) }.map { choice in (choice.layer, record(choice, dense: dense?[choice.layer].total)) }
        for entry in options.policies.entries where entry.strategy == nil && (layer ?? entry.layer) == entry.layer {
            let slot = type(of: entry.policy).schema.slot
            guard slot == .neurons || acts(entry.layer) else { continue }
            func way(_ name: String, _ cost: StrategyCost?, ruledOut: String? = nil) -> StrategyRecord.Way {
                let own = cost?.layers[entry.layer]
                return StrategyRecord.Way(
                    strategy: name, taken: ruledOut == nil, ruledOut: ruledOut, step: cost?.step, seconds: own?.seconds, multiplications: own.map { $0.multiplications.reduce(0, Count.sum) })
            }
            var ways = [way(slot == .neurons ? "compacted" : Strategy.example.rawValue, slot == .neurons ? unitWays?.compacted : nil)]
            if slot == .neurons, let dense = unitWays?.dense { ways.append(way("dense", dense, ruledOut: "units that went are not computed")) }
            records.append((entry.layer, StrategyRecord(
                layer: model.layers[entry.layer].name.value, slot: slot.rawValue, taken: ways[0].strategy, reason: "only", ways: ways)))
        }
        return records.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func record(_ choice: StrategyChoice, dense: Double?) -> StrategyRecord {
        let ways = choice.options.map { option in
            let layer = option.cost?.layers[choice.layer]
            let rule: String? = switch option.objection {
            case nil: nil
            case .pinned: "the layer's `strategy` says otherwise"
            case .granularity: "the policy's `per` says otherwise"
            }
            return StrategyRecord.Way(
                strategy: option.strategy.rawValue, taken: option.strategy == choice.taken, ruledOut: rule, step: option.cost?.step, seconds: layer?.seconds,
                multiplications: layer.map { $0.multiplications.reduce(0, Count.sum) })
        }
        let names = choice.layers.map { model.layers[$0].name.value }
        return StrategyRecord(
            layer: names.count > 1 ? "\(names[0]) … \(names[names.count - 1])" : names[0], slot: choice.slot.rawValue, taken: choice.taken.rawValue, reason: choice.reason.rawValue, ways: ways,
            withoutPolicies: dense)
    }

    private func with(_ policies: PolicyTable) throws -> PreparedModel {
        var options = options
        options.policies = policies
        return try with(options, description)
    }

    /// For a training of so many steps instead of those that the file says: how many rows they touch on average depends on it.
    func expecting(steps: Int) throws -> PreparedModel {
        guard steps != Count.product(stepsPerEpoch, model.train.epochs), options.policies.entries.contains(where: { $0.policy is any ChoosesPerExample }) else { return self }
        var description = description
        description.facts.trainSteps = steps
        var made = try with(options, description)
        made.pace = pace
        return made
    }

    func with(_ options: LoweringOptions, _ description: DataKnowledge) throws -> PreparedModel {
        var ignored: [Diagnostic] = []
        let lowered = try lower(model, facts: description.facts, options: options, diagnostics: &ignored)
        var made = PreparedModel(model: model, description: description, options: options, lowered: lowered, denseSchedule: denseSchedule)
        made.initialWeights = initialWeights
        made.origin = origin
        return made
    }
}
