import Datasets
import Diagnostics
import Estimate
import Graph
import Runtime

/// The splits as training sees them: behind the layers that never change, where there are any at the network's beginning.
struct FrontRun {
    let train: FrontExamples<Split>
    let validation: FrontExamples<Split>?
    let test: FrontExamples<Split>?
    /// Nil where there are none.
    let record: RunRecord.Front?

    /// Runs these layers once for each example, on all threads. The interpreter has their weights.
    init(_ prepared: PreparedModel, _ interpreter: Interpreter, _ data: LoadedData) throws(DiagnosticError) {
        let clock = ContinuousClock(), start = clock.now
        do throws(OutOfMemory) {
            train = try FrontExamples(data.train, front: interpreter)
            validation = try data.validation.map { split throws(OutOfMemory) in try FrontExamples(split, front: interpreter) }
            test = try data.test.map { split throws(OutOfMemory) in try FrontExamples(split, front: interpreter) }
        } catch { throw prepared.outOfMemory(bytes: error.bytes) }
        record = prepared.estimate(data).front.map { predicted in
            let after = interpreter.countedFront.reduce(SlotWork(), +).total
            func amounts(_ number: (Work) -> Int) -> RunRecord.Front.Amounts {
                let least = number(predicted.lower), most = number(predicted.upper), isExact = least == most
                return RunRecord.Front.Amounts(predicted: number(predicted.total), lower: isExact ? nil : least, upper: isExact ? nil : most, counted: number(after))
            }
            return RunRecord.Front(
                layers: predicted.layers, examples: predicted.examples, seconds: (clock.now - start) / .seconds(1), bytes: predicted.bytes,
                multiplications: amounts(\.allMultiplications), additions: amounts(\.additions))
        }
    }
}

extension RunRecord.Front {
    var isExact: Bool { multiplications.predicted == multiplications.counted && additions.predicted == additions.counted }
    /// Between the least and the most where the prediction is a range, and exact elsewhere.
    var isInRange: Bool {
        [multiplications, additions].allSatisfy { $0.lower ?? $0.predicted <= $0.counted && $0.counted <= $0.upper ?? $0.predicted }
    }

    var text: String {
        let counted = isExact ? "as predicted" : "expected \(Readable.count(multiplications.predicted))"
        return "The frozen front, up to `\(layers.last ?? "")`, ran once for \(Readable.grouped(examples)) examples: \(Readable.count(multiplications.counted)) multiplications, \(counted), in \(Readable.seconds(seconds)). What it put out takes \(Readable.bytes(bytes))."
    }
}
