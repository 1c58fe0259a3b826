import Graph
import Kernels

extension Interpreter {
    /// One step of the pre-training of a layer, `index` in `schedule.pretraining`, on the examples at `indices`.
    ///
    /// An error of the reconstruction that is not finite stops the step before any weight is touched, unless `checked` is false.
    public func pretrainStep(_ index: Int, source: borrowing some ExampleSource, indices: Ints, state: StepState, checked: Bool = true) -> StepResult {
        pretrains[index].assemble(source, indices, arena: arena, pool: pool)
        pretrains[index].prepare(batch: indices.count, state: state)
        let forward = pretrains[index].forwardCount
        pretrains[index].run(0..<forward)
        if checked, firstNonFinite(reconstructionErrors(index, indices.count)) != nil { return .nonFiniteLoss }
        pretrains[index].run(forward..<pretrains[index].operations.count)
        pretrains[index].count(batch: indices.count)
        return .done
    }

    /// Of each of the first `count` examples of the last step: the mean over the visible units of the squared difference.
    public func reconstructionErrors(_ index: Int, _ count: Int) -> Floats {
        pretrains[index].strip(pretrains[index].plan.graph.result("loss"), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0)
    }

    /// Counted work of the pre-training so far, by layer that is pre-trained.
    public var countedPretraining: [SlotWork] {
        pretrains.isEmpty ? retiredPretraining : zip(retiredPretraining, pretrains).map { $0 + $1.counted().reduce(SlotWork(), +) }
    }

    /// What only pre-training needs is gone after this, and the optimizer begins anew: its memory has held the velocities.
    public func endPretraining() {
        guard !pretrains.isEmpty else { return }
        resetOptimizer()
        retiredPretraining = countedPretraining
        pretrains = []
    }
}
