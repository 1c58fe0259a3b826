import Graph
import Kernels

extension Program {
    /// One step of training on the examples at `indices`, at most a batch of them. See `Interpreter.trainStep`.
    mutating func trainStep(
        _ source: borrowing some ExampleSource, _ indices: Ints, _ state: StepState, arena: Arena, pool: WorkerPool, checked: Bool,
        _ forwardTime: inout Duration, _ backwardTime: inout Duration
    ) -> Interpreter.StepResult {
        assemble(source, indices, arena: arena, pool: pool)
        let clock = ContinuousClock(), start = clock.now
        prepare(batch: indices.count, state: state)
        run(0..<forwardCount)
        let half = clock.now
        forwardTime += half - start
        if checked, let losses: Floats = strip(plan.graph.result("loss"), arena: arena, batch: indices.count), firstNonFinite(losses) != nil {
            return .nonFiniteLoss
        }
        run(forwardCount..<operations.count)
        backwardTime += clock.now - half
        count(batch: indices.count)
        return .done
    }

    mutating func evaluateStep(_ source: borrowing some ExampleSource, _ indices: Ints, _ state: StepState, arena: Arena, pool: WorkerPool) {
        assemble(source, indices, arena: arena, pool: pool)
        prepare(batch: indices.count, state: state)
        run(0..<operations.count)
        count(batch: indices.count)
    }

    /// What a step has left of a result of the graph.
    func result(_ name: String, _ arena: Arena, _ count: Int) -> Floats {
        strip(plan.graph.result(name), arena: arena, batch: count) ?? arena.strip(offset: 0, count: 0)
    }

    func assemble(_ source: borrowing some ExampleSource, _ indices: Ints, arena: Arena, pool: WorkerPool) {
        precondition(indices.count > 0 && indices.count <= plan.batch)
        let batch = indices.count
        guard let features: Floats = strip(features, arena: arena, batch: batch) else { return }
        let labels: Ints? = isClassTarget ? strip(target, arena: arena, batch: batch) : nil
        let targets: Floats? = isClassTarget ? nil : strip(target, arena: arena, batch: batch)
        let places: Ints? = strip(places, arena: arena, batch: batch)
        source.assemble(indices, into: BatchStrips(features: features, places: places, labels: labels, targets: targets), pool: pool)
    }

    var features: ValueID? { plan.graph.values.firstIndex { $0.role == .input }.map { ValueID($0) } }
    var places: ValueID? { plan.graph.values.firstIndex { $0.role == .inputPlaces }.map { ValueID($0) } }
    var target: ValueID? { plan.graph.values.firstIndex { $0.role == .target }.map { ValueID($0) } }
    var isClassTarget: Bool { target.map { plan.graph[$0].type.dtype == .int32 } ?? false }

    /// The classes with the largest scores; nil where all scores are there.
    func best(_ arena: Arena, _ count: Int) -> Ints? { strip(plan.graph.result("best"), arena: arena, batch: count) }

    func labels(_ arena: Arena, _ count: Int) -> Ints {
        (isClassTarget ? strip(target, arena: arena, batch: count) : nil) ?? arena.strip(offset: 0, count: 0)
    }

    func targets(_ arena: Arena, _ count: Int) -> Floats {
        (isClassTarget ? nil : strip(target, arena: arena, batch: count)) ?? arena.strip(offset: 0, count: 0)
    }
}
