import Diagnostics
import Graph
import Kernels
import Lowering
import Model
import Runtime

/// Lets the policies of the slot `neurons` look at their layers while a network trains, and carries out what they decide: the model
/// is lowered again with the units that stay, and the interpreter goes on with the new plans.
final class UnitCourse<Source: ExampleSource>: Reshaping {
    struct Watcher {
        /// In `Schedule.pretraining`, where it looks in the pre-training of its layer; nil where it looks in the training itself.
        var pretraining: Int?
        /// The layer with the policy.
        var layer: Int
        /// Those that have its units, itself included.
        var group: [Int]
        var policy: any NeuronsPolicy
        var clock: RunClock
        /// Steps done at its last look.
        var seen: Int
        var next: Int?
        var memory: [String: Double] = [:]
    }

    let options: LoweringOptions
    let facts: DataFacts
    private let train: Source
    private let seed: UInt64
    var watchers: [Watcher]
    var network: ChangingNetwork
    /// By layer, work of looking and deciding; the last entry is what belongs to no layer.
    var overhead: [SlotWork]
    /// By layer that is pre-trained.
    var pretrainingOverhead: [SlotWork]
    /// Of the look that is going on, by layer.
    private var spent: [SlotWork]
    /// Accuracy on the validation split, for policies that go by it.
    var validationAccuracy: (() -> Double?)?

    /// Nil where no policy takes units away.
    init?(_ model: ModelFile, facts: DataFacts, options: LoweringOptions, train: Source) {
        let batch = max(model.train.batchSize, 1)
        let stepsPerEpoch = model.train.stepsPerEpoch(examples: train.count)
        watchers = options.policies.entries.compactMap { entry in
            guard let policy = entry.policy as? any NeuronsPolicy else { return nil }
            let begin = entry.start.steps(stepsPerEpoch: stepsPerEpoch, batch: batch)
            let clock = RunClock(stepsPerEpoch: stepsPerEpoch, batch: batch, epochs: model.train.epochs, begin: begin)
            return Watcher(layer: entry.layer, group: entry.group, policy: policy, clock: clock, seen: begin, next: policy.nextLook(after: begin - 1, clock))
        }
        guard !watchers.isEmpty else { return nil }
        watchers += Self.pretrainingWatchers(model, options.policies, examples: train.count)
        self.options = options
        self.facts = facts
        self.train = train
        seed = model.seed
        network = ChangingNetwork(model: model)
        overhead = Array(repeating: SlotWork(), count: model.layers.count + 1)
        spent = overhead
        pretrainingOverhead = (model.train.pretrain == nil ? [] : model.layers.pretrained).map { _ in SlotWork() }
    }

    /// What is held of units that are away.
    var heldBytes: Int { network.heldBytes }

    var nextStep: Int? { watchers.filter { $0.pretraining == nil }.compactMap(\.next).min() }

    func reshape(_ interpreter: Interpreter, step: Int) throws -> Reshape {
        let due = watchers.indices.filter { watchers[$0].pretraining == nil && (watchers[$0].next ?? .max) <= step }
        let change = try reshape(interpreter, due, step: step)
        overhead = zip(overhead, takeSpent()).map(+)
        return change
    }

    /// What was spent since this was asked last.
    func takeSpent() -> [SlotWork] {
        defer { spent = spent.map { _ in SlotWork() } }
        return spent
    }

