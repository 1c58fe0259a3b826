import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Driver
@testable import Estimate

/// Models that nobody has thought of: each is refused with a reason, or is trained, and what it does is what was predicted.
///
/// `NNC_MODELS=5000` draws so many, `NNC_MODELS_FROM=1234` begins with that one.
@Suite struct RandomModelTests {
    /// Beyond a trap only this file tells which model it was.
    private static let place = NSTemporaryDirectory() + "nnc-random-model-\(ProcessInfo.processInfo.processIdentifier).yaml"

    @Test("checked, estimated and trained for three steps: nothing traps, and counted is predicted")
    func randomModels() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["NNC_MODELS"].flatMap { Int($0) } ?? 200, first = environment["NNC_MODELS_FROM"].flatMap { Int($0) } ?? 0
        var trained = 0
        var refusals: [String: Int] = [:], reasons: [String: String] = [:]
        for seed in first..<first + count {
            let text = RandomModel(seed: UInt64(seed)).text
            try Data(text.utf8).write(to: URL(fileURLWithPath: Self.place))
            let checked = checkModel(Self.place, threads: nil)
            #expect((checked.prepared == nil) == checked.diagnostics.hasErrors, "model \(seed)\n\(text)")
            guard let prepared = checked.prepared else {
                for diagnostic in checked.diagnostics where diagnostic.severity == .error {
                    refusals[diagnostic.kind.id, default: 0] += 1
                    reasons[diagnostic.kind.id] = diagnostic.message
                }
                #expect(checked.diagnostics.allSatisfy { $0.kind != .internalFault }, "model \(seed): \(checked.diagnostics.map(\.message))\n\(text)")
                continue
            }
            let report = EstimateReport(prepared.estimate, dense: prepared.denseEstimate, choices: prepared.unitChoices)
            #expect(!report.table(width: 100).isEmpty && prepared.advice.allSatisfy { $0.severity != .error })
            do {
                let outcome = try train(TrainingOptions(file: Self.place, dryRunSteps: 3, progress: .none), console: .silent)
                let work = try #require(outcome.record.work)
                #expect(work.isInRange, "model \(seed): \(Self.differences(work))\n\(text)")
                trained += 1
            } catch {
                // A curriculum whose classes have no example here, say: it must be said in words.
                let found = CommandFailure(error).diagnostics
                for diagnostic in found { refusals[diagnostic.kind.id, default: 0] += 1 }
                #expect(!found.isEmpty && found.allSatisfy { $0.kind != .internalFault }, "model \(seed): \(found.map(\.message))\n\(text)")
            }
        }
        try? FileManager.default.removeItem(atPath: Self.place)
        #expect(trained * 100 > count * 85, "only \(trained) of \(count) were trained: \(refusals)")
        if environment["NNC_MODELS"] != nil { print("\(trained) of \(count) trained; refused: \(refusals.sorted { $0.value > $1.value }) \(reasons)") }
    }

    private static func differences(_ work: WorkRecord) -> String {
        work.layers.flatMap { layer in
            [("forward", layer.slots.forward), ("backward input", layer.slots.backwardInput), ("backward weights", layer.slots.backwardWeights), ("update", layer.slots.update), ("overhead", layer.slots.overhead)].flatMap { slot, operations in
                [("multiplications", operations.multiplications), ("additions", operations.additions)].compactMap { kind, amounts in
                    let isIn = amounts.lower.map { $0 <= amounts.counted ?? -1 && amounts.counted ?? -1 <= amounts.upper ?? 0 } ?? (amounts.counted == amounts.predicted)
                    return isIn ? nil : "\(layer.name) \(slot) \(kind): counted \(amounts.counted ?? -1), predicted \(amounts.predicted), \(amounts.lower ?? -1)...\(amounts.upper ?? -1)"
                }
            }
        }.joined(separator: "; ")
    }
}
