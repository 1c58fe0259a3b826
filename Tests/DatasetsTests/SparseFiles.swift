@testable import Datasets
import Diagnostics
import Foundation
import Kernels
import Testing

/// Sparse examples as arrays.
struct SparseRows: Equatable {
    var columns: [[Int32]]
    var values: [[Float]]
    var labels: [[Int32]]
    var features: Int
    var labelCount: Int

    init(_ examples: SparseExamples) {
        columns = (0..<examples.count).map { row in examples.row(row).map { examples.columns[$0] } }
        values = (0..<examples.count).map { row in examples.row(row).map { examples.values[$0] } }
        labels = (0..<examples.count).map { row in examples.labelPlaces(row).map { examples.labels[$0] } }
        features = examples.features
        labelCount = examples.labelCount
    }
}

/// A random file of examples in the xc format, the spelling of its numbers varied.
func xcText(examples: Int, features: Int, labels: Int, seed: UInt64) -> String {
    var random = MutationTests.Generator(state: seed)
    var text = "\(examples) \(features) \(labels)\n"
    for _ in 0..<examples {
        let wanted = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 0..<labels, using: &random) }
        text += Set(wanted).sorted().map(String.init).joined(separator: ",")
        for column in Set((0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 0..<features, using: &random) }).sorted() {
            let value = Float.random(in: -2...2, using: &random)
            text += " \(column):" + [String(value), String(format: "%.3f", value), String(format: "%.9e", value)][Int.random(in: 0..<3, using: &random)]
        }
        // Without anything on it a line would be blank.
        text += text.hasSuffix("\n") ? " \n" : "\n"
    }
    return text
}

extension TestFiles {
    @discardableResult
    func xc(_ text: String, cached: Bool = false) -> SparseRequest { SparseRequest(write("x.txt", text: text), .xc, isCached: cached) }

    func libsvm(_ text: String, _ options: SparseRequest.LibSVM = .init()) -> SparseRequest {
        SparseRequest(write("x.svm", text: text), .libsvm(options), isCached: false)
    }
}

func open(_ request: SparseRequest, threads: Int = 2) throws -> SparseFile { try SparseFile.open(request, pool: WorkerPool(threads: threads)) }

/// What is wrong: `id line:column`, or `id` alone.
func sparseProblems(_ request: SparseRequest) -> [String] {
    do throws(DiagnosticError) {
        _ = try SparseFile.open(request, pool: WorkerPool(threads: 2))
        return []
    } catch {
        return error.diagnostics.map { problem in
            if case .place(_, let line, let column) = problem.location { "\(problem.kind.id) \(line):\(column)" } else { problem.kind.id }
        }
    }
}

func sparseMessages(_ request: SparseRequest) -> [Diagnostic] {
    do throws(DiagnosticError) {
        _ = try SparseFile.open(request, pool: WorkerPool(threads: 1))
        return []
    } catch {
        return error.diagnostics
    }
}

extension SyntheticLabels {
    init(features: Int, labels: Int, featuresPerExample: Int = 70, labelsPerExample: Double = 2.6, prototypeFeatures: Int = 12, seed: UInt64) throws(DiagnosticError) {
        try self.init(
            LabelsRequest(
                trainExamples: 1, testExamples: 1, features: features, labels: labels, featuresPerExample: featuresPerExample,
                labelsPerExample: labelsPerExample, prototypeFeatures: prototypeFeatures), seed: seed)
    }
}

/// What a split hands over, as arrays.
struct SparseBatch: Equatable {
    var numbers: [Float]
    var places: [Int32]
    var labels: [Int32]
    var targets: [Float]

    init(_ split: Split, _ form: SparseForm, _ indices: [Int32]? = nil, targetWidth: Int = 0, threads: Int = 1) throws {
        let indices = indices ?? (0..<Int32(split.count)).map { $0 }
        let count = indices.count, length = form.longestRow, most = targetWidth > 0 ? 0 : form.mostLabels
        let arena = try #require(Arena(byteCount: 4 * count * (1 + 2 * length + most + targetWidth) + 64))
        var used = 0
        func strip<Element: BitwiseCopyable>(_ count: Int) -> Strip<Element> {
            defer { used += 4 * count }
            return arena.strip(offset: used, count: count)
        }
        let list: Ints = strip(count), numbers: Floats = strip(count * length), places: Ints = strip(count * length), labels: Ints = strip(count * most)
        let targets: Floats = strip(count * targetWidth)
        for (place, index) in indices.enumerated() { list[place] = index }
        // What is not written shows.
        numbers.fill(.nan)
        places.fill(-7)
        labels.fill(-7)
        targets.fill(.nan)
        split.assemble(
            list, features: numbers, places: places, labels: most > 0 ? labels : nil, targets: targetWidth > 0 ? targets : nil, pool: WorkerPool(threads: threads))
        self.numbers = (0..<numbers.count).map { numbers[$0] }
        self.places = (0..<places.count).map { places[$0] }
        self.labels = (0..<labels.count).map { labels[$0] }
        self.targets = (0..<targets.count).map { targets[$0] }
    }
}
