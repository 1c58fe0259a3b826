import Estimate
import Graph
import Kernels
import Runtime

/// Which operations of a step of training take how long, and what was predicted: where a prediction is off, this says of what.
///
/// Each is timed by itself in about half of so many steps from the seed, and the other steps as a whole; of the times the lower quartile is shown.
/// The rates are those of the work that the estimate counts: two for a multiplication with its addition, and the bytes that are read and written, in order or by index.
public func benchOperations(_ options: BenchOptions, width: Int, console: Console = Console()) throws -> String {
    let measured = try options.profile.load(on: console), profile = measured ?? .typical
    var text = ""
    for file in options.files {
        let checked = checkModel(file, overrides: options.overrides, threads: options.threads, readsWeights: true)
        guard var prepared = checked.prepared else { throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode) }
        showDiagnostics(checked.diagnostics, on: console)
        prepared = try prepared.on(measured.map { [threads = prepared.threads] in Pace($0, threads: threads) })
        try prepared.refuseIfTooLarge(memory: Machine.memory)
        prepared = try prepared.expecting(steps: options.steps)
        text += "\(text.isEmpty ? "" : "\n")\(prepared.model.name), \(prepared.threads) \(prepared.threads == 1 ? "thread" : "threads")\n\n"
        text += try operationTable(prepared, try loadData(prepared, console: console), Pace(profile, threads: prepared.threads), steps: options.steps).plain(width: width)
    }
    return text
}

private func operationTable(_ prepared: PreparedModel, _ data: LoadedData, _ pace: Pace, steps: Int) throws -> TextTable {
    let interpreter = try prepared.makeInterpreter(pool: WorkerPool(threads: prepared.threads, deterministic: prepared.model.train.deterministic))
    try prepared.initialWeights?.load(into: interpreter)
    let train = try FrontRun(prepared, interpreter, data).train
    // What acts from the start on, or, where policies begin later, what they do then.
    let phase = prepared.schedule.phases.count - 1, plan = prepared.schedule.phases[phase].train
    interpreter.enter(phase: phase, updates: 0)
    let batch = min(plan.batch, train.count)
    guard let memory = Arena(byteCount: 4 * batch) else { throw prepared.outOfMemory(bytes: 4 * batch) }
    let indices: Ints = memory.strip(offset: 0, count: batch), order = RandomStream(seed: prepared.model.seed, purpose: .shuffle, index: 0, iteration: 0)
    let turns = RandomStream(seed: prepared.model.seed, purpose: .sampling, index: 0, iteration: 0)
    let rate = LearningRate(prepared.model.train, stepsPerEpoch: prepared.model.train.stepsPerEpoch(examples: train.count)), clock = ContinuousClock()
    var whole: [Double] = [], times = Array(repeating: NodeTime(), count: plan.graph.nodes.count), samples = times.map { _ in [Double]() }
    for step in 0..<max(steps, 1) {
        for index in 0..<batch { indices[index] = Int32(Int(order.uint32(at: step * batch + index)) % train.count) }
        let state = StepState(learningRate: rate.at(step: step), iteration: step + 1, seed: prepared.model.seed)
        // Drawn, and not every other one: what a policy does in every second step, say, would be in all or in none.
        if step > 0, turns.uint32(at: step) & 1 == 1 {
            let begun = clock.now
            _ = interpreter.trainStep(source: train, indices: indices, state: state)
            whole.append((clock.now - begun) / .seconds(1))
            continue
        }
        _ = interpreter.timedStep(.training, source: train, indices: indices, state: state, into: &times)
        for (node, time) in times.enumerated() where !(plan.graph.nodes[node].operation is any Scheduled) || time.active != 0 { samples[node].append(prepared.threads == 1 ? min(time.seconds, time.ran) : time.seconds) }
    }
    struct Line {
        var count = 0
        var measured = 0.0
        var predicted = 0.0
        /// Multiplications with their additions, as two each.
        var arithmetic = 0.0
        var bytes = 0.0
    }
    var lines: [String: Line] = [:]
    for (index, node) in plan.graph.nodes.enumerated() where !(node.operation is any View) && !samples[index].isEmpty {
        let isScheduled = node.operation is any Scheduled
        // What acts in some steps only takes its share of a step.
        let share = isScheduled ? Double(samples[index].count) / Double(max(steps, 1) - whole.count) : 1
        let name = [node.operation.name, Pace.variant(node, in: plan.graph)].filter { !$0.isEmpty }.joined(separator: " ")
        lines[name, default: Line()].count += 1
        lines[name, default: Line()].measured += share * samples[index].lowerQuartile
        lines[name, default: Line()].predicted += share * pace.seconds(plan, node: index, batch: batch, acting: isScheduled)
        let work = plan.work(node: index, batch: batch).total
        lines[name, default: Line()].arithmetic += share * 2 * Double(work.allMultiplications)
        lines[name, default: Line()].bytes += share * (Double(work.streamed) + Double(work.gathered))
    }
    var table = TextTable([
        TextTable.Column("operation"), TextTable.Column("in a step", .right, expendable: 1), TextTable.Column("measured", .right), TextTable.Column("predicted", .right), TextTable.Column("ratio", .right),
        TextTable.Column("GFLOP/s", .right, expendable: 2), TextTable.Column("GB/s", .right, expendable: 3),
    ])
    func perSecond(_ amount: Double, _ seconds: Double) -> String { amount > 0 && seconds > 0 ? Readable.decimal(1e-9 * amount / seconds, digits: 1) : "" }
    func row(_ name: String, _ line: Line) -> [String] {
        [name, line.count > 0 ? "\(line.count)" : "", Readable.time(line.measured), Readable.time(line.predicted), line.measured > 0 ? Readable.decimal(line.predicted / line.measured, digits: 2) : "",
         perSecond(line.arithmetic, line.measured), perSecond(line.bytes, line.measured)]
    }
    for (name, line) in lines.sorted(by: { ($1.value.measured, $0.key) < ($0.value.measured, $1.key) }) { table.add(row(name, line)) }
    table.beginFooter()
    let sum = lines.values.reduce(into: Line()) { sum, line in
        sum.measured += line.measured
        sum.predicted += line.predicted
        sum.arithmetic += line.arithmetic
        sum.bytes += line.bytes
    }
    table.add(row("sum", sum))
    if !whole.isEmpty { table.add(row("a whole step", Line(
        count: 0, measured: whole.lowerQuartile, predicted: sum.predicted + pace.overhead(plan, batch: batch), arithmetic: sum.arithmetic, bytes: sum.bytes))) }
    return table
}

extension [Double] {
    fileprivate var lowerQuartile: Double { isEmpty ? 0 : sorted()[count / 4] }
}
