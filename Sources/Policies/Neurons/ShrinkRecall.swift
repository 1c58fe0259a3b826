import Diagnostics
import Graph
import Kernels
import Lowering
import Model

/// sDLr: train a network shrunk to the units that contribute most, recall all of them, and shrink again (Zheng, Vishnu and Ding 2016,
/// "Accelerating Deep Learning with Shrinkage and Recall").
///
/// The paper's criterion is not to be had; the contribution of a unit here is its smoothed mean activity times the norm of the weights that read it,
/// as a sum over the places from which it is read: of a residual sum, before and behind each `add`.
/// In pre-training that is the reconstruction, which reads a unit by its own weights.
/// Units that are put aside keep their weights and moments and come back as they were. The run ends with all units there, unless the
/// file says that there is no recall at the end.
struct ShrinkRecall: NeuronsPolicy {
    enum Score: String { case activity, norm, random }

    /// How many units train when.
    private struct Course {
        var keep: Amount = .share(0.3)
        var warmUp: Span = .epochs(1)
        var every: Span = .epochs(5)
        var recall: Span = .epochs(1)
        var finalRecall: Span = .epochs(1)

        /// What is not given is as in another course.
        init(_ fields: PolicyFields, otherwise other: Course?) {
            if let other { self = other }
            keep = fields.amount("keep") ?? keep
            warmUp = fields.span("warm_up") ?? warmUp
            every = fields.span("every") ?? every
            recall = fields.span("recall") ?? recall
            finalRecall = fields.span("final_recall") ?? finalRecall
        }
    }

    private let training: Course
    private let pretrainingCourse: Course
    private func course(_ clock: RunClock) -> Course { clock.pretrains ? pretrainingCourse : training }

    let score: Score
    let probe: Int

    /// What a new activity weighs against those of earlier looks.
    private static let smoothing = 0.5

    static let schema = PolicySchema(
        slot: .neurons, keyword: "shrink_recall",
        summary: "Trains with the units that contribute most, brings all of them back from time to time, and shrinks again (sDLr). What is put aside keeps its weights and moments; at the end all units are there, unless `final_recall` is 0. The pre-training of a layer is such a course, too, counted in its own epochs; at its end all units are there in any case.",
        fields: [
            Key("keep", .amount, default: "30%", "How many units train while the layer is shrunk, or which share of them.", example: "keep: 30%"),
            Key(
                "score",
                .choice(ChoiceSet([
                    Choice("activity", "Smoothed mean magnitude of what a unit puts out, times the norm of the weights that read it."),
                    Choice("norm", "Norm of its weights times the norm of the weights that read it."),
                    Choice("random", "Drawn at random: the control."),
                ])), default: "activity", "Which units stay.", example: "score: norm"),
            Key("warm_up", .span, default: "1 epoch", "How long all units train before the first shrinking.", example: "warm_up: 1 epoch"),
            Key("every", .span, default: "5 epochs", "From one recall to the next.", example: "every: 5 epochs"),
            Key("recall", .span, default: "1 epoch", "How long all units train after a recall; a step at the least.", example: "recall: 1 epoch"),
            Key("final_recall", .span, default: "1 epoch", "How long all units train at the end of the run. 0 epochs: what is put aside by then does not come back, and the saved model is small.", example: "final_recall: 1 epoch"),
            Key(
                "pretraining",
                .object(ObjectSchema(
                    "`pretraining`", "What is different while a layer is pre-trained.",
                    keys: [
                        Key("keep", .amount, otherwise: "as in training", "How many units are pre-trained while the layer is shrunk, or which share of them.", example: "keep: 30%"),
                        Key("warm_up", .span, otherwise: "as in training", "How long all units are pre-trained before the first shrinking.", example: "warm_up: 100 steps"),
                        Key("every", .span, otherwise: "as in training", "From one recall to the next.", example: "every: 2 epochs"),
                        Key("recall", .span, otherwise: "as in training", "How long all units are pre-trained after a recall.", example: "recall: 100 steps"),
                        Key("final_recall", .span, otherwise: "as in training", "How long all units are pre-trained at the end.", example: "final_recall: 100 steps"),
                    ])), otherwise: "all as in training", "Of deep belief networks: a course of its own for the pre-training of a layer, counted in its own epochs.", example: "pretraining: { keep: 30%, final_recall: 100 steps }"),
            Key("probe", .integer(1...1_000_000), default: "1000", "Training examples on which the activity is measured at each shrinking; of images so many places, spread over them.", example: "probe: 1000"),
        ],
        otherNames: ["share": "keep", "keep_ratio": "keep", "criterion": "score", "warmup": "warm_up", "recall_every": "every", "period": "every"],
        example: "neurons: { type: shrink_recall, keep: 30%, every: 5 epochs }")

