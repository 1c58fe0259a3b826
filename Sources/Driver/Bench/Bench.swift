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
    /// How often all files are trained, one after the other, with the machine measured anew between any two; nil for once, by a profile that is there.
    public var rounds: Int?
    public var profile: ProfileChoice

    public init(
        files: [String], overrides: [String] = [], threads: Int? = nil, steps: Int = 300, epochs: Int? = nil, rounds: Int? = nil, profile: ProfileChoice = .none
    ) {
        self.files = files
        self.overrides = overrides
        self.threads = threads
        self.steps = steps
        self.epochs = epochs
        self.rounds = rounds
        self.profile = profile
    }
}

/// Trains each file's network and its dense twin in turns, on the same examples from the same seed.
///
/// - Parameter done: is told of each training of a file.
public func bench(_ options: BenchOptions, console: Console = Console(), done: (BenchRecord) -> Void = { _ in }) throws -> [BenchRecord] {
    var profile = options.rounds == nil ? try options.profile.load(on: console) : try MachineProfile.measuredAnew()
    Interrupt.listen()
    var records = options.files.map { _ in [BenchRecord]() }
    for round in 0..<(options.rounds ?? 1) {
        for (index, file) in options.files.enumerated() where !Interrupt.isRequested {
            let checked = checkModel(file, overrides: options.overrides, threads: options.threads, readsWeights: true)
            guard var prepared = checked.prepared else { throw CommandFailure(checked.diagnostics, code: CommandFailure.inputCode) }
            if round == 0 { showDiagnostics(checked.diagnostics, on: console) }
            prepared = try prepared.on(profile.map { [threads = prepared.threads] in Pace($0, threads: threads) })
            let record = try bench(file, prepared, options, console) {
                // A machine that others share is another one some seconds later.
                guard options.rounds != nil else { return nil }
                profile = try MachineProfile.measuredAnew()
                return profile
            }
            records[index].append(record)
            done(record)
        }
    }
    return records.compactMap { options.rounds == nil ? $0.first : BenchRecord(rounds: $0) }
}

/// - Parameter profileAfter: of the machine as it is when both have trained; nil where it is not measured anew.
private func bench(_ file: String, _ prepared: PreparedModel, _ options: BenchOptions, _ console: Console, profileAfter: () throws -> MachineProfile?) throws -> BenchRecord {
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
    let after = try profileAfter().map { Pace($0, threads: prepared.threads) }
    let made = zip(networks, outcomes).map { BenchRecord.Network($0, $1, after: after, examples: data.train.count, perEpoch: perEpoch) }
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
    /// - Parameter after: the machine's pace when it had trained, if that was measured. The prediction is the mean of that before and that after then.
    init(_ prepared: PreparedModel, _ outcome: BenchTrial.Outcome, after: Pace?, examples: Int, perEpoch: Int) {
        let steps = max(outcome.steps, 1), estimate = prepared.estimates(steps: steps, examples: examples).own
        let later = after.map { pace in
            var later = prepared
            later.pace = pace
            return later.estimates(steps: steps, examples: examples).own
        }
        let seconds = [estimate, later].compactMap { $0?.seconds?.run.total }
        let spread = BenchRecord.Spread(outcome.slices, stretches: outcome.stretches), predicted = seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count * steps)
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
        if options.files.count * (options.rounds ?? 1) > 1 { console.write("\(record.name)\n", to: .messages) }
    }
    if let chart {
        do { try OutputFile.write(BenchRecord.chart(records), to: chart) } catch {
            throw CommandFailure([Diagnostic(.outputNotWritable, "cannot write `\(chart)`: \(error.reason)", at: .file(path: chart))], code: CommandFailure.workCode)
        }
    }
    return json ? try JSONText.pretty(records) : BenchRecord.table(records, width: width)
}
