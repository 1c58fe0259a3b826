import Diagnostics
import Estimate
import Graph
import Lowering
import Ops
import Runtime

/// Some steps of a training, done to see how alike its examples choose: the only thing of a fixed cap's work that lies in the data.
public struct Pilot: Sendable {
    /// With fewer, its second half would be of units that new weights choose at random.
    public static let leastSteps = 100

    let facts: DataFacts.PilotFacts
    let seconds: Double
    /// Rows of weights that a full step updates, by layer: on average over the pilot, and as they were expected for it.
    let rows: [Int: (seen: Double, expected: Int)]

    /// Trains the network from its seed, for no longer than the run, and keeps nothing of it. Nil where there is nothing to see: no update is of the rows that examples choose.
    init?(_ prepared: PreparedModel, steps: Int, console: Console) throws {
        guard !prepared.rowUnions.isEmpty else { return nil }
        try prepared.refuseIfTooLarge(free: Machine.freeMemory)
        let data = try loadData(prepared, console: console)
        let trial = BenchTrial(prepared: prepared, data: data, steps: steps, epochs: nil, slice: max(1, steps / 10))
        console.write("training \(Readable.grouped(steps)) steps, to see how alike the examples choose\n", to: .messages)
        let clock = ContinuousClock(), start = clock.now, outcome = try trial.run(Turns(1), 0)
        seconds = (clock.now - start) / .seconds(1)
        // With next to no loss left there are no examples to be told apart any more.
        let isLearned = outcome.losses.count > 1 && outcome.losses[outcome.losses.count - 1] < 0.05 * outcome.losses[0]
        let half = outcome.workOfSlices.last { $0.steps <= outcome.steps / 2 }
        let done = try prepared.expecting(steps: outcome.steps)
        func bounds(_ steps: Int) -> [LayerEstimate] { done.estimates(steps: steps, examples: data.train.count).own.layers }
        let whole = bounds(outcome.steps), before = half.map { bounds($0.steps) }
        var all: [Int: (seen: Double, expected: Int)] = [:], varieties: [Int: Double] = [:], secondHalf: [Int: Double] = [:]
        for union in done.rowUnions {
            func count(_ work: SlotWork) -> Double { Double(work.update.allMultiplications) }
            func rows(_ done: Double, _ lower: Double, _ upper: Double) -> Double? {
                // The work of an update is so much for each row.
                upper > lower ? Double(union.range.lower) + (done - lower) / (upper - lower) * Double(union.range.upper - union.range.lower) : nil
            }
            func variety(_ rows: Double) -> Double { TouchedRows.variety(rows: rows, perExample: union.perExample, capacity: union.capacity, batch: union.batch) }
            let layer = union.layer, counted = count(outcome.work[layer]), lower = count(whole[layer].lower), upper = count(whole[layer].upper)
            guard let mean = rows(counted, lower, upper) else { continue }
            all[layer] = (mean, union.range.expected)
            varieties[layer] = variety(mean)
            guard let half, let before, let last = rows(counted - count(half.work[layer]), lower - count(before[layer].lower), upper - count(before[layer].upper)) else { continue }
            secondHalf[layer] = variety(last)
        }
        facts = DataFacts.PilotFacts(steps: outcome.steps, variety: varieties, secondHalf: secondHalf, isLearned: isLearned)
        rows = all
    }
}

/// An update of as many rows as the examples of a batch choose among them.
private struct RowUnion {
    var layer: Int
    var perExample: Int
    var capacity: Int
    var batch: Int
    var range: ActiveRange
}

extension PreparedModel {
    /// One for each layer that has any.
    fileprivate var rowUnions: [RowUnion] {
        guard let plan = schedule.phases.last?.train else { return [] }
        var unions: [Int: RowUnion] = [:]
        for node in plan.graph.nodes {
            guard let layer = node.layer, unions[layer] == nil, let update = node.operation as? any RowUpdate, case .union(let perExample, _) = update.rows else { continue }
            let operands = plan.graph.workOperands(node, batch: plan.batch)
            unions[layer] = RowUnion(layer: layer, perExample: perExample, capacity: update.capacity(operands), batch: plan.batch, range: update.activeRange(operands))
        }
        return unions.values.sorted { $0.layer < $1.layer }
    }

    /// With what a pilot saw.
    func knowing(_ pilot: Pilot) throws -> PreparedModel {
        var description = description
        description.facts.pilot = pilot.facts
        let made = try with(options, description)
        return try made.on(pace)
    }

    /// Of a pilot that this model knows.
    func record(_ pilot: Pilot) -> PilotRecord {
        PilotRecord(steps: pilot.facts.steps, seconds: pilot.seconds, layers: rowUnions.compactMap { union in
            pilot.rows[union.layer].map {
                PilotRecord.Layer(name: model.layers[union.layer].name.value, units: union.capacity, perExample: union.perExample, expectedInPilot: $0.expected, seen: $0.seen, expectedInRun: union.range.expected)
            }
        })
    }
}
