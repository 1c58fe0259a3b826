import Diagnostics
import Foundation
import Graph
import Lowering
import Model
import Ops

/// meSimp: units that are seldom among those whose gradient is kept are cut out for good, in cycles of simplifying and recovering (Sun
/// et al. 2018, "Training Simplification and Model Simplification for Deep Learning: A Minimal Effort Back Propagation Method").
///
/// Of layers whose units are added, those count that keep part of their gradient; a unit stays if one of them keeps it often enough.
struct Simplify: NeuronsPolicy {
    let dropBelow: Double
    let every: Span
    let simplify: Span
    let recover: Span
    let leastUnits: Int
    let resetsOptimizer: Bool

    private static let activity = "activity"

    static let schema = PolicySchema(
        slot: .neurons, keyword: "simplify",
        summary: "Cuts out units whose gradient is seldom kept by the policy of the slot `backward`, in cycles of simplifying and recovering (meSimp). The trained network is smaller. Not in pre-training, which has no backward pass.",
        fields: [
            Key(
                "drop_below", .amount, default: "5%",
                "A unit goes if it was kept, with a gradient that is not zero, for fewer than this share of the examples since the last look.", example: "drop_below: 5%"),
            Key("every", .span, default: "0.125 epochs", "How often it looks while it simplifies.", example: "every: 0.125 epochs"),
            Key(
                "phases",
                .object(ObjectSchema(
                    "`phases`", "The lengths of the two halves of a cycle.",
                    keys: [
                        Key("simplify", .span, default: "5 epochs", "How long units are cut out.", example: "simplify: 5 epochs"),
                        Key("recover", .span, default: "5 epochs", "How long the smaller network then trains, until the next cycle.", example: "recover: 5 epochs"),
                    ])), otherwise: "`{ simplify: 5 epochs, recover: 5 epochs }`", "A cycle.", example: "phases: { simplify: 5 epochs, recover: 5 epochs }"),
            Key("min_units", .integer(1...1_000_000), default: "10", "So many units stay in any case.", example: "min_units: 10"),
            Key(
                "reset_optimizer", .flag, default: "false",
                "Whether the optimizer forgets its moments after each half of a cycle, as the authors' code does."),
        ],
        otherNames: ["threshold": "drop_below", "prune_below": "drop_below", "min_neurons": "min_units", "min_size": "min_units", "interval": "every"],
        example: "neurons: { type: simplify, drop_below: 5%, every: 0.125 epochs, phases: { simplify: 5 epochs, recover: 5 epochs } }")

    static let trials = [
        PolicyTrial(.narrow, "neurons: { type: simplify, drop_below: 5%, every: 1000 steps }, backward: { type: topk, k: 30%, per: batch }"),
    ]

    init(_ fields: PolicyFields) {
        dropBelow = if case .share(let share)? = fields.amount("drop_below") { share } else { 0 }
        every = fields.span("every") ?? .epochs(0.125)
        simplify = fields.object("phases")?.span("simplify") ?? .epochs(5)
        recover = fields.object("phases")?.span("recover") ?? .epochs(5)
        leastUnits = fields.integer("min_units") ?? 10
        resetsOptimizer = fields.flag("reset_optimizer") ?? false
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        let name = site.layerSpec.name.value
        if !site.has(.backward) {
            problems.append(Diagnostic(
                .policyNeedsAnother, "`simplify` goes by what a policy of the slot `backward` keeps, and `\(name)` has none", at: site.spec.type.location,
                help: ["add for instance `backward: { type: topk, k: 30% }` to the policy"]))
        }
        if case .count? = site.spec.fields.amount("drop_below") {
            problems.append(Diagnostic(
                .notAShare, "`drop_below` is a share of the examples", at: site.spec.fields.location("drop_below"), help: ["write for instance `drop_below: 5%`"]))
        }
        return problems + site.unitsCannotGo
    }

    var pretraining: PretrainConduct { .none }
    func watch(_ gradient: inout LayerGradient) throws(TypeError) { try gradient.watch(CountActivity(), state: Self.activity) }

    var watchedState: [String] { [Self.activity] }

    // MARK: when

    /// Steps of a look, and of the two halves of a cycle.
    private func lengths(_ clock: RunClock) -> (look: Int, simplify: Int, cycle: Int) {
        let simplify = max(1, clock.steps(simplify))
        return (max(1, clock.steps(every)), simplify, simplify + clock.steps(recover))
    }

