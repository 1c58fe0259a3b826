import Estimate
import Foundation
import Graph
import Lowering
import Ops
import Testing

@testable import Driver

/// How much of a run's work can be known before it: read off its plans, not off their names.
private enum Certainty: String {
    /// Every operation's, and all widths.
    case exact
    /// How many units each example chooses, but not how many of them are the same.
    case fixedCap
    /// Neither: units go when the network can do without them, or the examples have as many features as they have.
    case range
}

/// For every file in `models/`: what is counted is what was predicted, as nearly as its plans allow to know it.
///
/// Runs are shortened: two epochs of sixty steps, or, where the network changes, all epochs of a few steps, with a smaller step at the end of each.
/// `NNC_WHOLE_RUNS=1` trains the files as they stand, one after the other.
@Suite(.serialized) struct CountedWorkTests {
    private static let wholeRuns = ProcessInfo.processInfo.environment["NNC_WHOLE_RUNS"] != nil

    private static func overrides(_ prepared: PreparedModel) -> [String] {
        guard !wholeRuns, prepared.description.counts.train > 2000 else { return [] }
        let batch = prepared.model.train.batchSize, changes = prepared.changes, validates = prepared.description.counts.validation > 0
        let limit = batch * (changes ? 4 : 60) + 5 + (validates ? batch : 0)
        return ["data.limit=\(limit)"] + (validates ? ["data.validation=\(batch)"] : []) + (changes ? [] : ["train.epochs=2"])
    }

    @Test(arguments: TrainingTests.models) func countedIsPredicted(name: String) throws {
        let file = try #require(checkModel(modelPath(name), threads: 2).prepared)
        guard file.description.unavailable.isEmpty else { return }
        let overrides = Self.overrides(file), prepared = try #require(checkModel(modelPath(name), overrides: overrides, threads: 2).prepared)
        let record = try trained(modelPath(name), overrides, threads: 2).record
        let work = try #require(record.work), ratio = work.ratio
        if Self.wholeRuns { print("\(name): \(prepared.certainty.rawValue), counted is \(ratio) of what was predicted") }
        #expect(work.isInRange && record.pretrain?.isInRange ?? true)
        switch prepared.certainty {
        case .exact: #expect(work.isExact && record.pretrain?.isExact ?? true)
        case .fixedCap: #expect(abs(ratio - 1) <= 0.02, "\(ratio)")
        case .range: #expect(abs(ratio - 1) <= 0.1, "\(ratio)")
        }
    }

    /// Up to the end of each phase: what the file says of it is what was done in it.
    @Test(arguments: TrainingTests.models) func countedIsPredictedPhaseByPhase(name: String) throws {
        let file = try #require(checkModel(modelPath(name), threads: 2).prepared)
        guard file.description.unavailable.isEmpty, !Self.wholeRuns, file.changes else { return }
        let overrides = Self.overrides(file), prepared = try #require(checkModel(modelPath(name), overrides: overrides, threads: 2).prepared)
        // Evenly among the moments at which the network is expected to change.
        let starts = prepared.phaseStarts, stops = stride(from: 0, to: starts.count, by: max(1, starts.count / 3)).map { starts[$0] }
        for stop in stops where stop > 0 {
            let record = try trained(modelPath(name), overrides, threads: 2, steps: stop).record, work = try #require(record.work)
            #expect(record.steps == stop && work.isInRange && record.pretrain?.isInRange ?? true, "\(stop) steps")
            if prepared.certainty == .exact { #expect(work.isExact && record.pretrain?.isExact ?? true, "\(stop) steps") }
        }
    }

    /// Workers that do not wait for each other do no more and no less.
    @Test(arguments: TrainingTests.models) func countedIsPredictedOfWorkers(name: String) throws {
        let file = try #require(checkModel(modelPath(name), threads: 2).prepared)
        guard file.description.unavailable.isEmpty, !Self.wholeRuns else { return }
        let overrides = Self.overrides(file) + ["train.mode=asynchronous"]
        let prepared = try #require(checkModel(modelPath(name), overrides: overrides, threads: 2).prepared)
        let record = try trained(modelPath(name), overrides, threads: 2).record, work = try #require(record.work)
        #expect(work.isInRange && record.pretrain?.isInRange ?? true)
        switch prepared.certainty {
        case .exact: #expect(work.isExact && record.pretrain?.isExact ?? true)
        // Which examples see which weights is another matter in each run, and with it which units a short one chooses.
        case .fixedCap: #expect(abs(work.ratio - 1) <= 0.08, "\(work.ratio)")
        // What units learn in a few steps, and so which ones go, is another matter with weights that change under a worker's hands: only the range is sure.
        case .range: break
        }
    }

    /// The files show every kind, so that none of the above is empty.
    @Test func everyKindIsThere() {
        let kinds = TrainingTests.models.compactMap { checkModel(modelPath($0), threads: 2).prepared?.certainty }
        for kind in [Certainty.exact, .fixedCap, .range] { #expect(kinds.contains(kind), "\(kind)") }
    }
}

extension WorkRecord {
    /// Multiplications of training: counted by predicted.
    fileprivate var ratio: Double { Double(multiplications { $0.counted ?? 0 }) / Double(max(multiplications(\.predicted), 1)) }
}

extension PreparedModel {
    private func courses(_ bound: Bound) -> [ForecastPlan]? {
        forecastPlans(model, facts: description.facts, options: options, stepsPerEpoch: stepsPerEpoch, bound: bound)
    }

    /// Whether the network is not the same in all steps.
    fileprivate var changes: Bool { schedule.phases.count > 1 || !schedule.pretraining.isEmpty || courses(.expected) != nil }

    /// In steps.
    fileprivate var phaseStarts: [Int] {
        Set(schedule.starts(stepsPerEpoch: stepsPerEpoch) + (courses(.expected) ?? []).map(\.start) + [stepsPerEpoch * model.train.epochs]).sorted()
    }

    fileprivate var certainty: Certainty {
        func widths(_ bound: Bound) -> [[Int]] {
            (courses(bound) ?? []).map { stretch in
                [stretch.start] + stretch.train.graph.layers.map { $0.output.shape.last ?? 0 } + stretch.looks.flatMap { [$0.step] + $0.work.map(\.total.allMultiplications) }
            }
        }
        guard widths(.lower) == widths(.upper) else { return .range }
        var certainty = Certainty.exact
        for plan in schedule.phases.map(\.train) + schedule.pretraining.map(\.plan) + (schedule.front.map { [$0] } ?? []) {
            for node in plan.graph.nodes {
                guard let operation = node.operation as? any DataDependent else { continue }
                let range = operation.activeRange(plan.graph.workOperands(node, batch: plan.batch))
                if range.lower == range.upper { continue }
                guard Self.isCapped(operation) else { return .range }
                certainty = .fixedCap
            }
        }
        return certainty
    }

    /// Operations on the units that examples choose, a fixed number each.
    private static func isCapped(_ operation: any DataDependent) -> Bool {
        if case .union? = (operation as? any RowUpdate)?.rows { return true }
        return operation is QueryTables || operation is RehashTouched
    }
}
