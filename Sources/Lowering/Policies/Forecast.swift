import Diagnostics
import Graph
import Model

/// A stretch of a run in which the network has certain widths.
public struct ForecastPlan: Sendable {
    /// Steps done when it begins.
    public var start: Int
    public var train: Plan
    public var evaluate: Plan
}

/// The plans that a run would go through if its layers lost units as their policies expect, at one bound of the expectation; nil where no
/// policy takes any away.
public func forecastPlans(
    _ model: ModelFile, facts: DataFacts, options: LoweringOptions, stepsPerEpoch: Int, bound: Bound
) -> [ForecastPlan]? {
    let batch = max(model.train.batchSize, 1)
    var courses: [(layer: Int, widths: [WidthForecast])] = []
    for entry in options.policies.entries {
        guard let policy = entry.policy as? any NeuronsPolicy,
            let spec = model.layers[entry.layer].policies.first(where: { $0.slot == .neurons })
        else { continue }
        let begin = entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: batch)
        let clock = RunClock(stepsPerEpoch: stepsPerEpoch, batch: batch, epochs: model.train.epochs, begin: begin)
        courses.append((entry.layer, policy.forecast(PolicySite(model: model, layer: entry.layer, spec: spec), clock)))
    }
    guard !courses.isEmpty else { return nil }
    let moments = Set(courses.flatMap { $0.widths.map(\.step) } + [0]).sorted()
    var plans: [ForecastPlan] = []
    for moment in moments {
        var narrowed = model
        for (layer, widths) in courses {
            guard let width = widths.last(where: { $0.step <= moment }) else { continue }
            narrowed.layers[layer].kind = narrowed.layers[layer].kind.with(units: max(1, width.units[bound]))
        }
        var ignored: [Diagnostic] = []
        guard let schedule = try? lower(narrowed, facts: facts, options: options, diagnostics: &ignored).schedule else { return nil }
        let starts = schedule.starts(stepsPerEpoch: stepsPerEpoch)
        let end = moments.first { $0 > moment } ?? Int.max
        // A policy may begin to act in the middle of it.
        for (index, phase) in schedule.phases.enumerated() {
            let to = index + 1 < starts.count ? starts[index + 1] : Int.max
            guard to > moment, starts[index] < end else { continue }
            plans.append(ForecastPlan(start: max(moment, starts[index]), train: phase.train, evaluate: phase.evaluate))
        }
    }
    return plans
}
