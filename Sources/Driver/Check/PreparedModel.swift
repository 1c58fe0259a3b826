import Diagnostics
import Estimate
import Graph
import Kernels
import Lowering
import Model
import Runtime

/// A checked model with what is known of its data, lowered: all that a command needs that does not train.
public struct PreparedModel: Sendable {
    public let model: ModelFile
    public let description: DataKnowledge
    public let options: LoweringOptions
    public let lowered: Lowered
    /// The schedule of the same network without policies.
    public let denseSchedule: Schedule
    /// Where they were asked for and the file names any.
    var initialWeights: InitialWeights?
    /// Of the machine whose seconds are wanted; nil where none are.
    public var pace: Pace?
    /// Nil where it was made from another prepared model.
    var origin: ModelOrigin?
    /// How the work of policies is done, in the order of the layers; empty where no machine was asked.
    public internal(set) var strategies: [StrategyRecord] = []

    public var threads: Int { options.threads }
    public var hasPolicies: Bool { !options.policies.entries.isEmpty }
    public var schedule: Schedule { lowered.schedule }

    /// With the sizes of the data as far as they are known without loading them.
    public var estimate: Estimate { estimate(length(description.counts), dataBytes: description.bytes) }
    public var denseEstimate: Estimate { estimateRun(denseSchedule, length: length(description.counts), dataBytes: description.bytes, pace: pace) }

    /// With the sizes of the data at hand.
    func estimate(_ data: LoadedData) -> Estimate { estimate(length(data.counts), dataBytes: data.bytes) }

    private func estimate(_ length: RunLength, steps: Int? = nil, dataBytes: Int = 0) -> Estimate {
        let stepsPerEpoch = stepsPerEpoch(length.trainExamples)
        return estimateRun(
            schedule, courses: courses(stepsPerEpoch), pretraining: pretrainingCourses(trainExamples: length.trainExamples), length: length, steps: steps,
            dataBytes: dataBytes, asideBytes: bytesPutAside(model, schedule, policies: options.policies, examples: length.trainExamples), pace: pace)
    }

    /// Of data of a usual size, where they are not at hand.
    var stepsPerEpoch: Int { stepsPerEpoch(description.counts.train) }

    private func stepsPerEpoch(_ examples: Int) -> Int { model.train.stepsPerEpoch(examples: examples > 0 ? examples : 50_000) }

    func length(_ counts: SplitCounts) -> RunLength {
        let train = model.train
        let stepsPerEpoch = train.stepsPerEpoch(examples: counts.train)
        let every = train.evaluateEvery.steps(stepsPerEpoch: stepsPerEpoch, batchSize: train.batchSize)
        let steps = Count.product(stepsPerEpoch, train.epochs)
        // At the end of the run it is evaluated in any case.
        let evaluations = steps / every + (steps % every == 0 ? 0 : 1)
        let evaluated = Count.sum(Count.product(evaluations, counts.validation), counts.test)
        return RunLength(
            trainExamples: counts.train, epochs: train.epochs, evaluatedExamples: evaluated, splits: [counts.train, counts.validation, counts.test].filter { $0 > 0 })
    }

    /// What so many steps of training were predicted to take, and what they would without policies.
    func estimates(steps: Int, examples: Int) -> (own: Estimate, dense: Estimate) {
        let length = RunLength(trainExamples: examples, epochs: model.train.epochs, evaluatedExamples: 0)
        let own = (try? expecting(steps: steps)) ?? self
        return (own.estimate(length, steps: steps), estimateRun(denseSchedule, length: length, steps: steps, dataBytes: 0, pace: pace))
    }

    /// The plans that the run is expected to go through; nil where they are those of the schedule.
    private func courses(_ stepsPerEpoch: Int) -> Courses? {
        func course(_ bound: Bound) -> [ForecastPlan]? {
            forecastPlans(model, facts: description.facts, options: options, stepsPerEpoch: stepsPerEpoch, bound: bound)
        }
        guard let lower = course(.lower), let expected = course(.expected), let upper = course(.upper) else { return nil }
        return Courses(lower: lower, expected: expected, upper: upper)
    }

    /// The same for the pre-training of each layer.
    private func pretrainingCourses(trainExamples: Int) -> [Courses]? {
        func courses(_ bound: Bound) -> [[ForecastPlan]]? {
            forecastPretraining(
                model, facts: description.facts, options: options, examples: trainExamples > 0 ? trainExamples : 50_000, bound: bound)
        }
        guard let lower = courses(.lower), let expected = courses(.expected), let upper = courses(.upper) else { return nil }
        return lower.indices.map { Courses(lower: lower[$0], expected: expected[$0], upper: upper[$0]) }
    }

