import Graph

/// An estimate in words and tables.
public struct EstimateReport: Sendable {
    public let estimate: Estimate
    /// The same network without policies, where the two are to be compared.
    public let dense: Estimate?
    /// Of the layers that compute some of their units only.
    public let choices: [UnitChoice]

    /// How the work of policies is done.
    public let strategies: [StrategyRecord]
    /// Nil where there was none.
    public let pilot: PilotRecord?

    public init(_ estimate: Estimate, dense: Estimate? = nil, choices: [UnitChoice] = [], strategies: [StrategyRecord] = [], pilot: PilotRecord? = nil) {
        self.strategies = strategies
        self.pilot = pilot
        self.estimate = estimate
        self.dense = dense
        self.choices = choices
    }

    // MARK: table

    public func table(width: Int) -> String {
        var text = "Multiplications of one training step (\(examplesOfStep)), by layer\n\n"
        text += layerTable(\.allMultiplications, Readable.count).plain(width: width)
        text += "\nAdditions of the same step\n\n"
        text += layerTable(\.additions, Readable.count).plain(width: width)
        if hasPolicies { text += "\nComparisons of the same step\n\n" + layerTable(\.comparisons, Readable.count).plain(width: width) }
        if let seconds = secondsTable { text += "\n\(secondsTitle)\n\n" + seconds.plain(width: width) }
        text += "\nIn all\n\n" + totalsTable(Readable.count) { Readable.count($0 < 9e18 ? Int($0.rounded()) : Int.max) }.plain(width: width)
        if let pilot { text += "\n\(pilot.title)\n\n" + pilot.table(Readable.grouped).plain(width: width) }
        if let pretraining = pretrainingTable(Readable.count) { text += "\n\(pretrainingTitle)\n\n" + pretraining.plain(width: width) }
        if dense != nil { text += "\nAgainst the dense network, whole run\n\n" + comparison().plain(width: width) }
        if !choices.isEmpty {
            let tables = ChoiceTables(choices: choices, show: Readable.count)
            text += "\n\(ChoiceTables.costTitle)\n\n" + tables.costs.plain(width: width)
            if let retrieval = tables.retrieval { text += "\n\(ChoiceTables.retrievalTitle)\n\n" + retrieval.plain(width: width) }
        }
        if !openStrategies.isEmpty { text += "\n\(StrategyTable.title)\n\n" + StrategyTable(openStrategies).table.plain(width: width) }
        text += "\nPeak memory\n\n" + memoryTable(Readable.bytes).plain(width: width)
        return text
    }

    // MARK: Markdown, exact

    public var markdown: String {
        var text = "## Multiplications of one training step (\(examplesOfStep))\n\n" + layerTable(\.allMultiplications, Readable.grouped).markdown
        text += "\n## Additions of the same step\n\n" + layerTable(\.additions, Readable.grouped).markdown
        if hasPolicies { text += "\n## Comparisons of the same step\n\n" + layerTable(\.comparisons, Readable.grouped).markdown }
        if let seconds = secondsTable { text += "\n## \(secondsTitle)\n\n" + seconds.markdown }
        text += "\n## In all\n\n" + totalsTable(Readable.grouped) { exactShare($0) }.markdown
        if let pilot { text += "\n## \(pilot.title)\n\n" + pilot.table(Readable.grouped).markdown }
        if let pretraining = pretrainingTable(Readable.grouped) { text += "\n## \(pretrainingTitle)\n\n" + pretraining.markdown }
        if dense != nil { text += "\n## Against the dense network, whole run\n\n" + comparison().markdown }
        if !choices.isEmpty {
            let tables = ChoiceTables(choices: choices, show: Readable.grouped)
            text += "\n## \(ChoiceTables.costTitle)\n\n" + tables.costs.markdown
            if let retrieval = tables.retrieval { text += "\n## \(ChoiceTables.retrievalTitle)\n\n" + retrieval.markdown }
        }
        if !openStrategies.isEmpty { text += "\n## \(StrategyTable.title)\n\n" + StrategyTable(openStrategies) { Readable.grouped($0) }.table.markdown }
        text += "\n## Peak memory in bytes\n\n" + memoryTable(Readable.grouped).markdown
        return text
    }