    func nextLook(after step: Int, _ clock: RunClock) -> Int? {
        let (look, simplify, cycle) = lengths(clock), step = max(step, clock.begin)
        let inCycle = (step - clock.begin) % cycle, start = step - inCycle
        let next =
            if inCycle < simplify {
                min(inCycle + look - inCycle % look, simplify)
            } else {
                // Once at the end of recovery, to begin the count anew.
                cycle
            }
        return start + next < clock.totalSteps ? start + next : nil
    }

    func probeExamples(at step: Int, _ clock: RunClock) -> Int { 0 }
    var probePasses: ClosedRange<Int> { 0...0 }
    func multiplications(units: Int, rows: Int, readers: Int) -> Int { 0 }
    var watchesAccuracy: Bool { false }

    func decide(_ look: UnitLook, _ memory: inout [String: Double], _ clock: RunClock) -> UnitDecision {
        let (_, simplify, cycle) = lengths(clock)
        let inCycle = (look.step - clock.begin) % cycle
        var decision = UnitDecision(clearsState: true, resetsOptimizer: resetsOptimizer && (inCycle == 0 || inCycle == simplify))
        guard inCycle != 0 || cycle == simplify, let counts = look.state[Self.activity], counts.count == look.units else { return decision }
        let least = Float((dropBelow * Double(look.examples)).rounded(.down))
        var kept = counts.indices.filter { counts[$0] >= least }
        if kept.count < min(leastUnits, look.units) {
            // The most active ones stay; of equals, the first.
            let byActivity = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
            kept = byActivity.prefix(min(leastUnits, look.units)).sorted()
        }
        if kept.count < look.units { decision.kept = kept }
        return decision
    }

    // MARK: what is to be expected

    /// At the least all but `min_units` go at once, and at the most none.
    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast] {
        let (look, simplify, cycle) = lengths(clock)
        let units = site.units, least = min(leastUnits, units)
        var forecasts = [WidthForecast(step: clock.begin, units: UnitRange(lower: units, expected: units, upper: units))]
        var expected = Double(units)
        for (index, start) in stride(from: clock.begin, to: clock.totalSteps, by: cycle).enumerated() {
            // Most of what goes in a cycle goes at its first looks; then it levels off.
            let kept = unitsOfTheBatch(site).map { min(Double(site.units), Double($0)) }
            let target = max(Double(least), kept ?? expected * share(site, afterCycle: index))
            let first = 0.0327 * pow(dropBelow, -0.6)
            for (looks, part) in kept == nil ? [(1, 0.5), (4, 0.8), (16, 1)] : [(1, 1 - first), (2, 1 - 0.27 * first), (4, 1 - 0.09 * first), (12, 1)] {
                let step = start + min(looks * look, simplify)
                guard step < clock.totalSteps else { break }
                let width = max(least, Int((expected + (target - expected) * part).rounded()))
                forecasts.append(WidthForecast(step: step, units: UnitRange(lower: least, expected: width, upper: units)))
            }
            expected = target
        }
        return forecasts
    }

    /// How many units go on for a batch, where one set serves all of its examples: then as many are left. Fewer can be no batch's choice, and what only few batches
    /// choose goes soon. (A share of the units is one of those that are left, and has no such end.) Counted on Fashion-MNIST with k from 40 to 250 of 500 units and thresholds from 3 to 15 %; nil for lower ones, of which nothing is known.
    private func unitsOfTheBatch(_ site: PolicySite) -> Int? {
        guard dropBelow >= 0.02, let spec = site.layerSpec.policies.first(where: { $0.slot == .backward }), spec.type.value == TopK.schema.keyword,
            (spec.fields.word("per") ?? TopK.usualGranularity) == TensorType.Granularity.batch, case .count(let k)? = spec.fields.amount("k")
        else { return nil }
        return k
    }

    /// The share of a layer's units that is expected to be left, all of it in the first cycle: with k of n kept, exp(-2 √(p n / k)) for a threshold
    /// p. A rule of thumb that fits what was measured on Fashion-MNIST (784-500-500-10, k = 160: .44 at 5 %, .33 at 10 %); no theory stands behind it.
    private func share(_ site: PolicySite, afterCycle index: Int) -> Double {
        guard index == 0, let spec = site.layerSpec.policies.first(where: { $0.slot == .backward }), let k = spec.fields.amount("k") else { return 1 }
        return exp(-2 * (dropBelow * Double(site.units) / Double(max(1, k.count(of: site.units)))).squareRoot())
    }
}
