import Diagnostics
import Foundation
import Graph
import Lowering
import Model
import Ops

/// Adaptive neuron apoptosis: units that others make up for are taken out for good while the network trains (Siegel, Daily, Vishnu
/// 2016, "Adaptive Neuron Apoptosis for Accelerating Deep Learning on Large Scale Systems").
///
/// The paper's rules take units that are dead, constant, or parallel to another. By default units go that a regression on all
/// that stay predicts on a sample of the training set, which has these as special cases; what is left unexplained is bounded.
///
/// Of layers whose units are added, unit j goes from all of them or from none: it must be predictable wherever somebody reads it, before and behind the sum.
struct Apoptosis: NeuronsPolicy {
    enum Criterion: String { case regression, parallel, all }
    enum OnLoss: String { case halve, stop }

    let criterion: Criterion
    let budget: Double
    let probe: Int
    let every: Span
    let until: Double
    let patience: Int
    let leastUnits: Int
    let largestShare: Double
    let onLoss: OnLoss
    let largestLoss: Double

    static let schema = PolicySchema(
        slot: .neurons, keyword: "apoptosis",
        summary: "Takes out units for good that the others make up for, and adds what they did to the weights and biases of the layers that read them. The trained network is smaller. Units that `add` adds to those of other layers go together with these, where all readers can do without them. Not in pre-training: the layers above, which must make up for what goes, have learnt nothing by then.",
        fields: [
            Key(
                "criterion",
                .choice(ChoiceSet([
                    Choice("regression", "Units that a linear regression on all that stay predicts."),
                    Choice("parallel", "Units that are dead, constant, not read, or parallel to one other unit: what is lost is next to nothing."),
                    Choice("all", "First these, then by regression."),
                ])), default: "regression", "Which units go.", example: "criterion: regression"),
            Key(
                "budget", .number(.positive(upTo: 1)), default: "0.05",
                "What the layers that read the units may lose at a look, as a share of what they get, both as root mean squares about their means.", example: "budget: 0.05"),
            Key("probe", .integer(10...1_000_000), default: "4000", "Training examples that the activity is looked at on; of images so many places, spread over them. More than twice the units of the layer is enough.", example: "probe: 4000"),
            Key("every", .span, default: "1 epoch", "How often it looks.", example: "every: 1 epoch"),
            Key("until", .amount, default: "60%", "The share of the run after which no unit goes any more, so that those that stay can settle.", example: "until: 60%"),
            Key("patience", .integer(1...1_000_000), default: "2", "It looks no more after so many looks in a row at which no unit went.", example: "patience: 2"),
            Key("min_units", .integer(1...1_000_000), default: "10", "So many units stay in any case.", example: "min_units: 10"),
            Key("max_share", .amount, default: "50%", "The largest share of its units that a layer may lose at one look.", example: "max_share: 50%"),
            Key(
                "on_loss",
                .choice(ChoiceSet([
                    Choice("halve", "From then on the budget is half of what it was."), Choice("stop", "No unit goes any more."),
                ])), default: "halve", "What happens when the accuracy on the validation data has fallen by more than `max_loss` since units went.", example: "on_loss: halve"),
            Key("max_loss", .amount, default: "0.5%", "The loss of accuracy on the validation data that is put up with.", example: "max_loss: 0.5%"),
        ],
        otherNames: [
            "epsilon": "budget", "tolerance": "budget", "threshold": "budget", "probe_examples": "probe", "samples": "probe", "interval": "every",
            "min_neurons": "min_units", "min_size": "min_units", "max_fraction": "max_share", "cap": "max_share", "max_drop": "max_loss",
        ],
        example: "neurons: { type: apoptosis, budget: 0.05, every: 1 epoch, until: 60% }")

    /// What is left trains with the operations of any network.
    static let trials: [PolicyTrial] = []