    // MARK: CSV, exact

    /// One row for each layer and slot, then the sums, then the layers that are pre-trained.
    public var csv: String {
        let numbers = ["step", "epoch", "run"].flatMap { ["multiplications_\($0)", "additions_\($0)"] } + (estimate.seconds == nil ? [] : ["seconds_step", "seconds_run"])
        var table = TextTable((["layer", "type", "output", "parameters", "slot"] + numbers).map { TextTable.Column($0) })
        func add(_ head: [String], _ step: SlotWork, _ epoch: SlotWork, _ run: SlotWork, _ seconds: (Slot) -> (step: Double, run: Double)?) {
            for slot in Slot.allCases {
                let works = [step[slot], epoch[slot], run[slot]], times = seconds(slot)
                let last = estimate.seconds == nil ? [] : [times.map { "\($0.step)" } ?? "", times.map { "\($0.run)" } ?? ""]
                table.add(head + [slot.rawValue] + works.flatMap { [String($0.allMultiplications), String($0.additions)] } + last)
            }
        }
        for (index, layer) in estimate.layers.enumerated() {
            add([layer.name, layer.type, layer.output.text, String(layer.parameters)], layer.step, layer.epoch, layer.run) { slot in
                estimate.seconds.map { ($0.step.layers[index][slot], $0.run.layers[index][slot]) }
            }
        }
        add(["total", "", "", String(estimate.parameters)], estimate.step, estimate.epoch, estimate.run) { slot in
            // What a step takes beside its operations belongs to the overhead.
            func sum(_ parts: SecondsEstimate.Parts) -> Double { parts.layers.reduce(slot == .overhead ? parts.beside : 0) { $0 + $1[slot] } }
            return estimate.seconds.map { (sum($0.step), sum($0.run)) }
        }
        if let front = estimate.front {
            add(["front", "", front.output.text, ""], SlotWork(), SlotWork(), SlotWork(.forward, front.total)) { $0 == .forward ? estimate.seconds?.front.map { (0, $0) } : nil }
        }
        for layer in estimate.pretraining { add([layer.name, "pretrain", "", ""], layer.step, layer.epoch, layer.run) { _ in nil } }
        return table.csv
    }

    public func json() throws -> String { try JSONText.pretty(EstimateRecord(estimate, dense: dense, choices: choices, strategies: strategies, pilot: pilot)) }

    // MARK: pieces

    /// Those with more than one way, as far as they were looked at.
    private var openStrategies: [StrategyRecord] { strategies.filter { $0.ways.count > 1 && $0.ways.contains { $0.step != nil } } }

    /// Whether some of the network's work is not done: then the comparisons that choose are of interest too.
    private var hasPolicies: Bool { dense.map { $0.step != estimate.step } ?? false }

    private var examplesOfStep: String { estimate.stepExamples == 1 ? "1 example" : "\(estimate.stepExamples) examples" }

