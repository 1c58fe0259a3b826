@testable import Driver
import Datasets
import Diagnostics
import Foundation
import Lowering
import Runtime
import Syntax
import TestSupport
import Testing

/// What the lowering is told of sparse data, and what is refused about them.
@Suite struct SparseDataTests {
    private func check(_ data: String, output: String = "units: 80, activation: softmax", loss: String = "cross_entropy", input: String = "", train: String = "", directory: URL? = nil) throws -> (facts: DataKnowledge?, ids: [String]) {
        let text = """
            version: 1
            data: \(data)
            model:
              \(input)
              layers:
                - { name: h, type: dense, units: 8, activation: relu }
                - { name: out, type: dense, \(output) }
            train: { epochs: 2, batch_size: 16, loss: \(loss), optimizer: sgd\(train) }
            """
        let path = (directory ?? URL(fileURLWithPath: "/")).appendingPathComponent("model.yaml").path
        let checked = checkModel(SourceText(path: path, bytes: Array(text.utf8)), threads: 2)
        return (checked.prepared?.description, checked.diagnostics.map(\.kind.id))
    }

    static let made = "{ format: synthetic, synthetic: { generator: labels, train: 600, test: 100, features: 500, labels: 80, features_per_example: 20 }, validation: 10% }"

    @Test func madeExamples() throws {
        let (known, ids) = try check(Self.made, input: "input: { sparse: true }")
        #expect(ids == [])
        let facts = try #require(known).facts
        let sparse = try #require(facts.sparse)
        #expect(facts.shape == [500] && facts.trainExamples == 540)
        #expect((20...30).contains(sparse.longest) && abs(sparse.average - 20) < 1)
        guard case .labelLists(let labels, let longest, let average) = facts.targets else {
            Issue.record("\(facts.targets)")
            return
        }
        #expect(labels == 80 && (5...64).contains(longest) && abs(average - 2.6) < 0.5)
        #expect(known?.bytes ?? 0 > 700 * 20 * 8 && known?.counts == SplitCounts(train: 540, validation: 60, test: 100))
    }

    /// With one output for each label there are numbers to learn instead of lists.
    @Test func targetsAsNumbers() throws {
        let (known, ids) = try check(Self.made, output: "units: 80, activation: sigmoid", loss: "binary_cross_entropy")
        #expect(ids == [])
        #expect(known?.facts.targets == .vector(80) && known?.facts.sparse != nil)
    }

    @Test func oneLabelEachIsAClass() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("nnc-sparse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data("1 1:1 3:2\n2 2:1\n1 1:4\n".utf8).write(to: directory.appendingPathComponent("a.svm"))
        let data = "{ format: libsvm, train: { features: a.svm }, label_base: 1 }"
        let output = "units: 2, activation: softmax"
        let (known, ids) = try check(data, output: output, directory: directory)
        #expect(ids == [])
        #expect(known?.facts.targets == .classes(2) && known?.facts.shape == [3])
        #expect(known?.facts.sparse == DataFacts.SparseInput(longest: 2, average: 4 / 3))
        // From the cache, as declared.
        #expect(try check(data, output: output, input: "input: { shape: [10], sparse: true }", directory: directory).facts?.facts.shape == [10])
        #expect(try check(data, output: output, input: "input: { shape: [2] }", directory: directory).ids.contains("NNC0381"))
        // Features are counted from 1 unless the file is said to do otherwise.
        let fromZero = "{ format: libsvm, train: { features: a.svm }, label_base: 1, feature_base: 0 }"
        #expect(try check(fromZero, output: output, directory: directory).facts?.facts.shape == [4])
        // Nobody else knows how long the rows are.
        let gone = "{ format: xc, train: { features: gone.txt } }"
        #expect(try check(gone, input: "input: { shape: [10], sparse: true }", directory: directory).ids == ["NNC0601"])
    }

    @Test func anotherNumberOfLabels() throws {
        #expect(try check(Self.made, output: "units: 70, activation: softmax").ids == ["NNC0309"])
    }

    /// As the run sees them, beside what was said before it.
    @Test func loadedAsProbed() throws {
        let checked = checkModel(SourceText(path: "/m.yaml", bytes: Array("""
            version: 1
            data: \(Self.made)
            model: { layers: [{ type: dense, units: 80, activation: sigmoid }] }
            train: { epochs: 1, batch_size: 16, loss: binary_cross_entropy, optimizer: sgd }
            """.utf8)), threads: 2)
        let prepared = try #require(checked.prepared)
        let dataset = try Dataset.open(DataRequest(prepared.model, #require(prepared.model.data)))
        #expect(prepared.description.fits(dataset))
        #expect(dataset.byteCount == prepared.description.bytes)
        var shorter = prepared.description
        shorter.facts.sparse?.longest -= 1
        #expect(!shorter.fits(dataset))
    }
}

/// Runs on sparse data, from the model file to the record.
@Suite struct SparseTrainingTests {
    private func model(_ extra: String = "", threads: Int = 1) -> String {
        sampleModel(
            data: "format: synthetic\n  synthetic: { generator: labels, train: 1500, test: 200, features: 400, labels: 60, features_per_example: 20, labels_per_example: 1.5 }\n  validation: 10%",
            layers: "- { name: h, type: dense, units: 24, activation: relu }\n    - { name: out, type: dense, units: 60, activation: softmax }",
            train: "epochs: 6\n  batch_size: 32\n  threads: \(threads)\n  loss: cross_entropy\n  optimizer: { type: adam, learning_rate: 0.01 }\n  metrics: [precision_at_1]\(extra)")
    }

    @Test func aTinyOneLearns() throws {
        let folder = try TemporaryFolder()
        var parameters: [Data] = []
        for threads in [1, 2] {
            let path = try folder.write("m\(threads).yaml", model(threads: threads))
            let outcome = try trained(path, output: folder.path("run\(threads)"))
            let test = try #require(outcome.result.scores.first { $0.split == .test })
            // The most frequent label would be right in a tenth of all cases.
            #expect(try #require(test.scores[.precisionAt1]) > 0.4, "\(test.scores.entries)")
            #expect(outcome.record.data.trainExamples == 1350)
            parameters.append(try #require(FileManager.default.contents(atPath: folder.path("run\(threads)/checkpoints/final.safetensors"))))
        }
        #expect(parameters[0] == parameters[1])
    }

    /// Each worker sorts out its own examples' features; the rows of weights that they share are updated where each has touched them.
    @Test func workersShareTheRows() throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(try folder.write("m.yaml", model("\n  mode: asynchronous", threads: 2)), output: folder.path("run"))
        let test = try #require(outcome.result.scores.first { $0.split == .test })
        #expect(try #require(test.scores[.precisionAt1]) > 0.4, "\(test.scores.entries)")
    }

    @Test func theWorkIsWithinWhatWasSaid() throws {
        let folder = try TemporaryFolder()
        let outcome = try trained(try folder.write("m.yaml", model()), output: folder.path("run"))
        let work = try #require(outcome.record.work?.total)
        for slot in [work.forward, work.backwardWeights, work.update] {
            let predicted = Double(slot.multiplications.predicted), counted = Double(try #require(slot.multiplications.counted))
            #expect(abs(counted / predicted - 1) < 0.1, "\(slot.multiplications)")
        }
    }
}
