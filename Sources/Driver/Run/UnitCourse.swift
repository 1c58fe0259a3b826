import Diagnostics
import Graph
import Lowering
import Model
import Runtime

/// Lets the policies of the slot `neurons` look at their layers while a network trains, and carries out what they decide: the model
/// is lowered again with fewer units, and the interpreter goes on with the new plans.
final class UnitCourse: Reshaping {
    private struct Watcher {
        var layer: Int
        var policy: any NeuronsPolicy
        var clock: RunClock
        /// Steps done at its last look.
        var seen: Int
        var next: Int?
        var memory: [String: Double] = [:]
    }

    private var model: ModelFile
    private let facts: DataFacts
    private let options: LoweringOptions
    private let trainExamples: Int
    private var watchers: [Watcher]

    /// Nil where no policy takes units away.
    init?(_ model: ModelFile, facts: DataFacts, options: LoweringOptions, trainExamples: Int) {
        let batch = max(model.train.batchSize, 1)
        let stepsPerEpoch = model.train.stepsPerEpoch(examples: trainExamples)
        watchers = options.policies.entries.compactMap { entry in
            guard let policy = entry.policy as? any NeuronsPolicy else { return nil }
            let begin = entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: batch)
            let clock = RunClock(stepsPerEpoch: stepsPerEpoch, batch: batch, epochs: model.train.epochs, begin: begin)
            return Watcher(layer: entry.layer, policy: policy, clock: clock, seen: begin, next: policy.nextLook(after: begin, clock))
        }
        guard !watchers.isEmpty else { return nil }
        self.model = model
        self.facts = facts
        self.options = options
        self.trainExamples = trainExamples
    }

    var nextStep: Int? { watchers.compactMap(\.next).min() }

    /// Units of each layer as it is now.
    var units: [Int?] { model.layers.map(\.kind.units) }

    func reshape(_ interpreter: Interpreter, step: Int) throws -> Reshape {
        var change = Reshape()
        var kept: [Int: [Int]] = [:]
        let values = interpreter.persistentValues
        for index in watchers.indices {
            guard let next = watchers[index].next, next <= step else { continue }
            let watcher = watchers[index], layer = model.layers[watcher.layer]
            var state: [String: [Float]] = [:]
            for name in watcher.policy.watchedState {
                guard let value = values.first(where: { $0.name == "\(layer.name.value).\(name)" }) else { continue }
                state[name] = (0..<value.numbers.count).map { value.numbers[$0] }
            }
            let units = layer.kind.units ?? 0
            let look = UnitLook(step: step, units: units, examples: examples(from: watcher.seen, to: step, watcher.clock), state: state)
            let decision = watchers[index].policy.decide(look, &watchers[index].memory, watcher.clock)
            if let survivors = decision.kept, survivors.count < units {
                kept[watcher.layer] = survivors
                change.widths.append(Reshape.Width(layer: watcher.layer, name: layer.name.value, before: units, after: survivors.count))
            }
            if decision.clearsState { for name in watcher.policy.watchedState { interpreter.clear("\(layer.name.value).\(name)") } }
            change.resetsOptimizer = change.resetsOptimizer || decision.resetsOptimizer
            watchers[index].seen = step
            watchers[index].next = watcher.policy.nextLook(after: step, watcher.clock)
        }
        if !kept.isEmpty { try narrow(interpreter, kept) }
        return change
    }

    private func narrow(_ interpreter: Interpreter, _ kept: [Int: [Int]]) throws {
        let narrowing = Narrowing(model, layers: interpreter.schedule.phases[0].train.graph.layers, kept: kept)
        var ignored: [Diagnostic] = []
        let lowered = try lower(narrowing.model, facts: facts, options: options, diagnostics: &ignored)
        try interpreter.adopt(lowered.schedule) { narrowing.survivors(layer: $0.layer, axes: $0.axes) }
        model = narrowing.model
    }

    /// Examples of the steps in between; the last step of an epoch has fewer.
    private func examples(from: Int, to: Int, _ clock: RunClock) -> Int {
        let ends = to / clock.stepsPerEpoch - from / clock.stepsPerEpoch
        return (to - from) * clock.batch - ends * (clock.stepsPerEpoch * clock.batch - trainExamples)
    }
}
