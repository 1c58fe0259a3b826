import Export
import Graph
import Kernels
import Runtime

/// Writes a histogram of each trained value, every so many steps.
final class WeightHistograms {
    private let events: EventFile
    private let every: Int
    private let stepsPerEpoch: Int
    /// The step that was looked at last.
    private var written: Int?
    private var failure: FileError?

    /// - Parameter done: steps of a run that goes on; without it the first step is shown, too.
    init(_ events: EventFile, every: Int, stepsPerEpoch: Int, done: Int?) {
        self.events = events
        self.every = every
        self.stepsPerEpoch = stepsPerEpoch
        written = done
    }

    /// A step may not fail for the sake of a histogram: what went wrong is told at the epoch's end.
    func note(_ report: StepReport, _ interpreter: Interpreter) {
        let step = (report.epoch - 1) * stepsPerEpoch + report.stepOfEpoch
        // Steps of several workers come some at a time.
        guard written.map({ step / every > $0 / every }) ?? true, failure == nil else { return }
        written = step
        let values = interpreter.persistentValues.compactMap { value -> (tag: String, value: EventFile.Value)? in
            guard case .parameter = value.role, value.type.dtype == .float32 else { return nil }
            return Histogram(of: value.numbers).map { ("weights/\(value.name)", .histogram($0)) }
        }
        do throws(FileError) { try events.append(step: step, values) } catch { failure = error }
    }

    func rethrow() throws {
        if let failure { throw RunDirectory.failed(failure) }
    }
}

extension Histogram {
    /// Of 40 stretches of the same width. Numbers that are not finite are left out; nil where there is none.
    init?(of numbers: Floats) {
        var least = Float.infinity, most = -Float.infinity, sum = 0.0, squares = 0.0
        for index in 0..<numbers.count where numbers[index].isFinite {
            let number = numbers[index]
            least = min(least, number)
            most = max(most, number)
            sum += Double(number)
            squares += Double(number) * Double(number)
        }
        guard least <= most else { return nil }
        let stretches = least < most ? 40 : 1
        let width = (Double(most) - Double(least)) / Double(stretches)
        var counts = [Double](repeating: 0, count: stretches)
        for index in 0..<numbers.count where numbers[index].isFinite {
            let place = width > 0 ? Int((Double(numbers[index]) - Double(least)) / width) : 0
            counts[min(place, stretches - 1)] += 1
        }
        self.init(
            least: Double(least), most: Double(most), sum: sum, squares: squares,
            limits: (1...stretches).map { $0 == stretches ? Double(most) : Double(least) + width * Double($0) }, counts: counts)
    }
}