    init(_ fields: PolicyFields) {
        func share(_ name: String) -> Double? { if case .share(let share)? = fields.amount(name) { share } else { nil } }
        criterion = fields.word("criterion") ?? .regression
        budget = fields.number("budget") ?? 0.05
        probe = fields.integer("probe") ?? 4000
        every = fields.span("every") ?? .epochs(1)
        until = share("until") ?? 0.6
        patience = fields.integer("patience") ?? 2
        leastUnits = fields.integer("min_units") ?? 10
        largestShare = share("max_share") ?? 0.5
        onLoss = fields.word("on_loss") ?? .halve
        largestLoss = share("max_loss") ?? 0.005
    }

    func problems(at site: PolicySite) -> [Diagnostic] {
        var problems = site.unitsCannotGo
        let fields = site.spec.fields, name = site.layerSpec.name.value, units = site.units
        for (field, example) in [("until", "60%"), ("max_share", "50%"), ("max_loss", "0.5%")] {
            guard case .count? = fields.amount(field) else { continue }
            problems.append(Diagnostic(.notAShare, "`\(field)` is a share", at: fields.location(field), help: ["write for instance `\(field): \(example)`"]))
        }
        if leastUnits >= units, units > 0 {
            problems.append(Diagnostic(
                .policyKeepsAll, "`min_units: \(leastUnits)` keeps all \(units) units of `\(name)`, so none can go", at: fields.location("min_units")))
        }
        if criterion != .parallel, probe <= units - largestRemoval(units) + 1 {
            problems.append(Diagnostic(
                .probeTooSmall, "\(probe) examples say nothing about which of the \(units) units of `\(name)` others predict", at: fields.location("probe"),
                help: ["write `probe: \(2 * units)` or more"]))
        }
        let unbiased = site.readersWithoutBias
        if let first = unbiased.first {
            let names = unbiased.prefix(3).map { "`\(site.model.layers[$0].name.value)`" }.joined(separator: ", ") + (unbiased.count > 3 ? " and others" : "")
            problems.append(Diagnostic(
                .noBiasToFoldInto,
                "\(names) \(unbiased.count == 1 ? "reads" : "read") the units of `\(name)` and \(unbiased.count == 1 ? "has" : "have") no bias, so constant units stay, and others go only where they are predicted without a constant",
                at: site.spec.type.location, related: [RelatedPlace(site.model.layers[first].type.location, "this layer has no bias")],
                help: ["with `use_bias: true` there it takes what is constant in the units that go"]))
        }
        if site.model.data?.value.validation == nil, let field = ["max_loss", "on_loss"].first(where: fields.isGiven) {
            problems.append(Diagnostic(
                .lossBoundWithoutValidation, "`\(field)` goes by the accuracy on validation data, and there is none", at: fields.location(field),
                help: ["add for instance `validation: 10%` to `data`"]))
        }
        if case .epochs(let interval) = every, let start = startEpoch(site.spec), start + interval > until * Double(site.model.train.epochs) + 1e-9 {
            let last = (until * Double(site.model.train.epochs) * 100).rounded() / 100
            problems.append(Diagnostic(
                .policyNeverLooks, "units of `\(name)` may go up to epoch \(last), and the first look would come at \(start + interval)", at: site.spec.type.location,
                help: ["look more often with `every`, or longer with `until`"]))
        }
        return problems
    }

    private func startEpoch(_ spec: PolicySpec) -> Double? {
        switch spec.start {
        case nil: 0
        case .epochs(let epochs)?: epochs
        default: nil
        }
    }

    var pretraining: PretrainConduct { .none }
    func watch(_ gradient: inout LayerGradient) throws(TypeError) {}

    var watchedState: [String] { [] }

    // MARK: when

    func nextLook(after step: Int, _ clock: RunClock) -> Int? {
        let interval = max(1, clock.steps(every)), last = Int((until * Double(clock.totalSteps)).rounded())
        let next = clock.begin + (max(0, step - clock.begin) / interval + 1) * interval
        return next <= last && next < clock.totalSteps ? next : nil
    }

    // MARK: what

    private enum Memory {
        /// Looks in a row at which no unit went.
        static let idle = "idle"
        /// By how much the budget has been made smaller.
        static let scale = "scale"
        /// Accuracy on the validation data when units went last.
        static let accuracy = "accuracy"
    }

