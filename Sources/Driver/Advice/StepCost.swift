import Estimate
import Graph

/// What a step of training costs once all policies act, with what is due in some steps only shared out among all.
struct StepCost: Sendable {
    /// By layer and slot; the last layer is what belongs to none.
    private(set) var layers: [[Double]]
    /// Putting the batch together, and measuring.
    private(set) var beside = 0.0

    var total: Double { layers.reduce(beside) { $0 + $1.reduce(0, +) } }
    subscript(layer: Int, slots: [Slot]) -> Double { slots.reduce(0) { $0 + layers[layer][Self.place($1)] } }
    subscript(layer: Int) -> Double { layers[layer].reduce(0, +) }
    var lastLayer: Int { layers.count - 1 }

    private static func place(_ slot: Slot) -> Int { Slot.allCases.firstIndex(of: slot) ?? 0 }

    /// In seconds.
    init(_ schedule: Schedule, pace: Pace, steps: ClosedRange<Int>) {
        let plan = schedule.phases[schedule.phases.count - 1].train
        let pace = pace.ofAStep(asynchronous: schedule.workers > 1)
        let parts = pace.parts(plan, batch: plan.batch)
        layers = parts.layers.map { seconds in Slot.allCases.map { seconds[$0] } }
        beside = parts.beside
        let times = Double(max(1, steps.count - 1))
        for (layer, seconds) in pace.scheduledSeconds(plan, from: steps.lowerBound, to: steps.upperBound).enumerated() {
            layers[layer][Self.place(.overhead)] += seconds / times
        }
    }

    /// In multiplications.
    init(multiplicationsOf schedule: Schedule, steps: ClosedRange<Int>) {
        let plan = schedule.phases[schedule.phases.count - 1].train
        layers = plan.workByLayer(batch: plan.batch).map { work in Slot.allCases.map { Double(work[$0].allMultiplications) } }
        let times = Double(max(1, steps.count - 1))
        let scheduled = plan.scheduledWork(from: steps.lowerBound, to: steps.upperBound, stepsPerEpoch: max(1, steps.count), rest: 0)
        for (layer, work) in scheduled.enumerated() { layers[layer][Self.place(.overhead)] += Double(work.total.allMultiplications) / times }
    }
}
