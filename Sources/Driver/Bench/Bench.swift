import Diagnostics
import Estimate
import Foundation
import Graph
import Lowering
import Model
import Runtime
import Synchronization

/// What `nnc bench` is asked to do.
public struct BenchOptions: Sendable {
    public var files: [String]
    public var overrides: [String]
    public var threads: Int?
    /// Of each network, where no epochs are asked for.
    public var steps: Int
    public var epochs: Int?
    public var profile: ProfileChoice

    public init(files: [String], overrides: [String] = [], threads: Int? = nil, steps: Int = 300, epochs: Int? = nil, profile: ProfileChoice = .none) {
        self.files = files
        self.overrides = overrides
        self.threads = threads
        self.steps = steps
        self.epochs = epochs
        self.profile = profile
    }
}

/// Trains each file's network and its dense twin in turns, on the same examples from the same seed.
///
/// - Parameter done: gets each file's result as soon as it is there.
public func bench(_ options: BenchOptions, console: Console = Console(), done: (BenchRecord) throws -> Void = { _ in }) throws -> [BenchRecord] {
    let profile = try options.profile.load(on: console)
    Interrupt.listen()
    var records: [BenchRecord] = []
    for file in options.files where !Interrupt.isRequested {
        let checked = checkModel(file, overrides: options.overrides, threads: options.threads, readsWeights: true)
        guard var prepared = checked.prepared else { throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode) }
        showDiagnostics(checked.diagnostics, on: console)
        prepared = try prepared.on(profile.map { [threads = prepared.threads] in Pace($0, threads: threads) })
        let record = try bench(file, prepared, options, console)
        records.append(record)
        try done(record)
    }
    return records
}

private func bench(_ file: String, _ prepared: PreparedModel, _ options: BenchOptions, _ console: Console) throws -> BenchRecord {
    let twin = prepared.hasPolicies ? prepared.dense : nil
    let networks = [prepared] + (twin.map { [$0] } ?? [])
    // Both are in memory together.
    try prepared.refuseIfTooLarge(memory: Machine.memory - (twin?.estimate.memory.total ?? 0))
    let data = try loadData(prepared, console: console)
    let perEpoch = prepared.model.train.stepsPerEpoch(examples: data.train.count)
    // Some twenty slices, none longer than an epoch.
    let steps = options.epochs.map { Count.product($0, perEpoch) } ?? options.steps, slice = max(1, min(steps / 20, perEpoch))
    let turns = Turns(networks.count), results = Mutex<[Result<BenchTrial.Outcome, CommandFailure>?]>(networks.map { _ in nil })
    let finished = DispatchSemaphore(value: 0)
    for (index, network) in networks.enumerated() {
        let trial = BenchTrial(prepared: network, data: data, steps: options.epochs == nil ? options.steps : nil, epochs: options.epochs, slice: slice)
        let thread = Thread {
            turns.wait(index)
            let result: Result<BenchTrial.Outcome, CommandFailure>
            do { result = .success(try trial.run(turns, index)) } catch { result = .failure(CommandFailure(error)) }
            results.withLock { $0[index] = result }
            turns.leave(index)
            finished.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }
    turns.start()
    for _ in networks { finished.wait() }
    let outcomes = try results.withLock { $0 }.map { try $0?.get() ?? BenchTrial.Outcome() }
    let made = zip(networks, outcomes).map { BenchRecord.Network($0, $1, examples: data.train.count, perEpoch: perEpoch) }
    let dense = made.count > 1 ? made[1] : nil, measure = prepared.model.train.metrics.first?.rawValue ?? "loss"
    func ratio(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.flatMap { $0 > 0 ? a / $0 : nil } } }
    return BenchRecord(
        file: file, name: prepared.model.name, machine: prepared.pace?.profile.machine ?? .here, threads: prepared.threads, epochs: options.epochs,
        measured: options.epochs == nil ? nil : "\(data.test != nil ? "test" : data.validation != nil ? "validation" : "train") \(measure)", network: made[0], dense: dense,
        speedUp: ratio(dense?.secondsPerStep.typical, made[0].secondsPerStep.typical), predictedSpeedUp: ratio(dense?.predictedPerStep, made[0].predictedPerStep))
}

extension PreparedModel {
    /// The same network without policies.
    var dense: PreparedModel {
        var plain = model
        for index in plain.layers.indices { plain.layers[index].policies = [] }
        var lowered = lowered
        lowered.schedule = denseSchedule
        var twin = PreparedModel(model: plain, description: description, options: LoweringOptions(threads: threads, front: options.front), lowered: lowered, denseSchedule: denseSchedule)
        twin.initialWeights = initialWeights
        twin.pace = pace
        return twin
    }
}

extension BenchRecord.Network {
    init(_ prepared: PreparedModel, _ outcome: BenchTrial.Outcome, examples: Int, perEpoch: Int) {
        let steps = max(outcome.steps, 1), estimate = prepared.estimates(steps: steps, examples: examples).own
        let spread = BenchRecord.Spread(outcome.slices, stretches: outcome.stretches), predicted = estimate.seconds.map { $0.run.total / Double(steps) }
        self.init(
            steps: outcome.steps, secondsPerStep: spread, predictedPerStep: predicted, presence: outcome.presence, secondsPerEpoch: spread.typical * Double(perEpoch), predictedPerEpoch: predicted.map { $0 * Double(perEpoch) },
            multiplicationsPerStep: outcome.counted / steps, predictedMultiplicationsPerStep: estimate.run.total.allMultiplications / steps, parameters: outcome.parameters,
            memory: prepared.estimate.memory.total, score: outcome.score, course: outcome.course)
    }
}

/// What `nnc bench` prints; the chart goes to its file.
public func benchText(_ options: BenchOptions, json: Bool, chart: String?, width: Int, console: Console = Console()) throws -> String {
    let records = try bench(options, console: console) { record in
        // Many files take their time.
        if options.files.count > 1 { console.write("\(record.name)\n", to: .messages) }
    }
    if let chart {
        do { try OutputFile.write(BenchRecord.chart(records), to: chart) } catch {
            throw CommandFailure([Diagnostic(.outputNotWritable, "cannot write `\(chart)`: \(error.reason)", at: .file(path: chart))], code: CommandFailure.workCode)
        }
    }
    return json ? try JSONText.pretty(records) : BenchRecord.table(records, width: width)
}