    /// Lets these watchers look, and carries out what they decide.
    func reshape(_ interpreter: Interpreter, _ due: [Int], step: Int) throws -> Reshape {
        var change = Reshape()
        let probe = try look(interpreter, due, step: step)
        let accuracy = due.contains { watchers[$0].policy.watchesAccuracy } ? validationAccuracy?() : nil
        var kept: [Int: ChangingNetwork.Kept] = [:]
        var folded: [(layer: Int, name: String)] = []
        for index in due {
            let watcher = watchers[index], layer = network.model.layers[watcher.layer], name = layer.name.value
            let units = layer.kind.units ?? 0
            let weights = UnitWeights(interpreter: interpreter, group: watcher.group, readers: probe.readers[watcher.layer] ?? readers(interpreter, watcher.layer))
            var look = UnitLook(step: step, units: units, examples: examples(from: watcher.seen, to: step, watcher.clock), state: state(interpreter, watcher))
            look.incoming = { weights.incoming }
            // In pre-training it is the reconstruction that reads the units, by their own weights.
            let isPretrained = watcher.pretraining != nil
            look.outgoing = { isPretrained ? [weights.own(watcher.layer)] : weights.outgoing }
            look.activity = probe.activity[watcher.layer].map { isPretrained ? Array($0.prefix(1)) : $0 } ?? []
            look.validationAccuracy = accuracy
            look.seed = seed
            let decision = watchers[index].policy.decide(look, &watchers[index].memory, watcher.clock)
            spent[watcher.layer].overhead += Work(multiplications: decision.multiplications)
            if decision.recalls {
                for member in watcher.group { kept[member] = .all }
            } else if let survivors = decision.kept, survivors.count < units {
                weights.apply(decision.folds)
                if !decision.folds.isEmpty { folded.append((watcher.layer, name)) }
                for member in watcher.group { kept[member] = decision.putsAside ? .some(survivors) : .forGood(survivors) }
            }
            if let note = decision.note { change.notes.append("\(name): \(note)") }
            if decision.clearsState { for state in watcher.policy.watchedState { for member in names(watcher) { interpreter.clear("\(member).\(state)") } } }
            change.resetsOptimizer = change.resetsOptimizer || decision.resetsOptimizer
            watchers[index].seen = step
            watchers[index].next = decision.isFinal ? nil : watcher.policy.nextLook(after: step, watcher.clock)
        }
        guard !kept.isEmpty else { return change }
        change.widths = try carryOut(kept, interpreter, resetsOptimizer: change.resetsOptimizer)
        if !folded.isEmpty { change.notes.append(try perturbation(interpreter, probe, folded.map(\.name))) }
        return change
    }

    /// Goes on with these units, and says what has changed.
    func carryOut(_ kept: [Int: ChangingNetwork.Kept], _ interpreter: Interpreter, resetsOptimizer: Bool = false) throws -> [Reshape.Width] {
        let before = network.units
        var widths: [Reshape.Width] = []
        try network.keep(kept, interpreter, facts: facts, options: options, resetsOptimizer: resetsOptimizer)
        for (layer, (old, new)) in zip(before, network.units).enumerated() where old != new {
            let survivors = Set(new), known = Set(old)
            widths.append(Reshape.Width(
                layer: layer, name: network.model.layers[layer].name.value, before: old.count, after: new.count,
                left: old.filter { !survivors.contains($0) }, returned: new.filter { !known.contains($0) }))
        }
        return widths
    }

    private func names(_ watcher: Watcher) -> [String] { watcher.group.map { network.model.layers[$0].name.value } }

    /// Of layers whose units are added, the largest number that one of them holds.
    private func state(_ interpreter: Interpreter, _ watcher: Watcher) -> [String: [Float]] {
        var state: [String: [Float]] = [:]
        for name in watcher.policy.watchedState {
            for layer in names(watcher) {
                guard let value = interpreter.persistentValues.first(where: { $0.name == "\(layer).\(name)" }) else { continue }
                let numbers = (0..<value.numbers.count).map { value.numbers[$0] }
                state[name] = state[name].map { zip($0, numbers).map { max($0, $1) } } ?? numbers
            }
        }
        return state
    }

    private func readers(_ interpreter: Interpreter, _ layer: Int) -> UnitReaders {
        UnitReaders(network.model, graph: interpreter.schedule.phases[0].train.graph, of: layer)
    }

    // MARK: the probe

    /// What the layers of the policies that are due put out on the first training examples, and the network's own outputs.
    private struct Probe {
        var readers: [Int: UnitReaders] = [:]
        /// By layer, by view.
        var activity: [Int: [UnitActivity]] = [:]
        var outputs: [Float] = []
        var examples = 0
    }