    private func layerTable(_ number: (Work) -> Int, _ show: (Int) -> String) -> TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("type", expendable: 8), TextTable.Column("output", expendable: 7),
            TextTable.Column("parameters", .right, short: "params", expendable: 6),
            TextTable.Column("forward", .right, short: "fwd", expendable: 3),
            TextTable.Column("backward input", .right, short: "bwd in", expendable: 3),
            TextTable.Column("backward weights", .right, short: "bwd w", expendable: 3),
            TextTable.Column("update", .right, expendable: 4), TextTable.Column("overhead", .right, short: "over", expendable: 5),
            TextTable.Column("sum", .right),
        ])
        func row(_ head: [String], _ work: SlotWork) -> [String] {
            head + Slot.allCases.map { show(number(work[$0])) } + [show(number(work.total))]
        }
        for layer in estimate.layers { table.add(row([layer.name, layer.type, layer.output.text, show(layer.parameters)], layer.step)) }
        table.beginFooter()
        table.add(row(["sum", "", "", show(estimate.parameters)], estimate.step))
        return table
    }

    private func totalsTable(_ show: (Int) -> String, share: (Double) -> String) -> TextTable {
        var table = TextTable([TextTable.Column(""), TextTable.Column("multiplications", .right, short: "mults"), TextTable.Column("additions", .right, short: "adds", expendable: 1)] + (estimate.seconds == nil ? [] : [TextTable.Column("seconds", .right)]))
        let step = estimate.step.total, examples = Double(max(estimate.stepExamples, 1))
        func time(_ seconds: Double?) -> [String] { estimate.seconds == nil ? [] : [seconds.map(Readable.time) ?? ""] }
        let seconds = estimate.seconds
        table.add(["a training example", share(Double(step.allMultiplications) / examples), share(Double(step.additions) / examples)] + time(seconds.map { $0.step.total / examples }))
        func add(_ name: String, _ work: Work, _ seconds: Double? = nil) { table.add([name, show(work.allMultiplications), show(work.additions)] + time(seconds)) }
        add("a step", step, seconds?.step.total)
        guard estimate.isLengthKnown else {
            let unknown = Array(repeating: "not known", count: 2)
            table.add(["an epoch, the run (the data are not here)"] + unknown + time(nil))
            return table
        }
        add("an epoch of \(Readable.grouped(estimate.length.trainExamples)) examples", estimate.epoch.total, seconds?.epoch)
        let run = "the run of \(estimate.length.epochs) \(estimate.length.epochs == 1 ? "epoch" : "epochs")"
        if estimate.isExact {
            add(run, estimate.run.total, seconds?.run.total)
        } else {
            add("\(run), at the least", estimate.lower.total)
            add("\(run), as expected", estimate.run.total, seconds?.run.total)
            add("\(run), at the most", estimate.upper.total)
        }
        add("evaluation during the run", estimate.evaluation, seconds?.evaluation)
        if let front = estimate.front { add("the frozen front, once for \(Readable.grouped(front.examples)) examples", front.total, seconds?.front) }
        guard !estimate.pretraining.isEmpty else { return table }
        if estimate.pretraining.allSatisfy(\.isExact) {
            add("pre-training before the run", estimate.pretrainingRun.total, seconds?.pretraining.reduce(0, +))
        } else {
            add("pre-training before the run, at the least", estimate.pretrainingLower.total)
            add("pre-training before the run, as expected", estimate.pretrainingRun.total, seconds?.pretraining.reduce(0, +))
            add("pre-training before the run, at the most", estimate.pretrainingUpper.total)
        }
        return table
    }

    private var pretrainingTitle: String {
        guard let first = estimate.pretraining.first else { return "" }
        return "Pre-training, layer by layer: \(first.epochs) \(first.epochs == 1 ? "epoch" : "epochs") each, \(Readable.grouped(first.batch)) \(first.batch == 1 ? "example" : "examples") a step"
    }

    private func pretrainingTable(_ show: (Int) -> String) -> TextTable? {
        guard !estimate.pretraining.isEmpty else { return nil }
        let hasRanges = estimate.isLengthKnown && !estimate.pretraining.allSatisfy(\.isExact), changes = estimate.pretraining.contains { $0.units.count > 1 }
        var table = TextTable(
            [TextTable.Column("layer")] + (changes ? [TextTable.Column("units", .right)] : []) + [
                TextTable.Column("multiplications of a step", .right, short: "mults step"),
                TextTable.Column("of an epoch", .right, expendable: 1), TextTable.Column("of all epochs", .right, short: "of all"),
            ] + (hasRanges ? [TextTable.Column("at the least", .right), TextTable.Column("at the most", .right)] : [])
                + [TextTable.Column("additions of all epochs", .right, short: "adds of all", expendable: 2)])
        func long(_ number: Int) -> String { estimate.isLengthKnown ? show(number) : "not known" }
        func add(_ head: [String], _ units: String, _ step: String, _ epoch: String, _ run: SlotWork, _ lower: SlotWork, _ upper: SlotWork) {
            let range = hasRanges ? [long(lower.total.allMultiplications), long(upper.total.allMultiplications)] : []
            table.add(head + (changes ? [units] : []) + [step, epoch, long(run.total.allMultiplications)] + range + [long(run.total.additions)])
        }
        for layer in estimate.pretraining {
            add([layer.name], Self.course(layer.units), show(layer.step.total.allMultiplications), long(layer.epoch.total.allMultiplications), layer.run, layer.lower, layer.upper)
        }
        table.beginFooter()
        add(["sum"], "", "", "", estimate.pretrainingRun, estimate.pretrainingLower, estimate.pretrainingUpper)
        return table
    }

    /// `1000 → 300 → 1000`
    private static func course(_ units: [Int]) -> String {
        let words = units.prefix(5).map(Readable.grouped) + (units.count > 5 ? ["…"] : [])
        return words.joined(separator: " → ")
    }

    private func comparison() -> TextTable {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("dense", .right), TextTable.Column("with policies", .right, short: "policy"),
            TextTable.Column("share", .right),
        ] + (estimate.seconds == nil ? [] : [TextTable.Column("seconds dense", .right, short: "s dense", expendable: 1), TextTable.Column("with policies", .right, short: "s policy", expendable: 1), TextTable.Column("share", .right, expendable: 1)]))
        func add(_ name: String, _ full: SlotWork, _ own: SlotWork, _ time: (SecondsEstimate) -> Double?) {
            let all = full.total.allMultiplications, done = own.total.allMultiplications
            let share = all == 0 ? "-" : Readable.decimal(100 * Double(done) / Double(all), digits: 1) + " %"
            table.add([name, Readable.count(all), Readable.count(done), share] + times(time))
        }
        guard let dense else { return table }
        for (index, (full, own)) in zip(dense.layers, estimate.layers).enumerated() { add(own.name, full.run, own.run) { $0.run.layers[index].total } }
        if estimate.seconds != nil { table.add(["batches and measures", "", "", ""] + times(\.run.beside)) }
        table.beginFooter()
        add("sum", dense.run, estimate.run, \.run.total)
        if dense.pretrainingRun != estimate.pretrainingRun { add("pre-training", dense.pretrainingRun, estimate.pretrainingRun) { $0.pretraining.reduce(0, +) } }
        return table
    }

    private func memoryTable(_ show: (Int) -> String) -> TextTable { Self.memoryTable(estimate.memory, show) }

    /// The parts of the peak, for the report and for a refusal.
    public static func memoryTable(_ memory: PeakMemory, _ show: (Int) -> String) -> TextTable {
        var table = TextTable([TextTable.Column("part"), TextTable.Column("bytes", .right)])
        for (name, bytes) in parts(of: memory) { table.add([name, show(bytes)]) }
        table.beginFooter()
        table.add(["sum", show(memory.total)])
        return table
    }

    public static func parts(of memory: PeakMemory) -> [(name: String, bytes: Int)] {
        [
            ("parameters", memory.parts.parameters), ("optimizer state", memory.parts.optimizer), ("tables, sketches, averages", memory.parts.layerState),
            ("activations and gradients", memory.parts.activations), ("scratch", memory.parts.scratch), ("data", memory.data),
        ] + (memory.front > 0 ? [("outputs of the frozen front", memory.front)] : []) + [
            ("units put aside", memory.aside), ("packing buffers", memory.packing), ("program", memory.program),
        ]
    }

    private func exactShare(_ value: Double) -> String {
        value == value.rounded() && value < 9e15 ? Readable.grouped(Int(value)) : Readable.decimal(value, digits: 3)
    }
}
