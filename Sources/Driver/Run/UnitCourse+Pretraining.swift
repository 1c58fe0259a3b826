import Graph
import Lowering
import Model
import Runtime

/// Policies of the slot `neurons` while layers are trained one by one.
extension UnitCourse {
    /// Of the policies for which the pre-training of their layer is a run of its own.
    static func pretrainingWatchers(_ model: ModelFile, _ policies: PolicyTable, examples: Int) -> [Watcher] {
        guard let clock = model.pretrainingClock(examples: examples) else { return [] }
        let courses = policies.units(.course, model, stepsPerEpoch: model.train.stepsPerEpoch(examples: examples))
        return model.layers.pretrained.enumerated().compactMap { index, layer in
            guard let course = courses.first(where: { $0.layer == layer }) else { return nil }
            let next = course.policy.nextLook(after: -1, clock)
            return Watcher(pretraining: index, layer: layer, group: course.group, policy: course.policy, clock: clock, seen: 0, next: next)
        }
    }

    func nextStep(pretraining index: Int) -> Int? { duringPretraining(index).compactMap { watchers[$0].next }.min() }

    func reshape(_ interpreter: Interpreter, pretraining index: Int, step: Int) throws -> Reshape {
        let due = duringPretraining(index).filter { (watchers[$0].next ?? .max) <= step }
        // What is never there is away before anybody looks at what is.
        var change = try reshape(interpreter, due.filter { watchers[$0].pretraining == nil }, step: step)
        let other = try reshape(interpreter, due.filter { watchers[$0].pretraining != nil }, step: step)
        change.widths += other.widths
        change.notes += other.notes
        change.resetsOptimizer = change.resetsOptimizer || other.resetsOptimizer
        pretrainingOverhead[index] += takeSpent().reduce(SlotWork(), +)
        return change
    }

    func finish(_ interpreter: Interpreter, pretraining index: Int) throws -> Reshape {
        for watcher in watchers.indices where watchers[watcher].pretraining == index { watchers[watcher].next = nil }
        let aside = network.layersPutAside
        guard !aside.isEmpty else { return Reshape() }
        return Reshape(widths: try carryOut(Dictionary(uniqueKeysWithValues: aside.map { ($0, .all) }), interpreter))
    }

    func endPretraining() { network.endPretraining() }

    /// Those that look in the pre-training of this layer; those that look once do so in the first.
    private func duringPretraining(_ index: Int) -> [Int] {
        watchers.indices.filter { place in
            let watcher = watchers[place]
            if watcher.pretraining == nil { return watcher.policy.pretraining == .once && watcher.clock.begin == 0 }
            return watcher.pretraining == index
        }
    }
}