    private func largestRemoval(_ units: Int) -> Int {
        max(0, min(units - leastUnits, Int((largestShare * Double(units)).rounded(.down))))
    }

    func decide(_ look: UnitLook, _ memory: inout [String: Double], _ clock: RunClock) -> UnitDecision {
        var decision = UnitDecision()
        let idle = memory[Memory.idle] ?? 0
        guard idle < Double(patience), look.units > leastUnits else {
            decision.isFinal = true
            return decision
        }
        var notes: [String] = []
        if let before = memory[Memory.accuracy], let now = look.validationAccuracy, now < before - largestLoss {
            // Said once for each fall.
            memory[Memory.accuracy] = now
            let fall = "the accuracy on the validation data fell from \(percent(before)) to \(percent(now))"
            switch onLoss {
            case .stop:
                memory[Memory.idle] = Double(patience)
                decision.isFinal = true
                decision.note = fall + ": no more units go"
                return decision
            case .halve:
                memory[Memory.scale] = (memory[Memory.scale] ?? 1) / 2
                notes.append(fall + ": the budget is halved")
            }
        }
        guard !look.activity.isEmpty, look.activity.allSatisfy({ $0.rows > 1 && $0.units == look.units }) else { return decision }
        let outgoing = look.outgoing()
        guard outgoing.count == look.activity.count, outgoing.allSatisfy({ $0.count == look.units }) else { return decision }
        let found = Redundancy(
            zip(look.activity, outgoing).map { UnitSight($0, outgoing: $1) }, budget: budget * (memory[Memory.scale] ?? 1), most: largestRemoval(look.units),
            rules: criterion != .regression, regression: criterion != .parallel)
        decision.multiplications = found.multiplications
        let gone = look.units - found.kept.count
        if gone > 0 {
            decision.kept = found.kept
            decision.folds = found.folds
            memory[Memory.idle] = 0
            memory[Memory.accuracy] = look.validationAccuracy
            let rules = Redundancy.Rule.allCases.filter { found.removed[$0.rawValue] > 0 }.map { "\(found.removed[$0.rawValue]) \($0.words)" }
            notes.append("\(look.units) -> \(found.kept.count) units: \(rules.joined(separator: ", ")); predicted error \(percent(found.error)) of what is read")
        } else {
            memory[Memory.idle] = idle + 1
            decision.isFinal = idle + 1 >= Double(patience)
            notes.append("no unit can go within the budget")
        }
        decision.note = notes.joined(separator: "; ")
        return decision
    }

    private func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

    /// The most that a look costs beside running its examples; in truth it depends on how many units stay.
    func multiplications(units: Int, rows: Int, readers: Int) -> Int { Redundancy.multiplications(units: units, rows: rows, readers: readers) }

    /// It looks, and where units have gone, again at what that did; or it has given up.
    var probePasses: ClosedRange<Int> { 0...2 }

    func probeExamples(at step: Int, _ clock: RunClock) -> Int { probe }

    var watchesAccuracy: Bool { true }

    // MARK: what is to be expected

    /// At the least `min_units` are left, as fast as `max_share` allows; at the most all.
    ///
    /// Expected is that the layer comes down to a quarter: networks are often chosen that wide. Of units that are parallel to a single other one
    /// there are next to none in a wide layer, so by that rule alone all are expected to stay.
    func forecast(_ site: PolicySite, _ clock: RunClock) -> [WidthForecast] {
        let units = site.units
        var lower = units, expected = units, step = clock.begin
        let settled = max(min(leastUnits, units), criterion == .parallel ? units : units / 4)
        var forecasts = [WidthForecast(step: clock.begin, units: UnitRange(lower: units, expected: units, upper: units))]
        while let next = nextLook(after: step, clock), lower > leastUnits || expected > settled {
            let narrower = lower - largestRemoval(lower)
            let width = max(settled, expected - largestRemoval(expected))
            if narrower == lower && width == expected { break }
            (lower, expected, step) = (narrower, width, next)
            forecasts.append(WidthForecast(step: step, units: UnitRange(lower: lower, expected: expected, upper: units)))
        }
        return forecasts
    }
}