    /// What the pre-training was predicted to take, by layer and for so many steps of each; and the same without policies.
    func pretrainingEstimates(steps: [Int], examples: Int) -> (own: [PretrainEstimate], dense: [PretrainEstimate]) {
        let courses = pretrainingCourses(trainExamples: examples)
        return (
            estimatePretraining(schedule, courses: courses, trainExamples: examples, steps: steps),
            estimatePretraining(denseSchedule, trainExamples: examples, steps: steps)
        )
    }

    /// The same with the units that a trained network has left, and without policies: what evaluation needs.
    ///
    /// - Parameters:
    ///   - networks: as `evaluate.with` says it; nil for what the file says.
    ///   - best: how many of the best outputs are kept where the others are not.
    ///   - longestInput: entries of the longest example, where there are longer ones than the data have.
    func with(
        _ units: UnitCounts, networks: [EvaluatedNetwork]? = nil, best: Int = LoweringOptions.bestUnits, longestInput: Int = 0
    ) throws -> PreparedModel {
        var plain = units.applied(to: model)
        // Of the policies, only those that say which units are computed act when nothing is trained.
        for index in plain.layers.indices { plain.layers[index].policies.removeAll { $0.slot != .forward } }
        plain.train.pretrain = nil
        if let networks { plain.train.evaluateWith = networks }
        let options = LoweringOptions(threads: threads, policies: options.policies.forwardOnly, best: best)
        var description = description
        if let sparse = description.facts.sparse { description.facts.sparse?.longest = max(sparse.longest, longestInput) }
        var ignored: [Diagnostic] = []
        let lowered = try lower(plain, facts: description.facts, options: options, diagnostics: &ignored)
        return PreparedModel(model: plain, description: description, options: options, lowered: lowered, denseSchedule: lowered.schedule)
    }

    /// Refuses a training that would not fit into what the machine has free, before anything is allocated.
    func refuseIfTooLarge(free: Int) throws(DiagnosticError) {
        try refuseIfTooLarge(memory: free, of: "are free", help: ["`--allow-swap` trains nevertheless"])
    }

    /// Refuses a plan that the machine cannot hold at all.
    func refuseIfTooLarge(memory: Int) throws(DiagnosticError) { try refuseIfTooLarge(memory: memory, of: "are there", help: []) }

    private func refuseIfTooLarge(memory: Int, of what: String, help: [String]) throws(DiagnosticError) {
        let need = estimate.memory
        guard need.total > memory else { return }
        let parts = EstimateReport.parts(of: need).filter { $0.bytes > 0 }.map { "\($0.name) \(Readable.bytes($0.bytes))" }
        throw DiagnosticError(Diagnostic(
            .notEnoughMemory, "training needs \(Readable.bytes(need.total)) of memory, and \(Readable.bytes(memory)) \(what)",
            at: widestLayer ?? .nowhere, label: "the layer with the most parameters",
            help: ["it is made up of \(parts.joined(separator: ", "))", "fewer units or a smaller `train.batch_size` need less"] + help))
    }

    private var widestLayer: Location? {
        let layers = estimate.layers
        guard let widest = layers.max(by: { $0.parameters < $1.parameters }), widest.parameters > 0 else { return nil }
        return model.layers.first { $0.name.value == widest.name }?.location
    }

    func makeInterpreter(pool: WorkerPool) throws(DiagnosticError) -> Interpreter {
        do { return try Interpreter(schedule: schedule, seed: model.seed, pool: pool) } catch { throw outOfMemory(bytes: error.bytes) }
    }

    func outOfMemory(bytes: Int) -> DiagnosticError {
        DiagnosticError(Diagnostic(.notEnoughMemory, "the system did not give \(Readable.bytes(bytes)) of memory", at: .nowhere))
    }
}

extension Courses {
    init(lower: [ForecastPlan], expected: [ForecastPlan], upper: [ForecastPlan]) {
        func stretches(_ plans: [ForecastPlan]) -> [Stretch] {
            plans.map { Stretch(start: $0.start, train: $0.train, evaluate: $0.evaluate, looks: $0.looks) }
        }
        self.init(lower: stretches(lower), expected: stretches(expected), upper: stretches(upper))
    }
}