    /// What is left trains with the operations of any network.
    static let trials: [PolicyTrial] = []

    init(_ fields: PolicyFields) {
        training = Course(fields, otherwise: nil)
        pretrainingCourse = fields.object("pretraining").map { [training] in Course($0, otherwise: training) } ?? training
        score = fields.word("score") ?? .activity
        probe = fields.integer("probe") ?? 1000
    }

    func problems(at site: PolicySite) -> [Diagnostic] { site.unitsCannotGo }

    var pretraining: PretrainConduct { .course }
    func watch(_ gradient: inout LayerGradient) throws(TypeError) {}
    var watchedState: [String] { [] }
    var watchesAccuracy: Bool { false }
    var putsAside: Bool { true }
    var probePasses: ClosedRange<Int> { 1...1 }

    func probeExamples(at step: Int, _ clock: RunClock) -> Int { score == .activity && shrinks(at: step, clock) ? probe : 0 }

    /// The norms of the weights that read the units.
    func multiplications(units: Int, rows: Int, readers: Int) -> Int { score == .activity ? Count.product(units, readers + 1) : 0 }

    // MARK: when

    private enum Event { case shrink, recall }

    /// What happens when, in order.
    private func events(_ clock: RunClock) -> [(step: Int, event: Event)] {
        let course = course(clock)
        let period = max(1, clock.steps(course.every)), end = clock.totalSteps - clock.steps(course.finalRecall)
        var events: [(step: Int, event: Event)] = []
        var start = clock.begin
        while start < end, events.count < 10_000 {
            let shrink = start == clock.begin ? start + clock.steps(course.warmUp) : start
            let recall = min(start + period - min(max(1, clock.steps(course.recall)), period), end)
            if shrink < recall { events += [(shrink, .shrink), (recall, .recall)] }
            if recall == clock.totalSteps, events.last?.event == .recall { events.removeLast() }
            start += period
        }
        return events
    }

    private func shrinks(at step: Int, _ clock: RunClock) -> Bool { events(clock).contains { $0.step == step && $0.event == .shrink } }

    func nextLook(after step: Int, _ clock: RunClock) -> Int? { events(clock).first { $0.step > step }?.step }

    // MARK: what

    func decide(_ look: UnitLook, _ memory: inout [String: Double], _ clock: RunClock) -> UnitDecision {
        guard shrinks(at: look.step, clock) else { return UnitDecision(recalls: true) }
        let outgoing = score == .random ? [] : look.outgoing()
        let scores = scores(look, outgoing, &memory)
        let count = course(clock).keep.count(of: look.units)
        // Of equal scores the lower index stays.
        let kept = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(count).sorted()
        var decision = UnitDecision(kept: Array(kept), putsAside: true)
        decision.multiplications = outgoing.reduce(0) { $0 + multiplications(units: look.units, rows: 0, readers: $1.first?.count ?? 0) }
        return decision
    }

    private func scores(_ look: UnitLook, _ outgoing: [[[Float]]], _ memory: inout [String: Double]) -> [Double] {
        func norm(_ weights: [Float]) -> Double { weights.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
        switch score {
        case .random:
            let stream = RandomStream(seed: look.seed, purpose: .sampling, index: UInt64(look.units), iteration: UInt64(clamping: look.step))
            return (0..<look.units).map { Double(stream.uniform(at: $0)) }
        case .norm:
            let incoming = look.incoming()
            return (0..<look.units).map { unit in norm(incoming[unit]) * outgoing.reduce(0) { $0 + norm($1[unit]) } }
        case .activity:
            guard look.activity.count == outgoing.count else { return Array(repeating: 0, count: look.units) }
            var scores = Array(repeating: 0.0, count: look.units)
            for (view, activity) in look.activity.enumerated() {
                var sums = Array(repeating: 0.0, count: look.units)
                for row in 0..<activity.rows { for unit in 0..<look.units { sums[unit] += Double(abs(activity.values[row * look.units + unit])) } }
                for unit in 0..<look.units {
                    let mean = sums[unit] / Double(max(activity.rows, 1)), name = "activity.\(view).\(unit)"
                    let smoothed = memory[name].map { $0 + Self.smoothing * (mean - $0) } ?? mean
                    memory[name] = smoothed
                    scores[unit] += smoothed * norm(outgoing[view][unit])
                }
            }
            return scores
        }
    }

    /// All of it is known beforehand.
    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast] {
        let units = site.units, kept = course(clock).keep.count(of: units)
        func width(_ count: Int) -> UnitRange { UnitRange(lower: count, expected: count, upper: count) }
        return [WidthForecast(step: clock.begin, units: width(units))] + events(clock).map { step, event in
            WidthForecast(step: step, units: width(event == .shrink ? kept : units))
        }
    }
}