    private func look(_ interpreter: Interpreter, _ due: [Int], step: Int) throws(OutOfMemory) -> Probe {
        var probe = Probe(), wanted = 0
        for index in due {
            let own = watchers[index].policy.probeExamples(at: step, watchers[index].clock), layer = watchers[index].layer
            guard own > 0 else { continue }
            probe.readers[layer] = readers(interpreter, layer)
            wanted = max(wanted, own)
        }
        probe.examples = min(train.count, wanted)
        guard probe.examples > 0 else { return probe }
        for (layer, readers) in probe.readers {
            probe.activity[layer] = readers.views.map { UnitActivity(rows: 0, units: readers.units, values: [], takesConstants: $0.takesConstants) }
        }
        let output = network.model.layers.count - 1
        let seen = Set(probe.readers.values.flatMap { $0.views.map(\.layer) } + [output]).sorted()
        try run(interpreter, probe.examples, layers: seen) { layer, first, numbers in
            if layer == output { probe.outputs += (0..<numbers.count).map { numbers[$0] } }
            for (watched, readers) in probe.readers {
                for (view, place) in readers.views.enumerated() where place.layer == layer {
                    let pixels = place.sampledPixels(examples: probe.examples, rows: wanted)
                    probe.activity[watched]?[view].append(place, numbers, firstExample: first, pixels: pixels)
                }
            }
        }
        return probe
    }

    private func run(_ interpreter: Interpreter, _ count: Int, layers: [Int], _ body: (_ layer: Int, _ firstExample: Int, Floats) -> Void) throws(OutOfMemory) {
        let batch = interpreter.schedule.phases[interpreter.phase].evaluate.batch, bytes = Count.product(batch, 4)
        guard let memory = Arena(byteCount: bytes) else { throw OutOfMemory(bytes: bytes) }
        let indices: Ints = memory.strip(offset: 0, count: batch)
        for start in stride(from: 0, to: count, by: batch) {
            let part = indices.prefix(min(batch, count - start))
            for i in 0..<part.count { part[i] = Int32(truncatingIfNeeded: start + i) }
            interpreter.look(source: train, indices: part, layers: layers) { body($0, start, $1) }
        }
        for (layer, work) in interpreter.schedule.phases[interpreter.phase].evaluate.probeWork(examples: count).enumerated() { spent[layer] += work }
    }

    /// By how much the outputs have moved, in the root mean square and at the most.
    private func perturbation(_ interpreter: Interpreter, _ probe: Probe, _ names: [String]) throws(OutOfMemory) -> String {
        var outputs: [Float] = []
        try run(interpreter, probe.examples, layers: [network.model.layers.count - 1]) { _, _, numbers in outputs += (0..<numbers.count).map { numbers[$0] } }
        let moved = zip(probe.outputs, outputs).map { Double($0) - Double($1) }
        let size = (probe.outputs.reduce(0) { $0 + Double($1) * Double($1) } / Double(max(probe.outputs.count, 1))).squareRoot()
        let mean = (moved.reduce(0) { $0 + $1 * $1 } / Double(max(moved.count, 1))).squareRoot(), most = moved.reduce(0) { max($0, abs($1)) }
        func text(_ number: Double) -> String { String(format: "%.3g", number) }
        return "\(names.joined(separator: ", ")): the logits moved by \(text(mean)) in the mean and \(text(most)) at most; their own size is \(text(size))"
    }

    /// Examples of the steps in between; the last step of an epoch has fewer.
    private func examples(from: Int, to: Int, _ clock: RunClock) -> Int {
        let ends = to / clock.stepsPerEpoch - from / clock.stepsPerEpoch
        return (to - from) * clock.batch - ends * (clock.stepsPerEpoch * clock.batch - train.count)
    }
}

extension UnitActivity {
    /// The units alone, of what a layer has put out for some examples, at so many places of an image each.
    fileprivate mutating func append(_ view: UnitReaders.View, _ numbers: Floats, firstExample: Int, pixels: Int) {
        let size = view.pixels * view.width
        for example in 0..<(size > 0 ? numbers.count / size : 0) {
            for place in 0..<pixels {
                let start = example * size + view.pixel(place, of: pixels, example: firstExample + example) * view.width
                for unitPlaces in view.places {
                    for unit in unitPlaces { values.append(numbers[start + unit]) }
                    rows += 1
                }
            }
        }
    }
}
